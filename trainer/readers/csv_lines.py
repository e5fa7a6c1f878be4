"""The lines of a CSV file for ``csv.reader``, which forgets what it read of a row that turns out to be broken."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from trainer.readers.input_files import LONGEST, OpenFile

# A quote that opens and never closes reaches to the end of the line.
_QUOTED = re.compile(r'"[^"]*"?')


class RowTooLongError(ValueError):
    """A row has more bytes than any text."""


class RowLines(Iterator[str]):
    """Gives the lines, remembers those of the current row, and gives them again where that may save other rows.

    ``undecodable`` is the number of the first line of the row that is no UTF-8, with the error. ``ended`` says that
    the row came to the end of the file.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file, self._lines = file, file.lines()
        self._row: list[tuple[int, bytes]] = []
        self._again: deque[tuple[int, bytes]] = deque()
        self._size = 0
        # Reading again takes no more time than reading, whatever the file: without a bound each of a million lines
        # with a quote could be read to the end of the file.
        self._may_be_read_again = LONGEST
        self.undecodable: tuple[int, UnicodeDecodeError] | None = None
        self.ended = False

    @property
    def first(self) -> int:
        """The number of the line where the row begins."""
        return self._row[0][0] if self._row else self._file.line + 1

    @property
    def last(self) -> int:
        """The number of the line where the row ends, or was found to be broken."""
        return self._row[-1][0] if self._row else self.first

    def begin_row(self) -> None:
        """Forget the last row."""
        self._row, self._size, self.undecodable, self.ended = [], 0, None, False

    def __next__(self) -> str:
        number, line = self._again.popleft() if self._again else self._next_of_file()
        self._row.append((number, line))
        self._size += len(line)
        if self._size > LONGEST:
            raise RowTooLongError
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self.undecodable = self.undecodable or (number, error)
            # So that the row is found to its end; it is rejected whole.
            return line.decode("utf-8", errors="replace")

    def has_odd_quotes(self) -> bool:
        """Return whether the row has an odd number of quotes, which no whole row has."""
        return sum(line.count(b'"') for _, line in self._row) % 2 == 1

    def read_again(self, delimiter: str, width: int) -> bool:
        """Give all lines but the first of the row once more, if most of them look like rows of their own.

        That is so after a stray quote, which makes one of all the rows that follow; the lines of a text with
        a wrong quote within look otherwise, and would come as rows that nobody wrote.

        Parameters
        ----------
        width:
            How many fields a row has.
        """
        lines = self._row[1:]
        if not lines or width < 2 or self._size > self._may_be_read_again:
            return False
        alike = sum(unquoted(line).count(delimiter) == width - 1 for _, line in lines)
        if 2 * alike <= len(lines):
            return False
        self._may_be_read_again -= self._size
        self._again.extendleft(reversed(lines))
        return True

    def _next_of_file(self) -> tuple[int, bytes]:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self._may_be_read_again += len(line)
        return self._file.line, line


def unquoted(line: bytes) -> str:
    """Return what of a line stands outside of quotes."""
    return _QUOTED.sub("", line.decode("utf-8", errors="replace"))
