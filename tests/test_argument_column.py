"""Arguments in a dataset's rows: what goes in comes out, and what was not annotated is no empty annotation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import marked_document

from trainer.data.argument_column import ARGUMENTS
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.mention_replacement import replace_mentions
from trainer.documents import Argument, Document
from trainer.schema import Schema, load_schema

SCHEMA = """\
name: roles
entities: [{name: ARMED}, {name: GPE}, {name: PEOPLE}]
events: [{name: KILL}, {name: CLASH}]
roles: [{name: AGENT}, {name: TARGET}, {name: PLACE}, {name: COUNT}]
"""
SENTENCES = (
    "دخلت [قوات النظام|ARMED] [مدينة الحسكة|GPE].",
    "{وقتلت|KILL} [شخصان|PEOPLE] بعد {اشتباكات|CLASH} في [حلب|GPE].",
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path: Path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


@pytest.fixture
def document() -> Document:
    """A document whose killing has an agent in the sentence before, and an entity in two roles."""
    made = marked_document(SENTENCES, "001")
    agent, _, victims, place = made.entities
    killing, clash = made.events
    killing.arguments = [Argument("AGENT", agent.id), Argument("TARGET", victims.id), Argument("COUNT", victims.id)]
    clash.arguments = [Argument("PLACE", place.id), Argument("AGENT", agent.id)]
    return made


def told(document: Document) -> list[tuple[str, str, str]]:
    text = {entity.id: entity.text for entity in document.entities}
    return sorted((e.trigger.text, a.role, text[a.entity]) for e in document.events for a in e.arguments)


def test_a_document_comes_back_with_its_arguments(document: Document, schema: Schema) -> None:
    (back,) = dataset_to_documents(documents_to_dataset([document], schema))
    assert len(told(document)) == 5
    assert told(back) == told(document)


def test_the_row_of_the_trigger_has_them_wherever_the_fillers_stand(document: Document, schema: Schema) -> None:
    first, second = documents_to_dataset([document], schema)[ARGUMENTS]
    assert first == []
    names = {document.text[row["filler_start"] : row["filler_end"]] for row in second}
    assert names == {"قوات النظام", "شخصان", "حلب"}


def test_spans_that_are_no_whole_words_come_back_as_the_words_of_the_tags(document: Document, schema: Schema) -> None:
    place = document.entities[3]
    document.entities[3] = replace(place, end=place.end - 1, text=place.text[:-1])
    (back,) = dataset_to_documents(documents_to_dataset([document], schema))
    assert ("اشتباكات", "PLACE", "حلب") in told(back)


def test_a_document_without_any_argument_was_not_annotated_for_them(document: Document, schema: Schema) -> None:
    bare = replace(marked_document(SENTENCES, "002"))
    rows = documents_to_dataset([document, bare], schema)
    assert [row is None for row in rows[ARGUMENTS]] == [False, False, True, True]


def test_a_schema_without_roles_has_no_column(document: Document, schema: Schema) -> None:
    assert ARGUMENTS not in documents_to_dataset([document], replace(schema, roles=())).features


def test_an_unknown_role_is_named_with_its_document_and_event(document: Document, schema: Schema) -> None:
    document.events[0].arguments.append(Argument("WITNESS", document.entities[0].id))
    with pytest.raises(ValueError, match=r"document 001: .* event E1 has an unknown role WITNESS"):
        documents_to_dataset([document], schema)


def test_copies_with_other_mentions_keep_them(document: Document, schema: Schema) -> None:
    (copy,) = replace_mentions([document], 1.0, 1)
    (back,) = dataset_to_documents(documents_to_dataset([copy], schema))
    assert [(t, r) for t, r, _ in told(back)] == [(t, r) for t, r, _ in told(document)]
