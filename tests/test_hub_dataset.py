"""Hugging Face datasets folders with words and tags, read: however they were saved, and which rows make a document."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import DatasetDict
from hub_files import FOUND, NAMES, TAGS, WORDS, Reports, dataset, entities, words, write_rows, write_splits

from trainer.formats.hub_dataset import is_hub_dataset, read_hub_dataset, read_hub_splits
from trainer.formats.tagged_words import SENTENCES_A_DOCUMENT


class TestReading:
    @pytest.mark.parametrize("form", ["saved", "parquet", "hub", "jsonl"])
    def test_every_form_of_folder_gives_the_documents_of_each_split(self, tmp_path: Path, form: str) -> None:
        folder = write_splits(tmp_path / "names", form)
        reports = Reports()
        splits = read_hub_splits(folder, reports)
        assert is_hub_dataset(folder)
        assert sorted(splits) == ["test", "train"]
        assert words(splits["train"]) == [WORDS]
        assert entities(splits["train"]) == FOUND
        assert entities(splits["test"]) == [("LOC", "إدلب")]
        assert [document.id for document in splits["train"]] == ["train-0001"]
        assert splits["train"][0].text == "وصل أحمد الخالد إلى حلب\nعاد ."
        assert splits["train"][0].layers == ("entities",)
        assert reports == []

    def test_all_documents_together_name_their_split(self, tmp_path: Path) -> None:
        folder = write_splits(tmp_path / "names", "saved")
        found = read_hub_dataset(folder, Reports())
        assert [(document.id, document.metadata) for document in found] == [
            ("train-0001", {"split": "train"}),
            ("test-0001", {"split": "test"}),
        ]

    def test_a_dataset_without_splits_is_read_as_its_only_one(self, tmp_path: Path) -> None:
        dataset(WORDS, TAGS).save_to_disk(tmp_path / "names")
        assert is_hub_dataset(tmp_path / "names")
        splits = read_hub_splits(tmp_path / "names", Reports())
        assert list(splits) == ["train"]
        assert entities(splits["train"]) == FOUND

    @pytest.mark.parametrize("column", ["ner_tags", "tags", "labels"])
    @pytest.mark.parametrize("strings", [True, False])
    def test_tags_are_numbers_with_names_or_strings_in_one_of_three_columns(
        self, tmp_path: Path, column: str, strings: bool
    ) -> None:
        tags = [[NAMES[tag] for tag in row] for row in TAGS] if strings else TAGS
        dataset(WORDS, tags, column, None if strings else NAMES).save_to_disk(tmp_path / "names")
        assert is_hub_dataset(tmp_path / "names")
        assert entities(read_hub_dataset(tmp_path / "names", Reports())) == FOUND

    def test_of_several_columns_of_tags_the_first_is_read_and_that_is_told(self, tmp_path: Path) -> None:
        rows = [{"tokens": ["حلب"], "labels": ["B-A"], "ner_tags": ["B-LOC"]}] * 2
        path = write_rows(tmp_path / "train.jsonl", *rows)
        reports = Reports()
        assert entities(read_hub_dataset(tmp_path, reports)) == [("LOC", "حلب"), ("LOC", "حلب")]
        assert reports == [(f"{path}:1", "several columns of tags (ner_tags, labels); ner_tags is read")]

    def test_parts_of_a_split_are_read_in_order(self, tmp_path: Path) -> None:
        for part, word in enumerate(["حلب", "إدلب"]):
            dataset([[word]], [[3]]).to_parquet(tmp_path / f"train-0000{part}-of-00002.parquet")
        splits = read_hub_splits(tmp_path, Reports())
        assert words(splits["train"]) == [[["حلب"], ["إدلب"]]]

    def test_other_schemes_are_found_from_all_splits_and_told(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "train.jsonl", {"tokens": ["أحمد", "الخالد"], "tags": ["B-PERS", "E-PERS"]})
        write_rows(tmp_path / "test.jsonl", {"tokens": ["حلب"], "tags": ["S-LOC"]})
        reports = Reports()
        assert sorted(entities(read_hub_dataset(tmp_path, reports))) == [("LOC", "حلب"), ("PERS", "أحمد الخالد")]
        assert reports == [(str(tmp_path), "the tags of this dataset are BIOES; read as such")]

    def test_it_is_the_same_every_time(self, tmp_path: Path) -> None:
        folder = write_splits(tmp_path / "names", "saved")
        assert read_hub_splits(folder, Reports()) == read_hub_splits(folder, Reports())


class TestDocuments:
    def test_without_ids_neighbouring_rows_make_documents(self, tmp_path: Path) -> None:
        count = SENTENCES_A_DOCUMENT + 1
        dataset([["حلب"]] * count, [[3]] * count).save_to_disk(tmp_path / "names")
        found = read_hub_dataset(tmp_path / "names", Reports())
        assert [(document.id, len(document.sentences)) for document in found] == [
            ("train-0001", SENTENCES_A_DOCUMENT),
            ("train-0002", 1),
        ]

    def test_rows_of_one_document_id_are_a_document(self, tmp_path: Path) -> None:
        ids = ["ب", "أ", "ب"]
        dataset([["حلب"], ["إدلب"], ["حماة"]], [[3]] * 3, document_id=ids).save_to_disk(tmp_path / "names")
        found = read_hub_dataset(tmp_path / "names", Reports())
        assert [(document.id, document.text) for document in found] == [("ب", "حلب\nحماة"), ("أ", "إدلب")]

    def test_a_row_without_the_id_that_others_have_is_told(self, tmp_path: Path) -> None:
        row = {"tokens": ["حلب"], "tags": ["O"]}
        path = write_rows(tmp_path / "train.jsonl", {**row, "document_id": 7}, row)
        reports = Reports()
        (document,) = read_hub_dataset(tmp_path, reports)
        assert (document.id, len(document.sentences)) == ("7", 2)
        assert reports == [(f"{path}:2", "no 'document_id'; read as one of document '7'")]

    def test_rows_of_a_mark_alone_begin_documents(self, tmp_path: Path) -> None:
        rows = [["-DOCSTART-"], ["حلب"], ["إدلب"], ["-DOCSTART-"], ["حماة"]]
        dataset(rows, [[0]] * 5).save_to_disk(tmp_path / "names")
        found = read_hub_dataset(tmp_path / "names", Reports())
        assert words(found) == [[["حلب"], ["إدلب"]], [["حماة"]]]
        assert [document.id for document in found] == ["train-0001", "train-0002"]

    def test_an_id_in_two_splits_is_told_and_names_two_documents(self, tmp_path: Path) -> None:
        rows = dataset([["حلب"]], [[3]], document_id=["أ"])
        DatasetDict({"train": rows, "test": rows}).save_to_disk(tmp_path / "names")
        reports = Reports()
        assert [document.id for document in read_hub_dataset(tmp_path / "names", reports)] == ["أ", "test-أ"]
        told = "document 'أ' is in another split, too; named 'test-أ'"
        assert reports == [(f"{tmp_path / 'names'}, split test", told)]
