"""Label Studio projects: written and read again, exports of all kinds, offsets of either counting, guesses told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import SCHEMA, TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT, JSON_TEXT, assert_linear, documents, in_json

from trainer.documents import Argument, Document, Sentence
from trainer.formats.iob2 import read_iob2
from trainer.formats.label_studio import is_label_studio, read_label_studio
from trainer.formats.label_studio_config import labelling_config, read_labelling_config
from trainer.formats.label_studio_regions import Claim, places_of
from trainer.formats.label_studio_writer import write_label_studio
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.schema import Schema, load_schema

TEXT = "سيطرت قسد على الحسكة. وقُتل خمسة مدنيين."
ROLES = "roles:\n  - {name: AGENT, arabic: الفاعل}\n  - {name: TARGET, arabic: المستهدف}\n"
ATTRIBUTES = "attributes:\n  - {name: Disputed, arabic: متنازع عليه}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA + ROLES + ATTRIBUTES, encoding="utf-8")
    return load_schema(path)


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))

    def about(self, words: str) -> list[tuple[str, str]]:
        return [(place, problem) for place, problem in self if words in problem]


def read(path: Path, content: Any, **options: Any) -> tuple[list[Document], Reports]:
    """Return what is read from a file of tasks, and what is reported."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    reports = Reports()
    return read_label_studio(path, reports, **options), reports


def write(path: Path, written: list[Document], schema: Schema) -> tuple[list[dict[str, Any]], Reports]:
    """Return the tasks of the project that is written, and what is reported."""
    reports = Reports()
    write_label_studio(written, path, schema, reports)
    return json.loads((path / "tasks.json").read_bytes()), reports


def again(path: Path, written: list[Document], schema: Schema, **options: Any) -> tuple[list[Document], Reports]:
    write(path, written, schema)
    reports = Reports()
    return read_label_studio(path, reports, **options), reports


def region(text: str, word: str, label: str, *, id: str = "r1", control: str = "label", **more: Any) -> dict[str, Any]:
    """Return the result for a region over the first ``word``, offsets in code points, as Label Studio has it now."""
    start = text.index(word)
    value = {"start": start, "end": start + len(word), "text": word, "labels": [label]}
    return {"id": id, "from_name": control, "to_name": "text", "type": "labels", "value": value, **more}


def choices(*values: str, of: dict[str, Any] | None = None, control: str = "kind") -> dict[str, Any]:
    """Return the result for choices: for the region ``of``, else for the whole task."""
    value = {key: of["value"][key] for key in ("start", "end", "text")} if of else {}
    id = of["id"] if of else "whole"
    return {
        "id": id,
        "from_name": control,
        "to_name": "text",
        "type": "choices",
        "value": value | {"choices": [*values]},
    }


def relation(source: str, target: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    return {"from_id": source, "to_id": target, "type": "relation", "direction": direction, "labels": [*labels]}


def task(text: str, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"text": text}, "annotations": [{"id": 1, "result": [*results]}], **more}


def entities(document: Document) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for entity in document.entities]


def complete_document() -> Document:
    document = marked_document(TRAINING[:4], id="أخبار/1")
    document.metadata = {"العنوان": "سقوط", "year": 2015}
    document.events[0].arguments = [Argument("AGENT", "T1"), Argument("TARGET", "T2")]
    document.events[0].attributes = ["Disputed"]
    return document


def predicted(document: Document) -> Document:
    """Return a copy as a model would have annotated it, with a score of its own for everything."""
    document = copy.deepcopy(document)
    document.model = {"name": "marsad"}
    for number, item in enumerate((*document.entities, *document.events), start=2):
        item.score = 1 / number
    for sentence in document.sentences:
        sentence.event_types = dict.fromkeys(sentence.event_types, 0.25)
    for event in document.events:
        event.arguments = [Argument(argument.role, argument.entity, 0.125) for argument in event.arguments]
    return document


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
        assert problem == "a task with no annotations is left out; it has predictions, which can be read instead"

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


