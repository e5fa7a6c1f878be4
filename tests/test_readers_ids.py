"""Ids that Marsad gives are short where that is enough, never the same for two files, and do not depend on order."""

from __future__ import annotations

import gzip
import io
import sys
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.readers.file_ids import distinct_ids
from trainer.readers.reading import read_records
from trainer.readers.records import Record

LINE = '{"text": "قُتل عنصر"}\n'


def write(*names: str) -> None:
    for name in names:
        content = LINE if ".jsonl" in name else "text\nقُتل عنصر\n" if ".csv" in name else "قُتل عنصر"
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())


def ids(*sources: str) -> list[str]:
    items = list(read_records(sources))
    assert all(isinstance(item, Record) for item in items)
    return [item.id for item in items]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestOneSource:
    def test_gives_short_ids(self) -> None:
        write("news/خبر.txt", "news/2015/news.jsonl")
        assert ids("news") == ids("./news/") == ["2015/news:1", "خبر"]
        assert ids("news/2015/news.jsonl") == ["news:1"]

    def test_tells_files_of_a_folder_apart_by_their_endings_where_it_must(self) -> None:
        write("news/a.txt", "news/a.txt.gz", "news/b.csv", "news/b.jsonl", "news/c.txt", "news/d/a.txt")
        assert ids("news") == ["a.txt", "a.txt.gz", "b.csv:2", "b.jsonl:1", "c", "d/a"]

    def test_does_not_mind_files_that_are_not_read(self) -> None:
        write("news/a.txt", "news/a.ann", "news/_a.jsonl")
        assert ids("news") == ["a"]

    def test_is_not_misled_by_names_that_look_like_ids(self) -> None:
        write("news/a.jsonl", "news/a:1.txt", "news/b.txt", "news/b.txt.gz", "news/b.txt.txt")
        assert ids("news") == ["a:1", "a:1.txt", "b.txt", "b.txt.gz", "b.txt.txt"]


class TestSeveralSources:
    def test_that_are_files_keep_short_ids_where_they_differ(self) -> None:
        write("2014/a.txt", "2015/b.txt")
        assert ids("2015/b.txt", "2014/a.txt") == ["b", "a"]

    def test_that_are_files_of_the_same_name_are_told_apart_by_their_paths(self) -> None:
        write("2014/news.jsonl", "2015/news.jsonl", "other.txt")
        assert ids("2014/news.jsonl", "./2015/news.jsonl", "other.txt") == ["2014/news:1", "2015/news:1", "other"]

    def test_that_differ_in_their_endings_alone_keep_them(self) -> None:
        write("a.jsonl", "a.csv", "a.txt", "a.txt.gz")
        assert ids("a.jsonl", "a.csv", "a.txt", "a.txt.gz") == ["a.jsonl:1", "a.csv:2", "a.txt", "a.txt.gz"]

    def test_have_the_paths_of_their_files_where_a_folder_is_among_them(self) -> None:
        write("2014/news.jsonl", "2015/news.jsonl", "2015/in/a.txt", "extra/a.txt", "b.txt")
        assert ids("2014/", "2015", "extra/a.txt", "b.txt") == [
            *("2014/news:1", "2015/in/a", "2015/news:1", "extra/a", "b")
        ]
        assert ids(".", "./2014")[-1] == "2014/news:1"

    def test_give_the_same_ids_in_any_order(self) -> None:
        write("2014/news.jsonl", "2015/news.jsonl", "news.csv", "in/a.txt")
        for sources in (["2014/news.jsonl", "2015/news.jsonl", "news.csv"], ["2014", "in", "news.csv"]):
            assert len({frozenset(ids(*order)) for order in permutations(sources)}) == 1

    def test_that_are_the_same_file_have_the_same_id_so_that_it_is_found_out(self) -> None:
        write("in/a.txt", "b.txt")
        assert ids("b.txt", "./b.txt", "b.txt") == ["b", "b", "b"]
        assert ids("in", "in/a.txt", "in/") == ["in/a", "in/a", "in/a"]

    def test_keep_ids_of_columns(self) -> None:
        for folder in ("2014", "2015"):
            write(f"{folder}/news.jsonl")
            Path(f"{folder}/news.jsonl").write_text('{"id": "7", "text": ""}\n', encoding="utf-8")
        assert ids("2014", "2015") == ["7", "7"]

    def test_may_be_standard_input_and_a_file_of_that_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        write("stdin.txt")
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"x")))
        assert ids("-", "stdin.txt") == ["stdin", "stdin.txt"]


class TestAnyNames:
    PATHS = st.lists(st.sampled_from(["a", "b", "a:1", "1"]), min_size=1, max_size=2).map("/".join)
    ENDINGS = st.sampled_from(["", ".txt", ".txt.gz", ".jsonl", ".txt.txt"])

    @given(st.sets(st.builds(str.__add__, PATHS, ENDINGS), max_size=8), st.booleans())
    def test_have_ids_of_their_own(self, paths: set[str], with_folders: bool) -> None:
        given = distinct_ids(paths, with_folders=with_folders)
        assert given.keys() == paths
        assert len(set(given.values())) == len(paths)
