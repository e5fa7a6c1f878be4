"""Reads event records that were written by hand: the YAML files of ``data/records``, whose README has the rules.

What a record says is checked here, all but what only the text can tell; :meth:`GoldDocument.check_text` does that.
``start`` and ``end`` count code points of the document's text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)

from trainer.schema import Schema


def _span(value: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= value[0] < value[1]:
        raise ValueError(f"{list(value)} is no span: it is [start, end], the end behind the start")
    return value


def _iso_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is no day; write it as 2015-07-31, in quotes") from None


_Offsets = Annotated[tuple[StrictInt, StrictInt], AfterValidator(_span)]
_Text = Annotated[str, Field(min_length=1)]
_Day = Annotated[str, AfterValidator(_iso_day)]
_Count = Annotated[StrictInt, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GoldMention(_Part):
    """A trigger mention."""

    start: StrictInt
    end: StrictInt
    type: _Text

    @property
    def span(self) -> tuple[int, int]:
        """Start and end."""
        return self.start, self.end

    @model_validator(mode="after")
    def _is_a_span(self) -> GoldMention:
        _span(self.span)
        return self


class GoldLeftOut(GoldMention):
    """A trigger mention that is in no record, and why."""

    reason: _Text


class GoldDate(_Part):
    """When: ISO days, both included, or neither where the day cannot be known."""

    start: _Day | None
    end: _Day | None
    precision: _Text
    span: _Offsets
    anchor: _Day | None

    @model_validator(mode="after")
    def _has_both_days_or_none(self) -> GoldDate:
        if (self.start is None) != (self.end is None):
            raise ValueError("'start' and 'end' are both a day or both null")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"'start' {self.start} is after 'end' {self.end}")
        return self


class GoldPlace(_Part):
    """Where: the most specific place, and the larger one that it lies in."""

    name: _Text
    span: _Offsets
    within: _Text | None


class GoldOtherPlace(_Part):
    """One more place of the same happening."""

    name: _Text
    span: _Offsets


class GoldSide(_Part):
    """Who acts, or who it is done to."""

    name: _Text
    span: _Offsets
    kind: _Text


class GoldClaim(_Part):
    """A number of victims as one source tells it, both bounds included; ``None`` for no bound."""

    low: _Count | None
    high: _Count | None
    approximate: StrictBool
    span: _Offsets
    who: _Text | None
    source: _Text | None

    @model_validator(mode="after")
    def _has_bounds_in_order(self) -> GoldClaim:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"'low' {self.low} is more than 'high' {self.high}")
        return self


class GoldWeapon(_Part):
    """What it was done with."""

    name: _Text
    span: _Offsets


class GoldRecord(_Part):
    """One happening of one document, as a reader of its text would put it into a table."""

    id: _Text
    type: _Text
    mentions: list[GoldMention] = Field(min_length=1)
    sentences: list[_Count]
    date: GoldDate | None
    place: GoldPlace | None
    other_places: list[GoldOtherPlace] = []
    side_a: list[GoldSide]
    side_b: list[GoldSide]
    fatalities: list[GoldClaim]
    injured: list[GoldClaim]
    weapon: GoldWeapon | None
    disputed: StrictBool
    same_as: list[_Text]
    note: str | None = None

    @property
    def spans(self) -> Iterable[tuple[int, int]]:
        """All spans of the record."""
        yield from (mention.span for mention in self.mentions)
        parts = (self.date, self.place, self.weapon, *self.other_places, *self.side_a, *self.side_b)
        yield from (part.span for part in (*parts, *self.fatalities, *self.injured) if part is not None)


class GoldDocument(_Part):
    """The records of a document."""

    document: _Text
    text_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    published: _Day | None
    records: list[GoldRecord]
    left_out: list[GoldLeftOut]

    def check_text(self, text: str) -> None:
        """Make sure that ``text`` is the one that the records were written from; ``ValueError`` if not."""
        if (found := hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()) != self.text_sha256:
            raise ValueError(
                f"document {self.document}: this is not the text that its records were written from (SHA-256 "
                f"{found[:12]}… instead of {self.text_sha256[:12]}…); its offsets would mean other words"
            )
        for record in self.records:
            if outside := [span for span in record.spans if span[1] > len(text)]:
                raise ValueError(
                    f"record {record.id}: {list(outside[0])} lies outside the text of {len(text)} characters"
                )


def read_gold_folder(
    folder: str | Path, schema: Schema, kinds: Iterable[str], precisions: Iterable[str]
) -> list[GoldDocument]:
    """Read the records of every ``.yaml`` file of ``folder``, in order of the names; folders in it are not read.

    Parameters
    ----------
    folder:
        A folder such as ``data/records``.
    schema:
        Its event types are those that records and mentions may have.
    kinds, precisions:
        What the kind of a side and the precision of a date may be.

    Raises
    ------
    ValueError
        If there is no such folder, it has no such files, or one is wrong; the message names file, record and key.
    OSError
        If a file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ValueError(f"{folder} has no .yaml files with records")
    allowed = (set(schema.event_types), set(kinds), set(precisions))
    files = {path: _read(path) for path in paths}
    for path, document in files.items():
        for problem in _problems(document, *allowed):
            raise ValueError(f"{path}, {problem}")
    documents = list(files.values())
    for problem in _problems_between(documents):
        raise ValueError(f"{folder}: {problem}")
    return documents


def _read(path: Path) -> GoldDocument:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return GoldDocument.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = _where(data, first["loc"])
        raise ValueError(f"{path}{where}: {first['msg'].removeprefix('Value error, ')}") from error


def _where(data: Any, place: Sequence[str | int]) -> str:
    """Say where in the file a fault is: the record by its id, the rest by its keys."""
    match place:
        case ["records", int(index), *rest]:
            record = data["records"][index]
            id = record.get("id", f"number {index + 1}") if isinstance(record, dict) else f"number {index + 1}"
            return f", record {id}" + (f", {'.'.join(map(str, rest))}" if rest else "")
    return f", {'.'.join(map(str, place))}" if place else ""


def _problems(document: GoldDocument, types: set[str], kinds: set[str], precisions: set[str]) -> Iterable[str]:
    known: set[str] = set()
    for record in document.records:
        if not record.id.startswith(f"{document.document}-"):
            yield f"record {record.id}: its id must begin with that of its document, {document.document}-"
        if record.id in known:
            yield f"record {record.id}: another record has this id"
        known.add(record.id)
        for type in (record.type, *(mention.type for mention in record.mentions)):
            if type not in types:
                yield f"record {record.id}: the schema has no event type {type!r}; it has {', '.join(sorted(types))}"
        for side in (*record.side_a, *record.side_b):
            if side.kind not in kinds:
                yield f"record {record.id}: the kind {side.kind!r} is unknown; known are {', '.join(sorted(kinds))}"
        if record.date is not None and record.date.precision not in precisions:
            yield (
                f"record {record.id}: the precision {record.date.precision!r} is unknown; known are "
                f"{', '.join(sorted(precisions))}"
            )


def _problems_between(documents: Sequence[GoldDocument]) -> Iterable[str]:
    ids = [document.document for document in documents]
    if double := [id for id in ids if ids.count(id) > 1]:
        yield f"two files have the records of document {double[0]}"
    records = {record.id: record for document in documents for record in document.records}
    for record in records.values():
        for other in record.same_as:
            if other not in records:
                yield f"record {record.id}: same_as names {other}, which no file here has"
            elif record.id not in records[other].same_as:
                yield f"record {record.id}: same_as names {other}, but {other} does not name it"
