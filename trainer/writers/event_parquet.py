"""Events as a Parquet table: a row a record, typed columns that say in their metadata what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from trainer.formats.jsonl import strict_json
from trainer.records.columns import COLUMNS, EVENTS_VERSION
from trainer.text.surrogates import encodable
from trainer.writers.event_rows import EventWriter
from trainer.writers.whole_outputs import replacing

_TYPES = {"string": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "json": pa.string()}
# Rows of a row group: few enough to be built in memory, enough to be compressed well.
_GROUP_ROWS = 5_000

EVENT_SCHEMA = pa.schema(
    [
        pa.field(column.name, _TYPES[column.type], metadata={"description": column.meaning, "type": column.type})
        for column in COLUMNS
    ],
    metadata={"marsad_events_version": str(EVENTS_VERSION)},
)


class EventParquetWriter(EventWriter):
    """Writes Parquet with the columns of ``EVENT_SCHEMA``; those with several values hold JSON."""

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write a row for each record of all parts."""
        with (
            replacing(target) as (path,),
            pyarrow.parquet.ParquetWriter(path, EVENT_SCHEMA, compression="zstd") as file,
        ):
            rows = (_cells(values) for _, values in self.rows(parts))
            for group in _groups(rows):
                file.write_table(pa.Table.from_pylist(group, schema=EVENT_SCHEMA))


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(islice(rows, _GROUP_ROWS)):
        yield group


def _cells(values: dict[str, Any]) -> dict[str, Any]:
    """Return a row as Arrow takes it: lists as JSON, and no lone surrogates, for which U+FFFD stands."""
    cells = {name: strict_json(value) if isinstance(value, list) else value for name, value in values.items()}
    return {name: encodable(value) if isinstance(value, str) else value for name, value in cells.items()}
