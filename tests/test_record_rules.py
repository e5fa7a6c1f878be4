"""The file of rules: what is wrong with it is told with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from trainer.records.maker import RecordMaker
from trainer.records.rules import load_rules
from trainer.resources import resource_path
from trainer.schema import load_schema, schema_of_labels


def shipped() -> dict:
    return yaml.safe_load(resource_path("event_records.yaml").read_text(encoding="utf-8"))


def written(folder: Path, data: object) -> Path:
    path = folder / "my-rules.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_the_shipped_rules_know_every_label_of_the_shipped_schema() -> None:
    schema, rules = load_schema(), load_rules(load_schema())
    assert set(rules.types) == set(schema.event_types)
    assert set(rules.roles.model_dump().values()) == set(schema.role_names)
    assert rules.disputed_attribute in schema.attribute_names
    labels = {label for labels in rules.labels.model_dump().values() for label in labels}
    assert labels == set(schema.entity_types)


def test_a_type_without_an_entry_is_an_act_of_its_own() -> None:
    rule = load_rules(load_schema()).of("ELECTION")
    assert (rule.outcome, rule.outcomes_rank, rule.one_with) == (None, 0, [])


def test_precedence_puts_acts_before_unknown_types_and_outcomes_last() -> None:
    rules = load_rules(load_schema())
    order = sorted(["KILL", "ELECTION", "ATTACK", "CLASH", "BOMBING"], key=rules.precedence)
    assert order == ["BOMBING", "CLASH", "ATTACK", "ELECTION", "KILL"]


def test_the_shipped_rules_go_with_any_schema() -> None:
    RecordMaker.load(schema_of_labels("mine", ["PER"], ["ELECTION"]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["types"]["CLASH"].update(two_side=True), "types.CLASH.two_side: Extra inputs"),
        (lambda d: d["types"]["CLASH"].update(outcomes_rank=3), "types.CLASH.outcomes_rank: "),
        (lambda d: d["types"]["CLASH"].update(one_with=["BATTLE"]), "types.CLASH.one_with: BATTLE has no entry"),
        (lambda d: d["types"].update(ELECTION={}), "types.ELECTION: the schema marsad-conflict"),
        (lambda d: d["roles"].update(agent="DOER"), "roles.agent: the schema marsad-conflict"),
        (lambda d: d.pop("roles"), "roles: Field required"),
        (lambda d: d["cues"].update(said="قال"), "cues.said: "),
    ],
)
def test_a_wrong_file_is_named_with_the_key(tmp_path: Path, change, told: str) -> None:
    data = shipped()
    change(data)
    path = written(tmp_path, data)
    with pytest.raises(ValueError, match="my-rules") as error:
        RecordMaker.load(load_schema(), rules=path)
    expected = told.replace("marsad-conflict", load_schema().name)
    assert f"{path}, {expected}" in str(error.value)


@pytest.mark.parametrize(("content", "told"), [(b"\xff\xfe", "not UTF-8"), (b"a: [", "no YAML"), (b"", "whole file")])
def test_what_is_no_file_of_rules(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "my-rules.yaml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        load_rules(load_schema(), path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load_rules(load_schema(), tmp_path / "nowhere.yaml")
