"""Which mentions are one record: the rules of data/records/README.md, each on an article of its own."""

from __future__ import annotations

import pytest

from tests.record_articles import merged

ONE_RECORD = {
    "outcomes belong to the act (rule 1)": (
        """
{قصف|SHELLING} [الجيش|ARMED] [بلدة إحسم|GPE] فأدى إلى {مقتل|KILL} [3|CARDINAL] [نساء|PEOPLE] {وجرح|INJURE} [7|CARDINAL].
= قصف: AGENT الجيش; TARGET بلدة إحسم
= مقتل: TARGET نساء; COUNT 3; PLACE بلدة إحسم
= وجرح: COUNT 7; PLACE بلدة إحسم
""",
        ("SHELLING", "قصف مقتل وجرح"),
    ),
    "the outcome is told in the next sentence": (
        """
شن [الطيران الروسي|ARMED] {غارات|AIRSTRIKE} على [بلدة كفر عويد|GPE].
= غارات: AGENT الطيران الروسي; TARGET بلدة كفر عويد
{وقُتل|KILL} [خمسة|CARDINAL] [مدنيين|PEOPLE] بينهم أطفال.
= وقُتل: TARGET مدنيين; COUNT خمسة
""",
        ("AIRSTRIKE", "غارات وقُتل"),
    ),
    "attack and clash of the same sides in the same place are a clash (rule 2)": (
        """
شن [تنظيم داعش|ARMED] {هجوماً|ATTACK} على [بلدة ذيبان|GPE].
= هجوماً: AGENT تنظيم داعش; TARGET بلدة ذيبان
ودارت {اشتباكات|CLASH} بين [تنظيم داعش|ARMED] [وقوات قسد|ARMED] في [بلدة ذيبان|GPE].
= اشتباكات: AGENT تنظيم داعش; AGENT وقوات قسد; PLACE بلدة ذيبان
""",
        ("CLASH", "هجوماً اشتباكات"),
    ),
    "a general word belongs to the means (rule 2)": (
        """
{انفجرت|BOMBING} [سيارة مفخخة|WEAPON] قرب [فندق الزيتونة|FAC] في [مدينة عدن|GPE].
= انفجرت: INSTRUMENT سيارة مفخخة; PLACE فندق الزيتونة; PLACE مدينة عدن
ولم تتبن أي جهة {الهجوم|ATTACK}.
""",
        ("BOMBING", "انفجرت الهجوم"),
    ),
    "one number said of killed and arrested": (
        """
{اعتقلت|DETAIN} [الشرطة|ARMED] {وقتلت|KILL} [مئات|CARDINAL] من [تنظيم داعش|ARMED].
= اعتقلت: AGENT الشرطة; TARGET تنظيم داعش; COUNT مئات
= وقتلت: AGENT الشرطة; TARGET تنظيم داعش; COUNT مئات
""",
        ("DETAIN", "اعتقلت وقتلت"),
    ),
    "a capture has the dead that are told of it (rule 4)": (
        """
{سيطر|CAPTURE} [الجيش|ARMED] على [مدينة تدمر|GPE] ما أدى إلى {مقتل|KILL} [20|CARDINAL] من [داعش|ARMED].
= سيطر: AGENT الجيش; TARGET مدينة تدمر
= مقتل: TARGET داعش; COUNT 20; PLACE مدينة تدمر
""",
        ("CAPTURE", "سيطر مقتل"),
    ),
    "the headline and the text tell the same (rule 5)": (
        """
{اغتيال|KILL} [سامر الخطيب|PER] في [درعا|GPE]
= اغتيال: TARGET سامر الخطيب; PLACE درعا
قال ناشطون إن الحادثة وقعت ليلاً.
{وقُتل|KILL} [سامر الخطيب|PER] في [مدينة جاسم|GPE] بريف [درعا|GPE].
= وقُتل: TARGET سامر الخطيب; PLACE مدينة جاسم; PLACE درعا
""",
        ("KILL", "اغتيال وقُتل"),
    ),
    "a series by the same side is one (rule 5)": (
        """
هاجم [تنظيم داعش|ARMED] سبع نقاط في [ريف دير الزور|LOC] في {هجمات|ATTACK} متزامنة.
= هجمات: AGENT تنظيم داعش; PLACE ريف دير الزور
وشملت {الهجمات|ATTACK} بلدات [ذيبان|GPE] [والكبر|GPE] في [ريف دير الزور|LOC].
= الهجمات: TARGET ذيبان; TARGET والكبر; PLACE ريف دير الزور
""",
        ("ATTACK", "هجمات الهجمات"),
    ),
    "holding a place and having taken it are one (rule 6)": (
        """
{يسيطر|CAPTURE} [الحوثيون|ARMED] على [مدينة الحديدة|GPE].
= يسيطر: AGENT الحوثيون; TARGET مدينة الحديدة
وتضم المدينة ميناء كبيراً.
ودخلها تجار كثيرون بعد سنوات.
وازدهرت فيها الأسواق.
وكانت الجماعة {استولت|CAPTURE} على [مدينة الحديدة|GPE] في [تشرين الأول 2014|DATE].
= استولت: TARGET مدينة الحديدة; TIME تشرين الأول 2014
""",
        ("CAPTURE", "يسيطر استولت"),
    ),
    "a prison is broken out of once": (
        """
{فرار|ESCAPE} سجناء من [سجن الصناعة|FAC]
= فرار: PLACE سجن الصناعة
وقالت الإدارة إن الوضع تحت السيطرة.
ووصلت تعزيزات.
ونُقل بعضهم.
{وهرب|ESCAPE} [عشرات|CARDINAL] [المعتقلين|PEOPLE] من [سجن الصناعة|FAC].
= وهرب: AGENT المعتقلين; COUNT عشرات; PLACE سجن الصناعة
""",
        ("ESCAPE", "فرار وهرب"),
    ),
    "a prison that may be either of two is none other": (
        """
قرب [سجن غويران|FAC] [وسجن علايا|FAC] {هاجم|ATTACK} [داعش|ARMED] [سجن غويران|FAC].
= هاجم: AGENT داعش; TARGET سجن غويران#2
{وهاجم|ATTACK} [داعش|ARMED] [السجن|FAC] ليلاً.
= وهاجم: AGENT داعش; TARGET السجن
""",
        ("ATTACK", "هاجم وهاجم"),
    ),
    "a definite noun alone repeats what was told just before": (
        """
{قصف|SHELLING} [الجيش|ARMED] [بلدة النيرب|GPE].
= قصف: AGENT الجيش; TARGET بلدة النيرب
واستمر {القصف|SHELLING} ساعات.
""",
        ("SHELLING", "قصف القصف"),
    ),
}

