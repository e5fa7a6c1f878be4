"""The page of predictions: right to left, everything visible, events beside the text, a legend that filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_texts import ATTACKS, BIDI_CONTROLS
from parsed_pages import Element, parsed

from trainer.documents import Argument, Document, Sentence
from trainer.pages.predictions import predictions_page, write_predictions_page

__all__ = ["ATTACKS", "BIDI_CONTROLS", "Element", "parsed", "sentences"]

NAMES = {"GPE": "مكان", "PER": "شخص", "KILL": "قتل", "WITHDRAW": "انسحاب", "TARGET": "المستهدَف"}


def sentences(page: str) -> list[str]:
    """Return the text of every sentence on the page, without its labels."""
    return [p.text(without=("tag", "type")) for p in parsed(page).all("p", "sentence")]


def annotated() -> Document:
    document = Document.from_text("قُتل قائد «داعش» في الحسكة.\nانسحب التنظيم.", id="001")
    document.add_event(0, 4, "KILL", score=0.875)
    document.add_entity(5, 16, "PER", score=0.625)
    document.add_entity(20, 26, "GPE")
    document.set_event_types_from_triggers()
    return document


def two_documents() -> Element:
    plain = Document.from_text("لا شيء هنا.", id="002", metadata={"title": "خبر قصير"})
    return parsed(predictions_page([annotated(), plain], NAMES))


def article(document: Document) -> Element:
    """Return the document as its page shows it."""
    (found,) = parsed(predictions_page([document], NAMES)).all("article")
    return found


def looks(element: Element) -> set[str]:
    """Return the classes that give an element the look of its label."""
    return {name for name in element.classes() if name[0] in "et" and name[1:].isdecimal()}


class TestThePage:
    def test_is_right_to_left_arabic_in_utf8(self) -> None:
        page = predictions_page([annotated()])
        assert page.startswith("<!DOCTYPE html>\n")
        (html,) = parsed(page).all("html")
        assert html.attributes == {"lang": "ar", "dir": "rtl"}
        assert {"charset": "utf-8"} in [meta.attributes for meta in html.all("meta")]

    def test_needs_nothing_but_itself(self) -> None:
        page = predictions_page([annotated(), annotated()])
        elements = parsed(page).everything()
        assert not {element.tag for element in elements} & {"link", "img", "iframe", "object", "form"}
        assert not {name for element in elements for name in element.attributes} & {"src", "srcset", "action"}
        assert {element.attributes["href"][0] for element in elements if "href" in element.attributes} == {"#"}
        assert "url(" not in page
        assert "@import" not in page

    def test_has_no_controls_that_work_before_its_script_runs(self) -> None:
        root = two_documents()
        groups = root.all("div", "controls")
        assert all("hidden" in group.attributes for group in groups)
        hidden = [control for group in groups for control in (*group.all("button"), *group.all("input"))]
        assert len(hidden) == 4  # all, none, scores, search
        others = [control for control in (*root.all("button"), *root.all("input")) if control not in hidden]
        assert len(others) == 3
        assert all("disabled" in control.attributes for control in others)

    @pytest.mark.parametrize(
        ("number", "title"), [(0, "لا نصوص"), (2, "نصان"), (3, "3 نصوص"), (11, "11 نصًا"), (102, "102 نص")]
    )
    def test_of_several_documents_is_called_by_their_number(self, number: int, title: str) -> None:
        root = parsed(predictions_page([Document.from_text("نص")] * number))
        assert root.all("h1")[0].text() == title

    @pytest.mark.parametrize(("title", "expected"), [("", "001"), ("عنوان", "عنوان")])
    def test_of_a_single_document_has_its_id_for_a_title_unless_there_is_one(self, title: str, expected: str) -> None:
        root = parsed(predictions_page([annotated()], title=title))
        assert root.all("h1")[0].text() == expected
        assert root.all("title")[0].text().startswith(expected)
        assert root.all("article")[0].all("h2")[0].text() == "الأحداث (1)"

    @pytest.mark.parametrize("texts", [[], [Document.from_text("")], [Document.from_text("\n ")]])
    def test_without_text_is_a_page(self, texts: list[Document]) -> None:
        assert sentences(predictions_page(texts)) == []

    def test_is_the_file_in_utf8(self, tmp_path: Path) -> None:
        document = Document.from_text("قُتل 😀\ud800\r\nعنصر", id="أ\udfff")
        write_predictions_page([document], tmp_path / "page.html", {"PER": "شخص"})
        assert (tmp_path / "page.html").read_bytes() == predictions_page([document], {"PER": "شخص"}).encode("utf-8")


class TestTheText:
    def test_has_entities_triggers_and_sentence_types_marked_with_label_name_and_score(self) -> None:
        shown = article(annotated())
        person, city = shown.all("mark", "entity")
        assert (person.text(), person.attributes["title"]) == ("قائد «داعش»", "PER شخص · قائد «داعش» · 0.625")
        assert (city.text(), city.attributes["title"]) == ("الحسكة", "GPE مكان · الحسكة")
        (trigger,) = shown.all("mark", "trigger")
        assert (trigger.text(), trigger.attributes["title"]) == ("قُتل", "KILL قتل · 0.875")
        tags = [tag for p in shown.all("p", "sentence") for tag in p.all("span", "tag")]
        assert [tag.text(without=("score",)) for tag in tags] == ["KILL", "PER", "GPE"]
        (kind,) = shown.all("span", "type")
        assert (kind.text(without=("score",)), kind.attributes["title"]) == ("قتل", "KILL قتل · 1.0")

    def test_has_every_score_once_in_two_digits_in_the_tag(self) -> None:
        scores = [[score.text() for score in p.all("span", "score")] for p in article(annotated()).all("p", "sentence")]
        assert scores == [["\u00a01.00", "\u00a00.88", "\u00a00.62"], []]

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
    def test_shows_a_trigger_and_an_entity_that_overlap(
        self, entity: tuple[int, int], trigger: tuple[int, int], marked: list[tuple[str, str]]
    ) -> None:
        document = Document.from_text("سقوط طائرة")
        document.add_entity(*entity, "WEAPON")
        document.add_event(*trigger, "ATTACK")
        (paragraph,) = article(document).all("p", "sentence")
        found: list[tuple[str, str]] = []
        _collect(paragraph, "", found)
        assert found == marked
        assert sorted(tag.text() for tag in paragraph.all("span", "tag")) == ["ATTACK", "WEAPON"]

    def test_shows_an_entity_in_another_with_both_labels(self) -> None:
        document = Document.from_text("جسر مدينة حلب القديم")
        document.add_entity(0, 20, "FAC")
        document.add_entity(4, 13, "GPE")
        (paragraph,) = article(document).all("p", "sentence")
        outer = [mark for mark in paragraph.all("mark", "entity") if mark.attributes["title"].startswith("FAC")]
        assert [mark.text() for mark in outer] == ["جسر ", "مدينة حلب", " القديم"]
        assert [[inner.classes()[2:] for inner in mark.all("mark")] for mark in outer] == [[], [["level1"]], []]
        assert [tag.text() for tag in paragraph.all("span", "tag")] == ["GPE", "FAC"]

    def test_marks_a_span_over_the_end_of_a_sentence_in_both_sentences(self) -> None:
        document = Document.from_text("سقوط طائرة.\nقرب حلب")
        document.add_entity(5, 15, "WEAPON")
        document.add_event(5, 15, "ATTACK")
        paragraphs = article(document).all("p", "sentence")
        for name in ("entity", "trigger"):
            marks = [mark for p in paragraphs for mark in p.all("mark", name)]
            assert [mark.text() for mark in marks] == ["طائرة.", "قرب"]
            assert [mark.attributes.get("id") for mark in marks] == ["d1-e1" if name == "trigger" else None, None]

    def test_outside_every_sentence_is_shown_marked_and_set_apart(self) -> None:
        document = Document.from_text("المزيد\nقُتل عنصر.\nالتعليقات")
        document.sentences = [Sentence(7, 17)]
        document.add_entity(0, 6, "ORG")
        paragraphs = article(document).all("p", "sentence")
        assert [p.text(without=("tag",)).strip() for p in paragraphs] == ["المزيد", "قُتل عنصر.", "التعليقات"]
        assert ["outside" in p.classes() for p in paragraphs] == [True, False, True]
        assert paragraphs[0].all("mark", "entity")[0].text() == "المزيد"


def _collect(element: Element, inside: str, found: list[tuple[str, str]]) -> None:
    for child in element.children:
        if isinstance(child, str):
            found.append((child, "".join(sorted(inside))))
        elif child.tag == "mark":
            _collect(child, inside + ("e" if "entity" in child.classes() else "t"), found)


class TestTheLegend:
    def test_counts_every_label_in_the_order_of_the_schema(self) -> None:
        legends = parsed(predictions_page([annotated(), annotated()], NAMES)).all("ul", "legend")
        assert [[" ".join(item.text().split()) for item in legend.all("li")] for legend in legends] == [
            ["مكان GPE 2", "شخص PER 2"],
            ["قتل KILL 2"],
        ]

    def test_has_a_pressed_button_a_label_that_names_what_is_hidden_with_it(self) -> None:
        document = annotated()
        root = parsed(predictions_page([document], NAMES))
        buttons = [button for legend in root.all("ul", "legend") for button in legend.all("button")]
        assert {button.attributes["aria-pressed"] for button in buttons} == {"true"}
        for button in buttons:
            key, label = button.attributes["data-key"], button.attributes["data-label"]
            marked = [mark for mark in root.all("main")[0].all("mark") if key in mark.classes()]
            assert marked != []
            assert {mark.attributes["title"].split()[0] for mark in marked} == {label}
            assert f'main[data-hidden~="{key}"] mark.{key} {{' in root.all("style")[0].text()

    def test_has_the_types_that_only_sentences_have_with_a_count_of_none(self) -> None:
        document = annotated()
        document.sentences[1].event_types = {"WITHDRAW": 0.75}
        root = parsed(predictions_page([document], NAMES))
        items = root.all("ul", "legend")[1].all("li")
        assert [" ".join(item.text().split()) for item in items] == ["قتل KILL 1", "انسحاب WITHDRAW 0"]
        assert looks(root.all("span", "type")[1]) == looks(items[1].all("mark")[0]) != set()

    def test_gives_two_labels_two_looks_and_a_label_the_same_everywhere(self) -> None:
        root = parsed(predictions_page([annotated(), annotated()]))
        found: dict[str, set[str]] = {}
        for mark in (mark for shown in root.all("article") for mark in shown.all("mark")):
            found.setdefault(mark.attributes["title"].split(" ")[0], set()).update(looks(mark))
        assert [len(keys) for keys in found.values()] == [1, 1, 1]
        assert len(set.union(*found.values())) == 3

    def test_shows_a_label_without_a_display_name_by_its_own(self) -> None:
        legend = parsed(predictions_page([annotated()], {"PER": "شخص"})).all("ul", "legend")[0]
        assert [mark.text() for mark in legend.all("mark", "entity")] == ["شخص", "GPE"]


class TestTheEvents:
    def test_are_listed_in_the_order_of_the_text_and_link_to_their_triggers(self) -> None:
        document = annotated()
        document.add_event(28, 33, "WITHDRAW", score=0.5, id="E1")  # an id that is there already
        document.events.reverse()
        shown = article(document)
        (aside,) = shown.all("aside", "events")
        links = [link for item in aside.all("li") for link in item.all("a")]
        assert [link.text() for link in links] == ["قُتل قتل KILL", "انسحب انسحاب WITHDRAW"]
        marks = {f"#{mark.attributes['id']}": mark for mark in shown.all("mark") if "id" in mark.attributes}
        assert [marks[link.attributes["href"]].text() for link in links] == ["قُتل", "انسحب"]
        assert list(marks) == ["#d1-e1", "#d1-e2"]
        assert {mark.attributes["tabindex"] for mark in marks.values()} == {"-1"}
        assert [item.all("span", "meta")[0].text() for item in aside.all("li")] == ["0.88", "0.50"]

    def test_are_hidden_with_their_type(self) -> None:
        root = parsed(predictions_page([annotated()], NAMES))
        (item,) = root.all("li", "event")
        assert looks(item) == looks(root.all("article")[0].all("mark", "trigger")[0])

    def test_have_their_arguments_and_attributes(self) -> None:
        document = annotated()
        document.events[0].arguments = [Argument("TARGET", "T1", 0.5), Argument("PLACE", "T2"), Argument("TIME", "?")]
        document.events[0].attributes = ["Disputed"]
        (item,) = article(document).all("li", "event")
        pairs = [(pair.all("dt")[0].text(), pair.all("dd")[0].text()) for pair in item.all("div")]
        assert pairs == [("المستهدَف", "قائد «داعش»"), ("PLACE", "الحسكة"), ("TIME", "?")]
        assert item.all("span", "attribute")[0].text() == "Disputed"

    def test_whose_trigger_is_nowhere_on_the_page_have_no_link(self) -> None:
        document = Document.from_text("قُتل عنصر.\n\n\nانسحب")
        document.add_event(10, 12, "KILL")  # between the sentences
        (aside,) = article(document).all("aside", "events")
        assert (aside.all("a"), len(aside.all("li"))) == ([], 1)

    def test_are_not_listed_where_there_are_none(self) -> None:
        assert article(Document.from_text("نص")).all("aside") == []


class TestSeveralDocuments:
    def test_stand_under_their_ids_in_order(self) -> None:
        texts = [Document.from_text("أول", id="a"), Document.from_text("ثان")]
        root = parsed(predictions_page(texts))
        assert [shown.all("h2")[0].text() for shown in root.all("article")] == ["a", "النص 2"]

    def test_have_a_list_of_links_with_what_is_in_them(self) -> None:
        root = two_documents()
        (nav,) = root.all("nav", "documents")
        ids = [shown.attributes["id"] for shown in root.all("article")]
        assert [link.attributes["href"] for link in nav.all("a")] == [f"#{id}" for id in ids]
        assert [item.text() for item in nav.all("li")] == [
            "001: قُتل قائد «داعش» في الحسكة. انسحب التنظيم. كيانان · حدث واحد",
            "002: خبر قصير لا كيانات · لا أحداث",
        ]

    def test_can_be_searched_with_a_field_that_has_a_label_and_tells_what_it_found(self) -> None:
        (nav,) = two_documents().all("nav", "documents")
        (field,) = nav.all("input")
        assert (field.attributes["type"], field.attributes["id"]) == ("search", "search")
        assert [label.attributes["for"] for label in nav.all("label")] == ["search"]
        assert len([element for element in nav.everything() if element.attributes.get("aria-live") == "polite"]) == 1

    def test_lead_back_to_the_top(self) -> None:
        root = two_documents()
        links = [shown.all("p", "top")[0].all("a")[0].attributes["href"] for shown in root.all("article")]
        assert links == [f"#{root.all('body')[0].attributes['id']}"] * 2

    def test_have_no_list_and_no_search_where_there_is_one(self) -> None:
        root = parsed(predictions_page([annotated()]))
        assert root.all("nav") == []
        assert [field.attributes["type"] for field in root.all("input")] == ["checkbox"]
