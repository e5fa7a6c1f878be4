"""Standard input is JSON Lines or one text, compressed or not; a record comes as soon as it is there."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from threading import Timer
from types import SimpleNamespace

import pyarrow as pa
import pytest

from trainer.readers.reading import input_bytes, read_records
from trainer.readers.records import Item, Record

WINDOWS_1256 = "قُتل عنصر".encode("cp1256", errors="replace")
LINES = '{"id": "a", "text": "أول"}\n[]\n{"text": "ثان", "year": 2022}'
BAD_LINE = "expected a JSON object with 'text', found list"
Feed = Callable[[bytes], None]


def summary(items: list[Item]) -> list[tuple[str, str]]:
    """Return id and text of records, place and reason of rejects."""
    return [(i.id, i.text) if isinstance(i, Record) else (str(i.place), i.reason) for i in items]


def read() -> list[tuple[str, str]]:
    return summary(list(read_records(["-"])))


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    def feed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return feed


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give standard input a pipe, and return the end to write to."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))
        yield writing


def write_soon(pipe: int, content: bytes) -> None:
    """Write the rest, and close the pipe, while it is being read."""

    def write() -> None:
        os.write(pipe, content)
        os.close(pipe)

    Timer(0.05, write).start()


class TestStandardInput:
    @pytest.mark.parametrize("text", ["قُتل عنصر.\r\n\nانسحب التنظيم.", "\n", "سطر\n", "\n\n [{", "(µ", "x"])
    def test_is_one_text(self, feed: Feed, text: str) -> None:
        feed(text.encode())
        assert read() == [("stdin", text)]

    def test_of_no_bytes_is_no_document(self, feed: Feed) -> None:
        feed(b"")
        assert read() == []

    @pytest.mark.parametrize("before", ["", " \t", "\ufeff"])
    def test_that_begins_with_a_brace_is_json_lines(self, feed: Feed, before: str) -> None:
        feed((before + LINES).encode())
        items = list(read_records(["-"]))
        assert summary(items) == [("a", "أول"), ("-:2", BAD_LINE), ("-:3", "ثان")]
        assert isinstance(items[2], Record)
        assert items[2].metadata == {"year": 2022}

    @pytest.mark.parametrize("before", ["\n", "\r\n \t\n", "\ufeff\n"])
    def test_may_begin_with_blank_lines_which_count(self, feed: Feed, before: str) -> None:
        feed((before + LINES).encode())
        bad = 2 + before.count("\n")
        assert read() == [("a", "أول"), (f"-:{bad}", BAD_LINE), (f"-:{bad + 1}", "ثان")]

    @pytest.mark.parametrize("compress", [gzip.compress, lambda data: pa.compress(data, "zstd", asbytes=True)])
    def test_is_decompressed_if_its_first_bytes_say_so(self, feed: Feed, compress: Callable[[bytes], bytes]) -> None:
        feed(compress(LINES.encode()))
        assert read() == [("a", "أول"), ("-:2", BAD_LINE), ("-:3", "ثان")]
        feed(compress("قُتل عنصر.\n".encode()))
        assert read() == [("stdin", "قُتل عنصر.\n")]

    def test_that_is_no_utf8_is_rejected(self, feed: Feed) -> None:
        feed(WINDOWS_1256)
        assert read() == [("- (byte 1)", "it is not UTF-8: byte 0xde (invalid continuation byte)")]

    def test_that_is_cut_off_is_rejected(self, feed: Feed) -> None:
        feed(gzip.compress("قُتل عنصر.\n".encode())[:-9])
        ((place, reason),) = read()
        assert place.startswith("-")
        assert reason.endswith("truncated compressed stream")

    def test_stays_open_and_has_no_size(self, feed: Feed) -> None:
        feed("نص".encode())
        assert len(read()) == 1
        assert not sys.stdin.buffer.closed
        assert input_bytes(["-"]) is None


class TestAPipe:
    def test_gives_a_record_as_soon_as_its_line_is_there(self, pipe: int) -> None:
        os.write(pipe, b'{"text": "1"}\n')
        items = read_records(["-"])
        assert next(items).id == "-:1"
        os.write(pipe, b'{"text": "2"}\n')
        os.close(pipe)
        assert summary(list(items)) == [("-:2", "2")]

    def test_that_gives_a_byte_at_a_time_is_decompressed(self, pipe: int) -> None:
        compressed = gzip.compress(b"x")
        os.write(pipe, compressed[:1])
        write_soon(pipe, compressed[1:])
        assert read() == [("stdin", "x")]

    def test_that_does_not_block_is_waited_for(self, pipe: int) -> None:
        os.set_blocking(sys.stdin.buffer.fileno(), False)
        os.write(pipe, b'{"text": "1"}\n')
        write_soon(pipe, b'{"text": "2"}\n')
        assert read() == [("-:1", "1"), ("-:2", "2")]
