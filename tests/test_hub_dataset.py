"""Hugging Face datasets folders with words and tags: read however they were saved, and saved again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value, load_from_disk
from datasets import Sequence as ListOf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import ENCODABLE_TEXT, documents

from trainer.data.storage import build_dataset
from trainer.documents import Document
from trainer.formats.hub_dataset import is_hub_dataset, read_hub_dataset, read_hub_splits, write_hub_dataset
from trainer.formats.tag_schemes import BIOES, IOB1, SCHEMES, Scheme
from trainer.formats.tagged_words import SENTENCES_A_DOCUMENT

NAMES = ["O", "B-PERS", "I-PERS", "B-LOC", "I-LOC"]
WORDS = [["وصل", "أحمد", "الخالد", "إلى", "حلب"], ["عاد", "."]]
TAGS = [[0, 1, 2, 0, 3], [0, 0]]
FOUND = [("PERS", "أحمد الخالد"), ("LOC", "حلب")]


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))


def dataset(
    words: list[Any], tags: list[Any], column: str = "ner_tags", names: list[str] | None = NAMES, **more: Any
) -> Dataset:
    """Return a dataset with these rows; without ``names`` the type of the tags is what they are."""
    columns = {"tokens": words, column: tags, **more}
    if names is None:
        return Dataset.from_dict(columns)
    features = {
        name: ListOf(ClassLabel(names=names)) if name == column else ListOf(Value("string")) for name in columns
    }
    features |= {name: Value("string") for name in more}
    return Dataset.from_dict(columns, features=Features(features))


def entities(found: list[Document]) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for document in found for entity in document.entities]


def words(found: list[Document]) -> list[list[list[str]]]:
    return [[[word.text for word in page.words_of(sentence)] for sentence in page.sentences] for page in found]


def in_words(document: Document) -> tuple[str, list[list[str]], list[tuple[int, int, str]]]:
    """Return id, words by sentence that has some, and the entities as spans of words."""
    starts, ends = [word.start for word in document.words], [word.end for word in document.words]
    spans = sorted((starts.index(e.start), ends.index(e.end) + 1, e.label) for e in document.entities)
    return document.id, list(filter(None, words([document])[0])), spans


def write_rows(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_splits(folder: Path, form: str) -> Path:
    """Write two splits in one of the forms that such folders have."""
    splits = {"train": dataset(WORDS, TAGS), "test": dataset([["إدلب"]], [[3]])}
    if form == "saved":
        DatasetDict(splits).save_to_disk(folder)
        return folder
    for split, rows in splits.items():
        if form == "parquet":
            rows.to_parquet(folder / f"{split}.parquet")
        elif form == "hub":
            (folder / "data").mkdir(parents=True, exist_ok=True)
            rows.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
        else:
            named = [{"tokens": row["tokens"], "ner_tags": [NAMES[tag] for tag in row["ner_tags"]]} for row in rows]
            write_rows(folder / f"{split}.jsonl", *named)
    return folder


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
