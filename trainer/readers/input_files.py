"""One file of the input: what its name says, and its bytes, decompressed, counted and in lines of bounded length."""

from __future__ import annotations

import io
import os
import select
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa

from trainer.readers.records import Place, Reject

# The most characters of a text: the longest novels have fewer, and what is longer would take gigabytes in a model.
LONGEST_TEXT = 4_000_000
# The most bytes of a line of JSON, a row of CSV or a file that is a text: a file without line ends, or a quote that
# never closes, must not fill the memory. JSON may take six bytes for a character.
LONGEST = 6 * LONGEST_TEXT
TOO_LONG = f"longer than {LONGEST // 1_000_000} MB"
BY_FIRST_BYTES = "by its first bytes"
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
# No UTF-8 begins like that.
_FIRST_BYTES = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# Object stores answer slowly and read fast.
_BUFFER = 2**20
# What is decompressed in one go is lost with the damage in it: little, so that the lines before are read.
_DECOMPRESSED_BUFFER = 2**10


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    ``name`` is what the user calls it, ``id`` what its records are numbered by, ``ending`` without that of the
    ``compression``, which may also be found out ``BY_FIRST_BYTES``; ``size`` in bytes as it is stored. ``open``
    raises ``OSError``.
    """

    name: str
    id: str
    ending: str
    compression: str | None
    size: int
    open: Callable[[], AbstractContextManager[Any]]


def split_name(name: str) -> tuple[str, str, str | None]:
    """Return stem, ending and compression of a file's name.

    >>> split_name("news.jsonl.gz")
    ('news', '.jsonl', 'gzip')
    """
    stem, ending = os.path.splitext(name)
    compression = _COMPRESSIONS.get(ending.lower())
    if compression:
        stem, ending = os.path.splitext(stem)
    return stem, ending.lower(), compression


class OpenFile:
    """A file that is being read.

    ``line`` is the number of the line that was read last, ``done`` how many bytes of the whole input are behind it,
    ``before`` of them in earlier files. Everything that reads raises ``OSError`` where the file is damaged.
    """

    def __init__(self, file: InputFile, handle: Any, before: int = 0) -> None:
        self.name, self.id, self.line = file.name, file.id, 0
        self._size, self._before, self._compression = file.size, before, file.compression
        self._counted = _Counted(handle)
        self._stream = io.BufferedReader(cast(io.RawIOBase, self._counted), _BUFFER)
        # The lines up to the first that is not blank, once they are read.
        self._opening: list[bytes] | None = None

    @property
    def done(self) -> int:
        """Bytes of the whole input that were read; a stream of unknown size counts as far as it goes."""
        count = self._counted.count
        return self._before + (min(count, self._size) if self._size else count)

    def place(self, line: int | None = None, detail: str = "") -> Place:
        """Return a place in this file."""
        return Place(self.name, line, detail)

    def reject(self, reason: str, line: int | None = None, detail: str = "") -> Reject:
        """Return that what stands there cannot be read."""
        return Reject(self.place(line, detail), reason, done=self.done)

    def damaged(self, error: OSError, line: int) -> Reject:
        """Return that nothing can be read from ``line`` on."""
        return self.reject(f"the file cannot be read from here on, only what stands before: {why(error)}", line)

    def is_empty(self) -> bool:
        """Return whether there is not a single byte in it."""
        return not self._begin()

    def first_filled_line(self) -> bytes:
        """Return the first line that is not blank, without a byte order mark and without counting it as read.

        It is blank if there is none, or if more than ``LONGEST`` bytes of blank lines come first.
        """
        return next(reversed(self._begin()), b"").removeprefix(BOM_UTF8)

    def content(self) -> bytes:
        """Return the whole file; more than ``LONGEST`` bytes if it is too long."""
        begin = b"".join(self._begin())
        return begin + self._stream.read(max(0, LONGEST + 1 - len(begin)))

    def lines(self) -> Iterator[bytes]:
        """Yield the lines with their ends and without a byte order mark. They end with ``\\n`` and nothing else.

        A line of more than ``LONGEST`` bytes comes cut to ``LONGEST + 1``.
        """
        begin = deque(self._begin())
        while line := begin.popleft() if begin else self._stream.readline(LONGEST + 1):
            if len(line) > LONGEST:
                self._skip_rest(line)
            self.line += 1
            yield line.removeprefix(BOM_UTF8) if self.line == 1 else line

    def _begin(self) -> list[bytes]:
        """Return the lines up to the first that is not blank, of which only the last may be cut."""
        if self._opening is None:
            self._decompress()
            self._opening, size = [], 0
            while line := self._stream.readline(LONGEST + 1):
                self._opening.append(line)
                size += len(line)
                if line.removeprefix(BOM_UTF8).strip() or size > LONGEST:
                    break
            if self._compression and not self._counted.count:
                raise OSError("it is empty, which no compressed file is")
        return self._opening

    def _decompress(self) -> None:
        if self._compression == BY_FIRST_BYTES:
            first = self._counted.first(max(map(len, _FIRST_BYTES)))
            self._compression = next((name for magic, name in _FIRST_BYTES.items() if first.startswith(magic)), None)
        if self._compression:
            # pyarrow's files have all that a buffer asks of a raw stream.
            decompressed = cast(io.RawIOBase, pa.CompressedInputStream(self._stream, self._compression))
            self._stream = io.BufferedReader(decompressed, _DECOMPRESSED_BUFFER)

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(LONGEST)


class _Counted(io.RawIOBase):
    """Counts the bytes that are read through it."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        # A pipe gives what it has, and does not wait until the buffer is full.
        self._read = getattr(handle, "readinto1", handle.readinto)
        self._looked_at = b""
        self.count = 0

    def first(self, size: int) -> bytes:
        """Return at least the first ``size`` bytes, or all if there are fewer, without counting them as read."""
        # Python's own buffer must be left empty: it would wait for more before it gives what it has.
        buffer = bytearray(_BUFFER)
        while len(self._looked_at) < size and (count := self._wait_for(buffer)):
            self._looked_at += buffer[:count]
        return self._looked_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._looked_at:
            count = min(len(buffer), len(self._looked_at))
            buffer[:count], self._looked_at = self._looked_at[:count], self._looked_at[count:]
        else:
            count = self._wait_for(buffer)
        self.count += count
        return count

    def _wait_for(self, buffer: Any) -> int:
        count: int | None
        # A pipe that does not block says None while there is nothing yet, and 0 when nothing will come.
        while (count := self._read(buffer)) is None:
            select.select([self._handle], [], [])
        return count


def why(error: BaseException) -> str:
    """Return why a file could not be read, as the end of a sentence."""
    reason = (isinstance(error, OSError) and error.strerror) or str(error).partition("\n")[0] or type(error).__name__
    # Not of abbreviations.
    return reason[:1].lower() + reason[1:] if reason[1:2].islower() else reason


def not_utf8(error: UnicodeDecodeError) -> str:
    """Return what is wrong with the encoding of what could not be decoded."""
    return f"it is not UTF-8: byte 0x{error.object[error.start]:02x} ({error.reason})"
