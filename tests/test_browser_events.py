"""The page of event records in a real browser: what a click, a key and a printer do, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import page_checks
import pytest
from browser import PHONE, PageOpener
from events_page_samples import NAMES, bare, battle, day, several, shown
from page_actions import click, is_marked, press, without_script
from playwright.sync_api import Locator, Page, expect
from test_events_page import named_like
from test_pages_in_browser import HOSTILE, counts_of_elements

from trainer.pages.events import Made, PageRow, Totals, events_index, events_page
from trainer.pages.events_timeline import Counted, Days


def index() -> str:
    days = [Days(date(2015, 8, number), date(2015, 8, number)) for number in (1, 2, 3)]
    counts = [Counted(both, "Battles", 2, 2 * number + 1) for number, both in enumerate(days)]
    rows = [PageRow(f"x.pages/{n:04}.html", 2, f"2015-08-{n:02}", f"2015-08-{n:02}") for n in (1, 2, 3)]
    return events_index(counts, Totals(6, 5, 6, 1, 0), Made(6, 6), rows, title="أحداث", groups=["Battles"])


PAGES: dict[str, Callable[[], str]] = {
    "records of all kinds": several,
    "no record": lambda: events_page([], Made()),
    "no date": lambda: events_page(shown([bare(1)]), Made(), NAMES),
    "an index": index,
}


@pytest.fixture(params=PAGES.values(), ids=PAGES)
def any_page(request: pytest.FixtureRequest) -> str:
    return request.param()


@pytest.fixture
def page(open_page: PageOpener) -> Page:
    return open_page(several())


def rows(page: Page) -> Locator:
    return page.locator(".records tbody:visible")


def column(page: Page, number: int) -> list[str]:
    """Return the cells of a column, from the top, of the records that are shown."""
    # What is far from the window has no inner text: it is not laid out.
    return [row.locator("td").nth(number - 1).text_content() or "" for row in rows(page).all()]


def head(page: Page, name: str) -> Locator:
    return page.get_by_role("columnheader").filter(has_text=name).get_by_role("button")


def told(page: Page) -> Locator:
    return page.locator(".controls [aria-live]")


class TestEveryPage:
    """The fixture ``open_page`` adds to each test that the console stays empty and nothing else is asked for."""

    def test_is_sound_to_a_screen_reader_and_can_be_read_and_walked_through(
        self, any_page: str, open_page: PageOpener
    ) -> None:
        page = open_page(any_page)
        assert page_checks.structure_problems(page) == []
        assert page_checks.contrast_problems(page) == []
        assert page_checks.keyboard_problems(page) == []

    def test_fits_a_phone(self, any_page: str, open_page: PageOpener) -> None:
        page = open_page(any_page, *PHONE)
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        assert page_checks.sideways_problems(page) == []
        assert page_checks.contrast_problems(page) == []

    def test_prints_its_text_without_its_controls(self, any_page: str, open_page: PageOpener) -> None:
        assert page_checks.printing_problems(open_page(any_page)) == []


class TestSorting:
    @pytest.mark.parametrize("act", [click, press("Enter"), press(" ")], ids=["click", "Enter", "space"])
    def test_turns_with_every_click_and_key_and_says_so(self, act: Callable[[Locator], None], page: Page) -> None:
        in_order = column(page, 1)
        act(head(page, "التاريخ"))
        assert head(page, "التاريخ").locator("..").get_attribute("aria-sort") == "ascending"
        assert column(page, 1) == in_order
        act(head(page, "التاريخ"))
        assert head(page, "التاريخ").locator("..").get_attribute("aria-sort") == "descending"
        assert column(page, 1)[0] == "2015-08-09 14:20"
        # Without a date: last both ways.
        assert column(page, 1)[-2:] == in_order[-2:] == ["«مساء الخميس»", ""]

    def test_takes_numbers_for_numbers(self, open_page: PageOpener) -> None:
        claims = battle().outcomes["injured"]
        records = [battle(number, f"خبر {number}", outcomes={"injured": claims}) for number in (1, 2)]
        page = open_page(events_page([*shown(records, articles=9), *shown([bare(3)], articles=10)], Made()))
        head(page, "نصوص ترويه").click()
        assert column(page, 10) == ["9", "9", "10"]
        head(page, "الجرحى").click()
        head(page, "الجرحى").click()
        assert column(page, 7) == ["5", "5", ""]

    def test_marks_one_column_alone(self, page: Page) -> None:
        head(page, "المكان").click()
        head(page, "القتلى").click()
        expect(page.locator("th[aria-sort]")).to_have_count(1)


class TestTheTimeline:
    def test_shows_the_records_of_a_bar_and_all_again_by_click(self, page: Page) -> None:
        bar = page.locator("g.bar").nth(2)
        bar.click()
        expect(told(page)).to_have_text("3 من 10")
        assert set(column(page, 1)) == {"2015-08-05"}
        expect(bar).to_have_attribute("aria-pressed", "true")
        bar.click()
        expect(told(page)).to_have_text("10 من 10")

    def test_is_one_stop_of_the_tab_key_and_arrows_lead_to_its_bars(self, page: Page) -> None:
        assert page.locator("g.bar[tabindex='0']").count() == 1
        page.locator("g.bar").first.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        assert column(page, 1) == ["2015-08-03"]
        page.keyboard.press("End")
        page.keyboard.press(" ")
        assert column(page, 1) == ["2015-08-09 14:20"]
        page.keyboard.press("ArrowRight")
        expect(page.locator("g.bar").nth(2)).to_be_focused()

    def test_shows_what_is_in_no_bar(self, page: Page) -> None:
        page.get_by_role("button", name="بلا تاريخ").click()
        assert column(page, 1) == ["«مساء الخميس»", ""]
        page.get_by_role("button", name="تاريخ أوسع").click()
        assert column(page, 1) == ["2012"]

    def test_of_an_index_leads_to_the_records(self, open_page: PageOpener) -> None:
        page = open_page(index())
        links = [link.get_attribute("href") for link in page.locator("svg a").all()]
        assert links == ["x.pages/0001.html#r1", "x.pages/0002.html#r3", "x.pages/0003.html#r5"]


class TestFilters:
    def test_go_together_with_the_search_and_are_all_given_up_at_once(self, page: Page) -> None:
        page.get_by_label("النوع").select_option("type CLASH")
        expect(told(page)).to_have_text("7 من 10")
        page.get_by_label("البلد").select_option("SY")
        page.get_by_label("ابحث", exact=True).fill("الجزيره غويران")
        expect(told(page)).to_have_text("1 من 10")
        page.get_by_role("button", name="إظهار الكل").click()
        expect(told(page)).to_have_text("10 من 10")

    def test_have_the_inventory_of_others_and_names_of_countries(self, page: Page) -> None:
        page.get_by_label("النوع").select_option("acled Explosions/Remote violence")
        expect(told(page)).to_have_text("1 من 10")
        assert page.get_by_label("البلد").locator("option").all_inner_texts() == ["كل البلدان", "سوريا SY (7)"]

    def test_find_words_of_sentences_that_are_not_open(self, page: Page) -> None:
        page.get_by_label("ابحث", exact=True).fill("عاد الهدوء")
        expect(told(page)).to_have_text("2 من 10")


class TestASentence:
    @pytest.mark.parametrize("act", [click, press("Enter")], ids=["click", "Enter"])
    def test_opens_with_all_its_marks(self, act: Callable[[Locator], None], page: Page) -> None:
        row = rows(page).nth(1)
        act(row.locator("summary"))
        expect(row.locator(".sentence").first).to_be_visible()
        assert all(is_marked(mark) for mark in row.locator("mark").all())

    def test_is_opened_by_the_link_of_another_record(self, page: Page) -> None:
        rows(page).nth(1).locator("summary").click()
        page.locator("#r2 a").click()
        expect(page.locator("#r3 .sentence").first).to_be_in_viewport()

    def test_is_opened_by_its_address_though_it_was_filtered_out(self, page: Page) -> None:
        page.locator("g.bar").last.click()
        page.get_by_label("ابحث", exact=True).fill("صنعاء")
        expect(page.locator("#r3")).to_be_hidden()
        page.evaluate("location.hash = '#r3'")
        expect(page.locator("#r3 .sentence").first).to_be_in_viewport()
        expect(told(page)).to_have_text("10 من 10")

    def test_of_all_records_that_are_shown_open_at_once(self, page: Page) -> None:
        page.locator("g.bar").first.click()
        page.get_by_role("button", name="فتح الجمل").click()
        expect(page.locator("details[open] .sentence:visible")).to_have_count(4)
        page.get_by_role("button", name="فتح الجمل").click()
        expect(page.locator(".records details[open]")).to_have_count(0)


class TestWithoutJavaScript:
    def test_the_table_and_the_sentences_can_be_read(self, open_page: PageOpener) -> None:
        page = open_page(without_script(several()))
        assert rows(page).count() == 10
        assert page.locator(".controls:visible, button:enabled:visible").count() == 0
        rows(page).nth(1).locator("summary").click()
        expect(rows(page).nth(1).locator(".sentence").first).to_be_visible()


class TestHostileText:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_does_nothing_and_adds_nothing_to_the_page(self, text: str, open_page: PageOpener) -> None:
        harmless = counts_of_elements(open_page(named_like("سطر")))
        page = open_page(named_like(text))
        for button in page.locator("button:visible").all():
            button.click()
        page.get_by_label("النوع").select_option(index=1)
        expect(told(page)).to_have_text("2 من 2")
        page.get_by_label("ابحث", exact=True).fill(text)
        page.get_by_role("button", name="إظهار الكل").click()
        for mark in page.locator("mark:visible").all():
            mark.hover()
        assert page.evaluate("window.hacked") is None
        assert counts_of_elements(page) == harmless
        assert page_checks.structure_problems(page) == []


def test_a_place_in_the_address_opens_its_record(open_page: PageOpener) -> None:
    page = open_page(events_page(shown([battle(1, when=day("2015-08-01")), bare(2)]), Made()))
    page.goto(f"{page.url}#r2")
    page.reload()
    expect(page.locator("#r2 .sentence")).to_be_visible()
    expect(page.locator("#r1 .sentence").first).to_be_hidden()
