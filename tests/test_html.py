"""The page of predictions: right to left, everything visible, nothing in it acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import ANY_TEXT, documents

from trainer.documents import Document, Sentence
from trainer.formats.html import render_html, write_html

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SYMBOL = "\u2423"
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "<!-- --><iframe src=javascript:alert(1)>",
    "]]><a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
]


@dataclass
class Element:
    """An element of a parsed page: its attributes, its children, and the text in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def text(self, without: tuple[str, ...] = ()) -> str:
        """Return the text, leaving out elements of some class."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            elif not set(child.classes()) & set(without):
                parts.append(child.text(without))
        return "".join(parts)

    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, tag: str, of_class: str = "") -> list[Element]:
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and (not of_class or of_class in child.classes()):
                    found.append(child)
                found += child.all(tag, of_class)
        return found

    def everything(self) -> list[Element]:
        inner = [child for child in self.children if isinstance(child, Element)]
        return [self, *(element for child in inner for element in child.everything())]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in <{tag}>"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag != "meta":
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment in the page: {data!r}")


def parsed(page: str) -> Element:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    (root,) = parser.stack
    return root


def sentences(page: str) -> list[str]:
    """Return the text of every sentence on the page, without its labels."""
    return [p.text(without=("tag", "type")) for p in parsed(page).all("p", "sentence")]


def shown(text: str) -> str:
    """Return ``text`` as the page must show it."""
    text = "".join("\ufffd" if _unshowable(c) else c for c in text)
    return "".join(SYMBOL if c in BIDI_CONTROLS else c for c in text)


def _unshowable(character: str) -> bool:
    code = ord(character)
    control = (code < 0x20 and character not in "\t\n\r") or 0x7F <= code <= 0x9F
    return (control and character != "\x85") or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)


def annotated() -> Document:
    document = Document.from_text("قُتل قائد «داعش» في الحسكة.\nانسحب التنظيم.", id="001")
    document.add_event(0, 4, "KILL", score=0.875)
    document.add_entity(5, 16, "PER", score=0.625)
    document.add_entity(20, 26, "GPE")
    document.set_event_types_from_triggers()
    return document


# ------------------------------------------------------------------------------------- the page


def test_the_page_is_right_to_left_arabic_in_utf8() -> None:
    page = render_html([annotated()])
    assert page.startswith("<!DOCTYPE html>\n")
    (html,) = parsed(page).all("html")
    assert html.attributes == {"lang": "ar", "dir": "rtl"}
    assert {"charset": "utf-8"} in [meta.attributes for meta in html.all("meta")]


def test_the_page_needs_nothing_but_itself() -> None:
    page = render_html([annotated()])
    elements = parsed(page).everything()
    assert not {element.tag for element in elements} & {"script", "link", "img", "iframe", "object", "a", "form"}
    assert not {name for element in elements for name in element.attributes} & {"src", "href", "srcset", "action"}
    assert "url(" not in page
    assert "@import" not in page


def test_entities_triggers_and_sentence_types_are_marked_with_label_name_and_score() -> None:
    root = parsed(render_html([annotated()], {"PER": "شخص", "GPE": "مكان", "KILL": "قتل"}))
    (article,) = root.all("article")
    person, city = article.all("mark", "entity")
    assert (person.text(), person.attributes["title"]) == ("قائد «داعش»", "PER · قائد «داعش» · 0.625")
    assert (city.text(), city.attributes["title"]) == ("الحسكة", "GPE · الحسكة")
    (trigger,) = article.all("mark", "trigger")
    assert (trigger.text(), trigger.attributes["title"]) == ("قُتل", "KILL 0.875")
    assert [tag.text() for p in article.all("p", "sentence") for tag in p.all("span", "tag")] == ["KILL", "PER", "GPE"]
    (kind,) = article.all("span", "type")
    assert (kind.text(), kind.attributes["title"]) == ("قتل", "1.0")
    (row,) = article.all("tbody")[0].all("tr")
    assert [cell.text() for cell in row.all("td")] == ["قتل KILL", "قُتل", "0.875"]


def test_the_legend_counts_every_label_in_the_order_of_the_schema() -> None:
    names = {"GPE": "مكان", "PER": "شخص", "KILL": "قتل"}
    legend = parsed(render_html([annotated(), annotated()], names)).all("ul", "legend")[0]
    assert [" ".join(item.text().split()) for item in legend.all("li")] == ["مكانGPE 2", "شخصPER 2", "قتل KILL 2"]


def test_two_entity_labels_have_two_colours_and_a_label_the_same_everywhere() -> None:
    root = parsed(render_html([annotated(), annotated()]))
    styles: dict[str, set[str]] = {}
    for mark in (mark for article in root.all("article") for mark in article.all("mark", "entity")):
        styles.setdefault(mark.attributes["title"].split(" ")[0], set()).add(mark.attributes["style"])
    assert [len(found) for found in styles.values()] == [1, 1]
    assert styles["PER"] != styles["GPE"]


def test_a_label_without_a_display_name_shows_its_own() -> None:
    legend = parsed(render_html([annotated()], {"PER": "شخص"})).all("ul", "legend")[0]
    assert "GPE" in legend.all("mark", "entity")[1].text()


@pytest.mark.parametrize(
    ("entity", "trigger", "marked"),
    [
        ((0, 9), (5, 9), [("سقوط ", "e"), ("طائر", "et"), ("ة", "")]),
        ((5, 9), (0, 9), [("سقوط ", "t"), ("طائر", "et"), ("ة", "")]),
        ((0, 9), (0, 9), [("سقوط طائر", "et"), ("ة", "")]),
        ((0, 6), (3, 10), [("سقو", "e"), ("ط ط", "et"), ("ائرة", "t")]),
        ((3, 10), (0, 6), [("سقو", "t"), ("ط ط", "et"), ("ائرة", "e")]),
    ],
)
def test_a_trigger_and_an_entity_that_overlap_are_both_visible(
    entity: tuple[int, int], trigger: tuple[int, int], marked: list[tuple[str, str]]
) -> None:
    document = Document.from_text("سقوط طائرة")
    document.add_entity(*entity, "WEAPON")
    document.add_event(*trigger, "ATTACK")
    (paragraph,) = parsed(render_html([document])).all("p", "sentence")
    found: list[tuple[str, str]] = []
    _collect(paragraph, "", found)
    assert found == marked
    assert sorted(tag.text() for tag in paragraph.all("span", "tag")) == ["ATTACK", "WEAPON"]


def _collect(element: Element, inside: str, found: list[tuple[str, str]]) -> None:
    for child in element.children:
        if isinstance(child, str):
            found.append((child, "".join(sorted(inside))))
        elif child.tag == "mark":
            _collect(child, inside + ("e" if "entity" in child.classes() else "t"), found)


def test_a_span_over_the_end_of_a_sentence_is_marked_in_both_sentences() -> None:
    document = Document.from_text("سقوط طائرة.\nقرب حلب")
    document.add_entity(5, 15, "WEAPON")
    document.add_event(5, 15, "ATTACK")
    root = parsed(render_html([document]))
    for name in ("entity", "trigger"):
        marks = [mark.text() for p in root.all("p", "sentence") for mark in p.all("mark", name)]
        assert marks == ["طائرة.", "قرب"]


def test_text_outside_every_sentence_is_shown_and_set_apart() -> None:
    document = Document.from_text("المزيد\nقُتل عنصر.\nالتعليقات")
    document.sentences = [Sentence(7, 17)]
    paragraphs = parsed(render_html([document])).all("p", "sentence")
    assert [p.text().strip() for p in paragraphs] == ["المزيد", "قُتل عنصر.", "التعليقات"]
    assert ["outside" in p.classes() for p in paragraphs] == [True, False, True]


def test_several_documents_stand_under_their_ids_in_order() -> None:
    texts = [Document.from_text("أول", id="a"), Document.from_text("ثان", id="b")]
    root = parsed(render_html(texts))
    assert [article.all("h2")[0].text() for article in root.all("article")] == ["a", "b"]
    assert root.all("h1")[0].text() == "2 documents"


@pytest.mark.parametrize(("title", "expected"), [("", "001"), ("عنوان", "عنوان")])
def test_a_single_document_gives_the_page_its_title_unless_there_is_one(title: str, expected: str) -> None:
    root = parsed(render_html([annotated()], title=title))
    assert root.all("h1")[0].text() == expected
    assert root.all("title")[0].text().startswith(expected)
    assert root.all("h2") == []


def test_metadata_and_model_are_shown_and_empty_values_are_not() -> None:
    metadata = {"العنوان": "سقوط", "year": 2022, "author": None, "place": "", "count": 0}
    document = Document.from_text("نص", id="1", metadata=metadata)
    document.model = {"name": "marsad", "fingerprint": "abc123"}
    (meta,) = parsed(render_html([document])).all("article")[0].all("p", "meta")
    assert [bdi.text() for bdi in meta.all("bdi")] == ["العنوان", "سقوط", "year", "2022", "count", "0"]
    assert "marsad (abc123)" in meta.text()


@pytest.mark.parametrize("texts", [[], [Document.from_text("")], [Document.from_text("\n ")]])
def test_a_page_without_text_is_a_page(texts: list[Document]) -> None:
    assert sentences(render_html(texts)) == []


def test_the_file_is_the_page_in_utf8(tmp_path: Path) -> None:
    document = Document.from_text("قُتل 😀\ud800\r\nعنصر", id="أ\udfff")
    write_html([document], tmp_path / "page.html", {"PER": "شخص"})
    assert (tmp_path / "page.html").read_bytes() == render_html([document], {"PER": "شخص"}).encode("utf-8")


# ------------------------------------------------------------------------------- nothing in it acts


def harmless(page: str) -> Element:
    """Parse ``page`` and fail if it has elements or attributes that the template does not write."""
    root = parsed(page)
    known = {
        *("page", "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "ul", "li", "bdi"),
        *("article", "p", "mark", "span", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    attributes = {
        *("lang", "dir", "charset", "name", "content", "class", "style", "title", "id", "scope", "aria-label")
    }
    for element in root.everything():
        assert element.tag in known
        assert set(element.attributes) <= attributes
        if element.tag in ("mark", "li", "span") and "style" in element.attributes:
            assert element.attributes["style"].removeprefix("--hue: ").isdecimal()
    assert len(root.all("style")) == 1
    return root


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_in_text_ids_metadata_labels_and_names_is_text(attack: str) -> None:
    document = Document.from_text(f"{attack}\nقُتل عنصر", id=attack, metadata={attack: attack, "list": [attack]})
    document.add_entity(0, len(attack), attack)
    document.entities[0].name = attack
    document.add_event(0, len(attack), attack)
    document.model = {"name": attack, "fingerprint": attack}
    document.set_event_types_from_triggers()
    plain = Document.from_text("قُتل عنصر", id=attack)
    for names in ({}, {attack: f"شخص {attack}"}):
        for title in ("", attack):
            page = render_html([document, plain], names, title=title)
            root = harmless(page)
            text = root.text()
            # In the text, its event's table, its id twice, metadata, model, legend: each as it was given.
            assert text.count(attack) >= 10
            assert sentences(page)[0] == attack
            assert root.all("mark", "entity")[1].attributes["title"] == f"{attack} · {attack}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_outside_every_sentence_is_text(attack: str) -> None:
    document = Document.from_text(f"{attack}\nقُتل عنصر\n{attack}")
    document.sentences = document.sentences[1:2]
    page = render_html([document])
    harmless(page)
    assert [text.strip() for text in sentences(page)] == [attack, "قُتل عنصر", attack]


@given(documents(ANY_TEXT))
@settings(max_examples=60)
def test_any_document_makes_a_page_of_utf8_in_which_nothing_acts(document: Document) -> None:
    page = render_html([document], {"PER": "شخص"})
    page.encode("utf-8")
    harmless(page)


@given(documents(ANY_TEXT))
@settings(max_examples=60)
def test_every_sentence_of_any_document_is_shown_as_it_is_with_controls_as_symbols(document: Document) -> None:
    expected = [shown(document.text[sentence.start : sentence.end]) for sentence in document.sentences]
    assert sentences(render_html([document])) == expected


@given(documents(ANY_TEXT))
@settings(max_examples=60)
def test_every_marked_character_of_any_document_is_marked_on_the_page(document: Document) -> None:
    paragraphs = parsed(render_html([document])).all("p", "sentence")
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
        assert "".join(mark.text() for p in paragraphs for mark in p.all("mark", name)) == expected


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_bidi_controls_are_shown_as_symbols_everywhere(control: str) -> None:
    word = f"قسد{control}حلب"
    document = Document.from_text(word, id=word, metadata={word: word})
    document.add_entity(0, 7, word)
    document.add_event(0, 7, word)
    document.model = {"name": word, "fingerprint": word}
    document.set_event_types_from_triggers()
    page = render_html([document], {word: word})
    assert control not in page
    assert sentences(page) == [f"قسد{SYMBOL}حلب"]


@pytest.mark.parametrize("character", ["\0", "\x08", "\x1b", "\x7f", "\x9f", "\ufffe", "\ud800"])
def test_what_html_cannot_hold_is_shown_as_the_replacement_character(character: str) -> None:
    page = render_html([Document.from_text(f"قسد{character}حلب", id=character, metadata={"k": character})])
    assert character not in page
    assert sentences(page) == ["قسد\ufffdحلب"]
    assert parsed(page).all("h1")[0].text() == "\ufffd"
