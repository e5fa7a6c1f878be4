"""Parquet: a record a row, read a few rows at a time; its values come as JSON can say them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from trainer.readers.columns import Columns, repeated
from trainer.readers.input_files import InputFile, why
from trainer.readers.records import Item, Place, Reject

_ROWS = 64
# Of each column: without a bound a whole row group lies in memory, which may be the whole file.
_BUFFER = 2**20


def read_parquet(file: InputFile, handle: Any, columns: Columns, before: int) -> Iterator[Item]:
    """Yield a record, or a reject, a row of the open file ``handle``, which is found ``before`` bytes into the input.

    Dates and times become ISO strings, decimal numbers and durations strings, bytes base64.
    """
    number = 0
    try:
        table = parquet.ParquetFile(handle, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True)
        if reason := _unusable(table.schema_arrow, columns):
            yield Reject(Place(file.name), reason, done=before)
            return
        total = table.metadata.num_rows
        for batch in table.iter_batches(batch_size=_ROWS, use_threads=False):
            for fields in _rows(batch):
                number += 1
                place, done = Place(file.name, detail=f"row {number}"), before + file.size * number // total
                if isinstance(fields, str):
                    yield Reject(place, fields, done=done)
                else:
                    yield columns.item(fields, place, f"{file.id}:{number}", done)
    except (OSError, pa.ArrowException) as error:
        if number:
            reason = f"the file is damaged from here on and was not read any further: {why(error)}"
            yield Reject(Place(file.name, detail=f"row {number + 1}"), reason, done=before + file.size)
        else:
            yield Reject(Place(file.name), f"it cannot be read as Parquet: {why(error)}", done=before)


def _unusable(schema: pa.Schema, columns: Columns) -> str | None:
    """Return why no row of the table can be read, if that is so."""
    if reason := repeated(schema.names) or columns.missing(schema.names):
        return reason
    type = schema.field(columns.text).type
    values = type.value_type if pa.types.is_dictionary(type) else type
    strings = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return None if any(is_one(values) for is_one in strings) else f"the column '{columns.text}' holds {type}, no texts"


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    """Yield the values of every row by column, or why there are none.

    One row at a time: all texts of a batch may be more than should be in memory twice.
    """
    names, arrays = batch.schema.names, batch.columns
    for index in range(batch.num_rows):
        fields = {}
        for name, array in zip(names, arrays, strict=True):
            try:
                fields[name] = _plain(array[index].as_py())
            except Exception as error:  # noqa: BLE001 - no UTF-8, year 10000, an unknown time zone: there is no end
                yield f"the value of '{name}' ({array.type}) cannot be read: {why(error)}"
                break
        else:
            yield fields


def _plain(value: Any) -> Any:
    """Return ``value`` as JSON can say it."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return str(value)
