"""doccano's JSON Lines: its exports are read, what is wrong in them is told, and other JSON Lines are told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from doccano_files import SCHEMA, TEXT, Told, write_lines

from trainer.documents import Document, Sentence
from trainer.formats.doccano import is_doccano, read_doccano
from trainer.formats.jsonl import document_to_json, read_jsonl
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.schema import Schema


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doccano") / "all.jsonl"


def read(path: Path, *records: Any, schema: Schema | None = None, told: Told | None = None) -> list[Document]:
    """Read these lines; without ``told`` nothing may be reported."""
    problems = Told()
    found = read_doccano(write_lines(path, *records), problems, schema)
    if told is None:
        assert problems == []
    else:
        told.extend(problems)
    return found


def spans(document: Document) -> list[tuple[int, int, str]]:
    return [(entity.start, entity.end, entity.label) for entity in document.entities]


def triggers(document: Document) -> list[tuple[int, int, str]]:
    return [(event.trigger.start, event.trigger.end, event.type) for event in document.events]


class TestReadingSpans:
    @pytest.mark.parametrize("key", ["label", "labels", "entities"])
    def test_spans_are_lists_of_start_end_and_label_under_any_of_three_keys(self, path: Path, key: str) -> None:
        (document,) = read(path, {"id": 7, "text": TEXT, key: [[21, 27, "GPE"], [13, 17, "ARMED"]]})
        assert (document.id, document.text, document.layers) == ("7", TEXT, ("entities",))
        assert [(e.id, e.label, e.text) for e in document.entities] == [
            ("T2", "ARMED", "داعش"),
            ("T1", "GPE", "الحسكة"),
        ]

    def test_spans_are_objects_with_offsets_too(self, path: Path) -> None:
        span = {"id": 31, "start_offset": 13, "end_offset": 17, "label": "ARMED"}
        (document,) = read(path, {"text": TEXT, "label": [span]})
        assert spans(document) == [(13, 17, "ARMED")]
        assert document.id == "all-1"

    def test_the_text_may_stand_under_data_as_some_versions_export_it(self, path: Path) -> None:
        (document,) = read(path, {"id": 1, "data": TEXT, "label": [[13, 17, "ARMED"]]})
        assert (document.text, document.metadata) == (TEXT, {})

    def test_other_keys_are_metadata(self, path: Path) -> None:
        record = {"text": TEXT, "label": [[13, 17, "ARMED"]], "data": "x", "Comments": ["راجع"], "meta": {"n": 1}}
        (document,) = read(path, record)
        assert document.metadata == {"data": "x", "Comments": ["راجع"], "meta": {"n": 1}}

    def test_labels_that_are_event_types_of_the_schema_are_triggers_and_give_their_sentence_its_types(
        self, path: Path
    ) -> None:
        record = {"text": TEXT, "label": [[0, 4, "KILL"], [13, 17, "ARMED"], [21, 27, "OTHER"]]}
        (document,) = read(path, record, schema=SCHEMA)
        assert document.layers == ("entities", "triggers", "event_types")
        assert triggers(document) == [(0, 4, "KILL")]
        assert spans(document) == [(13, 17, "ARMED"), (21, 27, "OTHER")]
        assert document.sentences[0].event_types == {"KILL": 1.0}

    def test_without_a_schema_all_spans_are_entities(self, path: Path) -> None:
        (document,) = read(path, {"text": TEXT, "label": [[0, 4, "KILL"]]})
        assert (spans(document), document.events, document.layers) == ([(0, 4, "KILL")], [], ("entities",))

    def test_a_layer_of_which_no_line_has_a_span_is_not_annotated(self, path: Path) -> None:
        records = [{"text": TEXT, "label": [[0, 4, "KILL"]]}, {"text": TEXT, "label": []}]
        assert [d.layers for d in read(path, *records, schema=SCHEMA)] == [("triggers", "event_types")] * 2

    def test_a_line_without_the_key_has_no_layer_and_one_with_an_empty_list_has_none_of_them(self, path: Path) -> None:
        records = [{"text": TEXT, "label": [[13, 17, "ARMED"]]}, {"text": TEXT, "label": []}, {"text": TEXT}]
        assert [document.layers for document in read(path, *records)] == [("entities",), ("entities",), ()]

    def test_a_file_without_any_label_is_not_annotated(self, path: Path) -> None:
        assert [document.layers for document in read(path, {"text": TEXT, "label": []})] == [()]

    def test_a_byte_order_mark_blank_lines_and_carriage_returns_are_nothing(self, path: Path) -> None:
        path.write_bytes("\ufeff\r\n".encode() + json.dumps({"text": TEXT, "label": []}).encode() + b"\r\n\r\n")
        assert [document.text for document in read_doccano(path, Told())] == [TEXT]


class TestRelations:
    RECORD: dict[str, Any] = {  # noqa: RUF012
        "text": TEXT,
        "entities": [
            {"id": 90, "start_offset": 0, "end_offset": 4, "label": "KILL"},
            {"id": 91, "start_offset": 13, "end_offset": 17, "label": "ARMED"},
            {"id": 92, "start_offset": 21, "end_offset": 27, "label": "GPE"},
        ],
    }

    def test_relations_from_a_trigger_to_an_entity_are_arguments(self, path: Path) -> None:
        relations = [
            {"id": 1, "from_id": 90, "to_id": 91, "type": "TARGET"},
            {"id": 2, "from_id": 90, "to_id": 92, "type": "PLACE"},
        ]
        (document,) = read(path, {**self.RECORD, "relations": relations}, schema=SCHEMA)
        (event,) = document.events
        roles = {argument.role: argument.entity for argument in event.arguments}
        assert {role: next(e.text for e in document.entities if e.id == id) for role, id in roles.items()} == {
            "TARGET": "داعش",
            "PLACE": "الحسكة",
        }

    @pytest.mark.parametrize(
        "relation",
        [
            {"from_id": 91, "to_id": 92, "type": "NEAR"},
            {"from_id": 91, "to_id": 90, "type": "TARGET"},
            {"from_id": 90, "to_id": 90, "type": "TARGET"},
            {"from_id": 90, "to_id": 99, "type": "TARGET"},
            {"from_id": 90, "to_id": [91], "type": "TARGET"},
            {"from_id": 90, "to_id": 91},
            "TARGET",
        ],
    )
    def test_any_other_relation_is_reported_and_left_out(self, path: Path, relation: Any) -> None:
        told = Told()
        (document,) = read(path, {**self.RECORD, "relations": [relation]}, schema=SCHEMA, told=told)
        assert document.events[0].arguments == []
        named = json.dumps(relation, ensure_ascii=False)
        assert told == [f"all.jsonl:1: relation {named} does not lead from a trigger to an entity; it is left out"]


class TestLabelsOfTexts:
    @pytest.mark.parametrize(
        "labels",
        [
            {"label": ["KILL", "CLASH"]},
            {"cats": ["KILL", "CLASH"]},
            {"accept": ["KILL", "CLASH"]},
            {"cats": {"KILL": 1.0, "CLASH": 0.5, "INJURE": 0.1}},
        ],
    )
    def test_they_are_the_event_types_of_one_sentence_however_many_the_text_has(
        self, path: Path, labels: dict[str, Any]
    ) -> None:
        text = " قُتل عنصر. واندلعت اشتباكات! "
        (document,) = read(path, {"text": text, **labels})
        assert document.layers == ("event_types",)
        assert document.sentences == [Sentence(1, 29, {"KILL": 1.0, "CLASH": 1.0})]

    def test_one_label_may_be_a_string(self, path: Path) -> None:
        assert read(path, {"text": TEXT, "label": "KILL"})[0].sentences[0].event_types == {"KILL": 1.0}

    def test_an_empty_list_beside_lines_with_labels_is_a_text_without_types(self, path: Path) -> None:
        found = read(path, {"text": TEXT, "label": []}, {"text": TEXT, "label": ["KILL"]})
        assert [document.layers for document in found] == [("event_types",)] * 2
        assert [document.sentences[0].event_types for document in found] == [{}, {"KILL": 1.0}]

    def test_spans_and_labels_of_the_text_stand_side_by_side(self, path: Path) -> None:
        record = {"text": TEXT, "entities": [[13, 17, "ARMED"]], "cats": ["KILL"]}
        (document,) = read(path, record, schema=SCHEMA)
        assert document.layers == ("entities", "event_types")
        assert (spans(document), document.sentences[0].event_types) == ([(13, 17, "ARMED")], {"KILL": 1.0})

    def test_labels_of_a_text_without_words_are_reported(self, path: Path) -> None:
        told = Told()
        read(path, {"text": " ", "cats": ["KILL"]}, told=told)
        assert told == ["all.jsonl:1: labels of a text without words (KILL); they are left out"]

    def test_the_reader_of_sentence_labels_gives_the_same_documents(self, path: Path) -> None:
        records = [{"id": 1, "text": TEXT, "label": ["KILL"], "n": 1}, {"id": 2, "text": "هدوء.", "label": []}]
        assert read(path, *records) == read_sentence_labels(path, Told())


class TestWhatOffsetsCount:
    EMOJI = "😀😀 قُتل عنصر في الحسكة"

    def test_code_points_that_begin_and_end_words_are_code_points(self, path: Path) -> None:
        (document,) = read(path, {"text": self.EMOJI, "label": [[3, 7, "KILL"], [16, 22, "GPE"]]})
        assert [entity.text for entity in document.entities] == ["قُتل", "الحسكة"]

    def test_offsets_that_only_fit_as_utf16_are_read_so_and_that_is_said(self, path: Path) -> None:
        told = Told()
        records = [
            {"text": self.EMOJI, "label": [[5, 9, "KILL"], [18, 24, "GPE"]]},
            {"text": TEXT, "label": [[0, 4, "A"]]},
        ]
        first, second = read(path, *records, told=told)
        assert [entity.text for entity in first.entities] == ["قُتل", "الحسكة"]
        assert spans(second) == [(0, 4, "A")]
        assert told == ["all.jsonl: offsets are read as UTF-16 code units: as code points they would cut words"]

    def test_offsets_that_cut_words_either_way_are_code_points(self, path: Path) -> None:
        (document,) = read(path, {"text": self.EMOJI, "label": [[4, 7, "KILL"]]})
        assert spans(document) == [(4, 7, "KILL")]

    def test_who_knows_can_say_what_they_count(self, path: Path) -> None:
        write_lines(path, {"text": self.EMOJI, "label": [[5, 9, "KILL"]]})
        assert spans(read_doccano(path, Told(), unit="code points")[0]) == [(5, 9, "KILL")]
        assert spans(read_doccano(path, Told(), unit="UTF-16")[0]) == [(3, 7, "KILL")]

    def test_a_span_that_gives_its_text_is_read_by_that(self, path: Path) -> None:
        span = {"start_offset": 5, "end_offset": 8, "label": "KILL", "text": "قُت"}
        (document,) = read(path, {"text": self.EMOJI, "entities": [span]})
        assert spans(document) == [(3, 6, "KILL")]

    def test_a_span_that_gives_another_text_is_reported(self, path: Path) -> None:
        told = Told()
        span = {"start_offset": 0, "end_offset": 4, "label": "KILL", "text": "جُرح"}
        read(path, {"text": TEXT, "entities": [span]}, told=told)
        assert told == [
            "all.jsonl:1: KILL at 0..4 is no span of the text of 27 characters that reads 'جُرح'; it is left out"
        ]

    def test_an_offset_inside_a_utf16_pair_is_none(self, path: Path) -> None:
        told = Told()
        write_lines(path, {"text": self.EMOJI, "label": [[1, 9, "KILL"]]})
        assert spans(read_doccano(path, told, unit="UTF-16")[0]) == []
        assert told == ["all.jsonl:1: KILL at 1..9 is no span of the text of 22 characters; it is left out"]


GOOD = {"text": TEXT, "label": [[13, 17, "ARMED"]]}


class TestWrongLines:
    @pytest.mark.parametrize(
        ("line", "cause"),
        [
            ('{"text": "قُتل"', "broken JSON"),
            ("[1, 2]", "no JSON object with a text"),
            ('"قُتل"', "no JSON object with a text"),
            ('{"label": []}', "no JSON object with a text"),
            ('{"text": 5, "label": []}', "no JSON object with a text"),
            ('{"text": "قُتل", "entities": 5}', "'entities' is int, not a list"),
            ('{"text": "قُتل", "relations": {}}', "'relations' is dict, not a list"),
            ('{"text": "قُتل", "label": 5}', "'label' holds neither spans nor labels"),
            ('{"text": "قُتل", "cats": [5]}', "'cats' holds neither spans nor labels"),
            ("[" * 200_000, "JSON nested too deeply"),
        ],
    )
    def test_a_broken_line_is_reported_with_its_number_and_left_out(self, path: Path, line: str, cause: str) -> None:
        told = Told()
        (document,) = read(path, GOOD, line, told=told)
        assert document.text == TEXT
        (problem,) = told
        assert problem.startswith(f"all.jsonl:2: {cause}")
        assert problem.endswith("; the line is left out")

    @pytest.mark.parametrize(
        "span", ["قُتل", [0, 4], [0, 4, ""], [0, "4", "A"], [True, 4, "A"], {"start_offset": 0, "label": "A"}, None]
    )
    def test_a_broken_span_is_reported_and_the_others_are_read(self, path: Path, span: Any) -> None:
        told = Told()
        (document,) = read(path, {"text": TEXT, "entities": [[13, 17, "ARMED"], span]}, told=told)
        assert spans(document) == [(13, 17, "ARMED")]
        found = json.dumps(span, ensure_ascii=False)
        assert told == [f"all.jsonl:1: 'entities': expected [start, end, label], found {found}; it is left out"]

    @pytest.mark.parametrize(("start", "end"), [(0, 99), (-1, 4), (4, 4), (9, 5)])
    def test_a_span_outside_the_text_is_reported(self, path: Path, start: int, end: int) -> None:
        told = Told()
        read(path, {"text": TEXT, "label": [[start, end, "A"]]}, told=told)
        assert told == [f"all.jsonl:1: A at {start}..{end} is no span of the text of 27 characters; it is left out"]

    def test_an_id_that_two_spans_have_is_reported(self, path: Path) -> None:
        told = Told()
        span = {"id": 1, "start_offset": 0, "end_offset": 4, "label": "KILL"}
        (document,) = read(path, {"text": TEXT, "entities": [span, {**span, "label": "PER"}]}, told=told)
        assert len(document.entities) == 2
        assert told == ["all.jsonl:1: two spans have the id 1; relations go to the first"]

    def test_documents_with_the_same_id_get_different_ones(self, path: Path) -> None:
        told = Told()
        found = read(path, {"id": 1, **GOOD}, {"id": 1, **GOOD}, told=told)
        assert [document.id for document in found] == ["1", "1-2"]
        assert told[0].startswith("all.jsonl:2: id '1' stands at")

    def test_a_file_of_which_no_line_can_be_read_is_an_error_with_the_first_cause(self, path: Path) -> None:
        with pytest.raises(ValueError, match=r"all\.jsonl:1: no JSON object with a text; no line of the file can be"):
            read(path, {"tokens": []}, {"tokens": []})

    def test_a_file_in_another_encoding_is_named_with_its_line(self, path: Path) -> None:
        path.write_bytes(json.dumps(GOOD).encode() + b"\n" + '{"text": "قُتل"}'.encode("cp1256", "ignore"))
        with pytest.raises(ValueError, match=r"all\.jsonl:2: not UTF-8 \(byte"):
            read_doccano(path, Told())


class TestOtherJsonLines:
    def test_marsads_own_lines_are_not_taken_for_doccanos(self, path: Path) -> None:
        path.write_text(document_to_json(Document.from_text(TEXT)) + "\n", encoding="utf-8")
        assert not is_doccano(path)
        with pytest.raises(ValueError, match=r"all\.jsonl:1: a document of Marsad's own JSON Lines, not of doccano's"):
            read_doccano(path, Told())

    def test_doccanos_lines_are_not_taken_for_marsads_own(self, path: Path) -> None:
        write_lines(path, GOOD)
        with pytest.raises(ValueError, match="no Marsad document"), path.open(encoding="utf-8") as file:
            list(read_jsonl(file, str(path)))

    @pytest.mark.parametrize(
        "records",
        [
            [GOOD],
            [{"text": TEXT, "label": []}, {"text": TEXT, "labels": []}, GOOD],
            [{"text": TEXT, "entities": [], "relations": []}],
            [{"text": TEXT, "cats": ["KILL"]}],
            [{"text": TEXT, "accept": ["KILL"]}],
            [{"data": TEXT, "label": [{"start_offset": 0, "end_offset": 4, "label": "KILL"}]}],
        ],
    )
    def test_spans_relations_cats_and_accept_show_it(self, path: Path, records: list[Any]) -> None:
        assert is_doccano(write_lines(path, *records))

    @pytest.mark.parametrize(
        "records",
        [
            [],
            [{"text": TEXT, "label": ["KILL"]}],  # sentence labels
            [{"text": TEXT, "label": "KILL"}],
            [{"text": TEXT, "label": []}],
            [{"text": TEXT}],
            [{"tokens": ["قُتل"], "ner_tags": [0]}],
            [{"data": {"text": TEXT}, "annotations": []}],  # Label Studio
            [[GOOD]],
            ["{"],
            ["[" * 200_000],
        ],
    )
    def test_anything_else_is_not_doccano(self, path: Path, records: list[Any]) -> None:
        assert not is_doccano(write_lines(path, *records))

    def test_bytes_that_are_no_text_other_names_and_folders_are_not_doccano(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(bytes(range(256)))
        write_lines(tmp_path / "a.txt", GOOD)
        assert not any(is_doccano(tmp_path / name) for name in ("a.jsonl", "a.txt", "b.jsonl", ""))
