"""Label Studio projects: written and read again, whatever the documents; what they cannot hold is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_studio_files import TEXT, Reports, again, complete_document, predicted, project_schema, read, region, write
from strategies import documents, in_json

from trainer.documents import Document
from trainer.formats.iob2 import read_iob2
from trainer.formats.label_studio import is_label_studio
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.schema import Schema


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="module")
def schema(folder: Path) -> Schema:
    return project_schema(folder)


class TestProjectsAreReadAsTheyWereWritten:
    def test_annotation_comes_back_complete(self, folder: Path, schema: Schema) -> None:
        documents, reports = again(folder / "complete", [complete_document()], schema)
        assert documents == [complete_document()]
        assert reports == []

    def test_writing_what_was_read_gives_the_same_bytes(self, folder: Path, schema: Schema) -> None:
        documents, _ = again(folder / "first", [complete_document()], schema)
        write(folder / "second", documents, schema)
        for name in ("tasks.json", "config.xml"):
            assert (folder / "second" / name).read_bytes() == (folder / "first" / name).read_bytes()

    def test_what_a_model_found_is_a_prediction_with_scores_and_the_models_name(
        self, folder: Path, schema: Schema
    ) -> None:
        document = predicted(complete_document())
        ((written,), _) = write(folder / "predicted", [document], schema)
        assert "annotations" not in written
        assert written["predictions"][0]["model_version"] == "marsad"
        assert written["predictions"][0]["score"] == min(item.score or 1 for item in document.events)
        assert again(folder / "predicted", [document], schema, which="predictions") == ([document], [])

    def test_predictions_are_no_annotation(self, folder: Path, schema: Schema) -> None:
        documents, reports = again(folder / "suggested", [predicted(complete_document())], schema)
        assert documents == []
        ((place, problem),) = reports
        assert place == f"{folder / 'suggested' / 'tasks.json'}, task 1"
        assert problem == "a task with no annotations is left out; it has predictions alone"

    def test_layers_that_were_not_annotated_stay_absent(self, folder: Path, schema: Schema) -> None:
        (everything, names) = (complete_document(), complete_document())
        names.id = "names"
        names.keep_layers(["entities"])
        documents, _ = again(folder / "layers", [everything, names], schema)
        assert [document.layers for document in documents] == [("entities", "triggers", "event_types"), ("entities",)]
        assert documents[1] == names

    def test_a_layer_that_somebody_added_is_there(self, folder: Path, schema: Schema) -> None:
        document = complete_document()
        document.keep_layers(["entities"])
        (whole,), _ = write(folder / "added", [document], schema)
        whole["annotations"][0]["result"].append(
            region(document.text, "سيطرت", "CAPTURE", id="new", control="triggers")
        )
        (found,), _ = read(folder / "added.json", [whole])
        assert found.layers == ("entities", "triggers")

    def test_nothing_found_is_not_the_same_as_not_looked_for(self, folder: Path, schema: Schema) -> None:
        empty = Document.from_text("الطقس بارد اليوم.", id="1")
        assert again(folder / "empty", [empty], schema) == ([empty], [])

    def test_words_and_sentences_of_another_corpus_are_kept(self, folder: Path, schema: Schema) -> None:
        (folder / "names.iob2").write_text("و O\nقسد B-ARMED\n.. O\nفي O\n\n12.5 O\n", encoding="utf-8")
        corpus = read_iob2(folder / "names.iob2", Reports())
        assert corpus[0].words != Document.from_text(corpus[0].text).words
        assert again(folder / "iob2", corpus, schema) == (corpus, [])

    def test_labelled_sentences_are_tasks_with_choices_for_the_task(self, folder: Path, schema: Schema) -> None:
        rows = "text,labels\nقُتل خمسة. وسقطت قذائف.,KILL|SHELLING\nالطقس بارد اليوم,\n"
        (folder / "rows.csv").write_text(rows, encoding="utf-8")
        corpus = read_sentence_labels(folder / "rows.csv", Reports())
        tasks, reports = write(folder / "sentences", corpus, schema)
        assert [[item["type"] for item in task["annotations"][0]["result"]] for task in tasks] == [["choices"], []]
        assert tasks[0]["annotations"][0]["result"][0]["value"] == {"choices": ["KILL", "SHELLING"]}
        assert reports == []
        assert again(folder / "sentences", corpus, schema) == (corpus, [])

    def test_text_to_annotate_has_no_annotation(self, folder: Path, schema: Schema) -> None:
        document = Document.from_text(TEXT, id="1")
        document.keep_layers([])
        tasks, _ = write(folder / "todo", [document], schema)
        assert set(tasks[0]) == {"data"}
        assert is_label_studio(folder / "todo")

    @given(st.lists(documents(), max_size=3))
    def test_any_documents(self, folder: Path, schema: Schema, written: list[Document]) -> None:
        # A document with a model is a prediction; which of the two a file has is asked of its reader.
        for model in (None, {"name": "marsad"}):
            for document in written:
                document.model = model
            which = "predictions" if model else "annotations"
            found, _ = again(folder / "any", written, schema, which=which)
            assert [as_written(document) for document in written] == [without_new_ids(document) for document in found]
            assert len({document.id for document in found}) == len(found)
            assert all(
                document.text[span.start : span.end] == span.text
                for document in found
                for span in (*document.words, *document.entities, *(event.trigger for event in document.events))
            )

    @given(st.lists(documents(), min_size=1, max_size=2))
    def test_reading_and_writing_any_documents_again_changes_nothing(
        self, folder: Path, schema: Schema, written: list[Document]
    ) -> None:
        for document in written:
            document.model = None
        once, _ = again(folder / "once", written, schema)
        assert again(folder / "twice", once, schema)[0] == once


def as_written(document: Document) -> dict[str, Any]:
    """Return what is documented to be left of a document."""
    data = in_json(document.to_dict())
    data.pop("id")
    if document.model is None:
        for item in (*data["entities"], *data["events"]):
            item["score"] = None
            for argument in item.get("arguments", ()):
                argument["score"] = None
    return data


def without_new_ids(document: Document) -> dict[str, Any]:
    data = document.to_dict()
    data.pop("id")
    return data


class TestLossesAreReported:
    def test_scores_without_a_model(self, folder: Path, schema: Schema) -> None:
        document = complete_document()
        document.entities[0].score = 0.5
        tasks, reports = write(folder / "scores", [document], schema)
        assert reports == [(str(folder / "scores" / "tasks.json"), "scores without a model are not written: 1")]
        assert '"score"' not in json.dumps(tasks)

    def test_different_scores_of_the_event_types_of_one_sentence(self, folder: Path, schema: Schema) -> None:
        document = predicted(complete_document())
        document.sentences[1].event_types = {"KILL": 0.9, "SHELLING": 0.6}
        _, reports = write(folder / "types", [document], schema)
        assert reports.about("event types have different scores; all get the lowest: 1")
        (found,), _ = again(folder / "types", [document], schema, which="predictions")
        assert found.sentences[1].event_types == {"KILL": 0.6, "SHELLING": 0.6}

    def test_a_models_fingerprint(self, folder: Path, schema: Schema) -> None:
        document = predicted(complete_document())
        document.model = {"name": "marsad", "fingerprint": "abc"}
        assert write(folder / "model", [document], schema)[1].about("model has more than a name")

    def test_ids_that_are_not_unique_are_given_anew_and_arguments_follow(self, folder: Path, schema: Schema) -> None:
        document = complete_document()
        document.events[1].id = document.entities[0].id = "1"
        document.events[0].arguments[0].entity = "1"
        _, reports = write(folder / "ids", [document], schema)
        assert reports.about("not unique")
        (found,), _ = again(folder / "ids", [document], schema)
        assert [item.id for item in (*found.entities[:2], *found.events[:2])] == ["T1", "T2", "E1", "E2"]
        assert [argument.entity for argument in found.events[0].arguments] == ["T1", "T2"]

    def test_an_argument_that_points_to_nothing(self, folder: Path, schema: Schema) -> None:
        document = complete_document()
        document.events[0].arguments[1].entity = "T99"
        assert write(folder / "nothing", [document], schema)[1].about("point to no entity are not written: 1")

    def test_labels_that_the_schema_lacks(self, folder: Path, schema: Schema) -> None:
        document = complete_document()
        document.entities[0].label = "WEAPON"
        assert write(folder / "unknown", [document], schema)[1].about("label 'WEAPON' is not in the schema")
