"""When, where, who, with what and how surely: the fields of a record."""

from __future__ import annotations

import re

import pytest

from tests.record_articles import record_of, records_of
from trainer.records.record import EventRecord, Side


def names(sides: tuple[Side, ...]) -> list[str]:
    return [side.name for side in sides]


def sides(record: EventRecord) -> tuple[list[str], list[str]]:
    return names(record.side_a), names(record.side_b)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[انتحاري|PEOPLE] من [تنظيم داعش|ARMED]", ["تنظيم داعش", "انتحاري"]),
        ("[انتحاري|PEOPLE] آخر من [تنظيم داعش|ARMED]", ["تنظيم داعش", "انتحاري"]),
        ("[انتحاري|PEOPLE] وقوات [تنظيم داعش|ARMED]", ["انتحاري", "تنظيم داعش"]),
        ("[انتحاري|PEOPLE] قبل ساعة واحدة من [تنظيم داعش|ARMED]", ["انتحاري", "تنظيم داعش"]),
        ("[انتحاري|PEOPLE] من [كتيبة الفاتحين|ARMED]", ["انتحاري", "كتيبة الفاتحين"]),
        ("[تنظيم داعش|ARMED] من [انتحاري|PEOPLE]", ["تنظيم داعش", "انتحاري"]),
    ],
)
def test_unnamed_people_stand_behind_the_group_that_the_text_says_they_are_of(marked: str, expected: list[str]) -> None:
    first, second = re.findall(r"\[(.*?)\|", marked)
    record = record_of(f"{{فجّر|BOMBING}} {marked} عبوة.\n= فجّر: AGENT {first}; AGENT {second}")
    assert sides(record) == (expected, [])


def test_the_day_is_counted_from_the_publication() -> None:
    record = record_of(
        "{قصف|SHELLING} [الجيش|ARMED] [بلدة سرمين|GPE] [أمس|DATE].\n= قصف: AGENT الجيش; TARGET بلدة سرمين; TIME أمس",
        date="2015-07-22",
    )
    assert record.when is not None
    assert record.when.value is not None
    assert (record.when.value.start, record.when.value.anchor) == ("2015-07-21", "2015-07-22")
    assert (record.published, record.source) == ("2015-07-22", None)


def test_a_date_that_has_no_day_stays_text() -> None:
    record = record_of("{قُتل|KILL} [جندي|PEOPLE] [أمس|DATE].\n= قُتل: TARGET جندي; TIME أمس", source="الحياة")
    assert record.when is not None
    assert (record.when.span.text, record.when.value) == ("أمس", None)
    assert (record.published, record.source) == (None, "الحياة")


def test_since_when_a_happening_goes_on_goes_before_one_of_its_days() -> None:
    record = record_of(
        """
تتواصل {الاشتباكات|CLASH} في [مدينة تعز|GPE] منذ [الأحد|DATE].
= الاشتباكات: PLACE مدينة تعز; TIME الأحد
وبلغت {الاشتباكات|CLASH} أحياء المدينة [أمس|DATE].
= الاشتباكات: PLACE مدينة تعز@-1; TIME أمس
""",
        published="2015-07-22T10:00:00",
    )
    assert record.when is not None
    assert record.when.value is not None
    assert record.when.span.text == "الأحد"
    assert (record.when.value.start, record.when.value.end) == ("2015-07-19", "2015-07-22")


def test_the_place_is_the_most_exact_one_with_what_it_lies_in() -> None:
    record = record_of(
        "{غارة|AIRSTRIKE} قرب [قرية التوينة|GPE] شمال [الحسكة|GPE].\n= غارة: PLACE قرية التوينة; PLACE الحسكة"
    )
    assert record.where is not None
    assert record.where.within is not None
    assert (record.where.name, record.where.within.name) == ("قرية التوينة", "الحسكة")
    assert record.other_places == ()


def test_places_side_by_side_are_the_first_and_others() -> None:
    record = record_of(
        "{قصف|SHELLING} على [الأتارب|GPE] [والقصر|GPE] غرب [حلب|GPE].\n= قصف: TARGET الأتارب; TARGET والقصر; PLACE حلب"
    )
    assert record.where is not None
    assert record.where.within is not None
    assert (record.where.name, record.where.within.name) == ("الأتارب", "حلب")
    assert [place.name for place in record.other_places] == ["القصر"]


