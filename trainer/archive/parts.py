"""An archive cut into parts by the position of its items, so that a run can stop and go on between any two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import xxhash

from trainer.formats.jsonl import document_to_json
from trainer.readers.labelled_records import LabelledRecord
from trainer.readers.records import Item, Record, Reject

# A part is what a killed run loses, what lies in memory at once, and what batches of sentences are made from:
# half a minute of work on two cores.
PART_ITEMS = 256
# Items may be books: a part is closed when it has as many characters, so that its memory has a bound.
PART_CHARACTERS = 2_000_000


@dataclass(slots=True)
class Part:
    """Items of the input in a row, the first of them at position ``first`` of the whole input, from 0."""

    number: int
    first: int
    items: list[Item] = field(default_factory=list)

    def digest(self) -> str:
        """Return a digest of what was read: another one on the next day means that the input has changed."""
        digest = xxhash.xxh64()
        for item in self.items:
            for value in (type(item).__name__, item.id, *_content(item)):
                digest.update(value.encode("utf-8", errors="surrogatepass"))
                digest.update(b"\0")
        return digest.hexdigest()


def cut(items: Iterable[Item]) -> Iterator[Part]:
    """Cut ``items`` into parts; the same input is always cut alike."""
    part, characters = Part(0, 0), 0
    for item in items:
        part.items.append(item)
        # Columns that are carried through may be longer than the text.
        characters += len(item.text) + len(_metadata(item)) if isinstance(item, Record) else 0
        if len(part.items) == PART_ITEMS or characters >= PART_CHARACTERS:
            yield part
            part, characters = Part(part.number + 1, part.first + len(part.items)), 0
    if part.items:
        yield part


def _content(item: Item) -> tuple[str, ...]:
    if isinstance(item, Reject):
        return (item.reason,)
    if isinstance(item, LabelledRecord):
        return (document_to_json(item.document),)
    return (item.text, _metadata(item))


def _metadata(record: Record) -> str:
    return json.dumps(record.metadata, ensure_ascii=False, sort_keys=True, default=str)
