"""A corpus that grows from corrected projects: made with the first, whole or not at all, and safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from conftest import TRAINING, VALIDATION
from corrected_projects import corrected, schema_with_roles, suggestion, suggestions

from trainer.data.corpus import load_corpus
from trainer.data.mixing import load_training_data
from trainer.documents import Document
from trainer.formats.jsonl import document_to_json, read_jsonl
from trainer.projects import growing
from trainer.projects.growing import Growth, grow_corpus
from trainer.schema import Schema, load_schema

NOTES = ["Its annotation was suggested by marsad-tiny and corrected; who did that is not recorded."]


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    return schema_with_roles(tmp_path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The corpus file of tests; there is none yet."""
    return tmp_path / "حلب" / "dataset.yaml"


@pytest.fixture
def four() -> list[Document]:
    return [corrected(document) for document in suggestions()]


def lines(corpus: Path, split: str = "train") -> list[str]:
    return (corpus.parent / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()


def grow(corpus: Path, documents: Sequence[Document], schema: Schema, split: str = "train") -> Growth:
    return grow_corpus(corpus, documents, schema, NOTES, split)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def sizes(corpus: Path) -> dict[str, int]:
    return {name: len(documents) for name, documents in load_corpus(corpus).splits.items()}


def add_split(corpus: Path, name: str) -> None:
    content = yaml.safe_load(corpus.read_text(encoding="utf-8"))
    content["splits"][name] = f"{name}.jsonl"
    corpus.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


class TestTheFirstDocuments:
    def test_make_a_corpus_with_schema_split_and_notes(
        self, corpus: Path, four: list[Document], schema: Schema
    ) -> None:
        growth = grow(corpus, four, schema)
        assert (growth.made, growth.added) == (True, {"train": ["a-0", "a-1", "a-2", "a-3"]})
        assert yaml.safe_load(corpus.read_text(encoding="utf-8")) == {
            "name": "حلب",
            "schema": "schema.yaml",
            "notes": NOTES,
            "splits": {"train": "train.jsonl"},
        }
        assert load_schema(corpus.parent / "schema.yaml").source == schema.source
        assert lines(corpus) == [document_to_json(document) for document in four]

    def test_are_read_back_as_a_corpus(self, corpus: Path, four: list[Document], schema: Schema) -> None:
        grow(corpus, four, schema)
        read = load_corpus(corpus)
        assert (read.name, read.notes) == ("حلب", NOTES)
        assert [document.to_dict() for document in read.splits["train"]] == [document.to_dict() for document in four]

    def test_train_beside_a_corpus_that_has_sentences_to_choose_on(
        self, corpus: Path, four: list[Document], schema: Schema, tiny_corpus: Path
    ) -> None:
        corpus = corpus.with_name("mine.yaml")
        grow(corpus, four, schema)
        data = load_training_data({str(tiny_corpus): 1.0, str(corpus): 2.0})
        assert {name: len(documents) for name, documents in data.sources.items()} == {
            "dataset: train": 2,
            "mine: train": 4,
        }
        assert {document.id for document in data.validation} == {"dataset: v1"}
        assert data.notes == NOTES

    def test_may_be_of_another_split(self, corpus: Path, four: list[Document], schema: Schema) -> None:
        assert grow(corpus, four, schema, "validation").added == {"validation": ["a-0", "a-1", "a-2", "a-3"]}
        assert len(lines(corpus, "validation")) == 4

    def test_do_not_replace_another_schema(self, corpus: Path, four: list[Document], schema: Schema) -> None:
        corpus.parent.mkdir()
        (corpus.parent / "schema.yaml").write_text("entities: [{name: PER}]\n", encoding="utf-8")
        before = contents(corpus.parent)
        with pytest.raises(
            ValueError, match=r"schema\.yaml has other labels than the project; name a corpus in another"
        ):
            grow(corpus, four, schema)
        assert contents(corpus.parent) == before

    def test_need_a_corpus_file_and_a_split_that_it_can_name(
        self, corpus: Path, four: list[Document], schema: Schema
    ) -> None:
        with pytest.raises(ValueError, match=r"is no corpus file; name the dataset\.yaml that is to be made"):
            grow(corpus.parent, four, schema)
        with pytest.raises(ValueError, match="no split can be called 'training_only'"):
            grow(corpus, four, schema, "training_only")
        for split in ("../train", "a/b", ""):
            with pytest.raises(ValueError, match=f"no split can be called '{split}', which names no file"):
                grow(corpus, four, schema, split)
        assert not corpus.parent.exists()

    def test_are_not_written_where_the_corpus_file_is_a_folder(
        self, corpus: Path, four: list[Document], schema: Schema
    ) -> None:
        corpus.mkdir(parents=True)
        with pytest.raises(IsADirectoryError, match=r"dataset\.yaml is a folder"):
            grow(corpus, four, schema)
        assert [path.name for path in corpus.parent.iterdir()] == ["dataset.yaml"]

    def test_finish_what_a_killed_run_began(self, corpus: Path, four: list[Document], schema: Schema) -> None:
        grow(corpus, four, schema)
        whole = contents(corpus.parent)
        corpus.unlink()  # it is the last that is put in place
        growth = grow(corpus, four, schema)
        assert (growth.made, growth.already) == (True, ["a-0", "a-1", "a-2", "a-3"])
        assert contents(corpus.parent) == whole


class TestMoreDocuments:
    @pytest.fixture(autouse=True)
    def begun(self, corpus: Path, four: list[Document], schema: Schema) -> None:
        grow(corpus, four, schema)

    def test_go_behind_those_that_are_there_which_stay_byte_for_byte(self, corpus: Path, schema: Schema) -> None:
        before = contents(corpus.parent)
        more = [corrected(suggestion(TRAINING[7], "b-0"))]
        growth = grow(corpus, more, schema)
        assert (growth.made, growth.added) == (False, {"train": ["b-0"]})
        after = contents(corpus.parent)
        assert after.pop("train.jsonl") == before.pop("train.jsonl") + f"{document_to_json(more[0])}\n".encode()
        assert after == before

    def test_begin_a_line_of_their_own_also_where_the_file_does_not_end_with_one(
        self, corpus: Path, schema: Schema
    ) -> None:
        file = corpus.parent / "train.jsonl"
        file.write_bytes(file.read_bytes().rstrip(b"\n"))
        grow(corpus, [corrected(suggestion(TRAINING[7], "b-0"))], schema)
        assert [json.loads(line)["id"] for line in lines(corpus)] == ["a-0", "a-1", "a-2", "a-3", "b-0"]

    def test_that_are_there_already_are_told_and_not_added_again(
        self, corpus: Path, four: list[Document], schema: Schema
    ) -> None:
        before = contents(corpus.parent)
        growth = grow(corpus, [*four, corrected(suggestion(TRAINING[7], "b-0"))], schema)
        assert growth.already == ["a-0", "a-1", "a-2", "a-3"]
        assert growth.added == {"train": ["b-0"]}
        again = grow(corpus, four, schema)
        assert (again.added, len(again.already)) == ({}, 4)
        assert contents(corpus.parent)["train.jsonl"].startswith(before["train.jsonl"])
        assert len(lines(corpus)) == 5

    def test_with_a_known_id_and_other_annotation_add_nothing_at_all(self, corpus: Path, schema: Schema) -> None:
        before = contents(corpus.parent)
        other = corrected(suggestion(TRAINING[0], "a-0"), lambda d: setattr(d.entities[0], "label", "PER"))
        with pytest.raises(
            ValueError, match=r"has the documents a-0 with other annotation; nothing was added\. If the new"
        ):
            grow(corpus, [corrected(suggestion(TRAINING[7], "b-0")), other], schema)
        assert contents(corpus.parent) == before

    def test_with_a_known_id_and_another_text_are_of_another_archive(self, corpus: Path, schema: Schema) -> None:
        with pytest.raises(ValueError, match="has other texts with the ids a-0, perhaps of another archive"):
            grow(corpus, [corrected(suggestion(TRAINING[7], "a-0"))], schema)

    def test_that_repeat_a_sentence_are_added_and_told(self, corpus: Path, schema: Schema) -> None:
        growth = grow(corpus, [corrected(suggestion(TRAINING[1], "b-0"))], schema)
        assert growth.added == {"train": ["b-0"]}
        assert [(match.document, match.training_document, match.exact) for match in growth.repeats] == [
            ("b-0", "a-1", True)
        ]

    def test_are_compared_with_what_is_for_training_only_too(self, corpus: Path, schema: Schema) -> None:
        (corpus.parent / "written.marked").write_text(f"## b-0\n{TRAINING[7]}\n", encoding="utf-8")
        with corpus.open("a", encoding="utf-8") as file:
            file.write("training_only: written.marked\n")
        growth = grow(corpus, [corrected(suggestion(TRAINING[7], "c-0"))], schema)
        assert [(match.document, match.training_document) for match in growth.repeats] == [("c-0", "b-0")]
        with pytest.raises(ValueError, match="has other texts with the ids b-0"):
            grow(corpus, [corrected(suggestion(TRAINING[9], "b-0"))], schema)

    def test_never_go_behind_lines_of_another_format(self, corpus: Path, schema: Schema) -> None:
        add_split(corpus, "validation")
        file = corpus.parent / "validation.jsonl"
        line = {"id": "b", "text": "وصل أحمد الخالد إلى دمشق.", "label": [[4, 15, "PER"]]}
        file.write_text(json.dumps(line) + "\n", encoding="utf-8")
        before = contents(corpus.parent)
        with pytest.raises(ValueError, match=r"validation\.jsonl:1: no Marsad document"):
            grow(corpus, [corrected(suggestion(TRAINING[7], "b-0"))], schema)
        assert contents(corpus.parent) == before

    def test_need_a_split_that_can_grow(self, corpus: Path, schema: Schema, tiny_corpus: Path) -> None:
        more = [corrected(suggestion(VALIDATION[0], "b-0"))]
        with pytest.raises(
            ValueError, match=r"no split 'test' that can grow \(such splits: train\); write 'test: test\.jsonl'"
        ):
            grow(corpus, more, schema, "test")
        # Its documents are listed: a file in the place of the list would take them out of the corpus.
        with pytest.raises(ValueError, match=r"the split 'train' is no \.jsonl file, so it cannot grow; name another"):
            grow(tiny_corpus, more, schema)

    def test_make_the_file_of_a_split_that_somebody_added(self, corpus: Path, schema: Schema) -> None:
        add_split(corpus, "validation")
        growth = grow(corpus, [corrected(suggestion(VALIDATION[0], "b-0"))], schema, "validation")
        assert growth.added == {"validation": ["b-0"]}
        assert sizes(corpus) == {"train": 4, "validation": 1}

    def test_of_an_article_go_where_its_other_sentences_are(self, corpus: Path, schema: Schema) -> None:
        add_split(corpus, "validation")
        grow(corpus, [corrected(suggestion(VALIDATION[0], "b-0"))], schema, "validation")
        more = [corrected(suggestion(marked, id)) for marked, id in ((TRAINING[7], "b-1"), (TRAINING[9], "c-0"))]
        growth = grow(corpus, more, schema)
        assert growth.added == {"validation": ["b-1"], "train": ["c-0"]}
        assert growth.elsewhere == ["b-1"]
        assert sizes(corpus) == {"train": 5, "validation": 2}

    def test_of_an_article_whose_split_cannot_grow_are_refused(
        self, tmp_path: Path, four: list[Document], schema: Schema, tiny_corpus: Path
    ) -> None:
        """The tiny corpus lists its documents; here its training documents are a file instead."""
        content = yaml.safe_load(tiny_corpus.read_text(encoding="utf-8"))
        content["splits"] = {"test": ["x1"], "train": str(tmp_path / "train.jsonl")}
        for key in ("schema", "annotations"):
            content[key] = str(tiny_corpus.parent / content[key])
        mixed = tmp_path / "mixed.yaml"
        mixed.write_text(yaml.safe_dump(content), encoding="utf-8")
        assert grow(mixed, four, schema).added == {"train": ["a-0", "a-1", "a-2", "a-3"]}
        with pytest.raises(ValueError, match="document x1-0 is of article x1, which stands in 'test'"):
            grow(mixed, [corrected(suggestion(TRAINING[7], "x1-0"))], schema)

    def test_with_labels_that_the_corpus_has_not_are_refused(self, corpus: Path, schema: Schema) -> None:
        strange = corrected(suggestion("وصل [الوفد|GROUP] أمس.", "b-0"))
        with pytest.raises(ValueError, match=r"the schema of .*dataset\.yaml has no label GROUP; add it there"):
            grow(corpus, [strange], schema)

    def test_are_not_added_to_a_file_that_is_broken(self, corpus: Path, schema: Schema) -> None:
        file = corpus.parent / "train.jsonl"
        file.write_text(file.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"train\.jsonl:5: no Marsad document"):
            grow(corpus, [corrected(suggestion(TRAINING[7], "b-0"))], schema)

    def test_leave_the_corpus_as_it_was_when_the_disk_is_full(
        self, corpus: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = contents(corpus.parent)

        def full(documents: object, file: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(growing, "write_jsonl", full)
        with pytest.raises(OSError, match="No space left"):
            grow(corpus, [corrected(suggestion(TRAINING[7], "b-0"))], schema)
        assert contents(corpus.parent) == before
        assert [document.id for document in read_jsonl(lines(corpus), "train")] == ["a-0", "a-1", "a-2", "a-3"]
