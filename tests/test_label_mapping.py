"""Label mapping: what foreign labels become, what is counted, what is an error; and the mappings that are shipped."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from strategies import documents

from trainer.data.label_mapping import LabelMapping, map_labels, read_mapping, shipped_mappings
from trainer.documents import Argument, Document
from trainer.resources import resource_path
from trainer.schema import Schema, load_schema

TEXT = "قُتل عنصر من داعش في الحسكة. واندلعت اشتباكات."
SCHEMA = load_schema()
CROSSWALKS = {"anercorp": "conll", "wojood": "wojood", "ace2005": "ace2005"}


def mapping(**sections: Any) -> LabelMapping:
    drops = sections.pop("other", None) == "drop"
    return LabelMapping("test", "Test", sections, drops)


FULL = mapping(
    entities={"MILITIA": "ARMED", "CITY": "GPE", "SOLDIER": None},
    events={"Die": "KILL", "Execute": "KILL", "Fight": "CLASH", "Meet": None},
    roles={"Victim": "TARGET", "Target": "TARGET", "Place": "PLACE", "Price": None},
    attributes={"Doubt": "Disputed", "Negated": None},
)


def foreign_document() -> Document:
    document = Document.from_text(TEXT, "a", {"source": "x"})
    soldier = document.add_entity(5, 9, "SOLDIER")
    militia = document.add_entity(13, 17, "MILITIA", score=0.5)
    city = document.add_entity(21, 27, "CITY")
    die = document.add_event(0, 4, "Die", score=0.9)
    roles = [("Victim", soldier), ("Victim", militia), ("Target", militia), ("Place", city), ("Price", city)]
    die.arguments = [Argument(role, entity.id, 0.7) for role, entity in roles]
    die.attributes = ["Doubt", "Negated"]
    document.add_event(37, 44, "Fight")
    document.add_event(29, 36, "Meet").arguments = [Argument("Place", city.id)]
    document.set_event_types_from_triggers()
    return document


def sentences_with(*types: dict[str, float]) -> Document:
    document = Document.from_text("هدوء. " * len(types))
    for sentence, found in zip(document.sentences, types, strict=True):
        sentence.event_types = dict(found)
    document.layers = ("event_types",)
    return document


class TestMapping:
    def test_every_label_becomes_what_the_mapping_says_and_null_drops_it(self) -> None:
        ((document,), _) = map_labels([foreign_document()], FULL, SCHEMA)
        assert [(e.id, e.label, e.text, e.score) for e in document.entities] == [
            ("T2", "ARMED", "داعش", 0.5),
            ("T3", "GPE", "الحسكة", None),
        ]
        assert [(e.id, e.type, e.trigger.text, e.score) for e in document.events] == [
            ("E1", "KILL", "قُتل", 0.9),
            ("E2", "CLASH", "اشتباكا", None),
        ]
        assert document.events[0].attributes == ["Disputed"]
        assert [sentence.event_types for sentence in document.sentences] == [{"KILL": 1.0}, {"CLASH": 1.0}]

    def test_arguments_go_with_their_role_or_filler_and_two_that_become_one_are_one(self) -> None:
        ((document,), _) = map_labels([foreign_document()], FULL, SCHEMA)
        assert document.events[0].arguments == [Argument("TARGET", "T2", 0.7), Argument("PLACE", "T3", 0.7)]

    def test_the_counts_say_what_became_of_each_foreign_label(self) -> None:
        _, counts = map_labels([foreign_document()] * 2, FULL, SCHEMA)
        assert counts.mapped == {
            "entities": {("MILITIA", "ARMED"): 2, ("CITY", "GPE"): 2},
            "events": {("Die", "KILL"): 2, ("Fight", "CLASH"): 2},
            "roles": {("Victim", "TARGET"): 2, ("Target", "TARGET"): 2, ("Place", "PLACE"): 2},
            "attributes": {("Doubt", "Disputed"): 2},
        }
        assert counts.dropped == {
            "entities": {"SOLDIER": 2},
            "events": {"Meet": 2},
            "roles": {"Price": 2},
            "attributes": {"Negated": 2},
        }
        assert counts.without_filler == {"Victim": 2}

    def test_types_of_sentences_are_mapped_and_counted_where_there_are_no_triggers(self) -> None:
        document = sentences_with({"Die": 0.4, "Execute": 0.8}, {"Meet": 1.0})
        document.sentences[0].type_scores = {"Die": 0.4, "Execute": 0.8, "Meet": 0.1}
        ((found,), counts) = map_labels([document], FULL, SCHEMA)
        assert [sentence.event_types for sentence in found.sentences] == [{"KILL": 0.8}, {}]
        assert found.sentences[0].type_scores == {"KILL": 0.8}
        assert counts.mapped["events"] == {("Die", "KILL"): 1, ("Execute", "KILL"): 1}
        assert counts.dropped["events"] == {"Meet": 1}

    def test_the_documents_given_stay_as_they_are_and_the_rest_of_them_is_kept(self) -> None:
        given = foreign_document()
        before = deepcopy(given)
        ((document,), _) = map_labels([given], FULL, SCHEMA)
        assert given == before
        assert (document.id, document.text, document.metadata) == (given.id, given.text, given.metadata)
        assert document.words == given.words

    @given(documents())
    @settings(max_examples=50)
    def test_the_identity_changes_nothing(self, document: Document) -> None:
        sections = {
            "entities": SCHEMA.entity_types,
            "events": SCHEMA.event_types,
            "roles": SCHEMA.role_names,
            "attributes": SCHEMA.attribute_names,
        }
        same = mapping(**{section: dict(zip(names, names, strict=True)) for section, names in sections.items()})
        for event in document.events:
            event.arguments = list({(a.role, a.entity): a for a in reversed(event.arguments)}.values())
        ((found,), counts) = map_labels([document], same, SCHEMA)
        assert repr(found.to_dict()) == repr(document.to_dict())  # NaN is not itself
        assert not any(counts.dropped.values())


class TestLabelsThatTheMappingDoesNotName:
    def test_they_are_an_error_that_lists_all_of_them(self) -> None:
        with pytest.raises(ValueError, match="does not name these labels of the documents: ") as error:
            map_labels([foreign_document()], mapping(entities={"CITY": "GPE"}, events={"Die": "KILL"}), SCHEMA)
        assert (
            "entities: MILITIA, SOLDIER; events: Fight, Meet; roles: Place, Price, Target, Victim; "
            "attributes: Doubt, Negated. Name each with a label of the schema or null, or write 'other: drop'"
        ) in str(error.value)

    def test_types_that_only_sentences_have_are_among_them(self) -> None:
        with pytest.raises(ValueError, match="events: Riot"):
            map_labels([sentences_with({"Riot": 1.0})], FULL, SCHEMA)

    def test_other_drop_drops_and_counts_them(self) -> None:
        ((document,), counts) = map_labels(
            [foreign_document()], mapping(entities={"CITY": "GPE"}, other="drop"), SCHEMA
        )
        assert [entity.label for entity in document.entities] == ["GPE"]
        assert counts.dropped["entities"] == {"SOLDIER": 1, "MILITIA": 1}

    def test_a_target_that_the_schema_lacks_is_an_error_even_if_no_document_has_the_label(self) -> None:
        wrong = mapping(entities={"CITY": "TOWN"}, events={"Die": "KILLING"})
        with pytest.raises(ValueError, match=r"lacks: CITY to TOWN \(entities\), Die to KILLING \(events\)"):
            map_labels([], wrong, SCHEMA)


class TestWhatTheCorpusDoesNotMark:
    def test_the_labels_of_the_schema_that_no_label_becomes_are_named(self) -> None:
        _, counts = map_labels([foreign_document()], FULL, SCHEMA)
        assert counts.unmarked["entities"] == [name for name in SCHEMA.entity_types if name not in ("ARMED", "GPE")]
        assert counts.unmarked["events"] == [name for name in SCHEMA.event_types if name not in ("KILL", "CLASH")]
        assert counts.unmarked["roles"] == ["AGENT", "TIME", "INSTRUMENT", "COUNT"]
        assert counts.unmarked["attributes"] == []
        assert counts.removed_layers == ()

    def test_a_layer_of_which_the_mapping_keeps_nothing_is_no_longer_annotated(self) -> None:
        only_entities = mapping(entities=FULL.labels["entities"], events={"Die": None}, other="drop")
        ((document,), counts) = map_labels([foreign_document()], only_entities, SCHEMA)
        assert document.layers == ("entities",)
        assert document.events == []
        assert counts.removed_layers == ("triggers", "event_types")
        assert list(counts.unmarked) == ["entities"]

    def test_a_layer_stays_if_the_mapping_keeps_a_label_that_happens_not_to_occur(self) -> None:
        document = Document.from_text(TEXT)
        document.layers = ("entities",)
        document.add_entity(5, 9, "SOLDIER")
        ((found,), counts) = map_labels([document], FULL, SCHEMA)
        assert (found.layers, found.entities, counts.removed_layers) == (("entities",), [], ())

    def test_a_document_without_a_layer_does_not_get_it(self) -> None:
        ((found,), counts) = map_labels([sentences_with({"Die": 1.0})], FULL, SCHEMA)
        assert found.layers == ("event_types",)
        assert list(counts.unmarked) == ["events"]


class TestMappingFiles:
    def read(self, tmp_path: Path, content: str) -> LabelMapping:
        (tmp_path / "m.yaml").write_text(content, encoding="utf-8")
        return read_mapping(tmp_path / "m.yaml")

    def test_a_file_names_its_source_and_the_labels_by_section(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, "from: ANERcorp\nentities: {PERS: PER, MISC: null}\nother: drop")
        assert (found.name, found.source, found.drops_others) == ("m", "ANERcorp", True)
        assert found.labels == {"entities": {"PERS": "PER", "MISC": None}, "events": {}, "roles": {}, "attributes": {}}

    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            ("- PERS", "must be a mapping with entities, events, roles, attributes, not list"),
            ("entities: {", "is no YAML in UTF-8"),
            ("from: x", "names no labels; it needs at least one of entities"),
            ("entitys: {PERS: PER}", "has the unknown key 'entitys'"),
            ("entities: [PERS]", "'entities' must be a mapping of labels, not list"),
            ("entities: {NO: PER}", "'entities' maps False to 'PER'; labels are text"),
            ("entities: {PERS: [PER]}", r"'entities' maps 'PERS' to \['PER'\]"),
            ("entities: {PERS: PER}\nother: keep", "'other' can only be 'drop', not 'keep'"),
        ],
    )
    def test_a_wrong_file_is_named_with_the_cause(self, tmp_path: Path, content: str, cause: str) -> None:
        with pytest.raises(ValueError, match=f"m.yaml.*{cause}"):
            self.read(tmp_path, content)

    def test_neither_a_file_nor_a_shipped_name_is_an_error_that_lists_those(self) -> None:
        with pytest.raises(FileNotFoundError, match="no label mapping anercorb; Marsad ships ace2005, anercorp, "):
            read_mapping("anercorb")


@pytest.mark.parametrize("name", shipped_mappings())
class TestShippedMappings:
    def test_it_maps_to_labels_of_the_shipped_schema_and_keeps_some_entities(self, name: str) -> None:
        found = read_mapping(name)
        map_labels([], found, SCHEMA)  # a target that the schema lacks would be an error
        assert {"PER", "ORG", "GPE"} <= found.targets("entities")
        assert not found.drops_others

    def test_every_dropped_label_has_its_reason_beside_it(self, name: str) -> None:
        lines = resource_path(f"mappings/{name}.yaml").read_text(encoding="utf-8").splitlines()
        dropped = [line for line in lines if re.search(r":\s*null\b", line.partition("#")[0])]
        assert dropped
        assert [line for line in dropped if not re.search(r"#\s*\S", line)] == []

    def test_no_label_stands_twice(self, name: str) -> None:
        root = yaml.compose(resource_path(f"mappings/{name}.yaml").read_text(encoding="utf-8"))
        for _, section in root.value:
            keys = [key.value for key, _ in section.value] if isinstance(section, yaml.MappingNode) else []
            assert len(keys) == len(set(keys))


def rows(schema: Schema, inventory: str) -> dict[str, set[str]]:
    """Return by label of a foreign inventory the labels of the schema whose cross-walk names it."""
    found: dict[str, set[str]] = {}
    for label in (*schema.entities, *schema.events):
        for row in label.details["crosswalks"].get(inventory, []):
            if row["label"] not in (None, "O"):
                found.setdefault(row["label"], set()).add(label.name)
    return found


@pytest.mark.parametrize(("name", "inventory"), CROSSWALKS.items())
class TestCrosswalks:
    """The shipped mappings are the schema's cross-walks read backwards."""

    def labels(self, name: str) -> dict[str, str | None]:
        sections = read_mapping(name).labels
        return {**sections["entities"], **sections["events"]}

    def test_every_label_that_a_crosswalk_names_is_in_the_mapping(self, name: str, inventory: str) -> None:
        assert rows(SCHEMA, inventory).keys() <= self.labels(name).keys()

    def test_a_label_becomes_one_of_those_whose_crosswalk_names_it(self, name: str, inventory: str) -> None:
        named = rows(SCHEMA, inventory)
        for label, target in self.labels(name).items():
            assert target is None or target in named.get(label, set()), label

    def test_a_label_is_dropped_where_no_crosswalk_names_it_or_the_type_is_only_a_part_of_it(
        self, name: str, inventory: str
    ) -> None:
        # Where a type of the schema goes to a label of which it is a small part, the label does not come back.
        parts = {"anercorp": {"MISC"}, "wojood": set(), "ace2005": {"VEH", "Movement.Transport"}}
        dropped = {label for label, target in self.labels(name).items() if target is None}
        assert dropped & rows(SCHEMA, inventory).keys() == parts[name]


def test_a_corpus_in_anercorps_labels_is_mapped_by_name() -> None:
    document = Document.from_text("قال كوفي عنان في دمشق")
    document.layers = ("entities",)
    document.add_entity(4, 13, "PERS")
    document.add_entity(17, 21, "LOC")
    ((found,), counts) = map_labels([document], read_mapping("anercorp"), SCHEMA)
    assert [(entity.text, entity.label) for entity in found.entities] == [("كوفي عنان", "PER"), ("دمشق", "GPE")]
    assert counts.unmarked["entities"] == [
        *("ARMED", "PEOPLE", "LOC", "FAC", "NORP", "OCC", "WEAPON", "DATE", "CARDINAL"),
    ]
