"""The wrong sentences of the evaluation page: gold over prediction, every error marked, and what filters go by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import marked_document
from evaluation_samples import GOLD, KINDS, PREDICTED, marks, page_of, section_of, sides, small_section, tables, wrong

from trainer.documents import Document
from trainer.pages.evaluation_section import Section
from trainer.pages.layer_names import LAYER_NAMES


@pytest.fixture
def section() -> Section:
    return small_section()


class TestWrongSentences:
    def test_every_wrong_sentence_stands_once_a_run_and_right_ones_do_not(self) -> None:
        gold = marked_document(GOLD, "ا1")
        runs = {"1": [marked_document(PREDICTED, "ا1")], "2": [marked_document((*PREDICTED[:2], GOLD[2]), "ا1")]}
        shown = [
            (item.attributes["data-run"], item.all("p")[0].text()) for item in wrong(page_of(section_of([gold], runs)))
        ]
        assert shown == [
            ("0", "ا1 · الجملة 1 · البذرة seed 1"),
            ("0", "ا1 · الجملة 3 · البذرة seed 1"),
            ("1", "ا1 · الجملة 1 · البذرة seed 2"),
        ]

    def test_the_text_stands_twice_gold_over_the_model(self, section: Section) -> None:
        first, _ = wrong(page_of(section))
        assert [term.text() for term in first.all("dt")] == ["المعيار", "النموذج"]
        texts = [side.text(without=("tag", "type", "kind")).strip() for side in sides(first)]
        assert texts == ["سيطرت قوات النظام على مدينة حلب قرب الرقة."] * 2

    def test_spans_of_both_sides_are_marked_and_the_wrong_ones_outlined(self, section: Section) -> None:
        first, second = wrong(page_of(section))
        gold, predicted = sides(first)
        assert marks(gold, "entity") == [("قوات النظام", True), ("مدينة حلب", True), ("الرقة", True)]
        assert marks(predicted, "entity") == [("قوات النظام", True), ("حلب", True)]
        assert marks(gold, "trigger") == marks(predicted, "trigger") == [("سيطرت", False)]
        gold, predicted = sides(second)
        assert marks(gold, "entity") == [("إدلب", False)]
        assert marks(predicted, "entity") == [("مدنيين", True), ("إدلب", False)]
        assert (marks(gold, "trigger"), marks(predicted, "trigger")) == ([("قُتل", True)], [])

    def test_each_wrong_span_is_followed_by_its_label_and_the_kinds_of_its_error(self, section: Section) -> None:
        told = []
        for side in (side for item in wrong(page_of(section)) for side in sides(item)):
            spans = [span for span in side.all("span") if {"tag", "kind"} & set(span.classes())]
            told.append([span.text() for span in spans])
        assert told == [
            ["CAPTURE", "ARMED", "نوع", "GPE", "حدود", "GPE", "فائت"],
            ["CAPTURE", "GPE", "نوع", "GPE", "حدود"],
            ["فائت", "KILL", "فائت", "GPE"],  # the first is that of the sentence's type
            ["ARMED", "زائد", "GPE"],
        ]

    def test_a_span_with_other_ends_and_another_type_has_both_kinds(self) -> None:
        gold, predicted = (marked_document([text], "ا") for text in ("في [مدينة حلب|GPE].", "في مدينة [حلب|PER]."))
        (item,) = wrong(page_of(section_of([gold], {"": [predicted]})))
        for side in sides(item):
            assert [kind.text() for kind in side.all("span", "kind")] == ["حدود", "نوع"]
        assert item.attributes["data-errors"] == "entities:boundary+type:e1+e0"

    def test_event_types_of_a_sentence_are_shown_likewise(self, section: Section) -> None:
        first, second = wrong(page_of(section))
        for side in sides(first):
            (kind,) = side.all("span", "type")
            assert (kind.text(), "wrong" in kind.classes()) == ("سيطرة", False)
        gold, predicted = sides(second)
        (kind,) = gold.all("span", "type")
        assert (kind.text(), "wrong" in kind.classes()) == ("قتل", True)
        assert predicted.all("span", "type") == []

    def test_a_trigger_and_an_entity_that_overlap_are_both_marked(self) -> None:
        gold, predicted = (Document.from_text("قصف حلب أمس", id="ا") for _ in range(2))
        gold.add_event(0, 7, "SHELLING")
        predicted.add_event(0, 7, "SHELLING")
        predicted.add_entity(4, 11, "GPE")
        (item,) = wrong(page_of(section_of([gold], {"": [predicted]})))
        _, side = sides(item)
        assert marks(side, "trigger") == [("قصف ", False), ("حلب", False)]
        assert marks(side, "entity") == [("حلب", True), (" أمس", True)]
        assert [tag.text() for tag in side.all("span", "tag")] == ["SHELLING", "GPE"]

    def test_a_span_inside_a_word_is_shown_as_the_whole_word_that_it_counts_as(self) -> None:
        gold, predicted = (Document.from_text("وداعش", id="ا") for _ in range(2))
        gold.add_entity(1, 5, "ARMED")
        (item,) = wrong(page_of(section_of([gold], {"": [predicted]})))
        assert marks(sides(item)[0], "entity") == [("وداعش", True)]

    def test_a_model_without_errors_has_no_list_and_no_filters(self) -> None:
        document = marked_document(GOLD, "ا1")
        root = page_of(section_of([document], {"": [document]}))
        assert wrong(root) == root.all("form") == []
        assert "لم يخطئ النموذج في جملة." in root.text()

    def test_errors_are_counted_by_layer_and_kind(self, section: Section) -> None:
        rows = tables(page_of(section))["الأخطاء بحسب صنفها"]
        assert rows[0][1:] == ["فائت missed", "زائد invented", "حدود boundary", "نوع type"]
        assert rows[1:] == [
            [LAYER_NAMES["entities"], "1", "1", "1", "1"],
            [LAYER_NAMES["triggers"], "1", "0", "0", "0"],
            [LAYER_NAMES["event_types"], "1", "0", "0", "0"],
        ]


class TestFilters:
    def test_each_sentence_says_what_the_filters_ask_for(self) -> None:
        gold = [marked_document(GOLD[2:], "ا1"), marked_document(GOLD[:1], "ا2")]
        predicted = [marked_document(PREDICTED[2:], "ا1"), marked_document(PREDICTED[:1], "ا2")]
        first, second = wrong(page_of(section_of(gold, {"": predicted})))
        assert first.attributes["data-article"] == "0"
        assert first.attributes["data-errors"].split() == [
            *("entities:invented:e2", "triggers:missed:t3", "event_types:missed:t3"),
        ]
        assert second.attributes["data-article"] == "1"
        assert second.attributes["data-errors"].split() == [
            *("entities:type:e2+e1", "entities:boundary:e1", "entities:missed:e1"),
        ]

    def test_they_offer_what_errors_have(self) -> None:
        gold = marked_document(GOLD, "ا1")
        runs = {seed: [marked_document(PREDICTED, "ا1")] for seed in ("1", "2")}
        (form,) = page_of(section_of([gold], runs)).all("form")
        offered = {
            select.attributes["name"]: [(option.attributes["value"], option.text()) for option in select.all("option")]
            for select in form.all("select")
        }
        everything = ("", "الكل")
        assert offered == {
            "run": [("0", "1"), ("1", "2"), everything],
            "layer": [everything, *LAYER_NAMES.items()],
            "type": [
                everything,
                *(("entities:e1", "GPE مدينة أو دولة"), ("entities:e2", "ARMED قوة مسلحة")),
                *(("triggers:t3", "KILL قتل"), ("event_types:t3", "KILL قتل")),
            ],
            "article": [everything, ("0", "ا1")],
        }
        assert [box.attributes["value"] for box in form.all("input")] == list(KINDS)
        assert [label.text().strip() for label in form.all("fieldset")[0].all("label")] == list(KINDS.values())
        assert form.all("button")[0].text() == "إزالة المرشِّحات"

    def test_the_first_run_is_chosen_and_a_single_run_is_no_choice(self, section: Section) -> None:
        runs = {seed: [marked_document(PREDICTED, "ا1")] for seed in ("1", "2")}
        (form,) = page_of(section_of([marked_document(GOLD, "ا1")], runs)).all("form")
        assert [option.text() for option in form.all("option") if "selected" in option.attributes] == ["1"]
        (form,) = page_of(section).all("form")
        assert [select.attributes["name"] for select in form.all("select")] == ["layer", "type", "article"]

    def test_without_javascript_all_sentences_are_visible_and_the_filters_are_not(self, section: Section) -> None:
        root = page_of(section)
        assert all("hidden" in form.attributes for form in root.all("form"))
        assert not any("hidden" in item.attributes for item in wrong(root))

    def test_every_section_has_its_own_list(self, section: Section) -> None:
        root = page_of(section, replace(section, key="other"))
        lists = [items.attributes["id"] for items in root.all("ul", "wrongs")]
        assert lists == [form.attributes["data-list"] for form in root.all("form")] == ["test-list", "other-list"]
