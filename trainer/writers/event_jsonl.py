"""Events as JSON Lines: a record a line, everything that is known of it.

A line is ``{"version": 1, …, "record": {…}}``: the columns of :data:`trainer.records.columns.COLUMNS` in their order,
with lists where tables hold JSON, then the record with all its parts, as
:meth:`trainer.records.record.EventRecord.to_dict` gives it. Every span in it has ``start``, ``end`` and ``text``,
offsets into the document's text in code points.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

import pyarrow

from trainer.records.coding import Coder
from trainer.records.columns import EVENTS_VERSION
from trainer.records.record import EventRecord
from trainer.writers.compressed_file import compressed_file
from trainer.writers.event_rows import EventWriter, MakesRecords, json_line
from trainer.writers.whole_outputs import replacing

_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


class EventJsonLinesWriter(EventWriter):
    """Writes JSON Lines.

    Parameters
    ----------
    compression:
        ``gzip`` or ``zstd`` for the file; parts are not compressed.
    """

    def __init__(self, maker: MakesRecords, coder: Coder, compression: str | None = None) -> None:
        super().__init__(maker, coder)
        self.compression = compression

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write a line for each record of all parts."""
        with replacing(target) as (path,), compressed_file(path, self.compression) as file:
            for record, values in self.rows(parts):
                line = {"version": EVENTS_VERSION, **values, "record": record.to_dict()}
                file.write(json_line(line).encode("utf-8"))


def read_event_lines(path: Path) -> Iterator[EventRecord]:
    """Yield the records of a file that :class:`EventJsonLinesWriter` wrote, compressed or not.

    Raises
    ------
    ValueError
        For a folder, or a line that holds no such record; the message names file and line.
    OSError
        If the file cannot be read.
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a .jsonl file that 'marsad events' wrote")
    # What ends in another way is plain text.
    compression = _COMPRESSIONS.get(path.suffix.lower())
    with (
        path.open("rb") as file,
        pyarrow.input_stream(file, compression=compression) as stream,
        BufferedReader(stream) as lines,
    ):
        number = 0
        while line := _next_line(lines, path):
            number += 1
            if line.strip():
                yield _record(line, f"{path}:{number}")


def _next_line(lines: BufferedReader, path: Path) -> bytes:
    try:
        return lines.readline()
    except OSError as error:
        raise OSError(f"{path} cannot be read to its end: {error}; write it again") from error


def _record(line: bytes, place: str) -> EventRecord:
    try:
        found = json.loads(line)
        if found["version"] != EVENTS_VERSION:
            raise ValueError(f"it is of version {found['version']}, and this Marsad reads version {EVENTS_VERSION}")
        return EventRecord.from_dict(found["record"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # The message of a KeyError is the key alone.
        problem = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ValueError(
            f"{place}: no event of Marsad: {problem}; 'marsad events' writes such lines where --output ends in .jsonl"
        ) from error
