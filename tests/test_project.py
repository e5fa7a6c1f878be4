"""The folder of an annotation project: what it holds, that it reads back, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import SCHEMA, TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT, documents

from trainer.documents import Document
from trainer.formats.brat import read_brat_folder
from trainer.formats.label_studio import read_label_studio
from trainer.projects.project import KINDS, is_project, read_suggestions, write_project
from trainer.schema import Schema, load_schema
from trainer.text.surrogates import encodable
from trainer.writers.file_names import UniqueNames

INFO = {"name": "quickstart", "fingerprint": "abc"}
COMMON = {"suggestions.jsonl", "schema.yaml"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


def suggested(*ids: str) -> list[Document]:
    """Return labelled sentences as a model gives them."""
    found = []
    for number, id in enumerate(ids):
        document = marked_document([TRAINING[number]], id)
        document.model, document.metadata = dict(INFO), {"article": "خبر", "start": 40 * number, "before": "", "n": 0.5}
        for entity in document.entities:
            entity.score = 0.75
        for event in document.events:
            event.score = 0.5
        found.append(document)
    return found


class Losses(list[tuple[str, str]]):
    def __call__(self, place: str, loss: str) -> None:
        self.append((place, loss))


def write(folder: Path, written: list[Document], schema: Schema, kind: Any) -> Losses:
    losses = Losses()
    write_project(written, folder, schema, kind, losses)
    return losses


def spans(document: Document) -> Any:
    return (
        document.text,
        [(entity.start, entity.end, entity.label, entity.text) for entity in document.entities],
        [(event.trigger, event.type) for event in document.events],
    )


class TestWhatIsInIt:
    def test_label_studio(self, tmp_path: Path, schema: Schema) -> None:
        given_out = suggested("خبر-0", "خبر-3")
        write(tmp_path / "new" / "project", given_out, schema, "label-studio")
        folder = tmp_path / "new" / "project"
        assert {path.name for path in folder.iterdir()} == COMMON | {"tasks.json", "config.xml"}
        read = read_label_studio(folder, lambda place, problem: pytest.fail(problem), which="predictions")
        assert [spans(document) for document in read] == [spans(document) for document in given_out]
        assert [document.id for document in read] == ["خبر-0", "خبر-3"]
        assert [document.metadata for document in read] == [document.metadata for document in given_out]

    def test_brat(self, tmp_path: Path, schema: Schema) -> None:
        given_out = suggested("خبر-0", "2015.07-3")
        assert write(tmp_path, given_out, schema, "brat") == []
        files = {f"{id}.{ending}" for id in ("خبر-0", "2015.07-3") for ending in ("txt", "ann")}
        assert {path.name for path in tmp_path.iterdir()} == COMMON | files | {"annotation.conf"}
        read = {document.id: document for document in read_brat_folder(tmp_path)}
        assert {id: spans(document) for id, document in read.items()} == {one.id: spans(one) for one in given_out}
        assert "CAPTURE" in (tmp_path / "annotation.conf").read_text(encoding="utf-8")

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_suggestions_are_kept_whole_and_so_is_the_schema(
        self, tmp_path: Path, schema: Schema, kind: str
    ) -> None:
        given_out = suggested("خبر-0", "خبر-3", "خبر-1")
        write(tmp_path, given_out, schema, kind)
        assert read_suggestions(tmp_path) == given_out
        assert load_schema(tmp_path / "schema.yaml").event_types == ["KILL", "CAPTURE", "SHELLING"]
        assert is_project(tmp_path)
        assert not is_project(tmp_path / "schema.yaml")

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_documents_give_the_same_bytes(self, tmp_path: Path, schema: Schema, kind: str) -> None:
        for name in ("a", "b"):
            write(tmp_path / name, suggested("خبر-0", "خبر-1"), schema, kind)
        first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b"))
        assert first == second

    def test_what_the_tasks_do_not_say_is_told(self, tmp_path: Path, schema: Schema) -> None:
        ((place, loss),) = write(tmp_path, suggested("خبر-0"), schema, "label-studio")
        assert place == str(tmp_path / "tasks.json")
        assert "whose model has more than a name" in loss

    @pytest.mark.parametrize("kind", KINDS)
    @given(written=st.lists(documents(texts=ANY_TEXT), max_size=3))
    def test_texts_are_the_same_in_all_files_whatever_they_hold(
        self, tmp_path_factory: pytest.TempPathFactory, schema: Schema, kind: str, written: list[Document]
    ) -> None:
        folder = tmp_path_factory.mktemp("project")
        names = UniqueNames()
        for document in written:
            document.id = names.name(document.id)
        write(folder, written, schema, kind)
        expected = {document.id: encodable(document.text) for document in written}
        suggestions = read_suggestions(folder)
        assert {document.id: document.text for document in suggestions} == expected
        if kind == "brat":
            assert {id: (folder / f"{id}.txt").read_bytes().decode() for id in expected} == expected
            for document in suggestions:
                spans_there = [*document.entities, *(event.trigger for event in document.events)]
                assert all(span.text == document.text[span.start : span.end] for span in spans_there)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("ids", "reason"),
        [
            (["a/b"], "the id 'a/b' can name no file of a project; 'a_b' could"),
            ([".."], "can name no file"),
            (["خبر", "خبر"], "two documents of a project would have files called 'خبر'"),
            (["SANA-1", "sana-1"], "two documents of a project would have files called 'sana-1'"),
        ],
    )
    def test_ids_that_cannot_be_files_side_by_side(
        self, tmp_path: Path, schema: Schema, ids: list[str], reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            write(tmp_path / "project", suggested(*ids), schema, "brat")
        assert not (tmp_path / "project").exists()

    def test_another_kind(self, tmp_path: Path, schema: Schema) -> None:
        with pytest.raises(ValueError, match="no projects of kind 'prodigy'; give label-studio or brat"):
            write(tmp_path, suggested("خبر-0"), schema, "prodigy")

    def test_a_folder_that_is_no_project(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"is no annotation project: it has no suggestions\.jsonl"):
            read_suggestions(tmp_path)

    def test_a_broken_line_is_named(self, tmp_path: Path, schema: Schema) -> None:
        write(tmp_path, suggested("خبر-0"), schema, "brat")
        with (tmp_path / "suggestions.jsonl").open("a", encoding="utf-8") as file:
            file.write("{}\n")
        with pytest.raises(ValueError, match=r"suggestions\.jsonl:2: no Marsad document"):
            read_suggestions(tmp_path)

    def test_a_document_that_stands_there_twice_is_named(self, tmp_path: Path, schema: Schema) -> None:
        write(tmp_path, suggested("خبر-0", "خبر-1"), schema, "brat")
        file = tmp_path / "suggestions.jsonl"
        file.write_bytes(file.read_bytes() * 2)
        with pytest.raises(ValueError, match=r"suggestions\.jsonl has document خبر-0 twice; leave the file as it was"):
            read_suggestions(tmp_path)
