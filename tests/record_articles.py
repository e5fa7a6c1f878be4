"""Small articles with marked triggers and arguments, and the records that are made of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from trainer.documents import Document
from trainer.formats.inline import read_inline
from trainer.records.maker import RecordMaker
from trainer.records.record import EventRecord
from trainer.schema import load_schema


@cache
def shipped_maker() -> RecordMaker:
    return RecordMaker.load(load_schema())


def article(marked: str, **metadata: str) -> Document:
    """Read an article in inline markup, one sentence a line."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "article.marked"
        path.write_text(f"## a\n{marked.strip()}\n", encoding="utf-8")
        (document,) = read_inline(path)
    document.metadata.update(metadata)
    return document


def records_of(marked: str, **metadata: str) -> list[EventRecord]:
    return shipped_maker().records(article(marked, **metadata))


def record_of(marked: str, **metadata: str) -> EventRecord:
    """Return the only record of an article."""
    (record,) = records_of(marked, **metadata)
    return record


def triggers(record: EventRecord) -> str:
    return " ".join(mention.span.text for mention in record.mentions)


def merged(marked: str, **metadata: str) -> list[tuple[str, str]]:
    """Return type and triggers of every record."""
    return [(record.type, triggers(record)) for record in records_of(marked, **metadata)]


def counts(record: EventRecord, outcome: str = "fatalities") -> list[tuple[str, int | None, int | None, bool]]:
    """Return the claims of an outcome as text, bounds and whether they are approximate."""
    claims = record.outcomes.get(outcome, ())
    return [(c.span.text, c.value.low, c.value.high, c.value.approximate) for c in claims if c.value]
