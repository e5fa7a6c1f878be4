"""JSON Lines: everything a document holds goes through a UTF-8 file and comes back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import documents, in_json, read_strictly

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
    expected = [replace(document, id=in_json(document.id), metadata=in_json(document.metadata)) for document in written]
    assert through_file(written, path) == expected


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
    line = document_to_json(document)
    line.encode("utf-8")
    assert read_strictly(line) == in_json(document.to_dict())


def test_metadata_that_json_does_not_know_is_written_as_text() -> None:
    line = document_to_json(Document.from_text("نص", metadata={"date": date(2022, 1, 22)}))
    assert read_strictly(line)["metadata"] == {"date": "2022-01-22"}


class TestNumbersThatJsonDoesNotHave:
    """NaN and infinities: Python writes them into JSON, and other programs refuse the file."""

    def test_they_are_null_in_metadata_however_deep_they_lie(self) -> None:
        metadata = {"a": math.nan, "b": [math.inf, (1.5, {"c": -math.inf})], "d": "NaN", "e": 2.5}
        data = read_strictly(document_to_json(Document.from_text("نص", metadata=metadata)))
        assert data["metadata"] == {"a": None, "b": [None, [1.5, {"c": None}]], "d": "NaN", "e": 2.5}

    def test_such_a_score_is_null(self) -> None:
        document = Document.from_text("حلب")
        document.add_entity(0, 3, "GPE", score=math.nan)
        assert read_strictly(document_to_json(document))["entities"][0]["score"] is None

    def test_the_document_keeps_what_it_has(self) -> None:
        metadata = {"a": [math.inf]}
        document = Document.from_text("نص", metadata=metadata)
        document_to_json(document)
        assert document.metadata == metadata


class TestSurrogatePairs:
    """A high surrogate before a low one: two characters of a Python string, one to a JSON reader."""

    @given(documents(st.lists(st.sampled_from(["\ud83d", "\ude00", "حلب", " "]), max_size=8).map("".join)))
    def test_the_text_of_any_document_keeps_its_length_and_spans_are_the_text_at_their_offsets(
        self, path: Path, document: Document
    ) -> None:
        (found,) = through_file([document], path)
        assert found.text == in_json(document.text)
        assert [(e.start, e.end, e.label) for e in found.entities] == [
            (e.start, e.end, e.label) for e in document.entities
        ]
        assert [(e.trigger.start, e.trigger.end, e.type) for e in found.events] == [
            (e.trigger.start, e.trigger.end, e.type) for e in document.events
        ]
        assert found.sentences == document.sentences

    def test_a_pair_is_twice_the_replacement_character_in_text_spans_and_names_also_where_a_span_cuts_it(
        self, path: Path
    ) -> None:
        document = Document.from_text("قسد\ud83d\ude00حلب")
        for start, end in ((0, 8), (0, 4), (4, 8)):
            document.add_entity(start, end, "ARMED")
            document.add_event(start, end, "KILL")
        (found,) = through_file([document], path)
        assert found.text == "قسد\ufffd\ufffdحلب"
        texts = ["قسد\ufffd\ufffdحلب", "قسد\ufffd", "\ufffdحلب"]
        assert [entity.text for entity in found.entities] == texts
        assert [entity.name for entity in found.entities] == texts
        assert [event.trigger.text for event in found.events] == texts

    def test_surrogates_that_stand_alone_in_the_same_text_come_back_as_they_are(self, path: Path) -> None:
        text = "\ude00\ud83d أ\ud83d\ud83d\ude00\ude00"
        (found,) = through_file([Document.from_text(text)], path)
        assert found.text == "\ude00\ud83d أ\ud83d\ufffd\ufffd\ude00"

    def test_ids_and_metadata_have_it_too(self, path: Path) -> None:
        pair = "\ud83d\ude00"
        (found,) = through_file([Document.from_text("نص", id=pair, metadata={pair: [pair]})], path)
        assert (found.id, found.metadata) == ("\ufffd\ufffd", {"\ufffd\ufffd": ["\ufffd\ufffd"]})


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


def test_a_line_that_lacks_a_key_is_named_with_the_key() -> None:
    with pytest.raises(ValueError, match=r"^output\.jsonl:1: no Marsad document: 'text' is missing$"):
        next(read_jsonl([GOOD.replace('"text": "قتلى", ', "", 1)], "output.jsonl"))