SEVERAL_RECORDS = {
    "different acts, side by side (rule 2)": (
        """
دارت {اشتباكات|CLASH} في [مدينة الحسكة|GPE] رافقها {قصف|SHELLING} عنيف {وغارات|AIRSTRIKE}.
= اشتباكات: PLACE مدينة الحسكة
= قصف: PLACE مدينة الحسكة
= وغارات: PLACE مدينة الحسكة
""",
        ["CLASH", "SHELLING", "AIRSTRIKE"],
    ),
    "the attack on a prison is not the battle in the town (rule 2)": (
        """
دارت {اشتباكات|CLASH} بين [قوات قسد|ARMED] [وتنظيم داعش|ARMED] في [مدينة الحسكة|GPE].
= اشتباكات: AGENT قوات قسد; AGENT وتنظيم داعش; PLACE مدينة الحسكة
وبدأت بعد {هجوم|ATTACK} [تنظيم داعش|ARMED] على [سجن الصناعة|FAC] في [مدينة الحسكة|GPE].
= هجوم: AGENT تنظيم داعش; TARGET سجن الصناعة; PLACE مدينة الحسكة
""",
        ["CLASH", "ATTACK"],
    ),
    "damage, displacement and claims (rule 3)": (
        """
أدى {القصف|SHELLING} على [بلدة سرمين|GPE] إلى {تدمير|DAMAGE} [مدرسة|FAC] {ونزوح|DISPLACE} [عائلات|PEOPLE].
= القصف: TARGET بلدة سرمين
= تدمير: TARGET مدرسة; PLACE بلدة سرمين
= ونزوح: AGENT عائلات; PLACE بلدة سرمين
{وتبنت|CLAIM} [حركة الشباب|ARMED] ذلك.
= وتبنت: AGENT حركة الشباب
""",
        ["SHELLING", "DAMAGE", "DISPLACE", "CLAIM"],
    ),
    "civilians who are not said to be killed by an act (rule 1)": (
        """
{سيطر|CAPTURE} [الجيش|ARMED] على [بلدة مورك|GPE].
= سيطر: AGENT الجيش; TARGET بلدة مورك
وفي [مدينة إدلب|GPE] {قُتل|KILL} [أربعة|CARDINAL] [مدنيين|PEOPLE].
= قُتل: TARGET مدنيين; COUNT أربعة; PLACE مدينة إدلب
""",
        ["CAPTURE", "KILL"],
    ),
    "an earlier one, by its number (rule 6)": (
        """
هذا {الهجوم|ATTACK} الرابع [لتنظيم داعش|ARMED] على [مدينة الحسكة|GPE].
= الهجوم: AGENT لتنظيم داعش; TARGET مدينة الحسكة
وكان {الهجوم|ATTACK} الثالث [لتنظيم داعش|ARMED] على [مدينة الحسكة|GPE] قد فشل.
= الهجوم: AGENT لتنظيم داعش; TARGET مدينة الحسكة
""",
        ["ATTACK", "ATTACK"],
    ),
    "another one": (
        """
{هجوم|ATTACK} [لتنظيم داعش|ARMED] على [مدينة الحسكة|GPE].
= هجوم: AGENT لتنظيم داعش; TARGET مدينة الحسكة
ورافقه {هجوم|ATTACK} آخر [لتنظيم داعش|ARMED] على [مدينة الحسكة|GPE].
= هجوم: AGENT لتنظيم داعش; TARGET مدينة الحسكة
""",
        ["ATTACK", "ATTACK"],
    ),
    "other places": (
        """
{قصف|SHELLING} [الجيش|ARMED] [مدينة الأتارب|GPE]، {وقصف|SHELLING} [الجيش|ARMED] [مدينة سرمين|GPE].
= قصف: AGENT الجيش; TARGET مدينة الأتارب
= وقصف: AGENT الجيش#2; TARGET مدينة سرمين
""",
        ["SHELLING", "SHELLING"],
    ),
    "other days, although nobody knows which": (
        """
{قصف|SHELLING} [الجيش|ARMED] [مدينة سرمين|GPE] [أمس|DATE].
= قصف: AGENT الجيش; TARGET مدينة سرمين; TIME أمس
{وقصف|SHELLING} [الجيش|ARMED] [مدينة سرمين|GPE] [اليوم|DATE].
= وقصف: AGENT الجيش; TARGET مدينة سرمين; TIME اليوم
""",
        ["SHELLING", "SHELLING"],
    ),
    "a year told by its number is not this year": (
        """
{فرار|ESCAPE} سجناء من [سجن كوتوكالي|FAC] [ليل الأربعاء|DATE].
= فرار: PLACE سجن كوتوكالي; TIME ليل الأربعاء
وشهد [سجن كوتوكالي|FAC] [عام 2016|DATE] {هروب|ESCAPE} معتقلين.
= هروب: PLACE سجن كوتوكالي; TIME عام 2016
""",
        ["ESCAPE", "ESCAPE"],
    ),
    "other victims": (
        """
{اغتيل|KILL} [سامر الخطيب|PER] في [درعا|GPE].
= اغتيل: TARGET سامر الخطيب; PLACE درعا
{واغتيل|KILL} [باسل الأحمد|PER] في [درعا|GPE].
= واغتيل: TARGET باسل الأحمد; PLACE درعا
""",
        ["KILL", "KILL"],
    ),
    "another enemy": (
        """
{اشتباكات|CLASH} بين [قوات قسد|ARMED] [وتنظيم داعش|ARMED] في [ريف حلب|LOC].
= اشتباكات: AGENT قوات قسد; AGENT وتنظيم داعش; PLACE ريف حلب
{واشتباكات|CLASH} بين [قوات قسد|ARMED] [والجيش التركي|ARMED] في [ريف حلب|LOC].
= واشتباكات: AGENT قوات قسد; AGENT والجيش التركي; PLACE ريف حلب
""",
        ["CLASH", "CLASH"],
    ),
}


