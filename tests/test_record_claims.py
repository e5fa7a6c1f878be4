"""How many dead and wounded, of whom, and who says so."""

from __future__ import annotations

import pytest

from tests.record_articles import article, counts, record_of, shipped_maker


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{مقتل|KILL} [30|CARDINAL] عنصراً على الأقل.\n= مقتل: COUNT 30", [("30", 30, None, False)]),
        ("{مقتل|KILL} [أكثر من 50|CARDINAL] شخصاً.\n= مقتل: COUNT أكثر من 50", [("أكثر من 50", 51, None, False)]),
        ("{مقتل|KILL} [شخصين|PEOPLE].\n= مقتل: TARGET شخصين; COUNT شخصين", [("شخصين", 2, 2, False)]),
        ("{مقتل|KILL} [جندي|PEOPLE].\n= مقتل: TARGET جندي", [("جندي", 1, 1, False)]),
        ("{مقتل|KILL} [باسل الأحمد|PER].\n= مقتل: TARGET باسل الأحمد", [("باسل الأحمد", 1, 1, False)]),
        ("{مقتل|KILL} [مدنيين|PEOPLE].\n= مقتل: TARGET مدنيين", [("مدنيين", 2, None, True)]),
        ("{مقتل|KILL} [سائقين|PEOPLE].\n= مقتل: TARGET سائقين; COUNT سائقين", [("سائقين", 2, None, True)]),
        ("{مقتل|KILL} عناصر من [داعش|ARMED].\n= مقتل: TARGET داعش", [("عناصر", 2, None, True)]),
        ("{مقتل|KILL} عنصرين من [داعش|ARMED].\n= مقتل: TARGET داعش", [("عنصرين", 2, 2, False)]),
        ("سقوط {قتلى|KILL} في البلدة.", [("قتلى", 2, None, True)]),
        ("سقوط {قتيل|KILL} في البلدة.", [("قتيل", 1, 1, False)]),
        ("عملية {اغتيال|KILL} في البلدة.", []),
        ("{تحييد|KILL} [18|CARDINAL] عنصراً.\n= تحييد: COUNT 18", [("18", 0, 18, False)]),
        ("{مقتل|KILL} [عدة|CARDINAL] أشخاص.\n= مقتل: COUNT عدة", []),
    ],
)
def test_counts(marked: str, expected: list[tuple[str, int, int | None, bool]]) -> None:
    assert counts(record_of(marked)) == expected


def test_a_number_behind_people_who_are_numbered_by_their_noun_is_of_those_behind_it() -> None:
    record = record_of(
        """
{مقتل|KILL} [جنديين|PEOPLE] [وثلاثة|CARDINAL] [مدنيين|PEOPLE].
= مقتل: TARGET جنديين; TARGET مدنيين; COUNT وثلاثة
"""
    )
    claims = record.outcomes["fatalities"]
    assert [(claim.span.text, claim.who) for claim in claims] == [("وثلاثة", "مدنيين"), ("جنديين", "جنديين")]
    assert counts(record) == [("وثلاثة", 3, 3, False), ("جنديين", 2, 2, False)]


def test_a_number_of_some_of_them_is_no_claim_beside_that_of_all() -> None:
    record = record_of(
        """
{مقتل|KILL} [25|CARDINAL] [مقاتلا|PEOPLE] بينهم [ثلاثة|CARDINAL] من [القادة|PEOPLE].
= مقتل: TARGET مقاتلا; TARGET القادة; COUNT 25; COUNT ثلاثة
"""
    )
    assert counts(record) == [("25", 25, 25, False)]


def test_a_number_of_some_of_them_is_a_claim_where_no_other_is_told() -> None:
    record = record_of("سقط {قتلى|KILL} بينهم [ثلاثة|CARDINAL] [أطفال|PEOPLE].\n= قتلى: TARGET أطفال; COUNT ثلاثة")
    assert ("ثلاثة", 3, 3, False) in counts(record)


@pytest.mark.parametrize(("number", "claims"), [("15", 1), ("3", 2)])
def test_the_same_large_number_again_is_of_the_same_people_whatever_they_are_called(number: str, claims: int) -> None:
    record = record_of(
        f"""
{{قتل|KILL}} [{number}|CARDINAL] من [داعش|ARMED] في {{غارات جوية|AIRSTRIKE}} على [كركوك|GPE].
= قتل: TARGET داعش; COUNT {number}
= غارات جوية: TARGET داعش; PLACE كركوك
وأكد {{مقتل|KILL}} [{number}|CARDINAL] [متطرفا|PEOPLE] في {{الغارات|AIRSTRIKE}} على [كركوك|GPE].
= مقتل: TARGET متطرفا; COUNT {number}
= الغارات: PLACE كركوك
"""
    )
    assert len(record.outcomes["fatalities"]) == claims


def test_a_count_that_has_no_value_stays_text() -> None:
    record = record_of("{مقتل|KILL} [عدة|CARDINAL] أشخاص.\n= مقتل: COUNT عدة")
    (claim,) = record.outcomes["fatalities"]
    assert (claim.span.text, claim.value) == ("عدة", None)


def test_a_number_of_dead_and_wounded_together_is_at_least_one_of_each() -> None:
    record = record_of(
        "سقوط [عشرات|CARDINAL] {القتلى|KILL} {والجرحى|INJURE}.\n= القتلى: COUNT عشرات\n= والجرحى: COUNT عشرات"
    )
    assert counts(record) == counts(record, "injured") == [("عشرات", 1, 99, True)]


