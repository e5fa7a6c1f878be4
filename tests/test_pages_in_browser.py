"""The pages in a real browser: what a click, a key and a printer do, on a desk and on a phone."""

from __future__ import annotations

import page_checks
import pytest
from browser import PHONE, PageOpener
from hostile_texts import BIDI_CONTROLS
from page_actions import is_marked, without_script
from page_samples import PAGES, three_documents
from playwright.sync_api import Browser, Page

from trainer.documents import Document
from trainer.pages.predictions import predictions_page


@pytest.fixture(params=PAGES.values(), ids=PAGES)
def any_page(request: pytest.FixtureRequest) -> str:
    """Each of the pages in turn."""
    return request.param()


class TestEveryPage:
    """The fixture ``open_page`` adds to each test that the console stays empty and nothing else is asked for."""

    def test_is_sound_to_a_screen_reader(self, any_page: str, open_page: PageOpener) -> None:
        assert page_checks.structure_problems(open_page(any_page)) == []

    def test_can_be_read_and_walked_through_by_keyboard(self, any_page: str, open_page: PageOpener) -> None:
        page = open_page(any_page)
        assert page_checks.contrast_problems(page) == []
        assert page_checks.keyboard_problems(page) == []

    def test_fits_a_phone(self, any_page: str, open_page: PageOpener) -> None:
        page = open_page(any_page, *PHONE)
        assert page_checks.sideways_problems(page) == []
        assert page_checks.contrast_problems(page) == []

    def test_prints_its_text_without_its_controls(self, any_page: str, open_page: PageOpener) -> None:
        assert page_checks.printing_problems(open_page(any_page)) == []


class TestPictures:
    @pytest.mark.parametrize("name", ["an evaluation", "a dataset", "a training run"])
    def test_are_loaded_from_the_page_itself_and_fit_a_phone(self, name: str, open_page: PageOpener) -> None:
        page = open_page(PAGES[name](), *PHONE)
        widths = page.evaluate(
            """() => Promise.all([...document.images].map(async image => {
                image.scrollIntoView();
                await image.decode();
                return [image.naturalWidth, image.getBoundingClientRect().width];
            }))"""
        )
        assert len(widths) > 0
        assert all(PHONE[0] < drawn and 200 < shown < PHONE[0] for drawn, shown in widths)


class TestWithoutJavaScript:
    def test_all_text_and_all_marks_are_there(self, open_page: PageOpener) -> None:
        page = open_page(without_script(three_documents()))
        assert page.locator("script").count() == 0
        assert page.locator("main article:visible").count() == 3
        assert all(is_marked(found) for found in page.locator("main mark").all())


HACK = "window.hacked = true"
HOSTILE = {
    "a script": f"<script>{HACK}</script>",
    "a script after the page's": f"</script><script>{HACK}</script>",
    "a picture that fails": f'"><img src=x onerror="{HACK}">',
    "attributes that act": f"' onmouseover='{HACK}' autofocus onfocus='{HACK}",
    "an end of style and title": f"</style></title></textarea><svg/onload={HACK}>",
    "a frame and a link": "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><a href='javascript:hacked=1'>",
    "another base, a form, a template": "--><base href='http://192.0.2.1/'><form><input name=id>{{ 7 * 7 }}{% raw %}",
    "controls and quotes": f"#d1-E1 {BIDI_CONTROLS} \" ' ` \\ </main> {HACK}; alert(1)",
}


def named_like(text: str) -> str:
    """Return the page of two documents in which everything that a document can hold is ``text``."""
    document = Document.from_text(f"{text}\nقُتل عنصر", id=text, metadata={text: text, "list": [text]})
    document.add_entity(0, len(text), text, score=0.5)
    document.entities[0].name = text
    document.add_event(0, len(text), text, score=0.5, id=text)
    document.model = {"name": text, "fingerprint": text}
    document.set_event_types_from_triggers()
    return predictions_page([document, Document.from_text("قُتل عنصر", id=text)], {text: text}, title=text)


class TestAHostileDocument:
    @pytest.fixture(scope="class")
    def harmless(self, browser: Browser) -> dict[str, int]:
        """The elements of the same page of a document that means no harm."""
        page = browser.new_page()
        page.set_content(named_like("سطر"))
        counts = counts_of_elements(page)
        page.close()
        return counts

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_does_nothing_and_adds_nothing_to_the_page(
        self, text: str, harmless: dict[str, int], open_page: PageOpener
    ) -> None:
        page = open_page(named_like(text))
        for control in page.locator("button").all():
            control.click()
        page.locator("nav.documents input[type=search]").fill(text)
        page.locator("nav.documents input[type=search]").fill("")
        page.locator("button.all").click()
        for span in page.locator("main mark").all():
            span.hover()
        for link in page.locator("aside.events a").all():
            link.click()
        assert page.evaluate("window.hacked") is None
        assert counts_of_elements(page) == harmless
        assert page_checks.structure_problems(page) == []

    def test_is_shown_as_it_is(self, open_page: PageOpener) -> None:
        page = open_page(named_like(HOSTILE["a script"]))
        assert page.locator("main mark").first.inner_text() == HOSTILE["a script"]
        assert page.title().startswith(HOSTILE["a script"])


def counts_of_elements(page: Page) -> dict[str, int]:
    return page.evaluate(
        """() => {
            const counts = {};
            for (const element of document.querySelectorAll('*')) {
                counts[element.localName] = (counts[element.localName] || 0) + 1;
            }
            return counts;
        }"""
    )
