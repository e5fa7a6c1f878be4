"""How many victims a record tells of: the bounds of all its claims together.

Claims of one source about different people are parts of one figure and added up (30 of one side and 20 of the other
are 50), unless the source also tells how many they were in all, which is a claim of nobody in particular. What one
source says twice of the same people, and what different sources say, are figures beside each other, of which nobody
knows the right one: from the lowest to the highest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from trainer.records.record import Claim
from trainer.values.name_forms import name_key, name_words

_Bounds = tuple[int | None, int | None]


def victims(claims: Sequence[Claim]) -> tuple[int | None, int | None]:
    """Return the lowest and the highest number of victims by ``claims``, ``None`` where they set no such bound.

    A claim that could not be read may be of any number.

    >>> from trainer.annotations import Span
    >>> from trainer.values.quantities import Quantity
    >>> def claim(number, who, source):
    ...     return Claim(Span(0, 0, ""), Quantity(number, number), who, source)
    >>> victims([claim(30, "قوات النظام", "المرصد"), claim(20, "داعش", "المرصد")])
    (50, 50)
    >>> victims([claim(200, "قسد", "وكالة أعماق"), claim(17, "قسد", "قسد")])
    (17, 200)
    >>> victims([claim(35, None, None), claim(30, "قوات النظام", None)])
    (35, 35)
    >>> victims([claim(30, "قوات النظام", None), claim(5, None, None)])
    (35, 35)
    """
    of_source: defaultdict[str, defaultdict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        of_source[_key(claim.source)][_key(claim.who)].append(claim)
    return _beside_each_other(_of_one_source(people) for people in of_source.values())


def _of_one_source(people: dict[str, list[Claim]]) -> _Bounds:
    by_people = {who: _beside_each_other(_bounds(claim) for claim in claims) for who, claims in people.items()}
    bounds = list(by_people.values())
    # A number of nobody in particular is the total, unless it is too low for that.
    total = by_people.get("")
    if total is not None and (total[1] is None or total[1] >= max(low or 0 for low, _ in bounds)):
        bounds = [total]
    lows = [low for low, _ in bounds if low is not None]
    highs = [high for _, high in bounds if high is not None]
    return sum(lows) if lows else None, sum(highs) if len(highs) == len(bounds) else None


def _beside_each_other(figures: Iterable[_Bounds]) -> _Bounds:
    bounds = list(figures)
    lows = [low for low, _ in bounds if low is not None]
    highs = [high for _, high in bounds if high is not None]
    return min(lows, default=None), max(highs) if highs and len(highs) == len(bounds) else None


def _bounds(claim: Claim) -> _Bounds:
    """Return the bounds of a claim; at most so many says no lowest number but 0."""
    return (claim.value.low or 0, claim.value.high) if claim.value else (None, None)


def _key(name: str | None) -> str:
    return name_key(name_words(name or ""))
