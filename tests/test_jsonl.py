"""JSON Lines: everything a document holds goes through a UTF-8 file and comes back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import documents

from trainer.documents import Document
from trainer.formats.jsonl import document_to_json, read_jsonl, write_jsonl


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl") / "documents.jsonl"


def through_file(written: list[Document], path: Path) -> list[Document]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        write_jsonl(written, file)
    with path.open(encoding="utf-8") as file:
        return list(read_jsonl(file, str(path)))


@given(st.lists(documents(), max_size=3))
@settings(max_examples=100)
def test_any_documents_come_back_from_a_utf8_file_as_they_were(path: Path, written: list[Document]) -> None:
    assert through_file(written, path) == written


@pytest.mark.parametrize(
    "text",
    [
        *("قُتِل 😀 𞺀", "سطر\nسطر\r\nسطر\rسطر", "\x85\u2028\u2029\v\f\x1c", '"\\/\b\0\x1b'),
        *("\ud800", "أ\udfffب", "\udfff\ud800", "\u202e\u2066\ufeff\ufffe\uffff", "\\ud800", "\\\ud800"),
    ],
)
def test_a_hard_text_is_one_line_that_gives_the_same_text(path: Path, text: str) -> None:
    document = Document.from_text(text, id=text, metadata={text: [text, {"k": text}]})
    line = document_to_json(document)
    assert "\n" not in line
    assert "\r" not in line
    assert through_file([document, document], path) == [document, document]


def test_the_file_holds_arabic_as_arabic_and_escapes_nothing_but_lone_surrogates() -> None:
    line = document_to_json(Document.from_text("قُتِل 😀\ud800", id="أ", metadata={"العنوان": "é"}))
    assert '"text": "قُتِل 😀\\ud800"' in line
    assert '"metadata": {"العنوان": "é"}' in line
    assert line.count("\\u") == 1
    line.encode("utf-8")


@given(documents())
def test_the_line_of_any_document_encodes_to_utf8_and_is_json_of_its_dictionary(document: Document) -> None:
    assert json.loads(document_to_json(document).encode("utf-8")) == document.to_dict()


def test_metadata_that_json_does_not_know_is_written_as_text() -> None:
    line = document_to_json(Document.from_text("نص", metadata={"date": date(2022, 1, 22)}))
    assert json.loads(line)["metadata"] == {"date": "2022-01-22"}


def test_empty_lines_between_documents_are_skipped() -> None:
    line = document_to_json(Document.from_text("نص"))
    assert len(list(read_jsonl(["\n", line + "\n", "  \n", line], "x.jsonl"))) == 2


GOOD = document_to_json(Document.from_text("قتلى", id="1"))
NO_DOCUMENTS = {
    "broken JSON": GOOD[:-1],
    "a list": "[1]",
    "null": "null",
    "a record without Marsad's version": '{"id": "1", "text": "نص"}',
    "another version": GOOD.replace('"version": 1', '"version": 99'),
    "a missing part": GOOD.replace('"sentences"', '"things"'),
    "a text that is none": GOOD.replace('"text": "قتلى"', '"text": 5'),
    "sentences outside the text": GOOD.replace('"end": 4', '"end": 40'),
    "offsets that are no numbers": GOOD.replace('"end": 4', '"end": "4"'),
    "brackets without end": "[" * 100_000,
}


@pytest.mark.parametrize("line", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_a_line_that_is_no_document_is_named_after_the_good_ones(line: str) -> None:
    found = read_jsonl([GOOD, "\n", line, GOOD], "output.jsonl")
    assert next(found).text == "قتلى"
    with pytest.raises(ValueError, match=r"^output\.jsonl:3: no Marsad document: ."):
        next(found)
