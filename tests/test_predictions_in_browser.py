"""The page of predictions in a real browser: its legend, its events, its search, by click and by key."""

from __future__ import annotations

# Playwright takes patterns of re alone.
import re
from collections.abc import Callable, Sequence

import pytest
from browser import PageOpener
from conftest import TRAINING
from page_actions import changes, click, is_marked, press, watch
from page_samples import LAST_TRIGGER, NAMES, one_document, overlapping_spans, scored, three_documents
from playwright.sync_api import Locator, Page, expect

from trainer.pages.predictions import predictions_page


def mark(page: Page, kind: str, text: str) -> Locator:
    """Return the first mark of ``kind`` (entity, trigger) over exactly this text, in a document."""
    return page.locator(f"main mark.{kind}").filter(has_text=exactly(text)).first


def exactly(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}$")


def tags(page: Page, label: str) -> Locator:
    return page.locator("main .sentence .tag").filter(has_text=re.compile(rf"^{label}\b"))


def button(page: Page, label: str) -> Locator:
    return page.locator(f'.legend button[data-label="{label}"]')


class TestTheLegend:
    @pytest.mark.parametrize(
        ("label", "kind", "text", "others"),
        [
            ("GPE", "entity", "مدينة حلب", [("entity", "قوات النظام"), ("trigger", "سيطرت")]),
            ("CAPTURE", "trigger", "سيطرت", [("entity", "قوات النظام"), ("trigger", "قُتل")]),
        ],
    )
    def test_hides_the_marks_of_one_type_and_shows_them_again_by_click_and_by_key(
        self, label: str, kind: str, text: str, others: Sequence[tuple[str, str]], open_page: PageOpener
    ) -> None:
        page = open_page(one_document())
        assert is_marked(mark(page, kind, text))
        for act, shown in ((click, False), (press("Enter"), True), (press("Space"), False), (click, True)):
            act(button(page, label))
            expect(button(page, label)).to_have_attribute("aria-pressed", str(shown).lower())
            assert is_marked(mark(page, kind, text)) == shown
            assert tags(page, label).first.is_visible() == shown
            assert mark(page, kind, text).is_visible()  # the words stay
            assert all(is_marked(mark(page, *other)) for other in others)

    def test_has_a_button_for_every_label_of_the_page_and_names_it(self, open_page: PageOpener) -> None:
        page = open_page(one_document())
        buttons = page.locator(".legend button").all()
        assert {found.get_attribute("data-label") for found in buttons} == set(NAMES)
        assert all(NAMES[found.get_attribute("data-label") or ""] in found.inner_text() for found in buttons)

    def test_hides_and_shows_everything_at_once(self, open_page: PageOpener) -> None:
        page = open_page(three_documents())
        marks = page.locator("main mark").all()
        for name, shown in (("none", False), ("all", True)):
            page.locator(f"button.{name}").click()
            assert {is_marked(found) for found in marks} == {shown}
            states = {found.get_attribute("aria-pressed") for found in page.locator(".legend button").all()}
            assert states == {str(shown).lower()}

    def test_hides_an_entity_and_leaves_the_trigger_that_it_lies_in(self, open_page: PageOpener) -> None:
        page = open_page(overlapping_spans())
        entity, trigger = mark(page, "entity", "طائرة حربية"), page.locator("main mark.trigger")
        assert is_marked(entity)
        assert all(is_marked(part) for part in trigger.all())
        button(page, "ARMED").click()
        assert not is_marked(entity)
        assert all(is_marked(part) for part in trigger.all())
        button(page, "ARMED").click()
        button(page, "SHELLING").click()
        assert is_marked(entity)
        assert not any(is_marked(part) for part in trigger.all())

    def test_shows_scores_in_the_tags_when_they_are_asked_for(self, open_page: PageOpener) -> None:
        page = open_page(one_document())
        widths = []
        for checked in (False, True, False):
            page.locator("#show-scores").set_checked(checked)
            widths.append(tags(page, "ARMED").first.bounding_box()["width"])  # type: ignore[index]
        assert widths[0] == widths[2] < widths[1] - 5
        page.locator("#show-scores").focus()
        page.keyboard.press("Space")
        expect(page.locator("#show-scores")).to_be_checked()


