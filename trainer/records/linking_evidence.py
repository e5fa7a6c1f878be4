"""Whether two records of different articles tell of one happening: what speaks against it, and how much for it.

:func:`compare` says one of three things. The records contradict each other: other types, days or places, other sides.
They could be the same, but nothing shows it. Or they are linked, with a strength; then place, time, sides and the
rest gave ``ENOUGH`` points, and

* the place is a town or smaller, or the words are copied: one province or country is no evidence;
* a named actor is in both, or one names nobody and place and day say the rest (in a large city a count, too), or the
  words are copied;
* where only the tolerance makes the days meet, the words or a count of ``TELLING_COUNT`` and more agree: the same
  city is bombed the next day, too;
* where one has neither a date nor a date of publication, an actor is in both, and words are copied, or place and weapon
  or counts agree; or the words are copied nearly all.

Conflicting counts are no contradiction: papers tell what their sources say.
"""

from __future__ import annotations

from enum import IntEnum

from trainer.records.linking_facts import PUBLISHED_AFTER_DAYS, Days, Facts, SideNames
from trainer.records.linking_places import PlaceMatch, match_places
from trainer.records.linking_rules import LinkingRules

ENOUGH = 6
# Small counts are the same by chance.
TELLING_COUNT = 5
# Tolls grow from page to page, but hardly to more than three times as many.
_FAR_COUNTS = 3
# A day and a night; longer days meet by chance.
_PRECISE_DAYS = 3
# Months and weeks that two articles tell in the same words.
_SAME_PERIOD_DAYS = 31
# «Yesterday» on a page with older wire copy, and on a page whose date is a day late (docs/values.md).
_COUNTED_TOLERANCE = 1
# Of a record's runs of words, the share that stands in the other; fewer runs are a phrase. A language model read pairs
# of sentences with the same word of war, from an archive of newspapers. From 0.5 on, 23 of 32 told the same happening
# and 9 no happening (the same quotation); from 0.3 to 0.5, 6 of 16 told another (courts' formulas, tolls of two days).
_FEWEST_RUNS = 8
COPIED, WHOLLY_COPIED = 0.5, 0.8

_PLACE_POINTS = {PlaceMatch.SAME: 3, PlaceMatch.LARGE: 2, PlaceMatch.NEAR: 2}


class DayMatch(IntEnum):
    """How far the times of two records agree."""

    APART = 0
    UNKNOWN = 1
    """One has neither a date nor a date of publication."""
    POSSIBLE = 2
    """Only the tolerance or a long time makes them meet."""
    PERIOD = 3
    """The same week or month."""
    LIKELY = 4
    """One or both tell no day, and the days of publication fit."""
    SAME = 5


_DAY_POINTS = {DayMatch.SAME: 3, DayMatch.LIKELY: 2, DayMatch.PERIOD: 1}


def compare(one: Facts, other: Facts, rules: LinkingRules) -> int | None:
    """Return how strongly two records are linked, 0 if they are not, ``None`` if they contradict each other.

    Records of one document contradict each other: merging has told them apart. The order of the two does not matter.
    """
    if one.document == other.document or not rules.can_be_same(one.type, other.type):
        return None
    days = match_days(one.days, other.days)
    places = match_places(one.places, other.places) if days else PlaceMatch.APART
    sides = _match_sides(one, other, rules) if places else None
    if sides is None:
        return None
    shared, side_points = sides
    counts, telling, conflicting = _match_counts(one, other)
    share = _copied_share(one, other)
    weapon = bool(one.weapon & other.weapon)
    copied = share >= COPIED
    named = [any(side.names or side.full_names for side in facts.sides) for facts in (one, other)]

    place_found = places >= PlaceMatch.NEAR
    same_day = days in (DayMatch.SAME, DayMatch.LIKELY)
    enough_alone = same_day and (places == PlaceMatch.SAME or (places == PlaceMatch.LARGE and counts > 0))
    actors_found = shared or (enough_alone and not all(named))
    if not (copied or (place_found and actors_found)):
        return 0
    if days == DayMatch.POSSIBLE and not (telling or (copied and not conflicting)):
        return 0
    details = copied or (place_found and (weapon or counts > 0))
    if days == DayMatch.UNKNOWN and not (share >= WHOLLY_COPIED or (shared and details)):
        return 0
    points = (
        _PLACE_POINTS.get(places, 0)
        + _DAY_POINTS.get(days, 0)
        + side_points
        + counts
        + weapon
        + (4 if copied else 0)
        + (share >= WHOLLY_COPIED)
        + _are_copies(one, other)
        - (one.type != other.type)
    )
    return 10 * points + round(9 * share) if points >= ENOUGH else 0


