"""The evaluation page in a real browser: its filters by mouse and by key, their count, the contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from browser import PageOpener
from conftest import marked_document
from evaluation_samples import GOLD, NAMES, PREDICTED, section_of
from page_actions import changes, click, press, watch, without_script
from page_samples import cross_validation
from playwright.sync_api import Locator, Page, expect

from trainer.documents import Document
from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_section import Section

ARTICLES = {
    "ا1": GOLD[:2],
    "ا2": GOLD[2:],
    "ب": ("في [مدينة حلب|GPE].", "{قصف|SHELLING} على [دمشق|GPE]."),
}
FOUND = {
    "ا1": PREDICTED[:2],
    "ا2": PREDICTED[2:],
    "ب": ("في مدينة [حلب|PER].", "قصف على [دمشق|GPE]."),
}


def documents(articles: Mapping[str, Sequence[str]]) -> list[Document]:
    return [marked_document(sentences, id) for id, sentences in articles.items()]


def section() -> Section:
    """Run 1 is wrong in four sentences, run 2 in one of them."""
    runs = {"1": documents(FOUND), "2": documents({**ARTICLES, "ا2": FOUND["ا2"]})}
    return section_of(documents(ARTICLES), runs)


@pytest.fixture(scope="module")
def evaluation() -> str:
    return evaluation_page("تقييم", [section()], {}, NAMES)


@pytest.fixture
def page(evaluation: str, open_page: PageOpener) -> Page:
    return open_page(evaluation)


# What run 1 has wrong: three entities; an entity that is none, and an event; an entity in both ways; an event.
THREE, MIXED, BOTH, EVENT = "ا1 1 (1)", "ا2 1 (1)", "ب 1 (1)", "ب 2 (1)"
OF_RUN_2 = "ا2 1 (2)"


def shown(page: Page, key: str = "test") -> list[str]:
    """Return the visible sentences: article, number, run."""
    places = page.locator(f"#{key}-list li.wrong:visible > .meta").all()
    words = [[bdi.text_content() for bdi in place.locator("bdi").all()] for place in places]
    return [f"{article} {number} ({run})" for article, number, run in words]


def count(page: Page) -> Locator:
    return page.locator("form output").first


def choice(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True).first


def box(page: Page, kind: str) -> Locator:
    return page.get_by_role("checkbox", name=kind, exact=True).first


RUN, LAYER, TYPE, ARTICLE = "البذرة seed", "الطبقة", "النوع", "المقالة"
MISSED, INVENTED, BOUNDARY, OTHER_TYPE = "فائت", "زائد", "حدود", "نوع"


class TestTheFilters:
    def test_show_the_first_run_to_begin_with(self, page: Page) -> None:
        assert shown(page) == [THREE, MIXED, BOTH, EVENT]
        expect(count(page)).to_have_text("الظاهر 4 من 5 من الجمل")

    @pytest.mark.parametrize(
        ("label", "option", "sentences"),
        [
            (RUN, "2", [OF_RUN_2]),
            (RUN, "الكل", [THREE, MIXED, BOTH, EVENT, OF_RUN_2]),
            (LAYER, "الكيانات entities", [THREE, MIXED, BOTH]),
            (LAYER, "ألفاظ الأحداث triggers", [MIXED, EVENT]),
            (TYPE, "GPE مدينة أو دولة", [THREE, BOTH]),
            (TYPE, "PER شخص", [BOTH]),
            (ARTICLE, "ب", [BOTH, EVENT]),
        ],
    )
    def test_show_the_sentences_of_a_choice_and_count_them(
        self, label: str, option: str, sentences: list[str], page: Page
    ) -> None:
        choice(page, label).select_option(label=option)
        assert shown(page) == sentences
        expect(count(page)).to_have_text(f"الظاهر {len(sentences)} من 5 من الجمل")

    @pytest.mark.parametrize(
        ("unchecked", "sentences"),
        [
            ([MISSED], [THREE, MIXED, BOTH]),
            ([MISSED, INVENTED], [THREE, BOTH]),
            ([MISSED, BOUNDARY, OTHER_TYPE], [MIXED]),
            ([MISSED, INVENTED, BOUNDARY], [THREE, BOTH]),
        ],
    )
    @pytest.mark.parametrize("act", [click, press("Space")], ids=["by click", "by key"])
    def test_show_the_sentences_with_an_error_of_a_checked_kind(
        self, unchecked: list[str], sentences: list[str], act: Callable[[Locator], None], page: Page
    ) -> None:
        for kind in unchecked:
            act(box(page, kind))
        assert shown(page) == sentences

    def test_are_looked_for_in_one_and_the_same_error(self, page: Page) -> None:
        choice(page, TYPE).select_option(label="ARMED قوة مسلحة")
        assert shown(page) == [THREE, MIXED]
        for kind in (INVENTED, BOUNDARY, OTHER_TYPE):
            box(page, kind).click()
        # Both sentences have something missed, but nothing that is ARMED.
        assert shown(page) == []

    def test_hold_together(self, page: Page) -> None:
        choice(page, RUN).select_option(label="الكل")
        choice(page, LAYER).select_option(label="ألفاظ الأحداث triggers")
        assert shown(page) == [MIXED, EVENT, OF_RUN_2]
        choice(page, TYPE).select_option("triggers:t3")
        choice(page, ARTICLE).select_option(label="ا2")
        assert shown(page) == [MIXED, OF_RUN_2]
        box(page, MISSED).click()
        assert shown(page) == []

    def test_that_nothing_fits_say_so_and_leave_the_fields(self, page: Page) -> None:
        for kind in (MISSED, INVENTED, BOUNDARY, OTHER_TYPE):
            box(page, kind).click()
        assert shown(page) == []
        expect(count(page)).to_have_text("الظاهر 0 من 5 من الجمل")
        box(page, INVENTED).click()
        assert shown(page) == [MIXED]

    def test_offer_only_types_of_the_chosen_layer(self, page: Page) -> None:
        choice(page, TYPE).select_option(label="PER شخص")
        choice(page, LAYER).select_option("triggers")
        assert choice(page, TYPE).input_value() == ""
        assert shown(page) == [MIXED, EVENT]
        offered = [
            group.get_attribute("data-layer")
            for group in choice(page, TYPE).locator("optgroup").all()
            if not group.is_disabled()
        ]
        assert offered == ["triggers"]

    @pytest.mark.parametrize("act", [click, press("Enter"), press("Space")], ids=["by click", "Enter", "Space"])
    def test_are_removed_with_one_button(self, act: Callable[[Locator], None], page: Page) -> None:
        choice(page, LAYER).select_option("triggers")
        choice(page, ARTICLE).select_option(label="ب")
        box(page, INVENTED).click()
        act(page.get_by_role("button", name="إزالة المرشِّحات"))
        expect(count(page)).to_have_text("الظاهر 4 من 5 من الجمل")
        assert shown(page) == [THREE, MIXED, BOTH, EVENT]
        assert box(page, INVENTED).is_checked()
        assert choice(page, TYPE).locator("optgroup:disabled").count() == 0

    def test_are_reached_and_chosen_by_keyboard_alone(self, page: Page) -> None:
        choice(page, RUN).focus()
        page.keyboard.press("ArrowDown")
        assert shown(page) == [OF_RUN_2]
        page.keyboard.press("ArrowUp")
        for label, sentences in ((LAYER, [THREE, MIXED, BOTH]), (TYPE, [BOTH]), (ARTICLE, [])):
            page.keyboard.press("Tab")
            expect(choice(page, label)).to_be_focused()
            page.keyboard.press("ArrowDown")
            assert shown(page) == sentences, label
        page.keyboard.press("Tab")
        expect(box(page, MISSED)).to_be_focused()
        for _ in range(4):
            page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="إزالة المرشِّحات")).to_be_focused()

    def test_are_not_sent_anywhere_by_enter(self, page: Page) -> None:
        address = page.url
        box(page, INVENTED).press("Enter")
        assert shown(page) == [THREE, MIXED, BOTH, EVENT]
        assert page.url == address

    def test_agree_with_what_is_shown_when_the_page_is_loaded_again(self, page: Page) -> None:
        choice(page, ARTICLE).select_option(label="ب")
        page.reload()
        expected = [BOTH, EVENT] if choice(page, ARTICLE).input_value() else [THREE, MIXED, BOTH, EVENT]
        assert shown(page) == expected

    def test_of_a_section_leave_the_others_alone(self, open_page: PageOpener) -> None:
        sections = [section(), replace(section(), key="other")]
        page = open_page(evaluation_page("تقييم", sections, {}, NAMES))
        choice(page, ARTICLE).select_option(label="ب")
        assert (shown(page), shown(page, "other")) == ([BOTH, EVENT], [THREE, MIXED, BOTH, EVENT])

    def test_tell_their_count_to_a_screen_reader(self, page: Page) -> None:
        expect(page.get_by_role("status")).to_have_attribute("aria-live", "polite")
        expect(page.get_by_role("status")).to_have_text("الظاهر 4 من 5 من الجمل")


class TestTheSentences:
    def test_outline_what_is_wrong_and_nothing_else(self, page: Page) -> None:
        first = page.locator("li.wrong").first
        drawn = {
            (mark.text_content(), mark.evaluate("mark => getComputedStyle(mark).outlineStyle"))
            for mark in first.locator("mark").all()
        }
        assert drawn == {
            ("سيطرت", "none"),
            *((text, "dashed") for text in ("قوات النظام", "مدينة حلب", "الرقة")),
            *((text, "solid") for text in ("قوات النظام", "حلب")),
        }

    def test_mark_what_is_wrong_without_taking_more_room(self, page: Page) -> None:
        mixed = page.locator("li.wrong").nth(1)
        mixed.scroll_into_view_if_needed()
        right, wrong = mixed.locator("mark.entity:not(.wrong)").first, mixed.locator("mark.entity.wrong").first
        heights = [mark.evaluate("mark => mark.getBoundingClientRect().height") for mark in (right, wrong)]
        assert heights[0] == heights[1] > 10

    def test_stand_over_each_other_in_lines_of_the_same_length(self, page: Page) -> None:
        gold, predicted = page.locator("li.wrong").first.locator("dd").all()
        above, below = gold.bounding_box(), predicted.bounding_box()
        assert above is not None
        assert below is not None
        assert (above["x"], above["width"]) == (below["x"], below["width"])
        assert above["y"] + above["height"] <= below["y"] + 1


class TestTheContents:
    @pytest.mark.parametrize("follow", [click, press("Enter")], ids=["by click", "by key"])
    def test_lead_to_every_part_of_every_section(
        self, follow: Callable[[Locator], None], open_page: PageOpener
    ) -> None:
        page = open_page(cross_validation())
        links = page.locator("nav a").all()
        assert len(links) > 12
        for link in links:
            follow(link)
            target = page.locator(link.get_attribute("href") or "")
            expect(target).to_be_in_viewport()
            assert target.evaluate("target => target.matches(':target')")


class TestWithoutJavaScript:
    def test_every_sentence_is_visible_and_no_filter_is(self, evaluation: str, open_page: PageOpener) -> None:
        page = open_page(without_script(evaluation))
        assert shown(page) == [THREE, MIXED, BOTH, EVENT, OF_RUN_2]
        assert page.locator("form:visible, select:visible, input:visible, button:visible").count() == 0


class TestAThousandWrongSentences:
    """A page stays quick where few elements change: their number is what is tested, times depend on the machine."""

    @pytest.fixture(scope="class")
    def many(self) -> str:
        gold, predicted = ([*articles["ا1"][:1], *articles["ا2"]] * 500 for articles in (ARTICLES, FOUND))
        return evaluation_page("تقييم", [section_of(documents({"ا": gold}), {"": documents({"ا": predicted})})], {})

    def test_a_filter_changes_nothing_but_the_sentences_that_come_and_go_and_the_count(
        self, many: str, open_page: PageOpener
    ) -> None:
        page = open_page(many)
        expect(count(page)).to_have_text("الظاهر 1000 من 1000 من الجمل")
        watch(page)
        box(page, BOUNDARY).click()
        box(page, OTHER_TYPE).click()
        expect(count(page)).to_have_text("الظاهر 1000 من 1000 من الجمل")
        assert set(changes(page)) == {"output childList"}
        watch(page)
        box(page, MISSED).click()
        expect(count(page)).to_have_text("الظاهر 500 من 1000 من الجمل")
        found = changes(page)
        assert found.count("li hidden") == 500
        assert set(found) == {"li hidden", "output childList"}