def test_a_happening_told_in_a_town_and_at_one_spot_of_it_is_in_the_town() -> None:
    record = record_of(
        """
{اشتباكات|CLASH} في [سجن الصناعة|FAC] في [مدينة الحسكة|GPE].
= اشتباكات: PLACE سجن الصناعة; PLACE مدينة الحسكة
وامتدت {الاشتباكات|CLASH} إلى أحياء [الحسكة|GPE].
= الاشتباكات: PLACE الحسكة
"""
    )
    assert record.where is not None
    assert record.where.place is not None
    assert (record.where.name, record.where.place.country) == ("مدينة الحسكة", "SY")
    assert [place.name for place in record.other_places] == ["سجن الصناعة"]


def test_what_goes_along_with_another_has_its_place_and_day() -> None:
    clash, shelling, strikes, flight = records_of(
        """
دارت {اشتباكات|CLASH} في [سرمين|GPE] [أمس|DATE] ترافقت مع {قصف|SHELLING} {وغارات|AIRSTRIKE}.
= اشتباكات: PLACE سرمين; TIME أمس
{ونزح|DISPLACE} [مدنيون|PEOPLE].
= ونزح: AGENT مدنيون
"""
    )
    for record in (clash, shelling, strikes):
        assert record.where is not None
        assert record.when is not None
        assert (record.where.name, record.when.span.text) == ("سرمين", "أمس")
    assert (flight.where, flight.when) == (None, None)


@pytest.mark.parametrize(
    ("marked", "origin"),
    [
        ("إلى [دركوش|GPE] {نزحت|DISPLACE} [أسر|PEOPLE] من [بداما|GPE].\n= نزحت: PLACE دركوش; PLACE بداما", "بداما"),
        ("{أُجليت|WITHDRAW} إلى [دركوش|GPE] حامية [بداما|GPE].\n= أُجليت: PLACE دركوش; PLACE بداما", "بداما"),
        ("{توجهوا|WITHDRAW} إلى [دركوش|GPE].\n= توجهوا: PLACE دركوش", "دركوش"),
    ],
)
def test_who_leaves_leaves_the_place_of_origin(marked: str, origin: str) -> None:
    record = record_of(marked)
    assert record.where is not None
    assert (record.where.name, record.where.within) == (origin, None)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (
            "{اشتباكات|CLASH} بين [قوات النظام|ARMED] مدعومة [بحزب الله|ARMED] [والفصائل|ARMED].\n"
            "= اشتباكات: AGENT قوات النظام; AGENT بحزب الله; AGENT والفصائل",
            (["قوات النظام", "حزب الله"], ["الفصائل"]),
        ),
        (
            "{اشتباكات|CLASH} بين [قوات النظام|ARMED] مدعومة [بحزب الله|ARMED] من جهة [والفصائل|ARMED].\n"
            "= اشتباكات: AGENT قوات النظام; AGENT بحزب الله; AGENT والفصائل",
            (["قوات النظام", "حزب الله"], ["الفصائل"]),
        ),
        (
            "{قصف|SHELLING} متبادل بين [الجيش|ARMED] [والحوثيين|ARMED].\n= قصف: AGENT الجيش; AGENT والحوثيين",
            (["الجيش"], ["الحوثيين"]),
        ),
        (
            "تبادل [الجيش|ARMED] [والحوثيون|ARMED] {القصف|SHELLING}.\n= القصف: AGENT الجيش; AGENT والحوثيون",
            (["الجيش"], ["الحوثيون"]),
        ),
        (
            "{انسحب|WITHDRAW} [الجيش|ARMED] أمام [الحوثيين|ARMED].\n= انسحب: AGENT الجيش; TARGET الحوثيين",
            (["الجيش"], []),
        ),
        (
            "{هجّر|DISPLACE} [داعش|ARMED] [الأهالي|PEOPLE].\n= هجّر: AGENT داعش; TARGET الأهالي",
            (["الأهالي"], []),
        ),
        (
            "{نشر|DEPLOY} [الجيش|ARMED] [وحدات خاصة|ARMED].\n= نشر: AGENT الجيش; TARGET وحدات خاصة",
            (["الجيش", "وحدات خاصة"], []),
        ),
        (
            "{حملة أمنية|DEPLOY} [للجيش|ARMED] ضد [مهربين|PEOPLE].\n= حملة أمنية: AGENT للجيش; TARGET مهربين",
            (["الجيش"], ["مهربين"]),
        ),
        (
            "{غارة|AIRSTRIKE} على [سرمين|GPE] {قتلت|KILL} [مدنيين|PEOPLE].\n"
            "= غارة: TARGET سرمين\n= قتلت: TARGET مدنيين; PLACE سرمين",
            ([], ["مدنيين"]),
        ),
    ],
    ids=["supporter", "two parties", "mutual", "exchange", "who forced", "made to go", "moved", "campaign", "victims"],
)
def test_sides(marked: str, expected: tuple[list[str], list[str]]) -> None:
    assert sides(record_of(marked)) == expected


