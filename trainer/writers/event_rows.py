"""What all tables of events share: the records of a part as lines of JSON, read back with the happenings they tell of.

A part holds ``events.part.jsonl``, one line a record: ``{"record": …, "sentence": …, "sentence_start": …}`` with
:meth:`trainer.records.record.EventRecord.to_dict`, and the sentence of the record's first mention with its offset in
the document. What a kind of output makes of a record is decided when the parts are put together: which records tell of
one happening is known only then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from trainer.documents import Document
from trainer.formats.jsonl import document_to_json, strict_json
from trainer.records.coding import Coder
from trainer.records.columns import row
from trainer.records.linking import HappeningLinks
from trainer.records.record import EventRecord
from trainer.text.surrogates import encodable, without_pairs
from trainer.writers.whole_outputs import require_no_folder

_PART = "events.part.jsonl"


class MakesRecords(Protocol):
    """Makes the records of a document; :class:`trainer.records.maker.RecordMaker` does."""

    def records(self, document: Document) -> list[EventRecord]:
        """Return all records of ``document``; it has none if nothing happens in it."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record with the sentence of its first mention and the sentence's offset in the document."""

    record: EventRecord
    sentence: str
    sentence_start: int


class EventWriter:
    """Writes the parts of every table of events; what is made of them is for each kind of output to say.

    Parameters
    ----------
    maker:
        Makes the records of each document.
    coder:
        Gives them the codes of other inventories.
    """

    def __init__(self, maker: MakesRecords, coder: Coder) -> None:
        self.maker = maker
        self.coder = coder

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write a line for each record of each document; a document without records has none."""
        with (folder / _PART).open("w", encoding="utf-8", newline="\n") as file:
            for document in map(as_json_says_it, documents):
                for record in self.maker.records(document):
                    sentence, start = first_sentence(document, record)
                    line = {"record": record.to_dict(), "sentence": sentence, "sentence_start": start}
                    file.write(json_line(line))

    def linked(self, parts: Sequence[Path]) -> Iterator[RecordLine]:
        """Yield the lines of all parts in order; each record says which happening it tells of.

        The parts are read twice; the records are never in memory together.

        Raises
        ------
        OSError
            If a part cannot be read or there is no room for a temporary file.
        """
        with HappeningLinks() as links:
            for line in _lines(parts):
                links.add(line.record, line.sentence, line.sentence_start)
            for line, happening in zip(_lines(parts), links.happenings(), strict=True):
                yield replace(line, record=replace(line.record, happening=happening))

    def rows(self, parts: Sequence[Path]) -> Iterator[tuple[EventRecord, dict[str, Any]]]:
        """Yield every record of all parts in order, with its row."""
        for line in self.linked(parts):
            codes = self.coder.codes(line.record)
            yield line.record, row(line.record, codes, line.sentence, line.sentence_start)

    def files(self, target: Path) -> list[Path]:
        """Return the one file."""
        return [target]

    def check(self, target: Path) -> None:
        """Refuse a folder."""
        require_no_folder(target)


def json_line(value: Any) -> str:
    r"""Return ``value`` as a line of JSON that UTF-8 can hold: lone surrogates are written as ``\udXXX``."""
    line = without_pairs(strict_json(value))
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8") + "\n"


def as_json_says_it(document: Document) -> Document:
    """Return ``document``, or a copy without pairs of surrogates, which would be one character when they are read."""
    if encodable(document.text) == document.text:
        return document
    return Document.from_dict(json.loads(document_to_json(document)))


def first_sentence(document: Document, record: EventRecord) -> tuple[str, int]:
    """Return the sentence of the first mention, or the mention itself outside every sentence."""
    mention = record.mentions[0].span
    index = document.sentence_index(mention.start)
    if index is None:
        return mention.text, mention.start
    sentence = document.sentences[index]
    return document.text[sentence.start : sentence.end], sentence.start


def _lines(parts: Sequence[Path]) -> Iterator[RecordLine]:
    for part in parts:
        with (part / _PART).open(encoding="utf-8", newline="\n") as file:
            for line in file:
                found = json.loads(line)
                yield RecordLine(EventRecord.from_dict(found["record"]), found["sentence"], found["sentence_start"])
