"""Exports of Label Studio: what regions, relations and choices become, in the full form and the short one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_studio_files import TEXT, choices, entities, read, region, relation, task, write_tasks

from trainer.documents import Argument, Sentence
from trainer.formats.label_studio import is_label_studio


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label-studio")


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
        assert is_label_studio(write_tasks(folder / "old.json", [old]))
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