def test_the_attacker_is_the_first_side_of_a_clash() -> None:
    record = record_of(
        """
{هاجم|ATTACK} [تنظيم داعش|ARMED] [بلدة ذيبان|GPE].
= هاجم: AGENT تنظيم داعش; TARGET بلدة ذيبان
ودارت {اشتباكات|CLASH} بين [قسد|ARMED] [وداعش|ARMED] في [ذيبان|GPE].
= اشتباكات: AGENT قسد; AGENT وداعش; PLACE ذيبان
"""
    )
    assert sides(record) == (["داعش"], ["قسد"])
    assert [side.actor.name for side in (*record.side_a, *record.side_b) if side.actor] == [
        "تنظيم الدولة الإسلامية",
        "قوات سوريا الديمقراطية",
    ]


def test_a_noun_that_points_back_has_the_name_that_it_stands_for_and_its_own_span() -> None:
    record = record_of(
        """
أعلن [تنظيم القاعدة|ARMED] بياناً.
{وخطف|ABDUCT} [التنظيم|ARMED] [طبيباً|PEOPLE].
= وخطف: AGENT التنظيم; TARGET طبيباً
"""
    )
    assert [(side.name, side.span.text) for side in record.side_a] == [("تنظيم القاعدة", "التنظيم")]


def test_a_noun_that_may_point_back_to_two_names_stays_as_it_is() -> None:
    (record,) = records_of(
        """
يتنافس [تنظيم القاعدة|ARMED] [وتنظيم داعش|ARMED].
{وخطف|ABDUCT} [التنظيم|ARMED] [طبيباً|PEOPLE].
= وخطف: AGENT التنظيم; TARGET طبيباً
"""
    )
    assert names(record.side_a) == ["التنظيم"]


def test_a_claim_has_neither_place_nor_other_side() -> None:
    record = record_of("{تبنّت|CLAIM} [حركة الشباب|ARMED] ذلك في [مقديشو|GPE].\n= تبنّت: AGENT حركة الشباب; PLACE مقديشو")
    assert (record.where, record.side_b, names(record.side_a)) == (None, (), ["حركة الشباب"])


def test_the_first_weapon() -> None:
    record = record_of(
        "{هاجم|ATTACK} [مسلحون|ARMED] [بالرشاشات|WEAPON] [والقذائف|WEAPON].\n"
        "= هاجم: AGENT مسلحون; INSTRUMENT بالرشاشات; INSTRUMENT والقذائف"
    )
    assert record.weapon is not None
    assert (record.weapon.name, record.weapon.span.text) == ("الرشاشات", "بالرشاشات")


@pytest.mark.parametrize(
    ("marked", "disputed"),
    [
        ("زعمت [الوكالة|ORG] {السيطرة|CAPTURE} على البلدة.", True),
        ("وتضاربت الأنباء عن {انسحاب|WITHDRAW} [الجيش|ARMED].", True),
        ("{القصف|SHELLING} المزعوم على الميناء.", True),
        ("{السيطرة|CAPTURE} على البلدة.\n= السيطرة: Disputed", True),
        ("أعلن [الجيش|ARMED] {السيطرة|CAPTURE} على البلدة.", False),
        ("التقى زعماء القبائل بعد {السيطرة|CAPTURE} على البلدة.", False),
        ("زعم أنه بريء وقال أشياء كثيرة أخرى في بيان طويل نشره أمس بعد {السيطرة|CAPTURE} على البلدة.", False),
    ],
)
def test_doubt(marked: str, disputed: bool) -> None:
    assert record_of(marked).disputed is disputed


def test_doubt_reaches_the_next_trigger_and_what_is_joined_to_it() -> None:
    found = records_of("تدّعي الشبكة {اعتقال|DETAIN} {ونزوح|DISPLACE} كثيرين قبل {انسحاب|WITHDRAW} الجيش.")
    assert [record.disputed for record in found] == [True, True, False]
