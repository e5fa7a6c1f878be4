"""Which kind of table of events the name of an output asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trainer.records.coding import Coder
from trainer.schema import Schema
from trainer.writers.event_csv import EventCsvWriter
from trainer.writers.event_html import EventHtmlWriter
from trainer.writers.event_jsonl import EventJsonLinesWriter
from trainer.writers.event_parquet import EventParquetWriter
from trainer.writers.event_rows import MakesRecords
from trainer.writers.writer import Writer

_WRITERS: dict[str, Callable[[MakesRecords, Coder, Schema], Writer]] = {
    ".csv": lambda maker, coder, schema: EventCsvWriter(maker, coder),
    ".parquet": lambda maker, coder, schema: EventParquetWriter(maker, coder),
    ".jsonl": lambda maker, coder, schema: EventJsonLinesWriter(maker, coder),
    ".jsonl.gz": lambda maker, coder, schema: EventJsonLinesWriter(maker, coder, "gzip"),
    ".jsonl.zst": lambda maker, coder, schema: EventJsonLinesWriter(maker, coder, "zstd"),
    ".html": EventHtmlWriter,
}


def event_writer_for(target: Path, maker: MakesRecords, coder: Coder, schema: Schema) -> Writer:
    """Return the writer for a table of events by the ending of its name.

    Raises
    ------
    ValueError
        For another ending, or none; the message lists those that there are.
    """
    name = target.name.lower()
    for ending, writer in _WRITERS.items():
        if name.endswith(ending):
            return writer(maker, coder, schema)
    raise ValueError(f"{target}: the name of a table of events must end in one of {', '.join(_WRITERS)}")
