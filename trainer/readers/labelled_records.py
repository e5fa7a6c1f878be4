"""Documents that are labelled already, a line of JSON or a row of a table each, as records of the input.

They are what ``marsad predict`` writes as JSON Lines and as Parquet. A line or a row that is no such document costs
that line or row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import NoneType
from typing import Any

from trainer.annotations import Sentence
from trainer.documents import FORMAT_VERSION, Document
from trainer.readers.columns import Columns, named
from trainer.readers.reading import read_records
from trainer.readers.records import Item, Place, Record, Reject

# What every labelled document has, whatever its layers; a table says its version once and not in each row.
_NEEDED = ("id", "text", "metadata", "sentences")
_NOT_LABELLED = "no labelled document of Marsad"
_WRONG_TYPE = (TypeError, AttributeError)


@dataclass(slots=True)
class LabelledRecord(Record):
    """A document that needs no model, as it was read."""

    document: Document = field(kw_only=True)

    @classmethod
    def of(cls, document: Document, place: Place, done: int = 0) -> LabelledRecord:
        """Wrap ``document``, which stands at ``place``."""
        return cls(place, document.text, document.id, document.metadata, document.duplicate_of, done, document=document)

    def to_document(self) -> Document:
        """Return the document, marked as a copy where it was found to be one."""
        if self.duplicate_of in (None, self.document.duplicate_of):
            return self.document
        # A copy: what was read stays what the digest of its part was made from.
        return replace(self.document, duplicate_of=self.duplicate_of)


@dataclass(frozen=True, slots=True)
class DocumentColumns(Columns):
    """The columns of a labelled document instead of those of a text: all of them, under names that never change."""

    def missing(self, names: Iterable[str]) -> str | None:
        """Return why nothing with the columns ``names`` is a labelled document; ``None`` if it may be one."""
        there = list(names)
        wanted = next((name for name in _NEEDED if name not in there), None)
        return wanted and f"{_NOT_LABELLED}: '{wanted}' is missing ({named(there)})"

    def item(self, fields: Mapping[str, Any], place: Place, numbered_id: str, done: int) -> Item:
        """Return the document that ``fields`` hold, or why they hold none; without an id it gets ``numbered_id``."""
        if reason := self.missing(fields):
            return Reject(place, reason, done=done)
        id = fields["id"] if isinstance(fields["id"], str) else ""
        try:
            document = Document.from_dict(_as_json(fields))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return Reject(place, f"{_NOT_LABELLED}: {_problem(error)}", id, done)
        if fault := next(_faults(document), None):
            return Reject(place, f"{_NOT_LABELLED}: {fault}", id, done)
        document.id = document.id or numbered_id
        return LabelledRecord.of(document, place, done)


def read_labelled_records(sources: Sequence[str], on_skipped: Callable[[str], None]) -> Iterator[Item]:
    """Return the labelled documents of ``sources``, JSON Lines or Parquet, and a reject for all else that is there.

    What sources may be, what ``on_skipped`` is told and what is raised is said at
    :func:`trainer.readers.reading.read_records`.
    """
    return map(_labelled_only, read_records(sources, DocumentColumns(), on_skipped))


def _labelled_only(item: Item) -> Item:
    if isinstance(item, Record) and not isinstance(item, LabelledRecord):
        return Reject(item.place, f"{_NOT_LABELLED} but a text; have a model label it first", item.id, item.done)
    return item


def _as_json(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row of a table in the shape of :meth:`Document.to_dict`; what has that shape already as it is."""
    if "version" in fields or not isinstance(fields["metadata"], str):
        return fields
    # A layer that nobody looked for is null in a table and has no key in JSON.
    layers = {key: fields[key] for key in ("entities", "events") if fields.get(key) is not None}
    sentences = [
        {
            "start": sentence["start"],
            "end": sentence["end"],
            **({} if types is None else {"event_types": {item["type"]: item["score"] for item in types}}),
        }
        for sentence in fields["sentences"]
        for types in (sentence["event_types"],)
    ]
    rest = {key: fields.get(key) for key in ("id", "text", "model", "duplicate_of")}
    metadata = json.loads(fields["metadata"])
    return {"version": FORMAT_VERSION, **rest, "metadata": metadata, **layers, "sentences": sentences}


def _problem(error: Exception) -> str:
    if isinstance(error, KeyError):
        # Its message is the key alone.
        return f"{error} is missing"
    # Python says what it tried to do with a value, and not that the value is wrong.
    return f"a value has another type than it must ({error})" if isinstance(error, _WRONG_TYPE) else str(error)


def _faults(document: Document) -> Iterator[str]:
    """Yield what is wrong with values that no span of the text says anything about."""
    if not isinstance(document.id, str):
        yield f"the id is {document.id!r}, no string"
    if _out_of_order(document.sentences):
        yield "its sentences do not follow one another"
    arguments = [argument for event in document.events for argument in event.arguments]
    names = [name for entity in document.entities for name in (entity.id, entity.label, entity.name)]
    names += [name for event in document.events for name in (event.id, event.type, *event.attributes)]
    names += [name for argument in arguments for name in (argument.role, argument.entity)]
    if no_names := [name for name in names if not isinstance(name, str)]:
        yield f"{no_names[0]!r} stands where a name must"
    scores = [entity.score for entity in document.entities]
    scores += [event.score for event in document.events] + [argument.score for argument in arguments]
    # To Python True is a number.
    if no_scores := [score for score in scores if type(score) not in (int, float, NoneType)]:
        yield f"{no_scores[0]!r} stands where a score must"
    ids = {entity.id for entity in document.entities}
    for event in document.events:
        if lost := [argument.entity for argument in event.arguments if argument.entity not in ids]:
            yield f"an argument of {event.id} points to {lost[0]!r}, which is no entity of it"


def _out_of_order(sentences: Sequence[Sentence]) -> bool:
    return any(later.start < earlier.end for earlier, later in pairwise(sentences))
