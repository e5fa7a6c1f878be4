"""Hugging Face datasets folders with something wrong: each problem with its place, and other folders told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hub_files import TAGS, WORDS, Reports, dataset, entities, words, write_rows, write_splits

from trainer.data.storage import build_dataset
from trainer.formats.hub_dataset import is_hub_dataset, read_hub_dataset


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ({"tokens": ["حلب", "و"], "ner_tags": ["O"]}, "2 words and 1 tags; the row is left out"),
            ({"tokens": None, "ner_tags": ["O"]}, "'tokens' is no list of strings; the row is left out"),
            ({"tokens": ["حلب", 3], "ner_tags": ["O", "O"]}, "'tokens' is no list of strings; the row is left out"),
            ({"tokens": ["حلب"], "ner_tags": "O"}, "the tags are no list; the row is left out"),
            ({"tokens": [], "ner_tags": []}, "no words; the row is left out"),
            (["حلب"], "expected a JSON object, found list; the row is left out"),
        ],
    )
    def test_a_broken_row_is_told_with_file_and_line_and_the_others_are_read(
        self, tmp_path: Path, row: Any, problem: str
    ) -> None:
        good = {"tokens": ["إدلب"], "ner_tags": ["B-LOC"]}
        path = write_rows(tmp_path / "train.jsonl", good, row, good)
        reports = Reports()
        assert words(read_hub_dataset(tmp_path, reports)) == [[["إدلب"], ["إدلب"]]]
        assert reports == [(f"{path}:2", problem)]

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            (b'{"tokens": [', "broken JSON (Expecting value); the row is left out"),
            ("حلب".encode("cp1256"), "not UTF-8; the row is left out"),
        ],
    )
    def test_a_line_that_is_no_json_is_told(self, tmp_path: Path, line: bytes, problem: str) -> None:
        path = write_rows(tmp_path / "train.jsonl", {"tokens": ["حلب"], "tags": ["O"]})
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\n" + line)
        reports = Reports()
        assert words(read_hub_dataset(tmp_path, reports)) == [[["حلب"]]]
        assert reports == [(f"{path}:3", problem)]

    def test_words_and_tags_are_read_as_those_of_iob2_text(self, tmp_path: Path) -> None:
        tokens = ["قال", " أبو ظبي", "\u200f", "\u200eحلب", "درعا", "حمص"]
        tags = ["X", "B-LOC", "O", "\u200fB-LOC", "I-PERS", "B--LOC"]
        dataset([tokens], [tags], names=None).save_to_disk(tmp_path / "a")
        reports = Reports()
        found = read_hub_dataset(tmp_path / "a", reports)
        assert entities(found) == [("LOC", "أبو ظبي"), ("LOC", "\u200eحلب"), ("PERS", "درعا"), ("LOC", "حمص")]
        assert {place for place, _ in reports} == {f"{tmp_path / 'a'}, split train, row 1"}
        assert [problem.rpartition("; ")[0] for _, problem in reports] == [
            "tag 'X' is neither O nor B-LABEL nor I-LABEL",
            "white space around the word ' أبو ظبي'",
            "white space inside the word 'أبو ظبي'",
            "the word '\\u200f' shows nothing",
            "invisible marks in the tag '\\u200fB-LOC'",
            "tag 'B--LOC' has a hyphen too many",
            "'درعا': I-PERS continues no PERS",
        ]

    def test_a_tag_that_no_name_belongs_to_is_told(self, tmp_path: Path) -> None:
        dataset([["حلب", "و"]], [[-1, None]]).save_to_disk(tmp_path / "a")
        reports = Reports()
        assert entities(read_hub_dataset(tmp_path / "a", reports)) == []
        assert [problem.split(" is ")[0] for _, problem in reports] == ["tag '-1'", "tag 'None'"]

    @pytest.mark.parametrize("form", ["saved", "jsonl"])
    def test_numbers_without_names_are_an_error_that_says_what_to_do(self, tmp_path: Path, form: str) -> None:
        if form == "saved":
            dataset(WORDS, TAGS, names=None).save_to_disk(tmp_path / "names")
        else:
            write_rows(tmp_path / "names" / "train.jsonl", {"tokens": ["حلب"], "ner_tags": [3]})
        with pytest.raises(ValueError, match="'ner_tags' holds numbers without names; save the dataset with"):
            read_hub_dataset(tmp_path / "names", Reports())

    def test_missing_columns_are_named(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "train.jsonl", {"text": "حلب", "label": 1})
        with pytest.raises(ValueError, match=r"train\.jsonl:1 has the columns 'text', 'label'; it needs 'tokens' and"):
            read_hub_dataset(tmp_path, Reports())

    def test_a_split_in_two_forms_is_an_error(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "train.jsonl", {"tokens": ["حلب"], "tags": ["O"]})
        dataset(WORDS, TAGS).to_parquet(tmp_path / "train.parquet")
        with pytest.raises(ValueError, match=r"has the split 'train' twice, in train\.jsonl and train\.parquet"):
            read_hub_dataset(tmp_path, Reports())

    def test_files_cut_off_are_an_error_that_names_them(self, tmp_path: Path) -> None:
        write_splits(tmp_path / "parquet", "parquet")
        broken = tmp_path / "parquet" / "train.parquet"
        broken.write_bytes(broken.read_bytes()[:-40])
        with pytest.raises(ValueError, match=r"train\.parquet cannot be read as Parquet"):
            read_hub_dataset(tmp_path / "parquet", Reports())
        write_splits(tmp_path / "saved", "saved")
        (tmp_path / "saved" / "train" / "state.json").write_text("{}")
        with pytest.raises(ValueError, match="saved is no whole dataset as 'save_to_disk' writes it"):
            read_hub_dataset(tmp_path / "saved", Reports())

    def test_a_folder_that_is_not_there_or_has_no_such_files_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="there is no folder"):
            read_hub_dataset(tmp_path / "none", Reports())
        with pytest.raises(FileNotFoundError, match=r"has neither a saved dataset nor \.parquet or \.jsonl files"):
            read_hub_dataset(tmp_path, Reports())


class TestRecognition:
    def test_a_dataset_of_marsad_itself_is_none(self, tiny_corpus: Path, tmp_path: Path) -> None:
        build_dataset(tiny_corpus, tmp_path / "own")
        assert not is_hub_dataset(tmp_path / "own")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("train.jsonl", b'{"text": "a", "labels": []}\n'),
            ("train.jsonl", b"\xff\xfe{"),
            ("train.jsonl", b"3\n"),
            ("train.jsonl", b"[" * 100_000),
            ("train.jsonl", b""),
            ("train.parquet", b"PAR1"),
            ("dataset_dict.json", b"{}"),
            ("dataset_dict.json", b'{"splits": ["a", 3]}'),
            ("state.json", b"{}"),
            ("notes.txt", b""),
        ],
    )
    def test_strange_content_is_none(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        assert not is_hub_dataset(tmp_path)
        assert not is_hub_dataset(tmp_path / name)
        assert not is_hub_dataset(tmp_path / "none")
