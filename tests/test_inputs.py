"""Where texts to label come from, and that one bad input is named and does not stop the rest."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from trainer.documents import Document
from trainer.formats.inputs import read_inputs

WINDOWS_1256 = "قُتل عنصر".encode("cp1256", errors="replace")


class Rejected(list[tuple[str, str]]):
    def __call__(self, place: str, reason: str) -> None:
        self.append((place, reason))


def read(source: str | Path) -> tuple[list[Document], Rejected]:
    rejected = Rejected()
    return list(read_inputs(str(source), rejected)), rejected


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch):
    def feed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return feed


def summary(documents: list[Document]) -> list[tuple[str, str]]:
    return [(document.id, document.text) for document in documents]


# ------------------------------------------------------------------------------- files and folders


@pytest.mark.parametrize("name", ["خبر.txt", "article.html", "no-extension"])
def test_a_file_is_one_text_named_by_its_stem(tmp_path: Path, name: str) -> None:
    text = "قُتل عنصر.\r\nسطر\rآخر 😀\n"
    (tmp_path / name).write_bytes(text.encode("utf-8"))
    documents, rejected = read(tmp_path / name)
    assert documents == [Document.from_text(text, id=Path(name).stem)]
    assert rejected == []


def test_an_empty_file_is_an_empty_document(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert summary(read(tmp_path / "empty.txt")[0]) == [("empty", "")]


def test_a_folder_gives_its_txt_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "d.txt").write_text("d", encoding="utf-8")
    assert summary(read(tmp_path)[0]) == [("a", "a.txt"), ("b", "b.txt")]


def test_a_file_of_a_folder_that_is_no_utf8_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("أول", encoding="utf-8")
    (tmp_path / "2.txt").write_bytes(WINDOWS_1256)
    (tmp_path / "3.txt").mkdir()
    (tmp_path / "4.txt").write_text("رابع", encoding="utf-8")
    documents, rejected = read(tmp_path)
    assert summary(documents) == [("1", "أول"), ("4", "رابع")]
    assert [place for place, _ in rejected] == [str(tmp_path / "2.txt"), str(tmp_path / "3.txt")]
    assert "cannot be read as UTF-8 text" in rejected[0][1]
    assert "byte 0xde in position 0" in rejected[0][1]


def test_documents_come_one_by_one(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = read_inputs(str(tmp_path), Rejected())
    assert next(found).id == "a"
    (tmp_path / "b.txt").write_text("changed", encoding="utf-8")
    assert next(found).text == "changed"


@pytest.mark.parametrize(
    ("name", "cause"), [("missing.txt", "there is no file or folder"), ("empty", "has no .txt files")]
)
def test_a_source_that_is_not_there_is_an_error_that_names_it(tmp_path: Path, name: str, cause: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=cause) as error:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


# ------------------------------------------------------------------------------------------- JSONL


def test_a_jsonl_file_gives_one_document_a_line_with_the_other_columns_as_metadata(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text(
        '{"id": "a", "text": "قُتل عنصر", "source": "المرصد", "year": 2022}\r\n\n{"text": "انسحب\\u2028التنظيم"}\n'
        '{"id": null, "text": "سقطت\u2028المدينة"}',
        encoding="utf-8",
        newline="",
    )
    documents, rejected = read(path)
    assert rejected == []
    assert documents == [
        Document.from_text("قُتل عنصر", id="a", metadata={"source": "المرصد", "year": 2022}),
        Document.from_text("انسحب\u2028التنظيم", id="news:3"),
        Document.from_text("سقطت\u2028المدينة", id="news:4"),
    ]


BAD_LINES = {
    "broken JSON": (b'{"text": "x"', "broken JSON ("),
    "no JSON": ("قُتل عنصر".encode(), "broken JSON (Expecting value at character 1)"),
    "wrong encoding": (b'{"text": "' + WINDOWS_1256 + b'"}', "'utf-8' codec can't decode byte 0xde in position 10"),
    "no text": (b'{"id": "b", "body": "x"}', "the record has no 'text' string"),
    "a text that is a number": (b'{"text": 5}', "the record has no 'text' string"),
    "no object": (b'["x"]', "expected a JSON object with 'text', found list"),
    "brackets without end": (b"[" * 100_000, "JSON nested too deeply"),
    "a number of too many digits": (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "digits"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
@pytest.mark.parametrize("from_standard_input", [False, True])
def test_a_bad_line_is_rejected_with_place_and_reason_and_the_rest_is_read(
    tmp_path: Path, standard_input, line: bytes, reason: str, from_standard_input: bool
) -> None:
    content = b'{"id": "a", "text": "1"}\n' + line + b'\n{"id": "c", "text": "3"}\n'
    path = tmp_path / "news.jsonl"
    path.write_bytes(content)
    standard_input(content)
    source = "-" if from_standard_input else str(path)
    documents, rejected = read(source)
    assert summary(documents) == [("a", "1"), ("c", "3")]
    assert [place for place, _ in rejected] == [f"{source}:2"]
    assert reason in rejected[0][1]


# ---------------------------------------------------------------------------------- standard input


def test_standard_input_is_one_text(standard_input) -> None:
    standard_input("قُتل عنصر.\r\n\nانسحب التنظيم.".encode())
    assert summary(read("-")[0]) == [("stdin", "قُتل عنصر.\r\n\nانسحب التنظيم.")]


def test_standard_input_that_begins_with_a_brace_is_jsonl(standard_input) -> None:
    standard_input(' {"id": "a", "text": "أول"}\n{"text": "ثان", "year": 2022}'.encode())
    documents, rejected = read("-")
    assert rejected == []
    assert documents == [
        Document.from_text("أول", id="a"),
        Document.from_text("ثان", id="-:2", metadata={"year": 2022}),
    ]


def test_standard_input_that_is_no_utf8_is_rejected(standard_input) -> None:
    standard_input(WINDOWS_1256)
    documents, rejected = read("-")
    assert documents == []
    assert rejected[0][0] == "-"
    assert "cannot be read as UTF-8 text" in rejected[0][1]


def test_empty_standard_input_is_an_empty_text(standard_input) -> None:
    standard_input(b"")
    assert summary(read("-")[0]) == [("stdin", "")]


def test_a_byte_order_mark_before_jsonl_is_no_part_of_it(tmp_path: Path, standard_input) -> None:
    content = b'\xef\xbb\xbf{"id": "a", "text": "1"}\n{"id": "b", "text": "2"}\n'
    (tmp_path / "windows.jsonl").write_bytes(content)
    standard_input(content)
    for source in (str(tmp_path / "windows.jsonl"), "-"):
        documents, rejected = read(source)
        assert (summary(documents), rejected) == ([("a", "1"), ("b", "2")], [])
