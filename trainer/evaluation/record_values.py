"""What a record of an event says, field by field, as lists of values that can be compared and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trainer.annotations import Span
from trainer.evaluation.gold_records import GoldClaim, GoldRecord, GoldSide
from trainer.evaluation.record_names import SameNames, name_keys
from trainer.evaluation.record_rules import RecordRules
from trainer.records.record import Claim, EventRecord, Side
from trainer.records.victims import victims
from trainer.values.quantities import Quantity

# A field with the values of a record; one that says nothing has none.
Values = Mapping[str, Sequence[Any]]
# Of ISO dates with a time the day.
_DAY = len("2015-07-31")


def gold_values(record: GoldRecord, rules: RecordRules, names: SameNames) -> Values:
    """Return the values of a record of the gold."""
    date, place = record.date, record.place
    dated = date if date and date.start else None
    sides = {
        "A": _distinct((side, names.canonical(side, None)) for side in record.side_a),
        "B": _distinct((side, names.canonical(side, None)) for side in record.side_b),
    }
    return {
        "type": [record.type],
        "mentions": [mention.span for mention in record.mentions],
        "date": [(dated.start, dated.end)] if dated else [],
        "date precision": [dated.precision] if dated else [],
        "date span": [date.span] if date else [],
        "place": [place] if place else [],
        "place or within": [place] if place else [],
        "place span": [place.span] if place else [],
        "larger place": [place.within] if place and place.within else [],
        "all places": [*([place] if place else []), *record.other_places],
        "side A": sides["A"],
        "side B": sides["B"],
        "kinds of sides": [(name, side) for name, some in sides.items() for side in some if _kind(side, rules)],
        **_of_outcome("fatalities", map(_as_claim, record.fatalities)),
        **_of_outcome("injured", map(_as_claim, record.injured)),
        "weapon": [record.weapon] if record.weapon else [],
        "disputed": [True] if record.disputed else [],
    }


def predicted_values(record: EventRecord, rules: RecordRules) -> Values:
    """Return the values of a predicted record. Text without a value (a date, a count) counts as its span alone."""
    when, where = record.when, record.where
    value = when.value if when else None
    sides = {
        "A": _distinct((side, _name_of_actor(side)) for side in record.side_a),
        "B": _distinct((side, _name_of_actor(side)) for side in record.side_b),
    }
    return {
        "type": [record.type],
        "mentions": [(mention.span.start, mention.span.end) for mention in record.mentions],
        "date": [(value.start[:_DAY], value.end[:_DAY])] if value else [],
        "date precision": [rules.same_precision.get(value.precision, value.precision)] if value else [],
        "date span": [(when.span.start, when.span.end)] if when else [],
        "place": [where] if where else [],
        "place or within": [where] if where else [],
        "place span": [(where.span.start, where.span.end)] if where else [],
        "larger place": [where.within.name] if where and where.within else [],
        "all places": [*([where] if where else []), *record.other_places],
        "side A": sides["A"],
        "side B": sides["B"],
        "kinds of sides": [(name, side) for name, some in sides.items() for side in some if side.actor],
        **_of_outcome("fatalities", record.outcomes.get("fatalities", ())),
        **_of_outcome("injured", record.outcomes.get("injured", ())),
        "weapon": [record.weapon] if record.weapon else [],
        "disputed": [True] if record.disputed else [],
    }


def _kind(side: GoldSide, rules: RecordRules) -> str | None:
    return rules.kinds[side.kind]


def _name_of_actor(side: Side) -> str | None:
    return side.actor.name if side.actor else None


def _distinct(sides: Iterable[tuple[Any, str | None]]) -> list[Any]:
    """Return the sides, of each actor the first: داعش and تنظيم الدولة beside each other are one.

    ``sides`` are pairs of a side and the name that the table of actors has for it.
    """
    kept: list[Any] = []
    known: set[str] = set()
    for side, name in sides:
        keys = name_keys(side.name) | (name_keys(name) if name else set())
        if not keys & known:
            kept.append(side)
        known |= keys
    return kept


def _as_claim(claim: GoldClaim) -> Claim:
    start, end = claim.span
    value = Quantity(claim.low, claim.high, claim.approximate)
    return Claim(Span(start, end, ""), value, claim.who, claim.source)


def _of_outcome(name: str, told: Iterable[Claim]) -> Values:
    """Return the fields of an outcome: every claim that has a value, and the bounds that the table has for them."""
    claims = [claim for claim in told if claim.value]
    low, high = victims(claims)
    return {
        f"{name} claims": [(claim.value.low, claim.value.high) for claim in claims if claim.value],
        f"{name} low": [] if low is None else [low],
        f"{name} low and high": [(low, high)] if claims else [],
    }
