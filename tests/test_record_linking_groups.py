"""What holds of the groups of any records, in any order."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from linked_records import linked, record
from strategies import ANY_TEXT

from trainer.records import linking_groups
from trainer.records.linking_evidence import DayMatch, compare, match_days
from trainer.records.linking_facts import Days, Facts
from trainer.records.linking_groups import Groups
from trainer.records.linking_places import PlaceMatch, match_places
from trainer.records.linking_rules import LinkingRules
from trainer.records.record import EventRecord

RULES = LinkingRules.load()
SENTENCES = [
    "",
    "كما تزامنت الاشتباكات مع تفجير عربة مفخخة من قبل التنظيم بالقرب من حاجز لقوات النظام عند مدخل المدينة",
    "وتزامنت الاشتباكات مع تفجير عربة مفخخة من قبل التنظيم بالقرب من حاجز لقوات النظام عند مدخل الحسكة",
]
WHERE = st.sampled_from([None, "سوريا", "محافظة الحسكة", "الحسكة", "حي غويران < الحسكة", "حي النشوة < الحسكة", "منبج"])
PEOPLE = st.lists(st.sampled_from(["داعش", "قسد", "قوات النظام", "مسلحون مجهولون", "عائلات"]), max_size=2)


@st.composite
def told_records(draw: Any, number: int) -> EventRecord:
    """Draw a record of one of few documents, days, places and sides, so that many can be linked."""
    published = draw(st.sampled_from([None, "2015-06-25", "2015-06-26", "2015-06-28"]))
    return record(
        f"{draw(st.integers(0, 5))}-{number}",
        draw(st.sampled_from(["CLASH", "ATTACK", "BOMBING"])),
        draw(WHERE),
        day=draw(st.sampled_from([None, "أمس", "الجمعة 26 يونيو 2015", "يونيو 2015", "ليلاً"])),
        published=published,
        a=draw(PEOPLE),
        b=draw(PEOPLE),
        dead=draw(st.lists(st.sampled_from(["30", "12", "عشرات", "ما لا يقل عن 20", "3"]), max_size=2)),
        weapon=draw(st.sampled_from([None, "سيارة مفخخة"])),
        duplicate_of=draw(st.sampled_from([None, "0"])),
    )


@st.composite
def runs(draw: Any, most: int = 8) -> list[tuple[EventRecord, str]]:
    """Draw the records of a run, with sentences."""
    count = draw(st.integers(0, most))
    return [(draw(told_records(number)), draw(st.sampled_from(SENTENCES))) for number in range(count)]


def groups_of(run: list[tuple[EventRecord, str]]) -> dict[str, list[EventRecord]]:
    groups: dict[str, list[EventRecord]] = {}
    happenings = linked(*(item for item, _ in run), sentences=[sentence for _, sentence in run])
    for (item, _), happening in zip(run, happenings, strict=True):
        groups.setdefault(happening, []).append(item)
    return groups


def facts(item: EventRecord, sentence: str = "") -> Facts:
    return Facts.of(item, sentence, 0, RULES)


@given(runs())
def test_a_happening_is_called_by_its_first_record(run: list[tuple[EventRecord, str]]) -> None:
    groups = groups_of(run)
    assert [members[0].id for members in groups.values()] == list(groups)
    assert sum(map(len, groups.values())) == len(run)


@given(runs())
def test_no_group_contradicts_itself(run: list[tuple[EventRecord, str]]) -> None:
    for members in groups_of(run).values():
        for one, other in combinations(members, 2):
            a, b = facts(one), facts(other)
            assert one.document != other.document
            assert match_days(a.days, b.days) > DayMatch.APART
            assert match_places(a.places, b.places) > PlaceMatch.APART
            assert RULES.can_be_same(one.type, other.type)


@given(runs(most=5), st.randoms(use_true_random=False))
def test_another_order_gives_the_same_groups(run: list[tuple[EventRecord, str]], random: Any) -> None:
    shuffled = random.sample(run, len(run))
    one, other = groups_of(run), groups_of(shuffled)
    assert {frozenset(item.id for item in group) for group in one.values()} == {
        frozenset(item.id for item in group) for group in other.values()
    }


@given(runs(most=4))
def test_what_is_linked_is_found_without_comparing_all_with_all(run: list[tuple[EventRecord, str]]) -> None:
    for (one, first), (other, second) in combinations(run, 2):
        strength = compare(facts(one, first), facts(other, second), RULES)
        assert compare(facts(other, second), facts(one, first), RULES) == strength
        assert (len(set(linked(one, other, sentences=[first, second]))) == 1) == bool(strength)


@given(told_records(1), ANY_TEXT)
def test_facts_survive_being_stored(item: EventRecord, sentence: str) -> None:
    made = facts(item, sentence)
    assert Facts.from_json(made.to_json()) == made


def test_days_that_only_the_tolerance_joins_do_not_form_a_chain() -> None:
    days = [Days(day, day, told=True, counted=True) for day in (100, 101, 102)]
    assert [match_days(one, other) for one, other in combinations(days, 2)] == [
        DayMatch.POSSIBLE,
        DayMatch.APART,
        DayMatch.POSSIBLE,
    ]
    told = {"where": "منبج", "a": ["داعش"], "dead": ["115"], "day": "أمس"}
    papers = [record(f"{day}-1", "BOMBING", **told, published=f"2015-07-{day}") for day in (17, 18, 19)]
    for order in permutations(papers):
        assert len(set(linked(*order))) == 2


def test_groups_that_contradict_each_other_are_not_united() -> None:
    groups = Groups(6, lambda one, other: {one, other} == {0, 5})
    assert groups.unite(4, 5)
    assert groups.unite(2, 0)
    assert not groups.unite(2, 4)
    assert not groups.unite(2, 4)
    assert groups.unite(1, 4)
    assert [groups.first(number) for number in range(6)] == [0, 1, 0, 3, 1, 1]


def test_a_group_grows_to_a_bound(monkeypatch: Any) -> None:
    monkeypatch.setattr(linking_groups, "LARGEST_GROUP", 3)
    groups = Groups(5, lambda one, other: False)
    for number in range(4):
        groups.unite(number, number + 1)
    assert [groups.first(number) for number in range(5)] == [0, 0, 0, 3, 3]
