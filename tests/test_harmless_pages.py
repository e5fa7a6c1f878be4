"""Nothing that a document holds acts on a page: no markup, no script, no bidi control, whatever the text is."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import regex
from hostile_texts import ATTACKS, BIDI_CONTROLS, SYMBOL, shown
from hypothesis import given, settings
from parsed_pages import Element, parsed
from strategies import ANY_TEXT, documents
from test_predictions_page import sentences

import trainer.pages
from trainer.documents import Document
from trainer.pages.predictions import predictions_page
from trainer.pages.predictions_index import PageSummary, PredictionsIndex

TEMPLATES = Path(trainer.pages.__file__).parent / "templates"
OF_ONE = ("label_filter.js", "scores.js")
OF_SEVERAL = (*OF_ONE, "arabic_search.js", "document_search.js")
OF_AN_INDEX = ("arabic_search.js", "index_search.js")


def harmless(page: str, scripts: tuple[str, ...] = OF_ONE) -> Element:
    """Parse ``page`` and fail if it has what no template writes, or another script than ``scripts``."""
    root = parsed(page)
    known = {
        *("page", "html", "head", "meta", "title", "style", "script", "noscript", "body", "main", "header", "section"),
        *("article", "aside", "nav", "h1", "h2", "h3", "p", "div", "span", "a", "bdi", "mark", "ul", "ol", "li", "dl"),
        *("dt", "dd", "details", "summary", "button", "label", "input", "table", "thead", "tbody", "tr", "th", "td"),
    }
    attributes = {
        *("lang", "dir", "charset", "name", "content", "http-equiv", "class", "title", "id", "tabindex", "hidden"),
        *("aria-label", "aria-labelledby", "aria-live", "aria-pressed", "role", "scope", "href", "for", "type"),
        *("data-hidden", "data-key", "data-label", "disabled", "autocomplete", "spellcheck"),
    }
    for element in root.everything():
        assert element.tag in known
        assert set(element.attributes) <= attributes
        assert element.tag != "a" or regex.fullmatch(r"#[a-z0-9-]+|[0-9]\.html", element.attributes["href"])
    ids = [element.attributes["id"] for element in root.everything() if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    assert all(regex.fullmatch("[a-z][a-z0-9-]*", id) for id in ids)
    assert len(root.all("style")) == 1
    code = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in scripts)
    assert [script.text() for script in root.all("script") if script.attributes.get("type") != "application/json"] == [
        code
    ]
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    (policy,) = [meta.attributes["content"] for meta in root.all("meta") if "http-equiv" in meta.attributes]
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}'; ")
    return root


class TestMarkup:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_in_text_ids_metadata_labels_and_names_is_text(self, attack: str) -> None:
        document = Document.from_text(f"{attack}\nقُتل عنصر", id=attack, metadata={attack: attack, "list": [attack]})
        document.add_entity(0, len(attack), attack, id=attack)
        document.entities[0].name = attack
        event = document.add_event(0, len(attack), attack, id=attack)
        event.attributes = [attack]
        document.model = {"name": attack, "fingerprint": attack}
        document.set_event_types_from_triggers()
        plain = Document.from_text("قُتل عنصر", id=attack)
        for names in ({}, {attack: f"شخص {attack}"}):
            for title in ("", attack):
                page = predictions_page([document, plain], names, title=title)
                root = harmless(page, OF_SEVERAL)
                # In the text, the list of events, its id twice, metadata, model, legend: each as it was given.
                assert root.all("body")[0].text().count(attack) >= 14
                assert sentences(page)[0] == attack
                name = f"{attack} شخص {attack}" if names else attack
                assert root.all("main")[0].all("mark", "entity")[0].attributes["title"] == f"{name} · {attack}"

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_outside_every_sentence_is_text(self, attack: str) -> None:
        document = Document.from_text(f"{attack}\nقُتل عنصر\n{attack}")
        document.sentences = document.sentences[1:2]
        page = predictions_page([document])
        harmless(page)
        assert [text.strip() for text in sentences(page)] == [attack, "قُتل عنصر", attack]

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_in_what_an_index_can_search_is_data(self, attack: str) -> None:
        index = PredictionsIndex({attack: attack})
        index.add("1.html", PageSummary.of([Document.from_text("نص", id=attack, metadata={"title": attack})]))
        root = harmless(index.page(attack), OF_AN_INDEX)
        (data,) = [script.text() for script in root.all("script") if "type" in script.attributes]
        assert not set(data) & set("<>&'")


class TestAnyDocument:
    @given(documents(ANY_TEXT))
    @settings(max_examples=60)
    def test_makes_a_page_of_utf8_in_which_nothing_acts(self, document: Document) -> None:
        page = predictions_page([document], {"PER": "شخص"})
        page.encode("utf-8")
        harmless(page)

    @given(documents(ANY_TEXT))
    @settings(max_examples=60)
    def test_is_shown_as_it_is_with_controls_as_symbols(self, document: Document) -> None:
        expected = [shown(document.text[sentence.start : sentence.end]) for sentence in document.sentences]
        assert sentences(predictions_page([document])) == expected

    @given(documents(ANY_TEXT))
    @settings(max_examples=60)
    def test_has_every_marked_character_marked(self, document: Document) -> None:
        paragraphs = parsed(predictions_page([document])).all("p", "sentence")
        for name, spans in {
            "entity": [(entity.start, entity.end) for entity in document.entities],
            "trigger": [(event.trigger.start, event.trigger.end) for event in document.events],
        }.items():
            covered = {offset for start, end in spans for offset in range(start, end)}
            expected = "".join(
                shown(document.text[offset])
                for sentence in document.sentences
                for offset in range(sentence.start, sentence.end)
                if offset in covered
            )
            # Marks in marks have their text from the outer ones.
            assert "".join(text for p in paragraphs for text in _outermost(p, name)) == expected

    @given(documents(ANY_TEXT))
    @settings(max_examples=60)
    def test_has_links_that_lead_somewhere(self, document: Document) -> None:
        root = parsed(predictions_page([document, document]))
        ids = {element.attributes["id"] for element in root.everything() if "id" in element.attributes}
        assert {link.attributes["href"].removeprefix("#") for link in root.all("a")} <= ids


def _outermost(element: Element, name: str) -> list[str]:
    found = []
    for child in element.children:
        if isinstance(child, Element):
            found += [child.text()] if name in child.classes() and child.tag == "mark" else _outermost(child, name)
    return found


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_bidi_controls_are_shown_as_symbols_everywhere(control: str) -> None:
    word = f"قسد{control}حلب"
    document = Document.from_text(word, id=word, metadata={word: word, "title": word})
    document.add_entity(0, 7, word)
    document.add_event(0, 7, word).attributes = [word]
    document.model = {"name": word, "fingerprint": word}
    document.set_event_types_from_triggers()
    page = predictions_page([document, document], {word: word})
    assert control not in page
    assert sentences(page) == [f"قسد{SYMBOL}حلب"] * 2
    index = PredictionsIndex({word: word})
    index.add("1.html", PageSummary.of([document]))
    assert control not in index.page(word)


@pytest.mark.parametrize("character", ["\0", "\x08", "\x1b", "\x7f", "\x9f", "\ufffe", "\ud800"])
def test_what_html_cannot_hold_is_shown_as_the_replacement_character(character: str) -> None:
    page = predictions_page([Document.from_text(f"قسد{character}حلب", id=character, metadata={"k": character})])
    assert character not in page
    assert sentences(page) == ["قسد\ufffdحلب"]
    assert parsed(page).all("h1")[0].text() == "\ufffd"
