"""Codes of records: what ACLED, ACE 2005 and PLOVER call them, and how ACLED's table names actors and countries.

The rules stand in ``data/event_codes.yaml``. A column is ``None`` where an inventory has no such type, and where the
text does not tell what the inventory asks for: the attack on nobody told of is neither a battle nor violence against
civilians.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trainer.records.code_rules import CodeRules, Condition, PlaceCondition, Rule, SideCondition, split_label
from trainer.records.located import Located, located
from trainer.records.record import EventRecord, Side, Where
from trainer.resources import resource_path
from trainer.values.geonames_files import read_geonames
from trainer.values.name_forms import name_words, noun_stems, readings, without_article
from trainer.values.places import SHIPPED_PLACES

_PROVINCE = ("A", "ADM1")


@dataclass(frozen=True, slots=True)
class Codes:
    """What other inventories call a record; see ``docs/events.md`` for each.

    ``inter1``, ``inter2`` and ``interaction`` are types of the first actor of each side. ``country`` and ``iso`` are
    those of the place, ``admin1`` is its province as GeoNames writes it.
    """

    disorder_type: str | None = None
    event_type: str | None = None
    sub_event_type: str | None = None
    civilian_targeting: str | None = None
    ace: str | None = None
    plover: str | None = None
    plover_mode: str | None = None
    inter1: str | None = None
    inter2: str | None = None
    interaction: str | None = None
    country: str | None = None
    iso: int | None = None
    admin1: str | None = None


class Coder:
    """Gives records their codes. Make one with :meth:`load`."""

    def __init__(self, rules: CodeRules) -> None:
        self._rules = rules
        self._provinces = {
            (place.country, place.admin1): place.name
            for place, _ in read_geonames(resource_path(SHIPPED_PLACES))
            if (place.feature_class, place.feature_code) == _PROVINCE
        }

    @classmethod
    def load(cls, path: Path | None = None) -> Coder:
        """Read the rules of ``path``, or those that Marsad ships.

        Raises
        ------
        ValueError
            If the file is malformed or a rule gives a name that its inventory has not; the message names file and key.
        OSError
            If the file cannot be read.
        """
        return cls(CodeRules.read(path))

    def codes(self, record: EventRecord) -> Codes:
        """Return the codes of ``record``; all are ``None`` for a type that the rules do not know."""
        of_type = self._rules.types.get(record.type)
        acled, ace, plover = (
            (_first(rules, record) for rules in (of_type.acled, of_type.ace2005, of_type.plover))
            if of_type
            else (None, None, None)
        )
        event_type, sub_event_type = split_label(acled.label) if acled and acled.label else (None, None)
        place = located(record.where)
        country = self._rules.countries.get(place.country or "")
        inter1, inter2 = (self._actor_type(side) for side in (record.side_a, record.side_b))
        return Codes(
            disorder_type=self._rules.inventories.acled[event_type][sub_event_type or ""] if event_type else None,
            event_type=event_type,
            sub_event_type=sub_event_type,
            civilian_targeting=self._civilian_targeting(event_type, record),
            ace=ace.label if ace else None,
            plover=plover.label if plover else None,
            plover_mode=plover.mode if plover else None,
            inter1=inter1,
            inter2=inter2,
            interaction=self._interaction(record, inter1, inter2),
            country=country.name if country else None,
            iso=country.iso if country else None,
            admin1=self._province(place),
        )

    def _civilian_targeting(self, event_type: str | None, record: EventRecord) -> str | None:
        targeting = self._rules.civilian_targeting
        holds = any(event_type in rule.event_types and _holds(rule.when, record) for rule in targeting.rules)
        return targeting.label if holds else None

    def _actor_type(self, sides: Sequence[Side]) -> str | None:
        actor = sides[0].actor if sides else None
        return self._rules.actor_types.get(actor.kind) if actor else None

    def _interaction(self, record: EventRecord, inter1: str | None, inter2: str | None) -> str | None:
        """Return the types of both actors; of one that acts alone only where no other is told, known or not."""
        if inter1 and inter2:
            order = list(self._rules.actor_types.values())
            return "-".join(sorted((inter1, inter2), key=order.index))
        return f"{inter1} {self._rules.alone}" if inter1 and not record.side_b else None

    def _province(self, place: Located) -> str | None:
        if place.place is None or place.is_country:
            return None
        return self._provinces.get((place.place.country, place.place.admin1))


def _first(rules: Sequence[Rule], record: EventRecord) -> Rule | None:
    return next((rule for rule in rules if _holds(rule.when, record)), None)


def _holds(when: Condition | None, record: EventRecord) -> bool:
    if when is None:
        return True
    weapon = [record.weapon.name] if record.weapon else []
    return (
        (when.side_a is None or _side_holds(when.side_a, record.side_a))
        and (when.side_b is None or _side_holds(when.side_b, record.side_b))
        and (when.weapon is None or _any_has(weapon, when.weapon.words))
        and (when.trigger is None or _any_has(_triggers(record, when.trigger.types), when.trigger.words))
        and (when.mentions is None or any(mention.type in when.mentions for mention in record.mentions))
        and (when.reflexive is None or _reflexive(record))
        and (when.place is None or _place_holds(when.place, record.where))
    )


def _reflexive(record: EventRecord) -> bool:
    # Of the main type: مقتل الرجل نفسه is the same man, whose death is part of the record.
    return any(mention.reflexive for mention in record.mentions if mention.type == record.type)


def _place_holds(condition: PlaceCondition, where: Where | None) -> bool:
    return where is not None and (not condition.words or _any_has([where.name], condition.words))


def _triggers(record: EventRecord, types: Sequence[str]) -> list[str]:
    return [mention.span.text for mention in record.mentions if not types or mention.type in types]


def _side_holds(condition: SideCondition, sides: Sequence[Side]) -> bool:
    if not (condition.kinds or condition.labels or condition.words):
        return bool(sides)
    held = [_actor_holds(condition, side) for side in sides]
    return bool(held) and all(held) if condition.only else any(held)


def _actor_holds(condition: SideCondition, side: Side) -> bool:
    known = side.actor.kind in condition.kinds if side.actor else side.label in condition.labels
    return known or _any_has([side.name], condition.words)


def _any_has(texts: Sequence[str], words: tuple[str, ...]) -> bool:
    """Tell whether one of ``texts`` has one of ``words``, each a word or several that stand together."""
    return any(_has(forms, phrase) for text in texts for forms in _forms(text) for phrase in _phrases(words))


@cache
def _phrases(words: tuple[str, ...]) -> list[list[str]]:
    return [[without_article(word) for word in name_words(phrase)] for phrase in words]


def _forms(text: str) -> Iterator[list[set[str]]]:
    """Yield what each word of ``text`` may be a form of, for each reading of its attached particles."""
    for words in readings(text):
        yield [noun_stems(word) | {word} for word in words]


def _has(forms: Sequence[set[str]], phrase: Sequence[str]) -> bool:
    starts = range(len(forms) - len(phrase) + 1)
    return any(all(word in forms[start + step] for step, word in enumerate(phrase)) for start in starts)
