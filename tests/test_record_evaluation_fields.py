"""Field by field: what counts as the same value, and what as a value at all."""

from __future__ import annotations

from typing import Any

import pytest
from gold_record_samples import claim, found, gold, offsets, side, span

from trainer.evaluation.record_fields import FieldScorer
from trainer.evaluation.record_names import SameNames
from trainer.evaluation.record_rules import RecordRules
from trainer.evaluation.span_counts import Counts
from trainer.records.record import Weapon, When, Where
from trainer.values.dates import DateValue
from trainer.values.places import Gazetteer

RIGHT, WRONG, MISSED, SPURIOUS, NOTHING = (
    Counts(1, 1, 1),
    Counts(0, 1, 1),
    Counts(0, 0, 1),
    Counts(0, 1, 0),
    Counts(),
)


@pytest.fixture(scope="module")
def names() -> SameNames:
    return SameNames.load()


@pytest.fixture(scope="module")
def scorer(names: SameNames) -> FieldScorer:
    return FieldScorer(RecordRules.load(), names)


def test_equal_records_agree_in_every_field(scorer: FieldScorer) -> None:
    counts = scorer.pair(gold(), found())
    assert {name for name, count in counts.items() if count.hits < max(count.predicted, count.gold)} == set()
    assert counts["kinds of sides"] == counts["mentions"] == Counts(2, 2, 2)
    assert counts["injured claims"] == counts["weapon"] == counts["larger place"] == NOTHING


def test_records_without_a_partner_have_all_their_values_missed_or_too_many(scorer: FieldScorer) -> None:
    missed, spurious = scorer.missed(gold()), scorer.spurious(found())
    paired = scorer.pair(gold(), found())
    assert missed == {name: Counts(0, 0, count.gold) for name, count in paired.items()}
    assert spurious == {name: Counts(0, count.predicted, 0) for name, count in paired.items()}


@pytest.mark.parametrize(
    ("value", "date", "precision"),
    [
        (DateValue("2015-07-16", "2015-07-16", "day", None), RIGHT, RIGHT),
        (DateValue("2015-07-16", "2015-07-17", "part-of-day", None), WRONG, WRONG),
        (DateValue("2015-07-16T14:20", "2015-07-16T14:20", "minute", None), RIGHT, WRONG),
        (None, MISSED, MISSED),
    ],
)
def test_a_date_is_right_with_both_days(
    scorer: FieldScorer, value: DateValue | None, date: Counts, precision: Counts
) -> None:
    counts = scorer.pair(gold(), found(when=When(span("الخميس"), value)))
    assert (counts["date"], counts["date precision"], counts["date span"]) == (date, precision, RIGHT)


def test_a_date_without_days_has_only_its_span(scorer: FieldScorer) -> None:
    open_date = {**gold().model_dump()["date"], "start": None, "end": None}
    counts = scorer.pair(gold(date=open_date), found())
    assert (counts["date"], counts["date precision"], counts["date span"]) == (SPURIOUS, SPURIOUS, RIGHT)
    assert scorer.pair(gold(date=open_date), found(when=None))["date span"] == MISSED


def test_minutes_are_a_part_of_the_day(scorer: FieldScorer) -> None:
    date = {**gold().model_dump()["date"], "precision": "part-of-day"}
    value = DateValue("2015-07-16T14:20", "2015-07-16T14:20", "minute", None)
    assert scorer.pair(gold(date=date), found(when=When(span("الخميس"), value)))["date precision"] == RIGHT


@pytest.mark.parametrize(
    ("name", "within", "place", "near"),
    [
        ("مدينه الحسكه", None, RIGHT, RIGHT),
        ("الحسكة", None, WRONG, RIGHT),  # Words of the other.
        ("غويران", "مدينة الحسكة", WRONG, RIGHT),
        ("غويران", None, WRONG, WRONG),
    ],
)
def test_places_are_the_same_or_lie_in_each_other(
    scorer: FieldScorer, name: str, within: str | None, place: Counts, near: Counts
) -> None:
    larger = Where(within, span(within)) if within else None
    counts = scorer.pair(gold(), found(where=Where(name, span("غويران"), None, larger)))
    assert (counts["place"], counts["place or within"], counts["place span"]) == (place, near, WRONG)


def test_the_gazetteer_knows_two_names_of_one_place(scorer: FieldScorer) -> None:
    known = Gazetteer.load().find("الحسكة", "SY")
    assert known is not None
    counts = scorer.pair(gold(), found(where=Where("الحسكة", span("الحسكة"), known)))
    assert counts["place"] == RIGHT


