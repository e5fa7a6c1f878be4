"""Labelled sentences, written: what is read back is what was written, and what cannot be is told or refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st
from strategies import ENCODABLE_TEXT, JSON_TEXT

from trainer.documents import Document, Sentence
from trainer.formats import sentence_labels_writer
from trainer.formats.catalogue import recognise
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.formats.sentence_labels_writer import write_sentence_labels

Told = list[tuple[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sentences")


def row(text: str, *labels: str, id: str = "خبر", **metadata: Any) -> Document:
    """Return a document that is one sentence with these labels."""
    document = Document.from_text(text, id, metadata)
    words = document.words
    document.sentences = [Sentence(words[0].start, words[-1].end, dict.fromkeys(labels, 1.0))]
    document.layers = ("event_types",)
    return document


def write(documents: list[Document], path: Path) -> Told:
    told: Told = []
    write_sentence_labels(documents, path, lambda place, problem: told.append((place, problem)))
    return told


def read(path: Path) -> list[Document]:
    """Read a file in which nothing is wrong."""
    told: Told = []
    documents = read_sentence_labels(path, lambda place, problem: told.append((place, problem)))
    assert told == []
    return documents


@st.composite
def rows(draw: Any, texts: st.SearchStrategy[str], labels: st.SearchStrategy[str]) -> list[Document]:
    """Draw rows with different ids over ``texts`` that have a word."""
    with_words = texts.filter(lambda text: bool(Document.from_text(text).words))
    ids = draw(st.lists(texts.filter(bool), max_size=4, unique=True))
    columns = draw(st.sets(st.sampled_from(["المصدر", "date", "entities_count"])))
    return [
        row(draw(with_words), *draw(st.lists(labels, max_size=3)), id=id, **{key: draw(texts) for key in columns})
        for id in ids
    ]


class TestWhatIsReadBackIsWhatWasWritten:
    @given(rows(ENCODABLE_TEXT, st.sampled_from(["KILL", "قصف مدفعي", "a-b"])))
    def test_in_csv(self, folder: Path, documents: list[Document]) -> None:
        assert write(documents, folder / "news.csv") == []
        assert read(folder / "news.csv") == documents

    @given(rows(ENCODABLE_TEXT.map(lambda text: text.replace("\n", " ")), st.sampled_from(["KILL", "قصف مدفعي"])))
    def test_in_tsv(self, folder: Path, documents: list[Document]) -> None:
        assert write(documents, folder / "news.tsv") == []
        assert read(folder / "news.tsv") == documents

    @given(rows(JSON_TEXT, st.sampled_from(["KILL", "قصف|هجوم", "a;b"])))
    def test_in_json_lines(self, folder: Path, documents: list[Document]) -> None:
        assert write(documents, folder / "news.jsonl") == []
        assert read(folder / "news.jsonl") == documents

    @pytest.mark.parametrize("name", ["news.csv", "news.tsv", "news.jsonl"])
    def test_and_is_recognised(self, tmp_path: Path, name: str) -> None:
        write([row("قُتل عنصر", "KILL"), row("الطقس بارد", id="ب", entities=[[0, 4, "X"]])], tmp_path / name)
        found = recognise(tmp_path / name)
        assert found is not None
        assert found.format.name == "sentence-labels"


class TestARow:
    def test_is_a_sentence_with_the_id_of_its_document_and_its_number(self, tmp_path: Path) -> None:
        document = marked_document(TRAINING[:2], id="خبر")
        write([document], tmp_path / "news.csv")
        assert [(d.id, d.text, list(d.sentences[0].event_types)) for d in read(tmp_path / "news.csv")] == [
            ("خبر-1", "سيطرت قوات النظام على مدينة حلب أمس.", ["CAPTURE"]),
            ("خبر-2", "قُتل خمسة مدنيين في قصف على إدلب.", ["KILL", "SHELLING"]),
        ]

    def test_has_metadata_in_columns_and_empty_cells_where_there_are_none(self, tmp_path: Path) -> None:
        write([row("قُتل عنصر", "KILL", المصدر="سانا"), row("الطقس بارد", id="ب")], tmp_path / "news.csv")
        assert (tmp_path / "news.csv").read_bytes().decode("utf-8-sig").splitlines() == [
            "id,text,labels,المصدر",
            "خبر,قُتل عنصر,KILL,سانا",
            "ب,الطقس بارد,,",
        ]

    def test_keeps_metadata_of_any_kind_in_json_lines(self, tmp_path: Path) -> None:
        write([row("قُتل عنصر", "KILL", count=3)], tmp_path / "news.jsonl")
        assert json.loads((tmp_path / "news.jsonl").read_text(encoding="utf-8")) == {
            "id": "خبر",
            "text": "قُتل عنصر",
            "labels": ["KILL"],
            "count": 3,
        }


class TestWhatIsLost:
    def test_is_told_once_a_kind_with_its_number(self, tmp_path: Path) -> None:
        document = marked_document(TRAINING[:2], id="خبر")
        document.metadata = {"label": "x", "count": 3}
        document.model = {"name": "m"}
        only_names = marked_document(TRAINING[2:3])
        only_names.layers = ("entities",)
        told = write([document, only_names], tmp_path / "news.csv")
        assert {place for place, _ in told} == {str(tmp_path / "news.csv")}
        assert [problem for _, problem in told] == [
            "not written: entities (3)",
            "not written: triggers of events (3)",
            "not written: metadata 'label', which is a key of the format (1)",
            "not written: names of models (1)",
            "not written: which sentences make a document, and what stands between them (1)",
            "not written: documents that were not annotated for event types (1)",
            "not written: that 'count' is no text (2)",
        ]

    def test_is_also_a_document_without_words(self, tmp_path: Path) -> None:
        assert write([Document.from_text("", "خبر"), row("قُتل عنصر", "KILL")], tmp_path / "a.csv") == [
            (str(tmp_path / "a.csv"), "not written: documents without words (1)")
        ]

    def test_is_told_in_the_order_of_the_metadata(self, tmp_path: Path) -> None:
        keys = [" " * number + "مفتاح" for number in range(1, 6)]
        told = write([row("قُتل عنصر", **dict.fromkeys(keys, "1"))], tmp_path / "a.csv")
        assert [problem for _, problem in told] == [
            f"not written: metadata {key!r}, which can be no column (1)" for key in keys
        ]


class TestWhatCannotBeWritten:
    @pytest.mark.parametrize(
        ("name", "document", "message"),
        [
            ("a.csv", row("قُتل عنصر", "قتل|قصف"), "the label 'قتل|قصف' has a | or ;, which part labels in a table"),
            ("a.jsonl", row("قُتل عنصر", " KILL"), "the label ' KILL' would be read back as another one"),
            ("a.tsv", row("قُتل\tعنصر\nأمس"), "has tabs and line breaks in one text, which .tsv cannot hold"),
            ("a.csv", row("قُتل \ud800"), "has half a character (a lone surrogate), which no table can hold"),
            ("a.txt", row("قُتل عنصر"), "labelled sentences are written as .jsonl, .csv or .tsv"),
        ],
    )
    def test_is_refused_with_the_reason_and_nothing_is_written(
        self, tmp_path: Path, name: str, document: Document, message: str
    ) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            write([document], tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_a_text_that_no_reader_takes_from_a_cell_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sentence_labels_writer, "LONGEST_CELL", 1000)
        with pytest.raises(ValueError, match=r"is too long for a cell of a table; write \.jsonl"):
            write([row("قتل " * 300)], tmp_path / "a.csv")
        assert list(tmp_path.iterdir()) == []


class TestLongTexts:
    def test_a_text_longer_than_pythons_own_limit_for_a_cell_comes_back(self, tmp_path: Path) -> None:
        write([row("قتل " * 40_000 + "أمس")], tmp_path / "a.csv")
        (document,) = read_sentence_labels(tmp_path / "a.csv", lambda place, problem: pytest.fail(problem))
        assert document.text == "قتل " * 40_000 + "أمس"
