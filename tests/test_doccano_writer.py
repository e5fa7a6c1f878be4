"""Documents as doccano's JSON Lines: what is written reads back up to what is told to be lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from doccano_files import SCHEMA, TEXT, Told
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JSON_TEXT, documents, in_json

from trainer.documents import Argument, Document, Sentence
from trainer.formats.doccano import read_doccano
from trainer.formats.doccano_lines import READ_KEYS
from trainer.formats.doccano_writer import write_doccano


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doccano") / "all.jsonl"


def annotation(document: Document) -> list[Any]:
    """Return what doccano keeps of an annotation: spans, labels and roles, without ids."""
    place = {entity.id: (entity.start, entity.end, entity.label) for entity in document.entities}
    events = [
        (
            *(event.trigger.start, event.trigger.end, event.type, event.trigger.text),
            sorted((argument.role, place[argument.entity]) for argument in event.arguments),
        )
        for event in document.events
    ]
    return [sorted((*place[e.id], e.text) for e in document.entities), sorted(events)]


# -------------------------------------------------------------------------------------- round trips


@st.composite
def corpora(draw: Any, texts: st.SearchStrategy[str] = JSON_TEXT) -> list[Document]:
    """Draw documents with different ids and any layers, of which those with triggers have entities, too."""
    found = draw(st.lists(documents(texts), max_size=3))
    for number, document in enumerate(found):
        document.id = f"د{number}"
        layers = [
            ("entities", "triggers", "event_types"),
            ("entities",),
            ("event_types",),
            ("entities", "event_types"),
            (),
        ]
        document.keep_layers(draw(st.sampled_from(layers)))
    return found


def as_read(written: list[Document]) -> list[Document]:
    """Return what should come back: what the documentation says is lost is gone."""
    labels = {entity.label for document in written for entity in document.entities}
    types = {event.type for document in written for event in document.events}
    expected = []
    for document in written:
        copy = Document.from_text(
            document.text,
            document.id,
            {key: value for key, value in in_json(document.metadata).items() if key not in READ_KEYS},
        )
        kept = {"entities"} if labels else set()
        if types:
            kept |= {"triggers"}
        kept &= {"entities", "triggers"} if {"entities", "triggers"} & set(document.layers) else set()
        if "triggers" in kept or ("event_types" in document.layers and "triggers" not in document.layers):
            kept |= {"event_types"}
        copy.layers = tuple(layer for layer in copy.layers if layer in kept)
        copy.entities, copy.events = document.entities, document.events
        copy.set_event_types_from_triggers()
        if "event_types" in document.layers and "triggers" not in document.layers and copy.sentences:
            of_text = {type: 1.0 for sentence in document.sentences for type in sentence.event_types}
            copy.sentences = [Sentence(copy.sentences[0].start, copy.sentences[-1].end, of_text)]
        expected.append(copy)
    return expected


def comparable(document: Document) -> list[Any]:
    about = (document.id, document.text, document.metadata, document.layers, document.words, document.sentences)
    return [*about, annotation(document)]


@pytest.mark.parametrize("unit", ["code points", "UTF-16"])
@given(written=corpora())
@settings(max_examples=80)
def test_any_documents_come_back_up_to_what_is_told(path: Path, unit: Any, written: list[Document]) -> None:
    write_doccano(written, path, Told(), unit=unit)
    told = Told()
    found = read_doccano(path, told, SCHEMA, unit=unit)
    assert list(map(comparable, found)) == list(map(comparable, as_read(written)))
    assert told == []


@given(written=corpora())
@settings(max_examples=50)
def test_reading_and_writing_again_gives_the_same_file(path: Path, written: list[Document]) -> None:
    write_doccano(written, path, Told())
    found = read_doccano(path, Told(), SCHEMA, unit="code points")
    write_doccano(found, path, Told())
    first = path.read_bytes()
    write_doccano(read_doccano(path, Told(), SCHEMA, unit="code points"), path, Told())
    assert path.read_bytes() == first


def full_document() -> Document:
    document = Document.from_text("😀 قُتل عنصر من داعش. هدوء.", "a", {"source": "رويترز", "label": "x"})
    group = document.add_entity(15, 19, "ARMED", score=0.5)
    event = document.add_event(2, 6, "KILL")
    event.arguments = [Argument("TARGET", group.id)]
    event.attributes = ["Disputed"]
    document.set_event_types_from_triggers()
    document.sentences[1].event_types = {"CLASH": 1.0}
    return document


class TestWriting:
    def written(self, path: Path, *documents: Document, unit: Any = "code points") -> tuple[list[Any], Told]:
        told = Told()
        write_doccano(documents, path, told, unit=unit)
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], told

    def test_arguments_make_the_form_with_relations(self, path: Path) -> None:
        (record,), told = self.written(path, full_document())
        assert record == {
            "id": "a",
            "text": "😀 قُتل عنصر من داعش. هدوء.",
            "entities": [
                {"id": 1, "label": "ARMED", "start_offset": 15, "end_offset": 19},
                {"id": 2, "label": "KILL", "start_offset": 2, "end_offset": 6},
            ],
            "relations": [{"id": 1, "from_id": 2, "to_id": 1, "type": "TARGET"}],
            "source": "رويترز",
        }
        assert told == [
            f"all.jsonl: {loss} (1) are not written: doccano's lines cannot say them"
            for loss in (
                "scores",
                "attributes of events",
                "metadata under the key 'label'",
                "event types without a trigger",
            )
        ]

    def test_offsets_count_utf16_code_units_if_asked(self, path: Path) -> None:
        (record,), _ = self.written(path, full_document(), unit="UTF-16")
        assert [span["start_offset"] for span in record["entities"]] == [16, 3]

    def test_spans_alone_are_lists_under_label(self, path: Path) -> None:
        document = Document.from_text(TEXT, "a", {})
        document.layers = ("entities",)
        document.add_entity(13, 17, "ARMED")
        assert self.written(path, document) == ([{"id": "a", "text": TEXT, "label": [[13, 17, "ARMED"]]}], [])

    def test_event_types_alone_are_labels_and_beside_spans_they_are_cats(self, path: Path) -> None:
        document = Document.from_text(TEXT, "a", {})
        document.sentences[0].event_types = {"KILL": 1.0}
        document.layers = ("event_types",)
        assert self.written(path, document) == ([{"id": "a", "text": TEXT, "label": ["KILL"]}], [])
        document.layers = ("entities", "event_types")
        document.add_entity(13, 17, "ARMED")
        record = {"id": "a", "text": TEXT, "entities": [[13, 17, "ARMED"]], "cats": ["KILL"]}
        assert self.written(path, document) == ([record], [])

    def test_a_document_without_layers_is_its_text(self, path: Path) -> None:
        document = Document.from_text(TEXT, "a", {})
        document.layers = ()
        assert self.written(path, document) == ([{"id": "a", "text": TEXT}], [])

    def test_which_of_several_sentences_has_a_type_is_lost_and_told(self, path: Path) -> None:
        document = Document.from_text("هدوء. قُتل عنصر.", "a")
        document.sentences[1].event_types = {"KILL": 1.0}
        document.layers = ("event_types",)
        _, told = self.written(path, document)
        assert told == [
            "all.jsonl: the sentences that have the event types (1) are not written: doccano's lines cannot say them"
        ]

    def test_an_argument_without_its_entity_is_an_error_and_nothing_is_written(self, tmp_path: Path) -> None:
        document = full_document()
        document.entities = []
        with pytest.raises(ValueError, match="document 'a': TARGET points to T1, which is no entity"):
            write_doccano([document], tmp_path / "a.jsonl", Told())
        assert list(tmp_path.iterdir()) == []
