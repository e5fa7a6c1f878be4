"""The index of an archive in a real browser: the search in its documents, and the way to one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import PageOpener
from conftest import TRAINING
from evaluation_samples import LABELS
from hostile_texts import ATTACKS
from page_actions import click, press
from page_samples import NAMES, scored
from playwright.sync_api import Browser, Locator, Page, expect
from test_writers import output

from trainer.pages.predictions_index import ListedDocument, PageSummary, PredictionsIndex

MANY = 250


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of three pages of two documents each, as a run writes them."""
    titles = [
        *("سيطرة على مدينة حلب", "مقتل مدنيين في إدلب"),
        *("اجتماع الحكومة في دمشق", "أسواق حلب"),
        *("قصف على الغوطة الشرقية", "ATTACKS on Idlib"),
    ]
    documents = [scored(TRAINING, f"news-{number}", title=title) for number, title in enumerate(titles, start=1)]
    folder = tmp_path_factory.mktemp("archive") / "مجلد 100%#"
    folder.mkdir()
    return output([documents[:2], documents[2:4], documents[4:]], folder / "أخبار.html", LABELS)


@pytest.fixture
def page(archive: Path, open_page: PageOpener) -> Page:
    return open_page(archive)


def large_index() -> str:
    index = PredictionsIndex(NAMES)
    listed = [ListedDocument(str(number), f"خبر رقم {number}", 1, 0) for number in range(MANY)]
    index.add("large.pages/0001.html", PageSummary(listed, {"GPE": MANY}, {}))
    return index.page("كبير")


def search(page: Page) -> Locator:
    return page.get_by_label("ابحث في المعرّفات والعناوين")


def found(page: Page) -> Locator:
    return page.locator(".found li")


def told(page: Page) -> Locator:
    return page.locator(".controls [aria-live]")


class TestTheSearch:
    def test_lists_the_documents_with_all_the_words_in_ids_and_titles(self, page: Page) -> None:
        for words, numbers in {
            "حلب": [1, 4],
            "ادلب": [2],  # إدلب
            "أدلب": [2],
            "مَقْتَل": [2],
            "مقتـــل": [2],
            "سيطره": [1],  # سيطرة
            "اسواق حلب": [4],
            "حلب  أسواق": [4],
            "attacks IDLIB": [6],
            "news-5": [5],
            "الشرقية news": [5],
            "حلب إدلب": [],  # of different documents
            ".*": [],
            "": [],
        }.items():
            search(page).fill(words)
            expect(told(page)).to_have_text(f"{len(numbers) if words else 6} من 6")
            expect(found(page).locator(".meta bdi")).to_have_text([f"news-{number}" for number in numbers])

    def test_shows_titles_with_their_counts(self, page: Page) -> None:
        search(page).fill("الغوطة")
        expect(found(page)).to_have_text("قصف على الغوطة الشرقية news-5 · الكيانات 16 · الأحداث 8")

    def test_tells_how_many_it_found_to_a_screen_reader(self, page: Page) -> None:
        expect(told(page)).to_have_attribute("aria-live", "polite")
        search(page).press_sequentially("حلب")
        expect(told(page)).to_have_text("2 من 6")

    def test_lists_no_more_than_two_hundred_and_says_so(self, open_page: PageOpener) -> None:
        page = open_page(large_index())
        search(page).fill("خبر")
        expect(told(page)).to_have_text(f"{MANY} من {MANY}")
        expect(found(page)).to_have_count(201)
        expect(found(page).locator("a")).to_have_count(200)
        expect(found(page).last).to_have_text("تظهر أول 200 نتيجة فقط؛ أضف كلمة إلى البحث.")
        search(page).fill("خبر 24")
        expect(found(page)).to_have_count(13)  # 24, 124, 224, and from 240 to 249

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_shows_markup_in_titles_as_text(self, attack: str, open_page: PageOpener) -> None:
        index = PredictionsIndex(NAMES)
        index.add("x.pages/0001.html", PageSummary([ListedDocument(attack, f"خبر {attack}", 1, 0)], {}, {}))
        page = open_page(index.page(attack))
        search(page).fill("خبر")
        expect(found(page).locator("a")).to_have_text(f"خبر {attack}")
        expect(found(page).locator("bdi")).to_have_text(attack)
        assert page.locator(".found").evaluate("list => [...list.querySelectorAll('*')].map(e => e.localName)") == [
            *("li", "a", "span", "bdi"),
        ]


class TestLinks:
    @pytest.mark.parametrize("follow", [click, press("Enter")], ids=["by click", "by key"])
    def test_of_a_find_lead_to_the_document_in_its_page(self, follow: Callable[[Locator], None], page: Page) -> None:
        search(page).fill("أسواق")
        follow(found(page).locator("a"))
        document = page.locator("article:target")
        expect(document).to_be_in_viewport()
        expect(document.locator("h2")).to_have_text("news-4")
        assert page.url.endswith("/0002.html#d2")

    def test_of_the_table_lead_to_the_pages(self, archive: Path, open_page: PageOpener) -> None:
        for number in range(3):
            page = open_page(archive)
            page.locator("nav a").nth(number).click()
            expect(page.locator("main > article h2")).to_have_text([f"news-{2 * number + 1}", f"news-{2 * number + 2}"])

    def test_back_from_a_document_the_finds_are_those_of_the_words_in_the_field(self, page: Page) -> None:
        search(page).fill("حلب")
        found(page).locator("a").first.click()
        expect(page.locator("article:target")).to_be_visible()
        page.go_back()
        expect(told(page)).to_have_text("2 من 6" if search(page).input_value() else "6 من 6")
        expect(found(page)).to_have_count(2 if search(page).input_value() else 0)

    def test_are_first_reached_by_key_after_the_field(self, page: Page) -> None:
        search(page).fill("حلب")
        expect(found(page)).to_have_count(2)
        search(page).press("Tab")
        expect(found(page).locator("a").first).to_be_focused()

    def test_hold_when_the_archive_is_moved(self, archive: Path, tmp_path: Path, open_page: PageOpener) -> None:
        page = open_page(Path(shutil.copytree(archive.parent, tmp_path / "elsewhere")) / archive.name)
        search(page).fill("news-6")
        found(page).locator("a").click()
        expect(page.locator("article:target h2")).to_have_text("news-6")


class TestWithoutJavaScript:
    def test_the_pages_are_linked_and_a_sentence_says_that_there_is_no_search(
        self, archive: Path, browser: Browser
    ) -> None:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(archive.as_uri())
        assert page.locator("noscript p").is_visible()
        assert not page.locator("#search").is_visible()
        assert page.locator("nav a:visible").count() == 3
        page.context.close()
