"""CSV with a header line; a row that cannot be read costs that row, and no line is lost without being named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from trainer.readers.columns import Columns, named, repeated
from trainer.readers.csv_lines import RowLines, RowTooLongError, unquoted
from trainer.readers.input_files import LONGEST, TOO_LONG, OpenFile, not_utf8
from trainer.readers.records import Item, Reject

# The library's own limit, 128 KB a field, is for the whole process; rows have a bound of their own here.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row from line ``first`` to line ``last``; ``reject`` says why it cannot be read.

    ``broken`` says that it may have ended elsewhere, ``odd_quotes`` that it is no whole row.
    """

    first: int
    last: int
    fields: list[str]
    reject: Reject | None = None
    broken: bool = False
    odd_quotes: bool = False


def read_csv(file: OpenFile, columns: Columns) -> Iterator[Item]:
    """Yield a record, or a reject, a row; ``,`` ``;`` or tabs are told apart by the header.

    Damage at the beginning of the file raises ``OSError``, later it is the last reject.
    """
    line = unquoted(file.first_filled_line())
    if "\r" in line.rstrip("\r\n"):
        reason = "its lines end with a carriage return alone; save it with the line ends of today (LF or CR LF)"
        yield file.reject(reason, 1)
        return
    rows = _rows(file, max(",;\t", key=line.count))
    header = next(rows, None)
    if header is None:
        return
    if header.reject:
        header.reject.reason = f"the header cannot be read: {header.reject.reason}"
        yield header.reject
    elif unusable := repeated(header.fields) or columns.missing(header.fields):
        yield file.reject(unusable, header.first)
    else:
        yield from _items(rows, header.fields, file, columns)


def _items(rows: Iterator[_Row], header: list[str], file: OpenFile, columns: Columns) -> Iterator[Item]:
    # The line of the last row that is broken, until a whole row comes.
    broken: int | None = None
    for row in rows:
        broken = row.first if row.broken else broken
        if row.reject:
            yield row.reject
        elif len(row.fields) != len(header):
            reason = f"expected {len(header)} fields, found {len(row.fields)} ({named(header)})"
            yield file.reject(reason, row.first, _lines(row.first, row.last))
        elif broken is not None and row.odd_quotes:
            reason = f"a quote too many: it may be the end of the row of line {broken}, which is broken"
            yield file.reject(reason, row.first, _lines(row.first, row.last))
        else:
            broken = None
            fields = dict(zip(header, row.fields, strict=True))
            yield columns.item(fields, file.place(row.first), f"{file.id}:{row.first}", file.done)


def _rows(file: OpenFile, delimiter: str) -> Iterator[_Row]:
    """Yield every row that is not empty; the first that is not blank is the header."""
    lines = RowLines(file)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    width = 0
    while True:
        lines.begin_row()
        try:
            fields = next(rows)
        except StopIteration:
            return
        except OSError as error:
            # At the line where the row began: what was read of it is no row.
            yield _Row(lines.first, lines.last, [], file.damaged(error, lines.first))
            return
        except (csv.Error, RowTooLongError) as error:
            reason, first, last = _reason(error, lines), lines.first, lines.last
            detail = "" if lines.read_again(delimiter, width) else _lines(first, last)
            yield _Row(first, last, [], file.reject(reason, first, detail), broken=True)
            continue
        if any(field.strip() for field in fields) or (fields and width):
            width = width or len(fields)
            odd_quotes = lines.has_odd_quotes()
            yield _Row(lines.first, lines.last, fields, _undecodable(file, lines), odd_quotes=odd_quotes)


def _undecodable(file: OpenFile, lines: RowLines) -> Reject | None:
    if not lines.undecodable:
        return None
    line, error = lines.undecodable
    where = f"byte {error.start + 1}"
    if several := _lines(lines.first, lines.last):
        where = f"{several}, {where} of line {line}"
    return file.reject(not_utf8(error), lines.first, where)


def _reason(error: csv.Error | RowTooLongError, lines: RowLines) -> str:
    several = lines.first != lines.last
    if isinstance(error, RowTooLongError):
        return f"the row is {TOO_LONG}" + (", perhaps because a quote never closes" if several else "")
    if lines.ended:
        return "a quote opens here and never closes"
    return f"broken CSV: {error}" + (f" in line {lines.last}" if several else "")


def _lines(first: int, last: int) -> str:
    return "" if first == last else f"lines {first} to {last}"
