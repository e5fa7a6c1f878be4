"""CSV with a header line; a row that cannot be read costs that row, a quote that never closes the rest of the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from trainer.readers.columns import Columns, named, repeated
from trainer.readers.input_files import LONGEST, TOO_LONG, OpenFile, not_utf8
from trainer.readers.records import Item, Reject

# The library's own limit, 128 KB a field, is for the whole process; rows have a bound of their own here.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
_REST_NOT_READ = "the rest of the file was not read"


def read_csv(file: OpenFile, columns: Columns) -> Iterator[Item]:
    """Yield a record, or a reject, a row; ``,`` ``;`` or tabs are told apart by the header.

    Damage to the file raises ``OSError``.
    """
    rows = _rows(file)
    header, line = next(rows, (None, 0))
    if header is None:
        return
    if isinstance(header, Reject):
        header.reason = f"the header cannot be read: {header.reason}"
        yield header
        return
    if reason := repeated(header) or columns.missing(header):
        yield file.reject(reason, line)
        return
    for row, line in rows:
        if isinstance(row, Reject):
            yield row
        elif len(row) != len(header):
            yield file.reject(f"expected {len(header)} fields, found {len(row)} ({named(header)})", line)
        else:
            yield columns.item(dict(zip(header, row, strict=True)), file.place(line), f"{file.id}:{line}", file.done)


def _rows(file: OpenFile) -> Iterator[tuple[list[str] | Reject, int]]:
    """Yield the fields of every row that is not empty, or what is wrong with it, and the line where it begins."""
    lines = _Lines(file)
    rows = csv.reader(lines, delimiter=_delimiter(file.first_line()), strict=True)
    while True:
        line = lines.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            return
        except _RowTooLongError:
            reason = f"the row is {TOO_LONG}, perhaps because a quote never closes; {_REST_NOT_READ}"
            yield file.reject(reason, line), line
            return
        except csv.Error as error:
            if lines.ended:
                yield file.reject(f"a quote never closes; {_REST_NOT_READ}", line), line
                return
            yield file.reject(f"broken CSV: {error}", line), line
            continue
        if lines.undecodable:
            number, decode_error = lines.undecodable
            where = f"byte {decode_error.start + 1}" + (f" of line {number}" if number != line else "")
            yield file.reject(not_utf8(decode_error), line, where), line
        elif row:
            yield row, line


def _delimiter(header: bytes) -> str:
    line = header.decode("utf-8", errors="replace")
    return max(",;\t", key=lambda delimiter: len(next(csv.reader([line], delimiter=delimiter), [])))


class _RowTooLongError(ValueError):
    """A row has more bytes than any text."""


class _Lines(Iterator[str]):
    """Gives ``csv.reader`` its lines, and remembers of the current row what it cannot tell."""

    def __init__(self, file: OpenFile) -> None:
        self._file, self._lines = file, file.lines()
        self._bytes = 0
        self.ended = False
        # The number of the first line that is no UTF-8, and the error.
        self.undecodable: tuple[int, UnicodeDecodeError] | None = None

    def begin_row(self) -> int:
        """Forget about the last row; return the line where the next begins."""
        self._bytes, self.undecodable = 0, None
        return self._file.line + 1

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self._bytes += len(line)
        if self._bytes > LONGEST:
            raise _RowTooLongError
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self.undecodable = self.undecodable or (self._file.line, error)
            # So that the row is found to its end; it is rejected whole.
            return line.decode("utf-8", errors="replace")
