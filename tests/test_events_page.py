"""The page of event records: a row each, its sentences below it with everything marked, nothing that a text can do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from event_samples import any_records
from events_page_samples import NAMES, bare, battle, day, page_of, several, shown, span
from hostile_texts import ATTACKS, BIDI_CONTROLS
from hypothesis import given, settings
from parsed_pages import Element, parsed

from trainer.annotations import Span
from trainer.pages.events import Made, events_page
from trainer.pages.events_passages import Passage
from trainer.pages.events_record import Retelling, ShownRecord
from trainer.records.coding import Codes
from trainer.records.record import Claim, EventRecord, Mention, Side, Weapon, When, Where
from trainer.values.quantities import Quantity


def records(root: Element) -> list[Element]:
    """Return what the table has of each record."""
    (table,) = root.all("table", "records")
    return table.all("tbody")


def cells(record: Element) -> list[str]:
    return [" ".join(cell.text().split()) for cell in record.all("tr")[0].all("td")]


def only(record: EventRecord) -> Element:
    """Return the only record of its page."""
    (found,) = records(parsed(page_of(record)))
    return found


def facts(record: Element) -> dict[str, str]:
    """Return what the opened row says below the sentences."""
    (listed,) = record.all("dl", "facts")
    return {
        entry.all("dt")[0].text(): " | ".join(" ".join(told.text().split()) for told in entry.all("dd"))
        for entry in listed.all("div")
    }


class TestARow:
    def test_says_when_what_where_who_and_how_many(self) -> None:
        assert cells(only(battle(source="الجزيرة"))) == [
            "2015-08-06",
            "اشتباك Armed clash",
            "حي غويران الحسكة",
            "قوات سوريا الديمقراطية",
            "تنظيم الدولة الإسلامية",
            "20–3020 تنظيم داعش30",
            "5",
            "الجزيرة",
            "خبر 1",
            "1",
        ]

    def test_is_empty_where_the_text_says_nothing(self) -> None:
        assert cells(only(bare(1))) == ["", "نزوح", "", "", "", "", "", "", "خبر 2", "1"]

    def test_shows_a_date_without_a_value_as_text_that_is_sorted_last(self) -> None:
        cell = only(battle(when=When(span("مساء الخميس")))).all("td")[0]
        assert (cell.text(), cell.attributes["data-key"]) == ("«مساء الخميس»", "")

    @pytest.mark.parametrize(
        ("values", "expected", "key"),
        [
            ([Quantity(20, None)], "≥20", "20"),
            ([Quantity(None, 49)], "≤49", "0"),
            ([Quantity(20, 99, True)], "≈20–99", "20"),
            ([None], "؟", ""),
            ([Quantity(200, 200), Quantity(17, 17)], "17–200", "17"),
            ([Quantity(20, None), Quantity(17, 17)], "≥17", "17"),
            ([Quantity(2000, 2000), None], "≥2,000", "2000"),
        ],
    )
    def test_has_the_bounds_of_all_claims_and_sorts_by_the_lowest(
        self, values: list[Quantity | None], expected: str, key: str
    ) -> None:
        claims = tuple(Claim(span("20"), value) for value in values)
        cell = only(battle(outcomes={"fatalities": claims})).all("td", "count")[0]
        assert cell.text(without=("claims",)) == expected
        assert cell.attributes["data-key"] == key

    def test_shows_every_one_of_several_claims_and_whose_they_are(self) -> None:
        (claims,) = only(battle()).all("span", "claims")
        assert [claim.text() for claim in claims.all("span")] == ["20 تنظيم داعش", "30"]

    def test_says_that_the_text_doubts_it(self) -> None:
        assert "متنازع عليه" in cells(only(battle(disputed=True)))[1]
        assert "متنازع عليه" in facts(only(battle(disputed=True)))

    def test_of_an_unknown_type_is_called_by_the_type(self) -> None:
        assert cells(only(bare(1, type="SPORT")))[1] == "SPORT"


class TestTheSentences:
    def test_are_those_that_something_is_told_in_with_all_of_it_marked(self) -> None:
        record = only(battle())
        sentences = [sentence.text(without=("tag",)) for sentence in record.all("p", "sentence")]
        assert [sentence[:12] for sentence in sentences] == ["قُتل 20 عنصر", "وأصيب خمسة م"]
        marked = {kind: [mark.text() for mark in record.all("mark", kind)] for kind in ("trigger", "entity")}
        assert marked["trigger"] == ["قُتل", "اشتباكات"]
        assert marked["entity"] == [
            *("20", "تنظيم داعش", "قوات سوريا الديمقراطية", "حي غويران", "بالحسكة", "مساء الخميس", "بأسلحة ثقيلة"),
            *("خمسة", "30"),
        ]
        tags = [tag.text() for tag in record.all("span", "tag")]
        assert tags[:4] == ["قتل", "القتلى", "الطرف الثاني", "الطرف الأول"]

    def test_begin_with_what_stands_around_the_trigger_before_the_row_is_opened(self) -> None:
        (summary,) = only(battle()).all("summary")
        assert summary.text().startswith("قُتل 20 عنصراً من تنظيم داعش")
        far = f"{'وقال ' * 30}إن غارة {'قتلت عشرين ' * 30}"
        trigger = Span(far.index("غارة"), far.index("غارة") + 4, "غارة")
        record = bare(1, mentions=(Mention("E1", "KILL", trigger),))
        (summary,) = records(parsed(events_page([ShownRecord(record, Codes(), [Passage(0, far)], 1)], Made())))[0].all(
            "summary"
        )
        assert summary.text().startswith("…وقال وقال")
        assert " غارة قتلت عشرين" in summary.text()
        assert summary.text().endswith("قتلت عشرين…")

    def test_have_every_value_beside_its_text(self) -> None:
        told = facts(only(battle()))
        assert told["الزمان"] == "«مساء الخميس» 2015-08-06 باليوم 0.90"
        assert told["المكان"].startswith("«حي غويران» Ghuwayrān · SY · 36.4800, 40.7400 · GeoNames 1 0.80 | «بالحسكة»")
        assert told["الطرف الثاني"] == (
            "«تنظيم داعش» داعش تنظيم الدولة الإسلامية · Islamic State (Syria) · 2 Rebel Group 0.88"
        )
        assert told["القتلى"] == "«20» 20 ممن: تنظيم داعش 0.70 | «30» 30 بحسب: ناشطون 0.60"
        assert told["السلاح"] == "«بأسلحة ثقيلة» أسلحة ثقيلة 0.50"
        assert told["ACLED"] == "Political violence، Battles، Armed clash"
        assert told["PLOVER"] == "ASSAULT، firearms"

    def test_link_to_the_other_records_of_the_happening(self) -> None:
        others = [Retelling("خبر 3-03", "خبر 3", "#r3"), Retelling("خبر 4-01", "خبر 4", "0002.html#r9")]
        row = replace(shown([battle()])[0], articles=9, others=others, left_out=6)
        (record,) = records(parsed(events_page([row], Made())))
        assert [(link.text(), link.attributes["href"]) for link in record.all("a")] == [
            ("خبر 3", "#r3"),
            ("خبر 4", "0002.html#r9"),
        ]
        assert facts(record)["يرويه أيضًا"].endswith("و6 غيرها")
        assert cells(record)[-1] == "9"


class TestTheHead:
    def test_counts_and_says_what_the_records_are(self) -> None:
        head = " ".join(parsed(several()).all("header")[0].text().split())
        assert "10 سجلات · النصوص: 7 · لها تاريخ: 8 · يرويها أكثر من نص: واقعة واحدة · متنازع عليها: 1" in head
        assert "وسم النموذج marsad 0123456789abcdef منها 10." in head
        assert "جُمعت السجلات آليًا ولم يراجعها أحد" in head

    def test_of_no_records_is_a_page(self) -> None:
        root = parsed(events_page([], Made(3, 3)))
        assert root.all("table") == []
        assert root.all("h1")[0].text() == "لا سجلات"

    def test_has_no_controls_that_work_before_the_script_runs(self) -> None:
        root = parsed(several())
        (controls,) = root.all("div", "controls")
        assert "hidden" in controls.attributes
        inside = controls.all("button")
        assert all("disabled" in button.attributes for button in root.all("button") if button not in inside)

    def test_needs_nothing_but_itself(self) -> None:
        page = several()
        assert not {element.tag for element in parsed(page).everything()} & {"link", "img", "iframe", "object", "form"}
        assert "url(" not in page
        assert "@import" not in page
        assert "http:" not in page
        assert "https:" not in page


class TestAnyRecord:
    @given(any_records())
    @settings(max_examples=60, deadline=None)
    def test_makes_a_page_of_known_elements(self, record: EventRecord) -> None:
        page = events_page([ShownRecord(record, Codes(), [Passage(0, "نص")], 1)], Made(), NAMES)
        page.encode("utf-8")
        assert {element.tag for element in parsed(page).everything()} <= KNOWN
        assert len(records(parsed(page))) == 1


KNOWN = {
    *(
        "page",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "p",
        "strong",
        "div",
        "span",
        "ul",
    ),
    *("li", "mark", "main", "section", "h2", "bdi", "svg", "text", "line", "g", "rect", "button", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td", "label", "input", "select", "option", "optgroup", "dl", "dt", "dd"),
    "script",
}


def named_like(text: str) -> str:
    """Return the page of a record in which everything that can be text is ``text``."""
    here = Span(0, len(text), text)
    place = Where(text, here, battle().where.place if battle().where else None, Where(text, here))
    record = EventRecord(
        id=text,
        document=text,
        type=text,
        mentions=(Mention(text, text, here, 0.5),),
        sentences=(0,),
        when=replace(day("2015-08-06"), span=here),
        where=place,
        other_places=(place,),
        side_a=(Side(text, here, text),),
        side_b=(Side(text, here, text),),
        outcomes={"fatalities": (Claim(here, None, text, text), Claim(here, None, text)), text: (Claim(here),)},
        weapon=Weapon(text, here),
        published=text,
        source=text,
        duplicate_of=text,
        happening=text,
    )
    codes = Codes(*[text] * 7)
    row = ShownRecord(record, codes, [Passage(0, text)], 1, 2, [Retelling(text, text, "#r1")])
    return events_page([row, replace(row, place=2)], Made(1, 0, {text: 1}), {text: f"نوع {text}"}, title=text)


class TestHostileText:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_is_text_wherever_it_stands(self, attack: str) -> None:
        root = parsed(named_like(attack))
        assert {element.tag for element in root.everything()} <= KNOWN
        harmless = parsed(named_like("سطر"))
        assert [element.tag for element in root.everything()] == [element.tag for element in harmless.everything()]
        (record, _) = records(root)
        assert {sentence.text(without=("tag",)) for sentence in record.all("p", "sentence")} == {attack}
        assert record.attributes["data-type"] == attack

    def test_has_its_bidi_controls_as_symbols(self) -> None:
        assert not set(BIDI_CONTROLS) & set(named_like(f"قسد{BIDI_CONTROLS}حلب"))
