"""One file of the input: what its name says, and its bytes, decompressed, counted and in lines of bounded length."""

from __future__ import annotations

import io
import os
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa

from trainer.readers.records import Place, Reject

# A text, a line of JSON or a row of CSV with more bytes is refused: a file without line ends, or a quote that never
# closes, must not fill the memory. The longest books have a third of it.
LONGEST = 32 * 2**20
TOO_LONG = f"longer than {LONGEST // 2**20} MB"
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
# Object stores answer slowly and read fast.
_BUFFER = 2**20
# What is decompressed in one go is lost with the damage in it: little, so that the lines before are read.
_DECOMPRESSED_BUFFER = 2**10


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    ``name`` is what the user calls it, ``id`` what its records are numbered by, ``ending`` without that of the
    ``compression``, ``size`` in bytes as it is stored. ``open`` raises ``OSError``.
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
        self._size, self._before, self._compressed = file.size, before, bool(file.compression)
        self._counted = _Counted(handle)
        self._first: bytes | None = None
        self._stream = io.BufferedReader(cast(io.RawIOBase, self._counted), _BUFFER)
        if file.compression:
            # pyarrow's files have all that a buffer asks of a raw stream.
            decompressed = cast(io.RawIOBase, pa.CompressedInputStream(self._stream, file.compression))
            self._stream = io.BufferedReader(decompressed, _DECOMPRESSED_BUFFER)

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

    def content(self) -> bytes:
        """Return the whole file; more than ``LONGEST`` bytes if it is too long."""
        first = self.first_line()
        return first if len(first) > LONGEST else first + self._stream.read(LONGEST + 1 - len(first))

    def first_line(self) -> bytes:
        """Return the first line without counting it as read."""
        if self._first is None:
            self._first = self._stream.readline(LONGEST + 1)
            if self._compressed and not self._counted.count:
                raise OSError("it is empty, which no compressed file is")
        return self._first

    def lines(self) -> Iterator[bytes]:
        """Yield the lines with their ends and without a byte order mark. They end with ``\\n`` and nothing else.

        A line of more than ``LONGEST`` bytes comes cut to ``LONGEST + 1``.
        """
        line = self.first_line()
        while line:
            if len(line) > LONGEST:
                self._skip_rest(line)
            self.line += 1
            yield line.removeprefix(BOM_UTF8) if self.line == 1 else line
            line = self._stream.readline(LONGEST + 1)

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(LONGEST)


class _Counted(io.RawIOBase):
    """Counts the bytes that are read through it."""

    def __init__(self, handle: Any) -> None:
        # A pipe gives what it has, and does not wait until the buffer is full.
        self._read = getattr(handle, "readinto1", handle.readinto)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._read(buffer) or 0
        self.count += count
        return count


def why(error: BaseException) -> str:
    """Return why a file could not be read, as the end of a sentence."""
    reason = (isinstance(error, OSError) and error.strerror) or str(error).partition("\n")[0] or type(error).__name__
    # Not of abbreviations.
    return reason[:1].lower() + reason[1:] if reason[1:2].islower() else reason


def not_utf8(error: UnicodeDecodeError) -> str:
    """Return what is wrong with the encoding of what could not be decoded."""
    return f"it is not UTF-8: byte 0x{error.object[error.start]:02x} ({error.reason})"