class TestTheLabellingConfig:
    def test_it_has_every_label_of_the_schema(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema))
        labels = {group.get("name"): [label.get("value") for label in group] for group in view.iter("Labels")}
        assert labels == {
            "entities": schema.entity_types,
            "triggers": schema.event_types,
            "sentences": ["sentence"],
        }
        assert [label.get("value") for label in view.iter("Relation")] == ["AGENT", "TARGET"]
        options = {group.get("name"): [label.get("value") for label in group] for group in view.iter("Choices")}
        assert options == {"event_types": schema.event_types, "attributes": ["Disputed"]}

    def test_no_two_labels_look_the_same(self) -> None:
        view = ElementTree.fromstring(labelling_config(load_schema()))
        colours = [label.get("background") for label in view.iter("Label")]
        assert len(set(colours)) == len(colours)
        assert all(len(colour or "") == 7 for colour in colours)

    def test_hints_are_the_arabic_names_and_definitions(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema))
        assert view.find(".//Label[@value='PER']").get("hint") == "شخص: A named person."  # type: ignore[union-attr]

    def test_text_runs_in_its_own_direction_and_keeps_its_spaces(self, schema: Schema) -> None:
        style = ElementTree.fromstring(labelling_config(schema)).findtext("Style") or ""
        assert "unicode-bidi: plaintext" in style
        assert "white-space: pre-wrap" in style

    def test_every_control_labels_the_text(self, schema: Schema) -> None:
        for whole_tasks in (False, True):
            view = ElementTree.fromstring(labelling_config(schema, whole_tasks=whole_tasks))
            controls = [tag for tag in view.iter() if tag.tag in ("Labels", "Choices")]
            assert controls
            assert {tag.get("toName") for tag in controls} == {tag.get("name") for tag in view.iter("Text")} == {"text"}

    def test_a_schema_without_events_has_only_entities(self, schema: Schema) -> None:
        view = ElementTree.fromstring(labelling_config(schema.only(["entities"])))
        assert [tag.get("name") for tag in view if tag.get("name")] == ["entities", "text"]

    def test_marks_of_xml_in_labels_are_escaped(self, folder: Path) -> None:
        path = folder / "marks.yaml"
        path.write_text("entities:\n  - {name: 'A&B<\"', definition: '<i>'}\n", encoding="utf-8")
        view = ElementTree.fromstring(labelling_config(load_schema(path)))
        assert view.find(".//Label").get("value") == 'A&B<"'  # type: ignore[union-attr]

    def test_its_own_config_is_read(self, folder: Path, schema: Schema) -> None:
        (folder / "own.xml").write_text(labelling_config(schema), encoding="utf-8")
        config = read_labelling_config(folder / "own.xml")
        assert config.fields == {"text": "text"}
        assert config.layers == {"entities", "triggers", "event_types"}

    def test_broken_xml_names_its_line(self, folder: Path) -> None:
        (folder / "broken.xml").write_text("<View>\n<Text name='a'>\n</View>", encoding="utf-8")
        with pytest.raises(ValueError, match=r"broken\.xml:3: no XML"):
            read_labelling_config(folder / "broken.xml")

    def test_a_project_of_pictures_is_no_project_of_text(self, folder: Path) -> None:
        (folder / "pictures.xml").write_text("<View><Image name='i' value='$i'/></View>", encoding="utf-8")
        with pytest.raises(ValueError, match="no labelling config of text"):
            read_labelling_config(folder / "pictures.xml")


