"""Reads the rules by which records get the names of other inventories (``data/event_codes.yaml`` says how)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainer.resources import resource_path
from trainer.values.name_forms import name_words

SHIPPED_CODES = "event_codes.yaml"
# Between an event type and its sub-event type.
_SLASH = " / "

_Text = Annotated[str, Field(min_length=1)]
_Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SideCondition(_Section):
    """Some actor of a side, or with ``only`` every one, has a kind, a label or a word; without these: is there."""

    kinds: tuple[_Text, ...] = ()
    labels: tuple[_Text, ...] = ()
    words: tuple[_Text, ...] = ()
    only: bool = False


class TriggerCondition(_Section):
    """A trigger, of one of ``types`` if there are any, has one of ``words``."""

    words: tuple[_Text, ...] = Field(min_length=1)
    types: tuple[_Text, ...] = ()


class WeaponCondition(_Section):
    """The weapon has one of ``words``."""

    words: tuple[_Text, ...] = Field(min_length=1)


class PlaceCondition(_Section):
    """The text tells a place; if there are ``words``, its name has one of them."""

    words: tuple[_Text, ...] = ()


class Condition(_Section):
    """What must hold of a record, all of it."""

    side_a: SideCondition | None = None
    side_b: SideCondition | None = None
    trigger: TriggerCondition | None = None
    weapon: WeaponCondition | None = None
    mentions: tuple[_Text, ...] | None = Field(default=None, min_length=1)
    reflexive: Literal[True] | None = None
    place: PlaceCondition | None = None


class Rule(_Section):
    """What a record is called if ``when`` holds; ``None`` where the inventory has no name for it."""

    label: str | None
    mode: str | None = None
    when: Condition | None = None


class TypeRules(_Section):
    """The rules of one event type for each inventory; the first that holds decides."""

    acled: list[Rule] = Field(min_length=1)
    ace2005: list[Rule] = Field(min_length=1)
    plover: list[Rule] = Field(min_length=1)


class Inventories(_Section):
    """The names that there are: ACLED's by event type and sub-event type, each with its disorder type."""

    acled: dict[_Text, dict[_Text, _Text]]
    ace2005: list[_Text]
    plover: dict[_Text, list[_Text]]


class TargetingRule(_Section):
    """Event types whose target are civilians, always or if ``when`` holds."""

    event_types: list[_Text]
    when: Condition | None = None


class CivilianTargeting(_Section):
    """When the column of that name is ``label``."""

    label: _Text
    rules: list[TargetingRule]


class Country(_Section):
    """A country: its number in ISO 3166-1, ``None`` where it has none, and its English name."""

    iso: int | None
    name: _Text


class CodeRules(_Section):
    """A whole file of codes. Make one with :meth:`read`."""

    version: int = Field(ge=1, le=1)
    inventories: Inventories
    actor_types: dict[_Text, _Text]
    alone: _Text
    types: dict[_Text, TypeRules]
    civilian_targeting: CivilianTargeting
    countries: dict[_Country, Country]

    @classmethod
    def read(cls, path: Path | None = None) -> CodeRules:
        """Read and check ``path``, or the file that Marsad ships.

        Raises
        ------
        ValueError
            If the file is no UTF-8, no YAML, lacks a section, has one or a value that is not known, or a rule that can
            never apply; the message names file and key.
        OSError
            If the file cannot be read.
        """
        path = Path(path or resource_path(SHIPPED_CODES))
        try:
            rules = cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(key) for key in first["loc"])
            raise ValueError(f"{path}: {where or 'the file'}: {first['msg']}") from error
        for key, problem in _problems(rules):
            raise ValueError(f"{path}: {key}: {problem}")
        return rules


def split_label(label: str) -> tuple[str, str]:
    """Return the two parts of ``Battles / Armed clash``; the second is empty where there is no slash."""
    event_type, _, sub_event_type = label.partition(_SLASH)
    return event_type, sub_event_type


def _problems(rules: CodeRules) -> Iterator[tuple[str, str]]:
    for name, of_type in rules.types.items():
        for inventory in ("acled", "ace2005", "plover"):
            found: Sequence[Rule] = getattr(of_type, inventory)
            for number, rule in enumerate(found):
                key = f"types.{name}.{inventory}.{number}"
                if problem := _wrong_label(rule, inventory, rules.inventories):
                    yield key, problem
                if rule.when is None and number + 1 < len(found):
                    yield key, "it has no 'when' and so always holds; the rules after it are never reached"
                yield from _wrong_condition(rule.when, key, rules.actor_types)
    for number, targeting in enumerate(rules.civilian_targeting.rules):
        key = f"civilian_targeting.rules.{number}"
        for event_type in targeting.event_types:
            if event_type not in rules.inventories.acled:
                yield key, f"{event_type!r} is no event type of inventories.acled"
        yield from _wrong_condition(targeting.when, key, rules.actor_types)


def _wrong_label(rule: Rule, inventory: str, known: Inventories) -> str | None:
    if rule.mode is not None and (inventory != "plover" or rule.label is None):
        return "only a type of plover has a mode"
    if rule.label is None:
        return None
    if inventory == "acled":
        event_type, sub_event_type = split_label(rule.label)
        if event_type not in known.acled:
            return f"{event_type!r} is no event type of inventories.acled; known are {', '.join(known.acled)}"
        if sub_event_type not in known.acled[event_type]:
            names = ", ".join(known.acled[event_type])
            return f"{sub_event_type!r} is no sub-event type of {event_type}; write one of {names} after {_SLASH!r}"
    elif inventory == "ace2005" and rule.label not in known.ace2005:
        return f"{rule.label!r} is no type of inventories.ace2005"
    elif inventory == "plover":
        if rule.label not in known.plover:
            return f"{rule.label!r} is no type of inventories.plover; known are {', '.join(known.plover)}"
        if rule.mode is not None and rule.mode not in known.plover[rule.label]:
            return f"{rule.mode!r} is no mode of {rule.label}; known are {', '.join(known.plover[rule.label])}"
    return None


def _wrong_condition(when: Condition | None, key: str, kinds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if when is None:
        return
    if not when.model_fields_set:
        yield f"{key}.when", "it has no condition; leave 'when' out of a rule that always holds"
    for name in ("side_a", "side_b", "trigger", "weapon", "place"):
        condition: Any = getattr(when, name)
        for word in getattr(condition, "words", ()):
            if not name_words(word):
                yield f"{key}.when.{name}.words", f"{word!r} has neither letters nor digits"
        for kind in getattr(condition, "kinds", ()):
            if kind not in kinds:
                yield f"{key}.when.{name}.kinds", f"{kind!r} is not in actor_types; known are {', '.join(kinds)}"
