"""The rules by which triggers become records: labels, types and cue words, read from a file.

``data/event_records.yaml`` is the file that Marsad ships and says what each key means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainer.resources import resource_path
from trainer.schema import Schema

SHIPPED_RULES = "event_records.yaml"

RecordField = Literal["when", "where", "side_a", "side_b", "outcomes", "weapon"]
_EVERY_FIELD: tuple[RecordField, ...] = ("when", "where", "side_a", "side_b", "outcomes", "weapon")
_Text = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Roles(_Section):
    """Which role of the schema is which part of a record."""

    agent: _Text
    target: _Text
    place: _Text
    time: _Text
    instrument: _Text
    count: _Text


class Labels(_Section):
    """Entity types by what their mentions can be in a record."""

    areas: list[_Text]
    spots: list[_Text]
    no_side: list[_Text] = []
    persons: list[_Text] = []
    people: list[_Text] = []
    nominals: list[_Text] = []
    sources: list[_Text] = []

    @property
    def places(self) -> frozenset[str]:
        """Labels of places."""
        return frozenset((*self.areas, *self.spots))


class TypeRule(_Section):
    """How mentions of one event type behave. Without an entry in the file a type is an act that keeps to itself."""

    outcome: _Text | None = None
    outcomes_rank: Annotated[int, Field(ge=0, le=2)] = 0
    two_sided: bool = False
    once_a_place: bool = False
    one_with: list[_Text] = []
    general_for: list[_Text] = []
    place: Literal["any", "origin", "destination"] = "any"
    side_a: Literal["agent", "victims"] = "agent"
    side_b: Literal["target", "none", "moved"] = "target"
    fields: list[RecordField] = Field(default_factory=lambda: list(_EVERY_FIELD))


class Cues(_Section):
    """Words and phrases by what they tell of the triggers, places and counts beside them."""

    disputed: list[_Text] = []
    disputed_after: list[_Text] = []
    another: list[_Text] = []
    then: list[_Text] = []
    mutual: list[_Text] = []
    reflexive: list[_Text] = []
    not_reflexive_after: list[_Text] = []
    ordinals: dict[int, list[_Text]] = {}
    led_to: list[_Text] = []
    came_from: list[_Text] = []
    along: list[_Text] = []
    along_before: list[_Text] = []
    against: list[_Text] = []
    supported_by: list[_Text] = []
    campaign_against: list[_Text] = []
    from_: list[_Text] = Field(default=[], alias="from")
    to: list[_Text] = []
    within: list[_Text] = []
    said: list[_Text] = []
    that: list[_Text] = []
    unnamed_sources: list[_Text] = []
    since: list[_Text] = []
    date_marks: list[_Text] = []
    bounds: list[_Text] = []
    from_zero: list[_Text] = []
    many: list[_Text] = []
    part_of: list[_Text] = []


class MetadataKeys(_Section):
    """Keys of a document's metadata, the first that has a value counts."""

    date: list[_Text] = []
    source: list[_Text] = []


class Rules(_Section):
    """All rules of a file. Read them with :func:`load_rules`."""

    roles: Roles
    disputed_attribute: str | None = None
    labels: Labels
    types: dict[str, TypeRule]
    cues: Cues
    place_nouns: list[_Text] = []
    metadata: MetadataKeys

    def of(self, type: str) -> TypeRule:
        """Return the rule of an event type, that of a plain act for one that the file does not have."""
        return self.types.get(type, _PLAIN_ACT)

    def precedence(self, type: str) -> int:
        """Return where the type stands in the file; one that is not there comes after all acts and before outcomes."""
        order = [name for name, rule in self.types.items() if rule.outcome is None]
        outcomes = [name for name, rule in self.types.items() if rule.outcome is not None]
        if type in order:
            return order.index(type)
        return len(order) + 1 + outcomes.index(type) if type in outcomes else len(order)


_PLAIN_ACT = TypeRule()


def load_rules(schema: Schema, path: str | Path | None = None) -> Rules:
    """Read a file of rules; without a path, the one that Marsad ships.

    Raises
    ------
    ValueError
        If the file is no UTF-8, no YAML, lacks a key, has one or a value that is not known, or, if it is not the
        shipped one, names a role or type that the schema does not have; the message names file and key.
    OSError
        If the file cannot be read.
    """
    file = Path(path) if path is not None else resource_path(SHIPPED_RULES)
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    try:
        rules = Rules.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{file}, {key or 'the whole file'}: {first['msg']}") from error
    for type, rule in rules.types.items():
        for key, others in (("one_with", rule.one_with), ("general_for", rule.general_for)):
            if unknown := [other for other in others if other not in rules.types]:
                raise ValueError(f"{file}, types.{type}.{key}: {unknown[0]} has no entry under 'types'")
    if path is not None:
        _require_known(file, rules, schema)
    return rules


def _require_known(file: Path, rules: Rules, schema: Schema) -> None:
    for key, type in ((f"types.{type}", type) for type in rules.types):
        if type not in schema.event_types:
            raise ValueError(f"{file}, {key}: the schema {schema.name} has no event type {type}")
    for key, role in rules.roles.model_dump().items():
        if schema.role_names and role not in schema.role_names:
            raise ValueError(f"{file}, roles.{key}: the schema {schema.name} has no role {role}")
