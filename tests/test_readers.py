"""Texts to label are found wherever they are, in a fixed order; what cannot be read is named and the rest goes on."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyarrow import fs

from trainer.readers.reading import input_bytes, read_records
from trainer.readers.records import Item, Record, Reject

WINDOWS_1256 = "قُتل عنصر".encode("cp1256", errors="replace")


def summary(items: list[Item]) -> list[tuple[str, str]]:
    """Return id and text of records, place and reason of rejects."""
    return [(i.id, i.text) if isinstance(i, Record) else (str(i.place), i.reason) for i in items]


def read(*sources: str | Path) -> list[tuple[str, str]]:
    return summary(list(read_records([str(source) for source in sources])))


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


class TestAFile:
    @pytest.mark.parametrize(
        ("name", "id"),
        [("خبر.txt", "خبر"), ("article.html", "article"), ("no-extension", "no-extension"), ("a.b.TXT", "a.b")],
    )
    def test_is_one_text_named_by_its_stem(self, tmp_path: Path, name: str, id: str) -> None:
        text = "قُتل عنصر.\r\nسطر\rآخر 😀\n"
        path = write(tmp_path / name, text)
        (record,) = read_records([str(path)])
        assert isinstance(record, Record)
        assert (record.id, record.text, record.metadata) == (id, text, {})
        assert (record.place.file, record.place.line) == (str(path), None)

    @pytest.mark.parametrize("compress", [gzip.compress, lambda data: pa.compress(data, "zstd", asbytes=True)])
    def test_may_be_compressed(self, tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
        ending = "gz" if compress is gzip.compress else "zst"
        path = write(tmp_path / f"خبر.txt.{ending}", compress("قُتل\r\nعنصر".encode()))
        assert read(path) == [("خبر", "قُتل\r\nعنصر")]

    @pytest.mark.parametrize("text", ["", "\ufeffنص", "\n\0<b>نص</b>😀\u202e"])
    def test_is_taken_as_it_is_so_that_offsets_index_the_file(self, tmp_path: Path, text: str) -> None:
        assert read(write(tmp_path / "a.txt", text)) == [("a", text)]

    def test_that_is_no_utf8_is_rejected_with_the_byte(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.txt", b"x" + WINDOWS_1256)
        assert read(path) == [(f"{path} (byte 2)", "it is not UTF-8: byte 0xde (invalid continuation byte)")]

    def test_that_is_longer_than_any_text_is_rejected(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("input_files", "texts"):
            monkeypatch.setattr(f"trainer.readers.{module}.LONGEST", 100)
        path = write(tmp_path / "a.txt", "x" * 101)
        fitting = write(tmp_path / "b.txt", "x\n" * 50)
        assert read(path, fitting) == [(str(path), "it is longer than 24 MB"), ("b", "x\n" * 50)]

    @pytest.mark.parametrize("compression", ["gz", "zst"])
    def test_of_no_bytes_with_the_ending_of_a_compressed_one_is_rejected(
        self, tmp_path: Path, compression: str
    ) -> None:
        path = write(tmp_path / f"a.txt.{compression}", b"")
        assert read(path) == [(str(path), "it cannot be read: it is empty, which no compressed file is")]

    def test_that_is_json_is_rejected_with_what_to_do(self, tmp_path: Path) -> None:
        reason = "JSON is read as JSON lines: write one object a line and name the file .jsonl"
        for name in ("news.json", "news.json.gz"):
            path = write(tmp_path / name, '[{"text": "خبر"}]')
            assert read(path) == [(str(path), reason)]

    def test_that_is_cut_off_is_no_text_at_all(self, tmp_path: Path) -> None:
        whole = gzip.compress("قُتل عنصر. ".encode() * 1000 + os.urandom(5000))
        path = write(tmp_path / "a.txt.gz", whole[:-2000])
        assert read(path) == [(str(path), "it cannot be read: truncated compressed stream")]

    def test_that_does_not_exist_is_an_error_before_anything_is_read(self, tmp_path: Path) -> None:
        there, missing = write(tmp_path / "a.txt", "أ"), tmp_path / "missing.txt"
        for call in (read_records, input_bytes):
            with pytest.raises(FileNotFoundError, match=r"^there is no file or folder ") as error:
                call([str(there), str(missing)])
            assert str(missing) in str(error.value)

    def test_that_vanishes_is_rejected_and_the_next_is_read(self, tmp_path: Path) -> None:
        first, second = write(tmp_path / "1.txt", "1"), write(tmp_path / "2.txt", "2")
        items = read_records([str(first), str(second), str(first)])
        assert next(items).id == "1"
        second.unlink()
        assert summary(list(items)) == [(str(second), "it cannot be opened: no such file or directory"), ("1", "1")]


class TestAFolder:
    def test_gives_the_files_with_known_endings_of_all_its_folders_in_the_order_of_their_paths(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path / "b.txt", "b")
        write(tmp_path / "a.txt", "a")
        write(tmp_path / "a" / "z.jsonl", '{"text": "z1"}\n{"id": "own", "text": "z2"}\n')
        write(tmp_path / "a" / "deep" / "x.csv.gz", gzip.compress(b"text\nx1\n"))
        write(tmp_path / "c.tsv", "text\nc1\n")
        write(tmp_path / "d.ndjson", '{"text": "d1"}\n')
        expected = [
            *(("a/deep/x:2", "x1"), ("a/z:1", "z1"), ("own", "z2"), ("a", "a"), ("b", "b")),
            *(("c:2", "c1"), ("d:1", "d1")),
        ]
        assert read(tmp_path) == expected
        assert read(f"{tmp_path}/") == expected

    def test_tells_once_which_files_were_skipped_and_which_links_were_not_followed(self, tmp_path: Path) -> None:
        write(tmp_path / "news" / "a.txt", "a")
        for name in (
            "a.ann",
            "b.ann",
            "in/c.ann",
            "notes",
            "in/x.ann.gz",
            ".hidden.txt",
            "_SUCCESS",
            "_temporary/0.txt",
            "in/_old.csv.gz",
            ".git/x.txt",
            ".DS_Store",
        ):
            write(tmp_path / "news" / name, "x")
        write(tmp_path / "elsewhere" / "other.txt", "o")
        (tmp_path / "news" / "link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "news" / "link.txt").symlink_to(tmp_path / "elsewhere" / "other.txt")
        told: list[str] = []
        items = list(read_records([str(tmp_path / "news")], on_skipped=told.append))
        assert summary(items) == [("a", "a"), ("link", "o")]
        assert told == [
            f"{tmp_path}/news/link is a link to a folder and was not followed",
            f"skipped in {tmp_path}/news: .ann (4), no ending (1), .git/, .hidden.txt, _temporary/ and 1 more such "
            "names; .txt, .jsonl, .ndjson, .csv, .tsv, .parquet are read, all but the last also with .gz or .zst, "
            "unless the name begins with . or _",
        ]

    def test_rejects_what_cannot_be_read_and_reads_the_rest(self, tmp_path: Path) -> None:
        write(tmp_path / "1.txt", "أول")
        write(tmp_path / "2.txt", WINDOWS_1256)
        (tmp_path / "3.txt").symlink_to(tmp_path / "nowhere")
        os.mkfifo(tmp_path / "4.txt")
        write(tmp_path / "5.parquet.gz", b"")
        write(tmp_path / "6.txt", "سادس")
        assert read(tmp_path) == [
            ("1", "أول"),
            (f"{tmp_path}/2.txt (byte 1)", "it is not UTF-8: byte 0xde (invalid continuation byte)"),
            (f"{tmp_path}/3.txt", "it cannot be opened: no such file or directory"),
            (f"{tmp_path}/4.txt", "it cannot be opened: it is no regular file"),
            (f"{tmp_path}/5.parquet.gz", "Parquet is read as it is; decompress it first"),
            ("6", "سادس"),
        ]

    def test_that_cannot_be_listed_is_rejected_and_the_rest_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("1/a.txt", "2/b.txt", "3/c.txt"):
            write(tmp_path / name, name)
        scandir = os.scandir

        def guarded(path: str) -> object:
            if path.endswith("2"):
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr("trainer.readers.local_files.os.scandir", guarded)
        refused = (f"{tmp_path}/2", "the folder cannot be read: permission denied")
        assert read(tmp_path) == [("1/a", "1/a.txt"), refused, ("3/c", "3/c.txt")]

    def test_may_have_file_names_that_are_no_utf8(self, tmp_path: Path) -> None:
        name = b"\xde.txt"
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
            file.write("نص".encode())
        assert read(tmp_path) == [("\udcde", "نص")]

    @pytest.mark.parametrize("name", [None, "a.md", ".hidden.txt"])
    def test_with_nothing_to_read_is_an_error(self, tmp_path: Path, name: str | None) -> None:
        if name:
            write(tmp_path / name, "x")
        with pytest.raises(FileNotFoundError, match=r"has nothing to read; \.txt, ") as error:
            read_records([str(tmp_path)])
        assert str(tmp_path) in str(error.value)

    def test_is_read_one_file_after_the_other(self, tmp_path: Path) -> None:
        for name in ("a.txt", "b.txt"):
            write(tmp_path / name, name)
        found = read_records([str(tmp_path)])
        assert next(found).id == "a"
        write(tmp_path / "b.txt", "changed")
        assert summary(list(found)) == [("b", "changed")]


class TestAnAddress:
    @pytest.fixture
    def store(self, monkeypatch: pytest.MonkeyPatch) -> fs.FileSystem:
        """A store of pyarrow that lives in memory, at ``s3://archive``."""
        store, _ = fs.FileSystem.from_uri("mock:///")
        store.create_dir("archive/2015/_temporary")
        files = {
            "archive/b.txt": "ب".encode(),
            "archive/2015/a.jsonl.gz": gzip.compress('{"text": "أ"}\n'.encode()),
            "archive/2015/notes.md": b"x",
            "archive/2015/_temporary/c.txt": b"c",
        }
        for path, content in files.items():
            with store.open_output_stream(path, compression=None) as stream:
                stream.write(content)
        known = SimpleNamespace(from_uri=lambda uri: (store, uri.removeprefix("s3://").partition("?")[0]))
        monkeypatch.setattr("trainer.readers.stores.fs.FileSystem", known)
        return store

    @pytest.mark.usefixtures("store")
    def test_of_a_folder_in_a_store_is_read_like_a_folder(self) -> None:
        told: list[str] = []
        items = list(read_records(["s3://archive/?region=x"], on_skipped=told.append))
        assert summary(items) == [("2015/a:1", "أ"), ("b", "ب")]
        assert [item.place.file for item in items] == ["s3://archive/2015/a.jsonl.gz", "s3://archive/b.txt"]
        assert told[0].startswith("skipped in s3://archive: .md (1), 2015/_temporary/; ")
        assert items[-1].done == input_bytes(["s3://archive"])

    def test_of_a_folder_in_a_store_is_listed_one_folder_at_a_time(
        self, store: fs.FileSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        listed: list[str] = []

        class Listed(fs.FileSelector):
            def __init__(self, path: str, **options: bool) -> None:
                super().__init__(path, **options)
                listed.append(path)

        for path in ("archive/2016/c.txt", "archive/2017/d.txt"):
            store.create_dir(path.rpartition("/")[0])
            store.open_output_stream(path).close()
        monkeypatch.setattr("trainer.readers.stores.fs.FileSelector", Listed)
        items = read_records(["s3://archive"])
        listed.clear()
        assert [next(items).id, next(items).id] == ["2015/a:1", "2016/c"]
        assert listed == ["archive", "archive/2015", "archive/2016"]

    def test_of_a_folder_in_a_store_that_cannot_be_listed_is_rejected_and_the_rest_is_read(
        self, store: fs.FileSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        selector = fs.FileSelector

        def guarded(path: str) -> fs.FileSelector:
            if path.endswith("2015"):
                raise PermissionError(13, "Access denied")
            return selector(path)

        monkeypatch.setattr("trainer.readers.stores.fs.FileSelector", guarded)
        refused = ("s3://archive/2015", "the folder cannot be read: access denied")
        assert read("s3://archive") == [refused, ("b", "ب")]

    @pytest.mark.usefixtures("store")
    def test_of_a_file_in_a_store_is_read_like_a_file(self) -> None:
        assert read("s3://archive/2015/a.jsonl.gz") == [("a:1", "أ")]

    @pytest.mark.usefixtures("store")
    def test_of_nothing_is_an_error(self) -> None:
        with pytest.raises(FileNotFoundError, match=r"^there is no file or folder s3://archive/2016$"):
            read_records(["s3://archive/2016"])

    def test_of_this_machine_is_a_path(self, tmp_path: Path) -> None:
        write(tmp_path / "news" / "a.txt", "أ")
        address = (tmp_path / "news").as_uri()
        (item,) = read_records([address])
        assert (item.id, item.place.file) == ("a", f"{address}/a.txt")

    def test_of_an_unknown_kind_is_an_error(self) -> None:
        with pytest.raises(ValueError, match=r"^carrier-pigeon://x is no address that can be read: "):
            read_records(["carrier-pigeon://x"])


class TestProgress:
    def test_counts_up_to_the_size_of_the_input_and_never_back(self, tmp_path: Path) -> None:
        lines = "".join(f'{{"text": "خبر {number}"}}\n' for number in range(200))
        write(tmp_path / "a" / "1.jsonl", lines)
        write(tmp_path / "a" / "2.jsonl.gz", gzip.compress(lines.encode()))
        write(tmp_path / "a" / "3.csv", "text\nx,y\nz\n")
        write(tmp_path / "b.txt", WINDOWS_1256)
        sources = [str(tmp_path / "a"), str(tmp_path / "b.txt")]
        items = list(read_records(sources))
        done = [item.done for item in items]
        assert done == sorted(done)
        assert done[-1] == input_bytes(sources) == sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file())
        assert [type(item) for item in items[-3:]] == [Reject, Record, Reject]
