"""Damaged files: what stands before the damage is read, whole lines alone, and the damage is named with its place."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainer.readers.reading import read_records
from trainer.readers.records import Item, Record, Reject

# Decompression gives up to a megabyte at once, and nothing of it if there is damage in it.
LINES = 8000
COMPRESSED = {
    "gz": partial(gzip.compress, compresslevel=1),
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}
NOT_FURTHER = "the file cannot be read from here on, only what stands before: "


@cache
def texts() -> list[str]:
    """Return texts that do not compress well, so that the damage is somewhere among them."""
    letters = random.Random(6)
    return ["".join(letters.choices("ابتثجحخدذرزسشصضطظعغفقكلمنهوي ", k=100)) for _ in range(LINES)]


@cache
def content(ending: str) -> bytes:
    if ending == "jsonl":
        return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts()).encode()
    return ("text\n" + "".join(f'"{text}"\n' for text in texts())).encode()


def read(path: Path) -> list[Item]:
    return list(read_records([str(path)]))


def assert_begins_well_and_ends_with_a_reject(items: list[Item], first_line: int) -> Reject:
    """Check that all items but the last are the first texts, and the last names the line after them."""
    *records, last = items
    assert [record.text for record in records if isinstance(record, Record)] == texts()[: len(records)]
    assert isinstance(last, Reject)
    assert last.place.line == len(records) + first_line
    return last


@pytest.mark.parametrize(("ending", "first_line"), [("jsonl", 1), ("csv", 2)])
@pytest.mark.parametrize("compression", COMPRESSED)
class TestACompressedFile:
    @pytest.mark.parametrize("share", [0.5, 0.9, 0.9999])
    def test_that_is_cut_off_gives_the_whole_lines_before_the_cut(
        self, tmp_path: Path, ending: str, first_line: int, compression: str, share: float
    ) -> None:
        compressed = COMPRESSED[compression](content(ending))
        path = tmp_path / f"a.{ending}.{compression}"
        path.write_bytes(compressed[: int(len(compressed) * share)])
        items = read(path)
        last = assert_begins_well_and_ends_with_a_reject(items, first_line)
        assert last.reason == f"{NOT_FURTHER}truncated compressed stream"
        # Zstandard gives its text in blocks, gzip as it goes.
        assert len(items) > (share - (0.01 if compression == "gz" else 0.15)) * LINES

    def test_with_a_wrong_byte_gives_no_text_that_is_not_its_own(
        self, tmp_path: Path, ending: str, first_line: int, compression: str
    ) -> None:
        compressed = bytearray(COMPRESSED[compression](content(ending)))
        compressed[len(compressed) - 3] ^= 0xFF  # of gzip's checksum, or the last of Zstandard's data
        path = tmp_path / f"a.{ending}.{compression}"
        path.write_bytes(compressed)
        items = read(path)
        last = assert_begins_well_and_ends_with_a_reject(items, first_line)
        assert last.reason.startswith(NOT_FURTHER)
        assert len(items) > LINES // 4

    def test_of_several_members_is_read_to_its_end(
        self, tmp_path: Path, ending: str, first_line: int, compression: str
    ) -> None:
        whole, compress = content(ending), COMPRESSED[compression]
        path = tmp_path / f"a.{ending}.{compression}"
        path.write_bytes(compress(whole[:1001]) + compress(b"") + compress(whole[1001:]))
        items = read(path)
        assert [item.text for item in items if isinstance(item, Record)] == texts()
        assert items[0].place.line == first_line

    def test_that_is_none_is_rejected(self, tmp_path: Path, ending: str, first_line: int, compression: str) -> None:
        path = tmp_path / f"a.{ending}.{compression}"
        path.write_bytes(content(ending))
        (reject,) = read(path)
        assert str(reject.place) == f"{path}:1"
        assert isinstance(reject, Reject)
        assert reject.reason.startswith(NOT_FURTHER)

    def test_of_no_bytes_is_rejected(self, tmp_path: Path, ending: str, first_line: int, compression: str) -> None:
        path = tmp_path / f"a.{ending}.{compression}"
        path.write_bytes(b"")
        (reject,) = read(path)
        assert isinstance(reject, Reject)
        assert reject.reason.endswith("it is empty, which no compressed file is")


class TestAParquetFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "a.parquet"
        parquet.write_table(
            pa.table({"text": texts()}), path, row_group_size=2000, use_dictionary=False, write_page_checksum=True
        )
        return path

    @pytest.mark.parametrize("damage", [lambda data: data[:-100], lambda data: b"", lambda data: b"PAR1" * 9])
    def test_that_is_none_is_rejected(self, path: Path, damage: Callable[[bytes], bytes]) -> None:
        path.write_bytes(damage(path.read_bytes()))
        (reject,) = read(path)
        assert isinstance(reject, Reject)
        assert str(reject.place) == str(path)
        assert reject.reason.startswith("it cannot be read as Parquet: ")

    def test_that_is_damaged_within_is_read_up_to_there(self, path: Path) -> None:
        data = bytearray(path.read_bytes())
        third = parquet.ParquetFile(path).metadata.row_group(2).column(0)
        data[third.data_page_offset + third.total_compressed_size // 2] ^= 0xFF
        path.write_bytes(data)
        *records, last = read(path)
        assert [record.text for record in records if isinstance(record, Record)] == texts()[: len(records)]
        assert isinstance(last, Reject)
        assert 3900 < len(records) <= 4000
        assert last.place.detail == f"row {len(records) + 1}"
        assert last.reason.startswith("the file is damaged from here on and was not read any further: ")

    def test_does_not_stop_the_files_after_it(self, path: Path) -> None:
        path.write_bytes(b"PAR1")
        (path.parent / "b.txt").write_text("ب", encoding="utf-8")
        reject, record = read(path.parent)
        assert isinstance(reject, Reject)
        assert isinstance(record, Record)


def test_a_disk_error_in_the_middle_of_a_file_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trainer.readers.input_files import _Counted

    (tmp_path / "a.jsonl").write_bytes(content("jsonl"))
    monkeypatch.setattr("trainer.readers.input_files._BUFFER", 4096)
    read_as_usual = _Counted.readinto

    def failing(self: _Counted, buffer: memoryview) -> int:
        if self.count > 20_000:
            raise OSError(5, "Input/output error")
        return read_as_usual(self, buffer)

    monkeypatch.setattr(_Counted, "readinto", failing)
    last = assert_begins_well_and_ends_with_a_reject(read(tmp_path / "a.jsonl"), 1)
    assert last.reason == f"{NOT_FURTHER}input/output error"
    assert last.place.line is not None
    assert last.place.line > 50
