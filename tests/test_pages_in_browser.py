"""The pages in a real browser: what a click, a key and a printer do, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import page_checks
import pytest
from browser import PHONE, PageOpener
from conftest import TEST, TRAINING, marked_document
from hostile_texts import BIDI_CONTROLS
from playwright.sync_api import Browser, Locator, Page

from trainer.documents import Document
from trainer.pages.predictions import predictions_page

NAMES = {
    "PER": "شخص",
    "GPE": "مدينة أو دولة",
    "ARMED": "قوة مسلحة",
    "KILL": "قتل",
    "CAPTURE": "سيطرة",
    "SHELLING": "قصف",
}
# Long enough that its last sentence is far below the window.
STORY = (*TRAINING[:5], *["وصل [أحمد الخالد|PER] إلى [دمشق|GPE]."] * 40, "{مقتل|KILL} عنصرين قرب [الحسكة|GPE].")
LAST_TRIGGER = "مقتل"


def scored(sentences: Sequence[str], id: str, **metadata: str) -> Document:
    """Return a document as a model labels it: with scores, and where it comes from."""
    document = marked_document(sentences, id)
    document.metadata = {"title": f"خبر {id}", **metadata}
    document.model = {"name": "marsad", "fingerprint": "0123456789abcdef"}
    for index, span in enumerate([*document.entities, *document.events]):
        span.score = 0.99 - 0.01 * (index % 40)
    return document


def one_document() -> str:
    return predictions_page([scored(STORY, "001")], NAMES)


def three_documents() -> str:
    documents = [
        scored(TRAINING[:5], "001", source="وكالة الأنباء"),
        scored(TRAINING[5:], "002", source="الجريدة"),
        scored(TEST, "003", source="الجريدة"),
    ]
    return predictions_page(documents, NAMES)


def overlapping_spans() -> str:
    document = Document.from_text("سقوط طائرة حربية قرب مدينة حلب.", id="001")
    document.add_event(0, 16, "SHELLING", score=0.5)
    document.add_entity(5, 16, "ARMED", score=0.5)
    document.add_entity(21, 30, "GPE", score=0.5)
    document.set_event_types_from_triggers()
    return predictions_page([document], NAMES)


def nothing_found() -> str:
    return predictions_page([Document.from_text("الطقس بارد اليوم في المدينة.", id="001")], NAMES)


# Every page that Marsad writes; the checks of TestEveryPage hold for all of them.
PAGES: dict[str, Callable[[], str]] = {
    "predictions of one document": one_document,
    "predictions of three documents": three_documents,
    "predictions with overlapping spans": overlapping_spans,
    "predictions without a find": nothing_found,
}


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


def is_marked(span: Locator) -> bool:
    """Return whether the span looks different from the text around it."""
    return span.evaluate(
        """span => {
            const style = getComputedStyle(span), seen = colour => !/^rgba\\(.*, 0\\)$|\\/ 0\\)$/.test(colour);
            return seen(style.backgroundColor) || style.textDecorationLine !== 'none'
                || (parseFloat(style.borderBottomWidth) > 0 && seen(style.borderBottomColor));
        }"""
    )


class TestWithoutJavaScript:
    def test_all_text_and_all_marks_are_there(self, open_page: PageOpener) -> None:
        page = open_page(re.sub("(?s)<script.*?</script>", "", three_documents()))
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