def match_days(one: Days | None, other: Days | None) -> DayMatch:
    """Return how far the times of two records agree."""
    if one is None or other is None:
        return DayMatch.UNKNOWN
    gap = max(one.first, other.first) - min(one.last, other.last)
    if gap > (_COUNTED_TOLERANCE if one.counted or other.counted else 0):
        return DayMatch.APART
    lengths = [days.last - days.first + 1 for days in (one, other)]
    if gap > 0 or one.vague or other.vague:
        return DayMatch.POSSIBLE
    if one.told and other.told:
        if max(lengths) <= _PRECISE_DAYS:
            return DayMatch.SAME
        same = one[:2] == other[:2] and lengths[0] <= _SAME_PERIOD_DAYS
        return DayMatch.PERIOD if same else DayMatch.POSSIBLE
    if not one.told and not other.told:
        return DayMatch.LIKELY if one.last == other.last else DayMatch.POSSIBLE
    told, published = (one, other) if one.told else (other, one)
    # The day before the page, or its own; the days before that are only possible.
    fits = told.last >= published.last - PUBLISHED_AFTER_DAYS + 1 and told.last - told.first < _PRECISE_DAYS
    return DayMatch.LIKELY if fits else DayMatch.POSSIBLE


def _match_sides(one: Facts, other: Facts, rules: LinkingRules) -> tuple[int, int] | None:
    """Return how many sides share somebody, and the points for all sides; ``None`` if the sides are others."""
    orders = [(other.sides[0], other.sides[1])]
    if {one.type, other.type} & rules.sides_change_places:
        orders.append((other.sides[1], other.sides[0]))
    best: tuple[int, int] | None = None
    for order in orders:
        matches = [_match_side(a, b) for a, b in zip(one.sides, order, strict=True)]
        shared, others = matches.count(1), matches.count(-1)
        if others and not shared:
            continue
        hints = any(a.hints & b.hints for a, b in zip(one.sides, order, strict=True))
        found = shared, 2 * shared - 2 * others + hints
        best = found if best is None else max(best, found)
    return best


def _match_side(one: SideNames, other: SideNames) -> int:
    """Return 1 if somebody is on both, -1 if both name actors and no one is, 0 if that is open."""
    if one.names & other.names or one.full_names & other.full_names:
        return 1
    return -1 if one.names and other.names else 0


def _match_counts(one: Facts, other: Facts) -> tuple[int, bool, bool]:
    """Return the points for counts, whether a telling count is the same, and whether counts contradict each other."""
    telling = overlapping = far = conflicting = False
    for outcome in one.counts.keys() & other.counts.keys():
        pairs = [(a, b) for a in one.counts[outcome] for b in other.counts[outcome]]
        telling = telling or any(a == b and max(a[0] or 0, a[1] or 0) >= TELLING_COUNT for a, b in pairs)
        met = [_overlap(a, b) for a, b in pairs]
        overlapping = overlapping or any(
            meets and _is_narrow(a) and _is_narrow(b) for meets, (a, b) in zip(met, pairs, strict=True)
        )
        if pairs and not any(met):
            conflicting = True
            far = far or all(_are_far(a, b) for a, b in pairs)
    return 2 if telling else 1 if overlapping else -1 if far else 0, telling, conflicting


_Bounds = tuple[int | None, int | None]


def _overlap(a: _Bounds, b: _Bounds) -> bool:
    low = max(a[0] or 0, b[0] or 0)
    return all(high is None or low <= high for high in (a[1], b[1]))


def _is_narrow(bounds: _Bounds) -> bool:
    """Return whether a count says something: «dozens» and «at least 20» meet most counts."""
    low, high = bounds
    return low is not None and high is not None and high <= 2 * low


def _are_far(a: _Bounds, b: _Bounds) -> bool:
    """Return whether two counts that do not overlap are far from each other, too."""
    low = max(a[0] or 0, b[0] or 0)
    high = min(bound for bound in (a[1], b[1]) if bound is not None)
    return low > _FAR_COUNTS * high


def _copied_share(one: Facts, other: Facts) -> float:
    fewest = min(len(one.words), len(other.words))
    return len(one.words & other.words) / fewest if fewest >= _FEWEST_RUNS else 0.0


def _are_copies(one: Facts, other: Facts) -> bool:
    """Return whether one article is a copy of the other, or both are copies of a third."""
    originals = {one.duplicate_of or one.document, other.duplicate_of or other.document}
    return len(originals) == 1
