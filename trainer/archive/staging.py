"""The input laid out in parts where every machine can read it.

Reading it once, on one machine, gives all machines the same ids, duplicates and positions, and asks for no seeking in
compressed files. A part is a compressed file of JSON lines.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from trainer.archive.parts import Part
from trainer.archive.storage_folder import StorageFolder
from trainer.documents import DuplicateOf
from trainer.readers.records import Item, Place, Record, Reject

STAGED = "_staged"


@dataclass(frozen=True, slots=True)
class StagedPart:
    """A part that waits to be labelled; ``size`` is how many bytes of the input it takes, for the progress bar."""

    number: int
    first: int
    items: int
    size: int
    digest: str


def stage(parts: Iterable[Part], folder: StorageFolder) -> list[StagedPart]:
    """Write ``parts`` into ``_staged`` of ``folder``, one at a time in memory."""
    staged: list[StagedPart] = []
    done = 0
    for part in parts:
        folder.write(staged_name(part.number), _packed(part))
        staged.append(StagedPart(part.number, part.first, len(part.items), part.items[-1].done - done, part.digest()))
        done = part.items[-1].done
    return staged


def read_staged(folder: StorageFolder, number: int) -> Part:
    """Return a part that :func:`stage` wrote."""
    # The default would take the line breaks that JSON leaves as they are (U+2028) for ends of lines.
    lines = gzip.decompress(folder.read(staged_name(number))).decode("utf-8", errors="surrogatepass").split("\n")
    first, *items = (json.loads(line) for line in lines)
    return Part(number, first, [_item(fields) for fields in items])


def staged_name(number: int) -> str:
    """Return the file of a part."""
    return f"{STAGED}/part-{number:05}.jsonl.gz"


def _packed(part: Part) -> bytes:
    lines = [str(part.first), *(json.dumps(_fields(item), ensure_ascii=False, default=str) for item in part.items)]
    # As bytes and not as \uXXXX: of two lone surrogates in a row JSON would make one character, and move offsets.
    return gzip.compress("\n".join(lines).encode("utf-8", errors="surrogatepass"), compresslevel=1)


def _fields(item: Item) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": item.id, "place": asdict(item.place), "done": item.done}
    if isinstance(item, Reject):
        return {**fields, "reason": item.reason}
    duplicate = asdict(item.duplicate_of) if item.duplicate_of else None
    return {**fields, "text": item.text, "metadata": item.metadata, "duplicate_of": duplicate}


def _item(fields: dict[str, Any]) -> Item:
    place = Place(**fields.pop("place"))
    if "reason" in fields:
        return Reject(place, **fields)
    duplicate = fields.pop("duplicate_of")
    return Record(place, **fields, duplicate_of=DuplicateOf(**duplicate) if duplicate else None)
