"""Hugging Face datasets folders, written: what is saved, what is read back of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset, load_from_disk
from hub_files import FOUND, Reports, entities, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import ENCODABLE_TEXT, documents

from trainer.documents import Document
from trainer.formats.hub_dataset import read_hub_dataset, read_hub_splits, write_hub_dataset
from trainer.formats.tag_schemes import BIOES, IOB1, SCHEMES, Scheme


def in_words(document: Document) -> tuple[str, list[list[str]], list[tuple[int, int, str]]]:
    """Return id, words by sentence that has some, and the entities as spans of words."""
    starts, ends = [word.start for word in document.words], [word.end for word in document.words]
    spans = sorted((starts.index(e.start), ends.index(e.end) + 1, e.label) for e in document.entities)
    return document.id, list(filter(None, words([document])[0])), spans


class TestWriting:
    @pytest.fixture
    def document(self) -> Document:
        document = Document.from_text("وصل أحمد الخالد إلى حلب. عاد.", id="خبر")
        document.add_entity(4, 15, "PERS")
        document.add_entity(20, 23, "LOC")
        return document

    def test_tags_are_class_labels(self, document: Document, tmp_path: Path) -> None:
        write_hub_dataset([document], tmp_path / "a")
        saved = load_from_disk(str(tmp_path / "a"))
        assert isinstance(saved, Dataset)
        assert saved.features["ner_tags"].feature.names == ["O", "B-LOC", "I-LOC", "B-PERS", "I-PERS"]
        assert saved[0] == {
            "document_id": "خبر",
            "tokens": ["وصل", "أحمد", "الخالد", "إلى", "حلب", "."],
            "ner_tags": [0, 3, 4, 0, 1, 0],
        }

    def test_splits_are_a_dataset_each_with_the_names_of_all(self, document: Document, tmp_path: Path) -> None:
        write_hub_dataset({"train": [document], "test": [Document.from_text("حلب", "ب")], "none": []}, tmp_path / "a")
        saved = load_from_disk(str(tmp_path / "a"))
        assert {split: len(rows) for split, rows in saved.items()} == {"train": 2, "test": 1, "none": 0}
        assert len({tuple(rows.features["ner_tags"].feature.names) for rows in saved.values()}) == 1
        splits = read_hub_splits(tmp_path / "a", Reports())
        assert {split: list(map(in_words, found)) for split, found in splits.items()} == {
            "train": [in_words(document)],
            "test": [("ب", [["حلب"]], [])],
            "none": [],
        }

    @pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
    @given(written=st.lists(documents(ENCODABLE_TEXT), max_size=3, unique_by=lambda document: document.id))
    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_what_is_read_back_is_all_that_tags_can_show(
        self, tmp_path: Path, scheme: Scheme, written: list[Document]
    ) -> None:
        for number, document in enumerate(written):
            document.id = f"{number}" + "".join(c for c in document.id if not "\ud800" <= c <= "\udfff")
        losses = Reports()
        write_hub_dataset(written, tmp_path / "a", scheme=scheme, report=losses)
        found = read_hub_dataset(tmp_path / "a", lambda place, problem: None)
        with_words = [document for document in written if any(map(document.words_of, document.sentences))]
        assert [document.id for document in found] == [document.id for document in with_words]
        for before, after in zip(with_words, found, strict=True):
            assert in_words(after)[1] == list(filter(None, words([before])[0]))
            lost = any(place == f"document {before.id!r}" and "entities" in loss for place, loss in losses)
            assert lost or in_words(after) == in_words(before)
        write_hub_dataset(found, tmp_path / "b", scheme=scheme)
        again = read_hub_dataset(tmp_path / "b", lambda place, problem: None)
        assert again == found

    @pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
    def test_so_is_a_dataset_of_a_single_word(self, tmp_path: Path, scheme: Scheme) -> None:
        document = Document.from_text("حلب", id="أ")
        document.add_entity(0, 3, "LOC")
        write_hub_dataset([document], tmp_path / "a", scheme=scheme)
        assert entities(read_hub_dataset(tmp_path / "a", Reports())) == [("LOC", "حلب")]

    def test_it_is_the_same_every_time_byte_for_byte(self, document: Document, tmp_path: Path) -> None:
        for name in "ab":
            write_hub_dataset({"train": [document]}, tmp_path / name, scheme=BIOES)
        files = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*.*")}
        assert len(files) == 4
        assert files == {path.relative_to(tmp_path / "b"): path.read_bytes() for path in (tmp_path / "b").rglob("*.*")}

    def test_an_earlier_dataset_is_replaced_and_nothing_else(self, document: Document, tmp_path: Path) -> None:
        write_hub_dataset({"train": [document]}, tmp_path / "a")
        write_hub_dataset([document], tmp_path / "a", scheme=IOB1)
        assert not (tmp_path / "a" / "dataset_dict.json").exists()
        assert entities(read_hub_dataset(tmp_path / "a", Reports())) == FOUND
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "notes.txt").write_text("notes")
        for path in (tmp_path / "b", tmp_path / "b" / "notes.txt"):
            with pytest.raises(FileExistsError, match="exists and is no saved dataset"):
                write_hub_dataset([document], path)

    @pytest.mark.parametrize("label", ["-X", "X Y", "X\u200f", ""])
    def test_a_label_that_would_read_back_as_another_is_refused(self, tmp_path: Path, label: str) -> None:
        document = Document.from_text("حلب", id="أ")
        document.add_entity(0, 3, label)
        with pytest.raises(ValueError, match=r"document 'أ': the tag 'B-.*' would be read back as another one"):
            write_hub_dataset([document], tmp_path / "a")
        assert not (tmp_path / "a").exists()

    def test_what_cannot_be_told_apart_or_saved_is_refused(self, document: Document, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="two documents have the id 'خبر'"):
            write_hub_dataset({"train": [document], "test": [document]}, tmp_path / "a")
        with pytest.raises(ValueError, match="has a lone surrogate"):
            write_hub_dataset([Document.from_text("حلب", id="\ud800")], tmp_path / "a")
        document.add_entity(0, 2, "X")
        with pytest.raises(ValueError, match="does not begin and end with a word"):
            write_hub_dataset([document], tmp_path / "a")
        assert not (tmp_path / "a").exists()