class TestExports:
    def test_regions_of_a_single_control_are_entities(self, folder: Path) -> None:
        (document,), reports = read(folder / "a.json", [task(TEXT, region(TEXT, "قسد", "ARMED"))])
        assert entities(document) == [("ARMED", "قسد")]
        assert document.entities[0].id == "r1"
        assert document.layers == ("entities",)
        assert document.id == "a-7"
        place = f"{folder / 'a.json'}, task 1"
        assert reports == [(place, "the text is taken from 'text': there is no labelling config beside it")]

    def test_one_task_and_a_task_a_line_are_read_alike(self, folder: Path) -> None:
        one = task(TEXT, region(TEXT, "قسد", "ARMED"))
        listed, _ = read(folder / "a.json", [one])
        assert read(folder / "a.json", one)[0] == listed
        assert read(folder / "a.jsonl", json.dumps(one) + "\n\n")[0] == listed

    def test_a_control_named_after_events_has_triggers(self, folder: Path) -> None:
        results = [
            region(TEXT, "سيطرت", "CAPTURE", id="e", control="event_label"),
            region(TEXT, "قسد", "ARMED", id="t"),
            relation("e", "t", "AGENT"),
        ]
        (document,), reports = read(folder / "a.json", [task(TEXT, *results)])
        (event,) = document.events
        assert (event.type, event.trigger.text) == ("CAPTURE", "سيطرت")
        assert event.arguments == [Argument("AGENT", "t")]
        assert document.layers == ("entities", "triggers")
        assert reports.about("labels of 'event_label' are read as triggers of events, by its name")

    def test_labels_that_are_triggers_can_be_named(self, folder: Path) -> None:
        results = [
            region(TEXT, "سيطرت", "CAPTURE", id="e"),
            region(TEXT, "قسد", "ARMED", id="t"),
            relation("e", "t", "AGENT"),
        ]
        (document,), reports = read(folder / "a.json", [task(TEXT, *results)])
        assert reports.about("a relation that joins no trigger with an entity; it is left out.")
        assert [label for label, _ in entities(document)] == ["CAPTURE", "ARMED"]
        (document,), _ = read(folder / "a.json", [task(TEXT, *results)], trigger_labels=["CAPTURE"])
        assert [event.arguments for event in document.events] == [[Argument("AGENT", "t")]]

    @pytest.mark.parametrize(
        ("drawn", "problem"),
        [
            (relation("t", "e", "AGENT"), "a relation from an entity to a trigger"),
            (relation("t", "e", "AGENT", direction="left"), ""),
        ],
    )
    def test_relations_that_were_drawn_the_other_way_round(
        self, folder: Path, drawn: dict[str, Any], problem: str
    ) -> None:
        results = [region(TEXT, "سيطرت", "CAPTURE", id="e", control="trigger"), region(TEXT, "قسد", "ARMED", id="t")]
        (document,), reports = read(folder / "a.json", [task(TEXT, *results, drawn)])
        assert document.events[0].arguments == [Argument("AGENT", "t")]
        assert bool(reports.about("a relation from an entity")) == bool(problem)

    @pytest.mark.parametrize(
        ("drawn", "problem"),
        [
            (relation("e", "gone", "AGENT"), "a relation of a region that is not there"),
            (relation("e", "t"), "a relation without a label"),
            (relation("t", "t", "AGENT"), "a relation that joins no trigger with an entity"),
        ],
    )
    def test_relations_that_say_nothing_are_left_out(self, folder: Path, drawn: dict[str, Any], problem: str) -> None:
        results = [region(TEXT, "سيطرت", "CAPTURE", id="e", control="trigger"), region(TEXT, "قسد", "ARMED", id="t")]
        (document,), reports = read(folder / "a.json", [task(TEXT, *results, drawn)])
        assert document.events[0].arguments == []
        assert reports.about(problem)

    def test_a_region_with_several_labels_is_several_entities(self, folder: Path) -> None:
        item = region(TEXT, "الحسكة", "GPE")
        item["value"]["labels"] = ["GPE", "LOC"]
        (document,), _ = read(folder / "a.json", [task(TEXT, item)])
        assert [(entity.id, entity.label) for entity in document.entities] == [("r1", "GPE"), ("r1-LOC", "LOC")]

    def test_the_last_annotation_that_was_not_cancelled_is_read(self, folder: Path) -> None:
        annotations = [
            {"result": [region(TEXT, "قسد", "B")], "updated_at": "2024-05-02T10:00:00Z"},
            {"result": [region(TEXT, "قسد", "A")], "updated_at": "2024-05-01T10:00:00Z"},
            {"result": [region(TEXT, "قسد", "C")], "updated_at": "2024-05-03T10:00:00Z", "was_cancelled": True},
        ]
        (document,), reports = read(folder / "a.json", [task(TEXT, annotations=annotations)])
        assert entities(document) == [("B", "قسد")]
        assert reports.about("2 annotations of one task; the last is read")

    @pytest.mark.parametrize(
        ("annotations", "problem"),
        [([], "a task with no annotations"), ([{"result": [], "was_cancelled": True}], "a task with only cancelled")],
    )
    def test_tasks_that_nobody_annotated_are_left_out(self, folder: Path, annotations: list[Any], problem: str) -> None:
        documents, reports = read(folder / "a.json", [task(TEXT, annotations=annotations)])
        assert documents == []
        assert reports.about(problem)

    def test_exports_of_the_first_versions(self, folder: Path) -> None:
        old = {"id": 1, "data": {"text": TEXT}, "completions": [{"result": [region(TEXT, "قسد", "ARMED")]}]}
        assert is_label_studio(_file(folder / "old.json", [old]))
        assert entities(read(folder / "old.json", [old])[0][0]) == [("ARMED", "قسد")]

    def test_a_task_without_regions_has_the_layers_of_the_others(self, folder: Path) -> None:
        tasks = [task("الطقس بارد."), task(TEXT, region(TEXT, "قسد", "ARMED"), id=8)]
        documents, _ = read(folder / "a.json", tasks)
        assert [document.layers for document in documents] == [("entities",), ("entities",)]

    def test_ids_and_other_data_are_kept(self, folder: Path) -> None:
        item = task(TEXT, region(TEXT, "قسد", "ARMED"))
        item["data"] |= {"id": "sy-1", "source": "وكالة"}
        documents, reports = read(folder / "a.json", [item, item])
        assert [document.id for document in documents] == ["sy-1", "sy-1-2"]
        assert documents[0].metadata == {"source": "وكالة"}
        assert reports.about("id 'sy-1' is that of an earlier task; read as 'sy-1-2'")

    def test_scores_of_annotation_are_not_read_those_of_predictions_are(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED", score=0.75)
        both = task(TEXT, item, predictions=[{"model_version": "v2", "result": [item]}])
        assert read(folder / "a.json", [both])[0][0].entities[0].score is None
        (document,), _ = read(folder / "a.json", [both], which="predictions")
        assert document.entities[0].score == 0.75
        assert document.model == {"name": "v2"}

    @pytest.mark.parametrize("score", [1.5, -1, "0.5", True, float("nan")])
    def test_scores_that_are_no_probabilities_are_left_out(self, folder: Path, score: Any) -> None:
        suggested = {"result": [region(TEXT, "قسد", "ARMED", score=score)]}
        (document,), reports = read(folder / "a.json", [task(TEXT, predictions=[suggested])], which="predictions")
        assert document.entities[0].score is None
        assert reports.about("a score that is no number from 0 to 1")


class TestChoices:
    def test_choices_for_a_trigger_are_attributes(self, folder: Path) -> None:
        trigger = region(TEXT, "سيطرت", "CAPTURE", control="triggers")
        (document,), _ = read(folder / "a.json", [task(TEXT, trigger, choices("Disputed", of=trigger))])
        assert document.events[0].attributes == ["Disputed"]
        assert document.layers == ("triggers",)

    def test_choices_for_a_region_without_labels_are_types_of_its_sentence(self, folder: Path) -> None:
        second = region(TEXT, "وقُتل خمسة مدنيين.", "")
        (document,), _ = read(folder / "a.json", [task(TEXT, choices("KILL", "SHELLING", of=second))])
        assert [list(sentence.event_types) for sentence in document.sentences] == [[], ["KILL", "SHELLING"]]
        assert document.layers == ("event_types",)

    def test_choices_for_the_task_are_types_of_its_one_sentence(self, folder: Path) -> None:
        (document,), reports = read(folder / "a.json", [task("قُتل خمسة مدنيين.", choices("KILL"))])
        assert document.sentences == [Sentence(0, 17, {"KILL": 1.0})]
        assert not reports.about("sentence")

    def test_a_whole_task_of_several_sentences_is_read_as_one(self, folder: Path) -> None:
        (document,), reports = read(folder / "a.json", [task(TEXT, choices("KILL"))])
        assert document.sentences == [Sentence(0, len(TEXT), {"KILL": 1.0})]
        assert reports.about("choices for a whole task of several sentences; it is read as one sentence")

    def test_a_region_of_a_sentence_over_several_joins_them(self, folder: Path) -> None:
        both = region(TEXT, TEXT, "sentence", control="sentences")
        (document,), reports = read(folder / "a.json", [task(TEXT, both, choices("KILL", of=both))])
        assert document.sentences == [Sentence(0, len(TEXT), {"KILL": 1.0})]
        assert reports.about("runs over several")

    def test_a_region_inside_a_sentence_stands_for_it(self, folder: Path) -> None:
        part = region(TEXT, "خمسة مدنيين", "sentence", control="sentences")
        (document,), reports = read(folder / "a.json", [task(TEXT, part, choices("KILL", of=part))])
        assert [list(sentence.event_types) for sentence in document.sentences] == [[], ["KILL"]]
        assert reports.about("not all of it")

    def test_labels_of_sentences_are_their_types(self, folder: Path) -> None:
        item = region(TEXT, "وقُتل خمسة مدنيين.", "KILL", control="sentence_type")
        (document,), reports = read(folder / "a.json", [task(TEXT, item)])
        assert [list(sentence.event_types) for sentence in document.sentences] == [[], ["KILL"]]
        assert reports.about("labels of 'sentence_type' are read as event types of sentences")

    def test_choices_for_an_entity_are_left_out(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED")
        (document,), reports = read(folder / "a.json", [task(TEXT, item, choices("sure", of=item))])
        assert document.layers == ("entities",)
        assert reports.about("choices for an entity; they are left out")

    def test_nested_choices_and_other_results_are_reported(self, folder: Path) -> None:
        nested = choices("KILL")
        nested["value"]["choices"] = [["عنف", "قتل"]]
        note = {"id": "n", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["تحقق"]}}
        _, reports = read(folder / "a.json", [task(TEXT, nested, note)])
        assert reports.about("a choice that is no string")
        assert reports.about("a result of type 'textarea'; it is left out")


class TestShortExports:
    def task(self) -> dict[str, Any]:
        span = {key: region(TEXT, "سيطرت", "")["value"][key] for key in ("start", "end", "text")}
        armed = region(TEXT, "قسد", "ARMED")["value"]
        return {
            **{"text": TEXT, "source": "وكالة", "id": 5, "annotator": 1, "annotation_id": 2, "lead_time": 3.5},
            **{"entities": [armed], "triggers": [span | {"labels": ["CAPTURE"]}]},
            **{"attributes": [span | {"choices": ["Disputed"]}]},
        }

    def test_regions_and_their_choices_are_read(self, folder: Path) -> None:
        (document,), reports = read(folder / "min.json", [self.task()])
        assert is_label_studio(folder / "min.json")
        assert entities(document) == [("ARMED", "قسد")]
        assert [(event.type, event.attributes) for event in document.events] == [("CAPTURE", ["Disputed"])]
        assert document.id == "min-5"
        assert document.metadata == {"source": "وكالة"}
        assert reports.about("JSON-MIN has no relations")

    def test_choices_are_for_the_sentence_where_a_trigger_has_its_offsets(self, folder: Path) -> None:
        span = {"start": 0, "end": 5, "text": "اشتبك"}
        short = {
            **{"id": 5, "annotation_id": 2, "text": "اشتبك", "triggers": [span | {"labels": ["CLASH"]}]},
            **{"sentences": [span | {"labels": ["sentence"]}], "event_types": [span | {"choices": ["CLASH"]}]},
        }
        (document,), _ = read(folder / "min.json", [short])
        assert document.sentences == [Sentence(0, 5, {"CLASH": 1.0})]
        assert [event.attributes for event in document.events] == [[]]

    def test_a_choice_for_the_task_is_known_by_the_config(self, folder: Path) -> None:
        short = {"id": 5, "annotation_id": 2, "body": "قُتل خمسة مدنيين.", "source": "وكالة", "topic": "KILL"}
        config = folder / "topic.xml"
        config.write_text("<View><Text name='t' value='$body'/><Choices name='topic' toName='t'/></View>")
        (document,), _ = read(folder / "min.json", [short], config=config)
        assert document.sentences[0].event_types == {"KILL": 1.0}
        assert document.metadata == {"source": "وكالة"}

    def test_several_choices_for_the_task(self, folder: Path) -> None:
        short = {"id": 5, "annotation_id": 2, "text": "قُتل خمسة.", "topic": {"choices": ["KILL", "SHELLING"]}}
        (document,), _ = read(folder / "min.json", [short])
        assert document.sentences[0].event_types == {"KILL": 1.0, "SHELLING": 1.0}


class TestWhereTheTextIs:
    def test_the_config_beside_the_tasks_says_it(self, tmp_path: Path) -> None:
        config = (
            "<View><Text name='t' value='$body'/><Labels name='l' toName='t'><Label value='ARMED'/></Labels></View>"
        )
        (tmp_path / "config.xml").write_text(config)
        item = region(TEXT, "قسد", "ARMED") | {"to_name": "t"}
        tasks = [{"data": {"text": "عنوان", "body": TEXT}, "annotations": [{"result": [item]}]}]
        (document,), reports = read(tmp_path / "export.json", tasks)
        assert document.text == TEXT
        assert document.metadata == {"text": "عنوان"}
        assert reports == []

    def test_without_one_it_is_the_string_in_which_the_regions_lie(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED") | {"to_name": "t"}
        data = {"title": TEXT[::-1] * 2, "body": TEXT}
        (document,), reports = read(folder / "a.json", [{"data": data, "annotations": [{"result": [item]}]}])
        assert document.text == TEXT
        assert reports.about("the text is taken from 'body'")

    def test_a_broken_config_beside_the_tasks_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "config.xml").write_text("<View>")
        documents, reports = read(tmp_path / "export.json", [task(TEXT, region(TEXT, "قسد", "ARMED"))])
        assert len(documents) == 1
        assert reports.about("no XML")

    def test_results_for_another_text_are_left_out(self, folder: Path) -> None:
        other = region(TEXT, "قسد", "ARMED", id="r2") | {"to_name": "title"}
        mine = [region(TEXT, "قسد", "ARMED"), region(TEXT, "الحسكة", "GPE", id="r3")]
        (document,), reports = read(folder / "a.json", [task(TEXT, *mine, other)])
        assert len(document.entities) == 2
        assert reports.about("a result for something else than 'text'")

    def test_an_address_is_no_text(self, folder: Path) -> None:
        config = folder / "url.xml"
        config.write_text("<View><Text name='text' value='$text' valueType='url'/></View>")
        documents, reports = read(folder / "a.json", [task("https://example.org/1.txt")], config=config)
        assert documents == []
        assert reports.about("'text' shows a text by its address; put the text itself into the task's data")


EMOJI = "😀😀 سيطرت قسد على الحسكة قسد 😀 قرب قسد"


def in_utf16(text: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the value of a region with offsets as JavaScript counts them."""

    def units(offset: int) -> int:
        return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2

    return value | {"start": units(value["start"]), "end": units(value["end"])}


class TestOffsets:
    def test_code_points_are_read_as_they_are(self, folder: Path) -> None:
        (document,), reports = read(folder / "a.json", [task(EMOJI, region(EMOJI, "الحسكة", "GPE"))])
        assert entities(document) == [("GPE", "الحسكة")]
        assert not reports.about("UTF-16")

    def test_utf16_code_units_are_known_by_the_text_of_the_region(self, folder: Path) -> None:
        item = region(EMOJI, "الحسكة", "GPE")
        item["value"] = in_utf16(EMOJI, item["value"])
        (document,), reports = read(folder / "a.json", [task(EMOJI, item)])
        assert entities(document) == [("GPE", "الحسكة")]
        assert reports.about("a region counts UTF-16 code units, as Label Studio once did; read so")

    @given(ANY_TEXT.filter(bool), st.data(), st.booleans())
    def test_both_countings_are_found_in_any_text(self, text: str, data: Any, utf16: bool) -> None:
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        value = {"start": start, "end": end, "text": text[start:end]}
        counted = in_utf16(text, value) if utf16 else value
        (place,) = places_of(text, [Claim(counted["start"], counted["end"], text[start:end])])
        assert place is not None
        found = text[place.start : place.end]
        # Spaces at the ends alone are not told apart, and a word that stands twice may be either.
        assert "".join(found.split()) == "".join(text[start:end].split())

    def test_what_fits_in_both_is_read_as_the_others_are(self) -> None:
        text = "😀" + 10 * "ه" + " قسد"
        claims = [Claim(3, 5, "هه"), Claim(13, 16, "قسد")]  # the second is right in code units alone
        places = places_of(text, claims)
        assert [(place.start, place.end, place.utf16) for place in places if place] == [(2, 4, True), (12, 15, True)]
        assert [place and place.utf16 for place in places_of(text, claims[:1])] == [False]

    def test_what_stands_before_the_first_emoji_is_no_evidence(self) -> None:
        text = "قسد حلب 😀 ههههه قسد"
        claims = [Claim(0, 3, "قسد"), Claim(4, 7, "حلب"), Claim(12, 14, "هه"), Claim(17, 20, "قسد")]
        places = places_of(text, claims)
        assert [place and (place.start, place.end) for place in places] == [(0, 3), (4, 7), (11, 13), (16, 19)]

    def test_regions_that_do_not_tell_their_text_are_read_as_the_others_are(self) -> None:
        text = "😀 قسد حلب"
        places = places_of(text, [Claim(3, 6, None), Claim(7, 10, "حلب")])
        assert [text[place.start : place.end] for place in places if place] == ["قسد", "حلب"]
        (alone,) = places_of(text, [Claim(2, 5, None)])
        assert alone is not None
        assert text[alone.start : alone.end] == "قسد"

    def test_an_offset_inside_a_surrogate_pair_is_no_code_unit_offset(self) -> None:
        assert places_of("قس 😀 د", [Claim(4, 7, "😀 د")]) == [None]

    @pytest.mark.parametrize(
        ("text", "word", "said"),
        [
            ("سقطت\r\nقذائف على\r\nحلب", "قذائف على\r\nحلب", "قذائف على\n\nحلب"),  # as browsers show it
            ("سقطت\nقذائف\nعلى", "قذائف\nعلى", "قذائفعلى"),  # as version 1.4 wrote it
            ("سقطت\nقذائف\nعلى", "قذائف\nعلى", "قذائف\\nعلى"),  # escaped twice
            ("سقطت\tقذائف\tعلى", "قذائف\tعلى", "قذائف على"),
            ("قال \u202bقسد\u202c أمس", "\u202bقسد\u202c", "\u202bقسد\u202c"),
        ],
    )
    def test_line_breaks_tabs_and_bidi_controls_count_as_they_are(
        self, folder: Path, text: str, word: str, said: str
    ) -> None:
        item = region(text, word, "X")
        item["value"]["text"] = said
        (document,), _ = read(folder / "a.json", [task(text, item)])
        assert entities(document) == [("X", word)]

    def test_a_region_whose_text_is_elsewhere_is_left_out(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED")
        item["value"]["start"] += 1
        (document,), reports = read(folder / "a.json", [task(TEXT, item)])
        assert document.entities == []
        assert reports.about("the text at 7..9 is 'سد', the region says 'قسد'; it is left out")

    @pytest.mark.parametrize(("start", "end"), [(5, 999), (-1, 3), (4, 4), (6, 2)])
    def test_a_region_outside_the_text_is_left_out(self, folder: Path, start: int, end: int) -> None:
        item = region(TEXT, "قسد", "ARMED")
        item["value"] = {"start": start, "end": end, "labels": ["ARMED"]}
        (document,), reports = read(folder / "a.json", [task(TEXT, item)])
        assert document.entities == []
        assert reports.about("does not lie in the text of 40 characters")

    def test_global_offsets_are_read_where_the_others_are_paths(self, folder: Path) -> None:
        item = region(TEXT, "قسد", "ARMED") | {"type": "hypertextlabels"}
        where = {key: item["value"].pop(key) for key in ("start", "end")}
        item["value"] |= {"start": "/text()[1]", "end": "/text()[1]", "startOffset": 0, "globalOffsets": where}
        item["value"]["hypertextlabels"] = item["value"].pop("labels")
        (document,), _ = read(folder / "a.json", [task(TEXT, item)])
        assert entities(document) == [("ARMED", "قسد")]

    def test_a_region_of_a_picture_has_no_offsets(self, folder: Path) -> None:
        box = {"type": "rectanglelabels", "to_name": "text", "value": {"x": 1, "y": 2, "rectanglelabels": ["A"]}}
        _, reports = read(folder / "a.json", [task(TEXT, box)])
        assert reports.about("a region without offsets in a text")

    @given(text=JSON_TEXT, data=st.data())
    def test_a_project_with_offsets_in_code_units_is_read_the_same(
        self, folder: Path, schema: Schema, text: str, data: Any
    ) -> None:
        document = data.draw(documents(st.just("😀" + text)))
        document.model = None
        tasks, _ = write(folder / "units", [document], schema)
        path = folder / "units" / "tasks.json"
        (expected,) = read_label_studio(path, Reports())
        for item in tasks[0]["annotations"][0]["result"]:
            if "start" in item.get("value", {}):
                item["value"] = in_utf16(tasks[0]["data"]["text"], item["value"])
        path.write_text(json.dumps(tasks), encoding="utf-8")
        (found,) = read_label_studio(path, Reports())
        # The texts of the spans: which of two equal words is meant, two countings of one number cannot tell.
        for one, other in zip(found.entities, expected.entities, strict=True):
            assert (one.label, one.text.split()) == (other.label, other.text.split())
        for one, other in zip(found.events, expected.events, strict=True):
            assert (one.type, one.trigger.text.split()) == (other.type, other.trigger.text.split())
            assert (one.arguments, one.attributes) == (other.arguments, other.attributes)

    @pytest.mark.parametrize("pattern", ["😀 قسد ", "قسد "])
    def test_long_texts_take_linear_time(self, pattern: str) -> None:
        def places(text: str) -> object:
            starts = range(0, len(text) - len(pattern), len(pattern))
            return places_of(text, [Claim(start, start + len(pattern), pattern) for start in starts])

        assert_linear(places, pattern, 20_000)


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b'[\n{"data": {}},\n{"data" }\n]', r"a\.json:3: broken JSON"),
            (b'[\n{"data": "\xff"}]', r"a\.json:2: not UTF-8 \(byte 12\)"),
            (b"[" * 200_000, r"a\.json: JSON nested too deeply"),
            (b'{"data": {}}\n{"data": {}}', r"a\.json:2: broken JSON .*name it \.jsonl"),
        ],
    )
    def test_what_is_no_json_is_an_error_with_its_line(self, tmp_path: Path, content: bytes, problem: str) -> None:
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(ValueError, match=problem):
            read_label_studio(tmp_path / "a.json", Reports())

    @pytest.mark.parametrize(
        ("broken", "problem"),
        [
            (5, "no Label Studio task"),
            ({"text": TEXT}, "no Label Studio task"),
            ({"data": {"text": TEXT}, "annotations": [{"result": "قسد"}]}, "the annotation has no list of results"),
            ({"data": {"n": 1}, "annotations": [{"result": []}]}, "its data has no text, only 'n'"),
        ],
    )
    def test_a_broken_task_is_reported_and_the_others_are_read(self, folder: Path, broken: Any, problem: str) -> None:
        documents, reports = read(folder / "a.json", [broken, task(TEXT, region(TEXT, "قسد", "ARMED"))])
        assert len(documents) == 1
        assert [place for place, _ in reports.about(problem)] == [f"{folder / 'a.json'}, task 1"]

    def test_a_broken_line_is_reported_and_the_others_are_read(self, folder: Path) -> None:
        good = json.dumps(task(TEXT, region(TEXT, "قسد", "ARMED")))
        documents, reports = read(folder / "a.jsonl", f"{good[:-5]}\n{good}\n")
        assert len(documents) == 1
        assert [place for place, _ in reports.about("broken JSON")] == [f"{folder / 'a.jsonl'}:1"]

    def test_equal_problems_are_reported_once_with_their_number(self, folder: Path) -> None:
        _, reports = read(folder / "a.json", [task(TEXT, annotations=[])] * 3)
        assert reports == [
            (f"{folder / 'a.json'}, task 1", "a task with no annotations is left out (3 times in this file)")
        ]

    @pytest.mark.parametrize("spans", [5, [[0]], [[0, 999]], [[3, 2]], [[0, 4], [2, 6]], [[True, 3]]])
    def test_damaged_segmentation_is_reported(self, folder: Path, spans: Any) -> None:
        item = task(TEXT, region(TEXT, "قسد", "ARMED"))
        item["data"]["marsad"] = {"layers": ["entities"], "words": spans, "sentences": spans}
        (document,), reports = read(folder / "a.json", [item])
        assert (document.words, len(document.sentences)) == (Document.from_text(TEXT).words, 2)
        assert len(reports.about("are no offsets of this text")) == 2

    @given(st.data())
    def test_no_value_anywhere_in_a_task_breaks_the_reader(self, folder: Path, schema: Schema, data: Any) -> None:
        document = complete_document()
        ((whole,), _) = write(folder / "odd", [document], schema)
        places = list(_places(whole))
        for _ in range(data.draw(st.integers(1, 4))):
            holder, key = data.draw(st.sampled_from(places))
            holder[key] = data.draw(
                st.sampled_from([None, True, -1, 10**9, 0.5, "", "قسد", [], [None], [[]], {}, {"start": 0}, "sentence"])
            )
        path = folder / "odd.json"
        path.write_text(json.dumps([whole]), encoding="utf-8")
        for which in ("annotations", "predictions"):
            reports = Reports()
            found = read_label_studio(path, reports, which=which)
            assert found or reports
            assert all(
                document.text[span.start : span.end] == span.text
                for document in found
                for span in (*document.words, *document.entities, *(event.trigger for event in document.events))
            )


def _places(value: Any) -> Any:
    """Yield every place in a value of JSON, as what holds it and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _file(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


class TestKnowingTheFormat:
    def test_a_project_and_its_folder(self, folder: Path, schema: Schema) -> None:
        write(folder / "known", [complete_document()], schema)
        assert is_label_studio(folder / "known")
        assert is_label_studio(folder / "known" / "tasks.json")

    def test_a_first_task_that_is_longer_than_what_is_looked_at(self, folder: Path) -> None:
        item = task(TEXT, region(TEXT, "قسد", "ARMED"))
        long = {"annotations": item["annotations"], "data": {"text": "قسد " * 600_000}}
        assert is_label_studio(_file(folder / "long.json", [long]))
        assert not is_label_studio(_file(folder / "long.json", [{"data": "قسد " * 600_000}]))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.json", "[]"),
            ("a.json", "{}"),
            ("a.json", "[1, 2]"),
            ("a.json", ""),
            ("a.json", "[" * 200_000),
            ("a.json", '{"data": [{"text": "قسد"}]}'),
            ("a.json", '{"data": {"text": "قسد"}}'),
            ("a.jsonl", '{"text": "قسد", "label": [[0, 3, "ARMED"]]}'),
            ("a.jsonl", '{"text": "قُتل خمسة", "labels": ["KILL"]}'),
            ("a.jsonl", '{"version": 1, "id": "1", "text": "قسد", "sentences": [{"start": 0, "end": 3}]}'),
            ("a.txt", '[{"data": {"text": "قسد"}, "annotations": []}]'),
        ],
    )
    def test_other_files_are_not_taken_for_it(self, folder: Path, name: str, content: str) -> None:
        assert not is_label_studio(_file(folder / name, content))

    def test_what_does_not_exist_is_not_it(self, folder: Path) -> None:
        assert not is_label_studio(folder / "missing.json")

    @given(st.binary(max_size=60))
    def test_any_bytes_are_looked_at_without_an_error(self, folder: Path, content: bytes) -> None:
        (folder / "bytes.json").write_bytes(content)
        assert is_label_studio(folder / "bytes.json") is False  # a task is longer than this
