"""The label schema: what a schema file may say, and that a wrong one is refused by name and cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer.resources import resource_path
from trainer.schema import Schema, load_schema
from trainer.text.words import is_word_character

SCHEMA = """\
# comment kept
name: صغير
entities:
  - {name: PER, arabic: شخص, definition: A person., examples: [{text: قال أحمد, span: أحمد}]}
  - {name: GPE}
events:
  - {name: KILL, arabic: قتل}
roles:
  - {name: AGENT, fillers: [PER]}
attributes:
  - {name: Disputed}
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "labels.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_schema_file_gives_its_labels_in_its_order(tmp_path: Path) -> None:
    schema = load_schema(write(tmp_path, SCHEMA))
    assert schema.name == "صغير"
    assert schema.entity_types == ["PER", "GPE"]
    assert schema.event_types == ["KILL"]
    assert schema.role_names == ["AGENT"]
    assert schema.attribute_names == ["Disputed"]
    assert schema.entities[0].definition == "A person."
    assert schema.entities[0].details == {"examples": [{"text": "قال أحمد", "span": "أحمد"}]}
    assert schema.roles[0].details == {"fillers": ["PER"]}


def test_a_label_without_an_arabic_name_shows_its_own(tmp_path: Path) -> None:
    content = (
        "entities: [{name: GPE}, {name: LOC, arabic: null, definition: null}]\nevents: [{name: KILL, arabic: قتل}]"
    )
    schema = load_schema(write(tmp_path, content))
    assert schema.arabic_names() == {"GPE": "GPE", "LOC": "LOC", "KILL": "قتل"}
    assert [label.definition for label in schema.entities] == ["", ""]


def test_a_schema_is_named_by_its_file_if_it_does_not_say(tmp_path: Path) -> None:
    assert load_schema(write(tmp_path, "events: [{name: KILL}]")).name == "labels"


@pytest.mark.parametrize("content", ["entities: [{name: PER}]", "events: [{name: KILL}]\nentities:"])
def test_one_layer_is_enough(tmp_path: Path, content: str) -> None:
    schema = load_schema(write(tmp_path, content))
    assert len(schema.entity_types) + len(schema.event_types) == 1


def test_a_saved_schema_is_the_file_that_was_read(tmp_path: Path) -> None:
    schema = load_schema(write(tmp_path, SCHEMA))
    schema.save(tmp_path / "copy.yaml")
    assert (tmp_path / "copy.yaml").read_text(encoding="utf-8") == SCHEMA
    assert load_schema(tmp_path / "copy.yaml") == schema


REFUSED = {
    "a label named twice": ("entities: [{name: PER}, {name: GPE}, {name: PER}]", "'entities' names PER more than once"),
    "an event named twice": ("events: [{name: KILL}, {name: KILL}]", "'events' names KILL more than once"),
    "no YAML": ("entities: [{name: PER", "is not valid YAML"),
    "a control character": ("entities: \0", "is not valid YAML"),
    "a tag that would run code": ("entities: !!python/object/apply:os.getcwd []", "is not valid YAML"),
    "a list": ("- PER\n- GPE", "must be a mapping with 'entities' and 'events', not list"),
    "nothing": ("", "must be a mapping with 'entities' and 'events', not NoneType"),
    "a text": ("قُتل عنصر", "must be a mapping with 'entities' and 'events', not str"),
    "no labels": ("name: empty", "names neither entities nor events"),
    "empty layers": ("entities: []\nevents: []", "names neither entities nor events"),
    "a label without a name": ("entities: [{name: PER}, {arabic: شخص}]", "item 2 of 'entities' needs a 'name'"),
    "a label that is a word": ("events: [KILL]", "item 1 of 'events' needs a 'name'"),
    "a name that YAML reads as a truth value": ("roles: [{name: NO}]\nevents: []", "item 1 of 'roles' needs a 'name'"),
    "labels that are no list": ("entities: {PER: شخص}", "'entities' must be a list of labels"),
}


@pytest.mark.parametrize(("content", "cause"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_schema_file_is_refused_by_name_and_cause(tmp_path: Path, content: str, cause: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=cause) as error:
        load_schema(path)
    assert str(error.value).startswith(str(path))


def test_a_schema_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_bytes("entities: [{name: PER, arabic: شخص}]".encode("cp1256"))
    with pytest.raises(ValueError, match="is not UTF-8") as error:
        load_schema(path)
    assert str(path) in str(error.value)


def test_a_schema_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"labels\.yaml"):
        load_schema(tmp_path / "labels.yaml")


def test_a_shipped_file_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"Marsad's file 'missing\.yaml' is missing \(looked in .*data"):
        resource_path("missing.yaml")


# -------------------------------------------------------------------------------- the shipped schema


@pytest.fixture(scope="module")
def shipped() -> Schema:
    return load_schema()


def test_every_shipped_label_has_an_arabic_name_and_a_definition(shipped: Schema) -> None:
    for label in (*shipped.entities, *shipped.events, *shipped.roles, *shipped.attributes):
        assert any("\u0600" <= character <= "\u06ff" for character in label.arabic), label.name
        assert label.definition, label.name


def test_every_example_span_of_the_shipped_schema_is_whole_words_of_its_text(shipped: Schema) -> None:
    for label in (*shipped.entities, *shipped.events):
        assert label.details["examples"], label.name
        for example in label.details["examples"]:
            text, span = example["text"], example["span"]
            starts = [start for start in range(len(text)) if text.startswith(span, start)]
            assert any(_is_whole(text, start, start + len(span)) for start in starts), (label.name, example)


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[:start][-1:], text[end : end + 1]
    cut_before = is_word_character(before) and is_word_character(text[start])
    return not cut_before and not (is_word_character(text[end - 1]) and is_word_character(after))


def test_every_filler_of_a_shipped_role_is_an_entity_type(shipped: Schema) -> None:
    for role in shipped.roles:
        assert role.details["fillers"], role.name
        assert set(role.details["fillers"]) <= set(shipped.entity_types), role.name
