"""Which records of different articles are put together as one happening, and which stay apart."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from linked_records import linked, record, span

from trainer import temporary_database
from trainer.records.linking import HappeningLinks
from trainer.records.linking_rules import LinkingRules

BOMBING = {"where": "منبج", "a": ["داعش"], "weapon": "سيارة مفخخة"}
BATTLE = {"where": "الحسكة", "a": ["تنظيم الدولة الإسلامية"], "b": ["قوات النظام"]}


def apart(*records: Any, sentences: tuple[str, ...] = ()) -> bool:
    return linked(*records, sentences=sentences) == [item.id for item in records]


def test_one_battle_in_two_articles_without_any_date() -> None:
    first = record("000-01", "CLASH", **BATTLE, dead=["30 على الأقل", "20 على الأقل"])
    second = record(
        "001-01", "CLASH", "مدينة الحسكة", a=["قوات النظام السوري"], b=["داعش"], dead=["30 على الأقل", "20 على الأقل"]
    )
    assert linked(first, second) == ["000-01", "000-01"]
    # The dead are what shows it: the same sides fought there more than once.
    assert apart(first, replace(second, outcomes={}))
    # Dozens are no count that could agree.
    vague = [record(f"{id}-1", "CLASH", **BATTLE, dead=[count]) for id, count in (("a", "عشرات"), ("b", "30"))]
    assert apart(*vague)


def test_one_happening_in_copied_words_without_any_date_or_actor() -> None:
    sentence = "كما تزامنت الاشتباكات مع تفجير عربة مفخخة من قبل التنظيم بالقرب من حاجز لقوات النظام عند مدخل المدينة"
    other = "وقال شهود عيان إن تفجير عربة هز حياً سكنياً في الجهة الشرقية دون أن تعرف حتى الآن حصيلة القتلى فيه"

    def told(id: str, text: str) -> Any:
        return record(id, "BOMBING", "الحسكة", trigger="تفجير", trigger_start=text.index("تفجير"))

    edited = sentence.replace("كما تزامنت", "وتزامنت")
    assert linked(told("a-1", sentence), told("b-1", edited), sentences=(sentence, edited)) == ["a-1", "a-1"]
    assert apart(told("a-1", sentence), told("b-1", other), sentences=(sentence, other))


def test_half_of_the_words_are_enough_with_an_actor_in_common() -> None:
    first = "وتترافق الاشتباكات مع قصف جوي عنيف على تمركزات التنظيم والمناطق التي تمكن من التقدم إليها والسيطرة عليها"
    second = "وبحسب ناشطين فقد نفذت المقاتلات أمس قصف جوي عنيف على تمركزات التنظيم والمناطق التي تمكن من التقدم إليها"
    told = [
        record(f"{id}-1", "AIRSTRIKE", b=["داعش"], trigger="قصف جوي", trigger_start=text.index("قصف جوي"))
        for id, text in (("a", first), ("b", second))
    ]
    assert linked(*told, sentences=(first, second)) == ["a-1", "a-1"]
    assert apart(told[0], replace(told[1], side_b=()), sentences=(first, second))


def test_one_bombing_in_three_papers_with_other_counts() -> None:
    papers = (
        record("a-1", "BOMBING", **BOMBING, day="الجمعة", published="2015-07-18", dead=["115"]),
        record("b-4", "BOMBING", **BOMBING, day="أمس", published="2015-07-18", dead=["ما لا يقل عن 80"]),
        record("c-2", "BOMBING", **BOMBING, day="أول من أمس", published="2015-07-19", dead=["120"]),
    )
    assert linked(*papers) == ["a-1"] * 3


def test_papers_that_tell_no_day_are_joined_by_their_own() -> None:
    first = record("a-1", "BOMBING", **BOMBING, published="2015-07-18", dead=["12"])
    assert linked(first, record("b-1", "BOMBING", **BOMBING, published="2015-07-18"))[1] == "a-1"
    assert linked(first, record("b-1", "BOMBING", **BOMBING, day="أمس", published="2015-07-18"))[1] == "a-1"
    # Of another day's page the count has to say that it is older news.
    assert linked(first, record("b-1", "BOMBING", **BOMBING, published="2015-07-19", dead=["12"]))[1] == "a-1"
    assert apart(first, record("b-1", "BOMBING", **BOMBING, published="2015-07-19", dead=["9"]))
    assert apart(first, record("b-1", "BOMBING", **BOMBING, published="2015-07-22", dead=["12"]))


def test_bombings_of_one_town_on_different_days_stay_apart() -> None:
    days = [
        record(f"d{day}-1", "BOMBING", **BOMBING, day="أمس", published=f"2015-07-{day}", dead=[count])
        for day, count in ((17, "12"), (18, "7"), (20, "12"))
    ]
    assert apart(*days)


def test_a_day_counted_from_a_late_page_needs_the_count_or_the_words() -> None:
    first = record("a-1", "BOMBING", **BOMBING, day="الجمعة 17 يوليو 2015", dead=["115"])
    late = record("b-1", "BOMBING", **BOMBING, day="أمس", published="2015-07-19", dead=["115"])
    assert linked(first, late) == ["a-1", "a-1"]
    assert apart(first, replace(late, outcomes={}))
    # Days of the calendar are not late.
    assert apart(first, record("c-1", "BOMBING", **BOMBING, day="السبت 18 يوليو 2015", dead=["115"]))


def test_a_clash_that_is_told_as_an_attack_elsewhere() -> None:
    clash = record("a-1", "CLASH", **BATTLE, day="الخميس", published="2015-06-26")
    attack = record("b-1", "ATTACK", "الحسكة", a=["داعش"], day="أمس", published="2015-06-26")
    assert linked(clash, attack) == ["a-1", "a-1"]
    assert apart(clash, replace(attack, type="AIRSTRIKE"))


def test_quarters_of_one_city_are_different_places() -> None:
    told = {"a": ["داعش"], "day": "أمس", "published": "2015-06-26"}
    ghweran = record("a-1", "CLASH", "حي غويران < الحسكة", **told)
    nashwa = record("b-1", "CLASH", "حي النشوة < الحسكة", **told)
    city = record("c-1", "CLASH", "الحسكة", **told)
    assert apart(ghweran, nashwa)
    # The city may mean either quarter, but not both at once.
    assert linked(ghweran, nashwa, city) in (["a-1", "b-1", "a-1"], ["a-1", "b-1", "b-1"])


@pytest.mark.parametrize("where", ["محافظة الحسكة", "سوريا", None])
def test_a_province_a_country_and_no_place_are_no_evidence(where: str | None) -> None:
    told = {"where": where, "a": ["داعش"], "b": ["قسد"], "day": "أمس", "published": "2022-01-22", "dead": ["17"]}
    assert apart(record("a-1", "CLASH", **told), record("b-1", "CLASH", **told))


def test_other_sides_are_another_fight() -> None:
    told = {"where": "الحسكة", "day": "أمس", "published": "2015-06-26"}
    first = record("a-1", "CLASH", **told, a=["داعش"], b=["قوات النظام"])
    assert linked(first, record("b-1", "CLASH", **told, a=["الجيش السوري"], b=["تنظيم داعش"]))[1] == "a-1"
    assert apart(first, record("b-1", "CLASH", **told, a=["قسد"], b=["الجيش التركي"]))
    strike = record("a-1", "AIRSTRIKE", **told, a=["الجيش التركي"], b=["قسد"])
    assert apart(strike, record("b-1", "AIRSTRIKE", **told, a=["قسد"], b=["الجيش التركي"]))


def test_nobody_in_particular_is_no_actor_in_common() -> None:
    told = {"where": "بغداد", "country": "IQ", "day": "أمس", "published": "2015-07-18", "b": ["مدنيون"]}
    assert apart(record("a-1", "BOMBING", **told), record("b-1", "BOMBING", **told))
    # In a town where less happens, place and day are enough if nobody is named.
    told = {**told, "where": "الرطبة"}
    assert linked(record("a-1", "BOMBING", **told), record("b-1", "BOMBING", **told)) == ["a-1", "a-1"]


def test_records_of_one_document_stay_apart_also_through_a_third() -> None:
    told = {**BATTLE, "day": "أمس", "published": "2015-06-26"}
    first, second = record("000-01", "CLASH", **told), record("000-02", "CLASH", **told)
    assert apart(first, second)
    assert len(set(linked(first, second, record("001-01", "CLASH", **told)))) == 2


def test_ids_that_are_not_unique_are_told_apart_by_position() -> None:
    told = {**BATTLE, "day": "أمس", "published": "2015-06-26"}
    twin = record("000-01", "CLASH", **told)
    assert linked(twin, record("001-01", "DETAIN", "حلب"), twin) == ["000-01", "001-01", "000-01"]


def test_texts_that_no_encoding_knows_are_records_like_others() -> None:
    broken = record("\ud800-1", "CLASH", "\ud800\0", a=["\udfff"], dead=["30"], trigger="\0")
    broken = replace(broken, published="أمس", when=replace(record("x-1", "KILL", day="أمس").when, span=span("\ud800")))
    assert linked(broken, replace(broken, id="\udfff-2", document="\udfff"), sentences=("\0", "\ud800")) == [
        "\ud800-1",
        "\udfff-2",
    ]


def test_a_missing_temporary_folder_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "gone"))
    monkeypatch.setattr(temporary_database, "free_space", lambda folder: 0)
    with pytest.raises(OSError, match="linking records of one happening needs a temporary file"):
        HappeningLinks()


def test_rules_of_ones_own_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("same_happening: [[BOMBING, ATTACK], [ATTACK, CLASH]]", encoding="utf-8")
    rules = LinkingRules.load(path)
    assert rules.can_be_same("BOMBING", "ATTACK")
    assert not rules.can_be_same("BOMBING", "CLASH")
    assert rules.family("BOMBING") == rules.family("CLASH") != rules.family("KILL")
    for text, message in (
        ("same: [[ATTACK]]", "same: Extra inputs"),
        ("same_happening: [ATTACK]", "same_happening.0: "),
        ("nobody: [", "not valid YAML"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=message) as caught:
            LinkingRules.load(path)
        assert str(path) in str(caught.value)