def test_conflicting_claims_stay_side_by_side_with_who_says_so() -> None:
    record = record_of(
        """
دارت {اشتباكات|CLASH} بين [قسد|ARMED] [وداعش|ARMED].
= اشتباكات: AGENT قسد; AGENT وداعش
وقالت [وكالة أعماق|ORG] إن عدد {قتلى|KILL} [قسد|ARMED] بلغ [200|CARDINAL].
= قتلى: TARGET قسد; COUNT 200
وأعلنت [قسد|ARMED] {مقتل|KILL} [17|CARDINAL] من [مقاتليها|PEOPLE] خلال {الاشتباكات|CLASH}.
= مقتل: TARGET مقاتليها; COUNT 17
"""
    )
    claims = record.outcomes["fatalities"]
    assert [(c.span.text, c.who, c.source) for c in claims] == [
        ("200", "قسد", "وكالة أعماق"),
        ("17", "مقاتليها", "قسد"),
    ]
    assert [c.event for c in claims] == [m.event for m in record.mentions if m.type == "KILL"]


def test_the_same_number_of_the_same_people_is_one_claim() -> None:
    record = record_of(
        """
{مقتل|KILL} [ثلاثة|CARDINAL] في {غارة|AIRSTRIKE} على [سرمين|GPE]
= مقتل: COUNT ثلاثة; PLACE سرمين
= غارة: TARGET سرمين
{قُتل|KILL} [3|CARDINAL] [مدنيين|PEOPLE] في {غارة|AIRSTRIKE} على [سرمين|GPE] بحسب [الدفاع المدني|ORG].
= قُتل: TARGET مدنيين; COUNT 3; PLACE سرمين
= غارة: TARGET سرمين
"""
    )
    (claim,) = record.outcomes["fatalities"]
    assert (claim.span.text, claim.who, claim.source) == ("ثلاثة", "مدنيين", "الدفاع المدني")


def test_several_is_left_out_where_a_number_is_told() -> None:
    record = record_of(
        """
{قتلى|KILL} في {غارة|AIRSTRIKE} على [سرمين|GPE]
= قتلى: PLACE سرمين
= غارة: TARGET سرمين
وأسفرت {الغارة|AIRSTRIKE} عن {مقتل|KILL} [3|CARDINAL] [مدنيين|PEOPLE].
= الغارة: TARGET سرمين@-1
= مقتل: TARGET مدنيين; COUNT 3
"""
    )
    assert counts(record) == [("3", 3, 3, False)]


def test_who_is_told_to_do_something_does_not_say_it() -> None:
    record = record_of(
        "قالت إن [الشرطة|ORG] حضرت بعد {مقتل|KILL} [3|CARDINAL] [مدنيين|PEOPLE].\n= مقتل: TARGET مدنيين; COUNT 3"
    )
    assert [claim.source for claim in record.outcomes["fatalities"]] == [None]


def test_a_second_number_is_of_the_people_told_after_it() -> None:
    record = record_of(
        "{قُتل|KILL} [34|CARDINAL] من [الرهائن|PEOPLE] [و15|CARDINAL] من الخاطفين.\n"
        "= قُتل: TARGET الرهائن; COUNT 34; COUNT و15"
    )
    assert [(c.span.text, c.who) for c in record.outcomes["fatalities"]] == [("34", "الرهائن"), ("و15", None)]


def test_nobody_far_away_is_taken_for_the_source() -> None:
    record = record_of(
        "قالت [الوزارة|ORG] إن الطريق مفتوح، وأضافت الإذاعة أن حركة السير عادت إلى طبيعتها في المدينة وأن المدارس "
        "والأسواق فتحت أبوابها للناس منذ الصباح الباكر كما في كل يوم من أيام السنة، "
        "{وقُتل|KILL} [جنديان|PEOPLE].\n= وقُتل: TARGET جنديان; COUNT جنديان"
    )
    (claim,) = record.outcomes["fatalities"]
    assert claim.source is None


def test_scores_of_fields_are_the_lower_of_argument_and_entity_and_that_of_the_record_is_its_trigger() -> None:
    document = article("{مقتل|KILL} [3|CARDINAL] [مدنيين|PEOPLE].\n= مقتل: TARGET مدنيين; COUNT 3")
    document.events[0].score = 0.9
    for entity, argument, scores in zip(
        document.entities, reversed(document.events[0].arguments), ((0.8, 0.7), (0.5, 0.6)), strict=True
    ):
        entity.score, argument.score = scores
    (record,) = shipped_maker().records(document)
    assert [claim.score for claim in record.outcomes["fatalities"]] == [0.7]
    assert (record.side_b[0].score, record.score, record.mentions[0].score) == (0.5, 0.9, 0.9)


def test_a_record_is_as_sure_as_its_surest_trigger_of_its_main_type() -> None:
    document = article(
        "{اندلعت اشتباكات|CLASH} في [الحسكة|GPE] وتواصلت {الاشتباكات|CLASH} وأسفرت عن {مقتل|KILL} [جندي|PEOPLE].\n"
        "= اندلعت اشتباكات: PLACE الحسكة\n= الاشتباكات: PLACE الحسكة\n= مقتل: TARGET جندي"
    )
    for event, score in zip(document.events, (0.4, 0.7, 0.95), strict=True):
        event.score = score
    (record,) = shipped_maker().records(document)
    assert (record.type, record.score) == ("CLASH", 0.7)