class TestTheEvents:
    def test_are_listed_beside_the_text_in_its_order(self, open_page: PageOpener) -> None:
        page = open_page(one_document())
        links = page.locator("aside.events a").all()
        triggers = ["سيطرت", "قُتل", "قصف", "قصفت", "قُتل", LAST_TRIGGER]
        assert [page.locator(link.get_attribute("href") or "").inner_text() for link in links] == triggers
        assert all(trigger in link.inner_text() for link, trigger in zip(links, triggers, strict=True))
        text, beside = page.locator("main .sentence").first.bounding_box(), page.locator("aside").bounding_box()
        assert text is not None
        assert beside is not None
        assert beside["x"] + beside["width"] <= text["x"]

    @pytest.mark.parametrize("follow", [click, press("Enter")], ids=["by click", "by key"])
    def test_lead_to_their_triggers_and_mark_them(
        self, follow: Callable[[Locator], None], open_page: PageOpener
    ) -> None:
        page = open_page(one_document())
        link = page.locator("aside.events a").last
        trigger = page.locator(link.get_attribute("href") or "")
        expect(trigger).to_have_text(LAST_TRIGGER)
        expect(trigger).not_to_be_in_viewport()
        follow(link)
        expect(trigger).to_be_in_viewport()
        assert trigger.evaluate("target => target.matches(':target') || target === document.activeElement")

    def test_of_every_document_have_links_of_their_own(self, open_page: PageOpener) -> None:
        page = open_page(three_documents())
        targets = [link.get_attribute("href") or "" for link in page.locator("aside.events a").all()]
        assert len(targets) == len(set(targets)) == 10
        assert all(page.locator(target).count() == 1 for target in targets)

    def test_are_skipped_with_the_first_key_on_the_way_to_the_text(self, open_page: PageOpener) -> None:
        page = open_page(one_document())
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


class TestTheSearch:
    def test_shows_the_documents_with_all_the_words(self, open_page: PageOpener) -> None:
        page = open_page(three_documents())
        search, told = page.locator("nav.documents input[type=search]"), page.locator("nav.documents [aria-live]")
        for words, found in {
            "الحسكة": ["002"],
            "وقتل": ["001"],  # وقُتل
            "ادلب": ["001", "003"],  # إدلب
            "وقَــتَـل": ["001"],
            "أدلب  مدنيين": ["001", "003"],
            "خمسة الطقس": ["001"],  # of different sentences
            "003": ["003"],
            "": ["001", "002", "003"],
            "الجريدة": ["002", "003"],  # in the metadata
            ".*": [],
            "الحسكة النظام": [],  # of different documents
            "[": [],
        }.items():
            search.fill("")
            search.press_sequentially(words)
            expect(page.locator("main article:visible h2")).to_have_text(found)
            expect(told).to_have_text(re.compile(rf"(?<!\d){len(found)}(?!\d)"))

    def test_is_not_offered_for_a_single_document(self, open_page: PageOpener) -> None:
        assert open_page(one_document()).locator("nav.documents").count() == 0


class TestFiveHundredDocuments:
    """A page stays quick where few elements change: their number is what is tested, times depend on the machine."""

    @pytest.fixture(scope="class")
    def many(self) -> str:
        sentences = [*TRAINING, *["الطقس بارد اليوم في المدينة."] * 16]  # about 150 words, 15 entities, 7 events
        return predictions_page([scored(sentences, f"{number:03}") for number in range(500)], NAMES)

    def test_a_button_of_the_legend_changes_nothing_but_itself_and_an_attribute_of_main(
        self, many: str, open_page: PageOpener
    ) -> None:
        page = open_page(many)
        watch(page)
        button(page, "GPE").click()
        expect(button(page, "GPE")).to_have_attribute("aria-pressed", "false")
        assert not is_marked(mark(page, "entity", "إدلب"))
        assert sorted(changes(page)) == ["button aria-pressed", "main data-hidden"]

    def test_the_search_changes_the_documents_that_come_and_go_and_no_text(
        self, many: str, open_page: PageOpener
    ) -> None:
        page = open_page(many)
        watch(page)
        page.locator("nav.documents input[type=search]").fill("499")
        expect(page.locator("main article:visible")).to_have_count(1)
        hidden = [change for change in changes(page) if change.startswith("article")]
        assert hidden == ["article hidden"] * 499