@pytest.mark.parametrize(("marked", "expected"), ONE_RECORD.values(), ids=ONE_RECORD)
def test_one_record(marked: str, expected: tuple[str, str]) -> None:
    assert merged(marked) == [expected]


@pytest.mark.parametrize(("marked", "types"), SEVERAL_RECORDS.values(), ids=SEVERAL_RECORDS)
def test_several_records(marked: str, types: list[str]) -> None:
    assert [type for type, _ in merged(marked)] == types


def test_outcomes_of_several_acts_belong_to_the_clash() -> None:
    """Rule 4: the word that brings the dead has several subjects."""
    found = merged(
        """
رافق {تفجير|BOMBING} [عربة مفخخة|WEAPON] {اشتباكات|CLASH} في [كوباني|GPE].
= تفجير: INSTRUMENT عربة مفخخة; PLACE كوباني
= اشتباكات: PLACE كوباني
وأسفر {التفجير|BOMBING} {والاشتباكات|CLASH} عن سقوط عشرات {القتلى|KILL} {والجرحى|INJURE}.
"""
    )
    assert found == [("BOMBING", "تفجير التفجير"), ("CLASH", "اشتباكات والاشتباكات القتلى والجرحى")]


def test_what_is_told_as_background_keeps_its_dead() -> None:
    """Rule 6: حينها says that the clashes are not those of today."""
    found = merged(
        """
تدور {اشتباكات|CLASH} بين [الجيش|ARMED] [والحوثيين|ARMED] في [مدينة تعز|GPE].
= اشتباكات: AGENT الجيش; AGENT والحوثيين; PLACE مدينة تعز
ويعاني السكان نقص المياه.
وزار وفد دولي المدينة العام الفائت.
وأسفرت {الاشتباكات|CLASH} حينها مع [الحوثيين|ARMED] عن {مقتل|KILL} [48|CARDINAL].
= الاشتباكات: AGENT الحوثيين
= مقتل: COUNT 48
"""
    )
    assert found == [("CLASH", "اشتباكات"), ("CLASH", "الاشتباكات مقتل")]