def test_the_larger_place_of_the_gold_counts_as_near(scorer: FieldScorer) -> None:
    place = {"name": "حي غويران", "span": offsets("حي غويران"), "within": "مدينة الحسكة"}
    counts = scorer.pair(gold(place=place), found())
    assert (counts["place"], counts["place or within"], counts["larger place"]) == (WRONG, RIGHT, MISSED)


def test_all_places_are_counted_one_to_one(scorer: FieldScorer) -> None:
    others = (Where("حي غويران", span("حي غويران")), Where("مدينة الحسكة", span("مدينة الحسكة")))
    counts = scorer.pair(
        gold(other_places=[{"name": "حي غويران", "span": offsets("حي غويران")}]), found(other_places=others)
    )
    assert counts["all places"] == Counts(2, 3, 2)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (side("داعش"), RIGHT),  # The same mention, cut shorter.
        (side("التنظيم", "Rebel Group", "تنظيم الدولة الإسلامية"), RIGHT),  # The same actor of the table.
        (side("التنظيم"), WRONG),
    ],
)
def test_sides_are_the_same_by_name_actor_or_mention(scorer: FieldScorer, other: Any, expected: Counts) -> None:
    assert scorer.pair(gold(), found(side_a=(other,)))["side A"] == expected


def test_two_names_of_one_actor_are_one_side(scorer: FieldScorer) -> None:
    twice = (*found().side_a, side("التنظيم", "Rebel Group", "تنظيم الدولة الإسلامية"))
    assert scorer.pair(gold(), found(side_a=twice))["side A"] == RIGHT


def swapped(**changes: Any) -> Any:
    return found(side_a=found().side_b, side_b=found().side_a, **changes)


def test_sides_of_mutual_fighting_may_change_places_and_no_others(scorer: FieldScorer) -> None:
    right, wrong = (RIGHT, RIGHT, Counts(2, 2, 2)), (WRONG, WRONG, Counts(0, 2, 2))
    for type, note, expected in (
        ("CLASH", None, right),
        ("SHELLING", "Mutual: both sides act.", right),
        ("SHELLING", None, wrong),
    ):
        counts = scorer.pair(gold(type=type, note=note), swapped(type=type))
        assert (counts["side A"], counts["side B"], counts["kinds of sides"]) == expected


def test_kinds_count_where_the_side_is_right(scorer: FieldScorer) -> None:
    other = found(side_a=(side("تنظيم داعش", "State Forces"),), side_b=(side("وقوات النظام"),))
    counts = scorer.pair(gold(), other)
    assert (counts["side A"], counts["side B"], counts["kinds of sides"]) == (RIGHT, RIGHT, Counts(0, 1, 2))
    unknown = gold().model_dump()["side_a"]
    unknown[0]["kind"] = "unknown"
    assert scorer.pair(gold(side_a=unknown), found())["kinds of sides"] == Counts(1, 2, 1)


def test_conflicting_counts_are_compared_claim_by_claim_and_as_a_range(scorer: FieldScorer) -> None:
    twelve = gold().fatalities[0].model_dump()
    told = gold(fatalities=[twelve, {**twelve, "low": 20, "high": None}])
    both = found(outcomes={"fatalities": (claim("12", 12, 12), claim("12", 20, None))})
    counts = scorer.pair(told, both)
    assert counts["fatalities claims"] == Counts(2, 2, 2)
    assert counts["fatalities low"] == counts["fatalities low and high"] == RIGHT
    counts = scorer.pair(told, found())
    assert counts["fatalities claims"] == Counts(1, 1, 2)
    assert (counts["fatalities low"], counts["fatalities low and high"]) == (RIGHT, WRONG)


def test_the_same_claim_twice_is_right_once(scorer: FieldScorer) -> None:
    twice = found(outcomes={"fatalities": (claim("12", 12, 12), claim("شخصاً", 12, 12))})
    assert scorer.pair(gold(), twice)["fatalities claims"] == Counts(1, 2, 1)


def test_weapon_and_doubt(scorer: FieldScorer) -> None:
    armed = gold(weapon={"name": "المدفعية", "span": offsets("المدفعية")}, disputed=True)
    counts = scorer.pair(armed, found(weapon=Weapon("المدفعيّة", span("المدفعية")), disputed=True))
    assert (counts["weapon"], counts["disputed"]) == (RIGHT, RIGHT)
    counts = scorer.pair(armed, found(weapon=Weapon("سيارة مفخخة", span("حي"))))
    assert (counts["weapon"], counts["disputed"]) == (WRONG, MISSED)
