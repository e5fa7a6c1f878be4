"""The evaluation page: how good a model is, how sure that is, and every sentence that it got wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import test_crossval
from conftest import SCHEMA, SPLITS, Marsad, marked_document, write_tiny_corpus
from hostile_texts import ATTACKS
from parsed_pages import Element, parsed

from trainer.crossval import fold_run
from trainer.crossval import run as run_module
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.documents import Document
from trainer.evaluation.compared_sentences import compared_sentences
from trainer.evaluation.detailed import detailed_scores, sentence_groups
from trainer.evaluation.inspection import inspect_predictions
from trainer.evaluation.report import evaluate_split
from trainer.evaluation.report_page import evaluation_section
from trainer.modeling.tagger import Thresholds
from trainer.pages import evaluation_plots, report_folder
from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_plots import section_pictures
from trainer.pages.evaluation_section import LAYER_NAMES, CurvePoint, Score, Section
from trainer.pages.report_folder import check_report_folder, write_report_folder
from trainer.schema import Schema, load_schema

KINDS = {"missed": "فائت", "invented": "زائد", "boundary": "حدود", "type": "نوع"}
NAMES = {"PER": "شخص", "GPE": "مدينة أو دولة", "ARMED": "قوة مسلحة", "KILL": "قتل", "CAPTURE": "سيطرة"}
SEEN = {
    "entities": {
        "seen": {"precision": 0.9, "recall": 0.8, "f1": 0.847, "support": 10},
        "unseen": {"precision": 0.5, "recall": 0.4, "f1": 0.444, "support": 5},
    }
}
# The second sentence is right; of the others the first one has three errors of entities.
GOLD = (
    "{سيطرت|CAPTURE} [قوات النظام|ARMED] على [مدينة حلب|GPE] قرب [الرقة|GPE].",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "{قُتل|KILL} خمسة مدنيين في [إدلب|GPE].",
)
PREDICTED = (
    "{سيطرت|CAPTURE} [قوات النظام|GPE] على مدينة [حلب|GPE] قرب الرقة.",
    "وصل [أحمد الخالد|PER] إلى [دمشق|GPE].",
    "قُتل خمسة [مدنيين|ARMED] في [إدلب|GPE].",
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


MakeSection = Callable[..., Section]


@pytest.fixture
def section_of(schema: Schema) -> MakeSection:
    """Make a section of gold documents and of what each run predicted for them."""

    def make(
        gold: Sequence[Document], runs: Mapping[str, Sequence[Document]], labels: Schema = schema, **changes: Any
    ) -> Section:
        layers = [layer for layer in labels.layers if all(layer in document.layers for document in gold)]
        inspection = inspect_predictions("model", gold, runs, layers, sentence_groups(gold), labels, SEEN)
        section = Section(
            key="test",
            title="نموذج على test",
            facts=[("البيانات data", "corpus")],
            method=["هكذا قيس."],
            layers=layers,
            systems={"model": {layer: Score(0.5, 0.25, 0.75, macro=0.4) for layer in layers}},
            scores=[detailed_scores(gold, documents, labels) for documents in runs.values()],
            inspection=inspection,
            sentences=compared_sentences(inspection),
        )
        return replace(section, **changes)

    return make


@pytest.fixture
def section(section_of: MakeSection) -> Section:
    return section_of([marked_document(GOLD, "ا1")], {"": [marked_document(PREDICTED, "ا1")]})


def page_of(*sections: Section, names: Mapping[str, str] = NAMES) -> Element:
    return parsed(evaluation_page("تقييم", sections, {}, names))


def wrong(root: Element) -> list[Element]:
    return root.all("li", "wrong")


def marks(side: Element, of_class: str) -> list[tuple[str, bool]]:
    """Return the text of each mark of a side, and whether it is outlined as wrong."""
    return [(mark.text(), "wrong" in mark.classes()) for mark in side.all("mark", of_class)]


def sides(sentence: Element) -> tuple[Element, Element]:
    gold, predicted = sentence.all("dd")
    return gold, predicted


def tables(root: Element) -> dict[str, list[list[str]]]:
    """Return the rows of every table by its caption, the header first."""
    return {
        table.all("caption")[0].text(): [
            [cell.text() for cell in row.children if isinstance(cell, Element)] for row in table.all("tr")
        ]
        for table in root.all("table")
    }


class TestWrongSentences:
    def test_every_wrong_sentence_stands_once_a_run_and_right_ones_do_not(self, section_of: MakeSection) -> None:
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

    def test_a_span_with_other_ends_and_another_type_has_both_kinds(self, section_of: MakeSection) -> None:
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

    def test_a_trigger_and_an_entity_that_overlap_are_both_marked(self, section_of: MakeSection) -> None:
        gold, predicted = (Document.from_text("قصف حلب أمس", id="ا") for _ in range(2))
        gold.add_event(0, 7, "SHELLING")
        predicted.add_event(0, 7, "SHELLING")
        predicted.add_entity(4, 11, "GPE")
        (item,) = wrong(page_of(section_of([gold], {"": [predicted]})))
        _, side = sides(item)
        assert marks(side, "trigger") == [("قصف ", False), ("حلب", False)]
        assert marks(side, "entity") == [("حلب", True), (" أمس", True)]
        assert [tag.text() for tag in side.all("span", "tag")] == ["SHELLING", "GPE"]

    def test_a_span_inside_a_word_is_shown_as_the_whole_word_that_it_counts_as(self, section_of: MakeSection) -> None:
        gold, predicted = (Document.from_text("وداعش", id="ا") for _ in range(2))
        gold.add_entity(1, 5, "ARMED")
        (item,) = wrong(page_of(section_of([gold], {"": [predicted]})))
        assert marks(sides(item)[0], "entity") == [("وداعش", True)]

    def test_a_model_without_errors_has_no_list_and_no_filters(self, section_of: MakeSection) -> None:
        document = marked_document(GOLD, "ا1")
        root = page_of(section_of([document], {"": [document]}))
        assert wrong(root) == root.all("form") == []
        assert "لم يخطئ النموذج في جملة." in root.text()

    def test_errors_are_counted_by_layer_and_kind(self, section: Section) -> None:
        rows = tables(page_of(section))["الأخطاء بحسب صنفها، مجموعةً على البذور"]
        assert rows[0][1:] == ["فائت missed", "زائد invented", "حدود boundary", "نوع type"]
        assert rows[1:] == [
            [LAYER_NAMES["entities"], "1", "1", "1", "1"],
            [LAYER_NAMES["triggers"], "1", "0", "0", "0"],
            [LAYER_NAMES["event_types"], "1", "0", "0", "0"],
        ]


class TestFilters:
    def test_each_sentence_says_what_the_filters_ask_for(self, section_of: MakeSection) -> None:
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

    def test_they_offer_what_errors_have(self, section_of: MakeSection) -> None:
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

    def test_the_first_run_is_chosen_and_a_single_run_is_no_choice(
        self, section: Section, section_of: MakeSection
    ) -> None:
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


class TestTheScores:
    def test_the_summary_has_every_layer_with_its_interval(self, section: Section) -> None:
        rows = tables(page_of(section))["درجات النموذج"]
        assert rows[1] == [LAYER_NAMES["entities"], "0.500", "[0.250 0.750]", "–", "0.400"]
        assert [row[0] for row in rows[1:]] == list(LAYER_NAMES.values())

    def test_seeds_have_a_deviation(self, section: Section) -> None:
        systems = {"model": {"entities": Score(0.5, 0.25, 0.75, 0.0125, 0.4)}}
        rows = tables(page_of(replace(section, systems=systems)))["درجات النموذج"]
        assert rows[1][3] == "±0.013"

    def test_what_was_measured_and_how_stands_on_top(self, section: Section) -> None:
        summary = page_of(section).all("section")[0]
        assert [(dt.text(), dd.text()) for dt, dd in zip(summary.all("dt"), summary.all("dd"), strict=True)] == [
            ("البيانات data", "corpus")
        ]
        assert summary.all("p", "method")[0].text() == "هكذا قيس."
        assert summary.all("p", "warning") == []

    def test_a_leak_is_a_warning(self, section: Section) -> None:
        (warning,) = page_of(replace(section, warning="LEAKED: 2 من 3")).all("p", "warning")
        assert "LEAKED: 2 من 3" in warning.text()

    def test_systems_stand_side_by_side_where_there_are_several(self, section: Section) -> None:
        caption = "F1 micro مع فترة 95%، و± الانحراف بين البذور"
        assert caption not in tables(page_of(section))
        systems = {**section.systems, "tfidf": {"event_types": Score(0.3, 0.2, 0.4)}, "mine": {}}
        rows = tables(page_of(replace(section, systems=systems)))[caption]
        assert rows[1:] == [
            ["النموذج model", *["0.500 [0.250 0.750]"] * 3],
            ["TF-IDF", "–", "–", "0.300 [0.200 0.400]"],
            ["mine", "–", "–", "–"],
        ]

    def test_types_are_scored_the_frequent_first(self, section: Section) -> None:
        rows = tables(page_of(section))[f"{LAYER_NAMES['entities']} بحسب النوع"]
        assert [row[0] for row in rows[1:]] == ["مدينة أو دولة GPE", "شخص PER", "قوة مسلحة ARMED"]
        # Of four gold places two were found, of four found two are right.
        assert [rows[1][1], rows[1][2], rows[1][3], rows[1][5], rows[1][6]] == ["0.500", "0.500", "0.500", "4", "4"]
        low, high = map(float, rows[1][4].strip("[]").split())
        assert low <= 0.5 <= high

    def test_lengths_articles_and_softer_scores_are_means_over_runs(self, section_of: MakeSection) -> None:
        gold = marked_document(GOLD, "ا1")
        runs = {"1": [marked_document(PREDICTED, "ا1")], "2": [gold]}
        found = tables(page_of(section_of([gold], runs)))
        assert found["الكيانات entities بحسب المقالة"][1:] == [["ا1", "0.750", "0.750", "0.750", "6"]]
        assert [row[0] for row in found["الكيانات entities بحسب عدد الكلمات"][1:]] == ["1", "2"]
        strict, *softer = map(float, found["درجات ألين للمقاطع (MUC)"][1][1:])
        assert strict == 0.75
        assert max(softer) > strict

    def test_confusions_have_a_row_and_a_column_for_nothing(self, section: Section) -> None:
        rows = tables(page_of(section))["الكيانات entities: نوع المعيار في الصفوف ونوع النموذج في الأعمدة"]
        assert [row[0] for row in rows[1:]] == ["شخص PER", "مدينة أو دولة GPE", "قوة مسلحة ARMED", "لا شيء none"]
        assert rows[2][1:] == ["", "3", "", "1"]  # the boundary error is of the right type
        assert rows[3][1:] == ["", "1", "", ""]
        assert rows[4][1:] == ["", "", "1", ""]

    def test_seen_and_unseen_spans_are_apart(self, section: Section) -> None:
        rows = tables(page_of(section))["المعروف والجديد"]
        assert [row[3:] for row in rows[1:]] == [["0.847", "10"], ["0.444", "5"]]

    def test_scores_have_a_calibration_error_and_bins(self, section_of: MakeSection) -> None:
        gold, predicted = marked_document(GOLD, "ا1"), marked_document(PREDICTED, "ا1")
        for entity in predicted.entities:
            entity.score = 0.75
        found = tables(page_of(section_of([gold], {"": [predicted]})))
        assert found["خطأ المعايرة expected calibration error"][1:] == [[LAYER_NAMES["entities"], "0.250"]]
        assert found[f"{LAYER_NAMES['entities']}: نقاط المنحنى"][1:] == [["0.7–0.8", "6", "0.750", "0.500"]]

    def test_without_scores_there_is_no_reliability(self, section: Section) -> None:
        assert "خطأ المعايرة expected calibration error" not in tables(page_of(section))

    def test_the_learning_curve_has_a_row_for_each_share(self, section: Section) -> None:
        points = [
            CurvePoint(share, number, {"entities": Score(f1, f1 - 0.1, f1 + 0.1)})
            for share, number, f1 in ((0.0, 0, 0.5), (0.5, 40, 0.75))
        ]
        rows = tables(page_of(replace(section, curve=points)))["منحنى التعلّم: F1 micro"]
        assert rows[1:] == [
            ["0", "0", "0.500 [0.400 0.600]", "–", "–"],
            ["0.5", "40", "0.750 [0.650 0.850]", "–", "–"],
        ]

    def test_the_training_shows_losses_and_validation_scores(self, section: Section) -> None:
        history = [{"epoch": 1.0, "step": 4, "loss": 0.5}, {"epoch": 1.0, "step": 4, "eval_entities": 0.25}]
        found = tables(page_of(replace(section, history={"history": history, "best_kept": True})))
        assert found["سير التدريب، والدرجات على نصوص التحقق validation"][1:] == [["1", "4", "0.500", "0.250"]]

    def test_contents_link_to_every_part_of_every_section(self, section: Section) -> None:
        root = page_of(section, replace(section, key="other"))
        links = [link.attributes["href"].removeprefix("#") for link in root.all("nav")[0].all("a")]
        ids = [element.attributes["id"] for element in root.everything() if "id" in element.attributes]
        assert len(set(ids)) == len(ids)
        assert set(links) <= set(ids)
        assert {"test-entities", "other-wrong", "other-seen"} <= set(links)


class TestOneLayer:
    def test_a_corpus_of_entities_alone_shows_nothing_of_events(self, section_of: MakeSection, schema: Schema) -> None:
        gold, predicted = marked_document(GOLD, "ا1"), marked_document(PREDICTED, "ا1")
        for document in (gold, predicted):
            document.keep_layers(["entities"])
        root = page_of(section_of([gold], {"": [predicted]}, schema.only(["entities"])))
        assert LAYER_NAMES["triggers"] not in root.text()
        assert [option.attributes["value"] for option in root.all("select")[0].all("option")] == ["", "entities"]

    def test_a_corpus_of_event_types_alone_shows_nothing_of_spans(
        self, section_of: MakeSection, schema: Schema
    ) -> None:
        gold, predicted = marked_document(GOLD, "ا1"), marked_document(PREDICTED, "ا1")
        for document in (gold, predicted):
            document.keep_layers(["event_types"])
        root = page_of(section_of([gold], {"": [predicted]}, schema.only(["event_types"])))
        (item,) = wrong(root)
        assert item.attributes["data-errors"] == "event_types:missed:t3"
        assert LAYER_NAMES["entities"] not in root.text()
        assert root.all("mark") == root.all("ul", "legend")[0].all("mark")


class TestHarmlessness:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_markup_in_texts_ids_labels_names_and_runs_is_text(self, section_of: MakeSection, attack: str) -> None:
        gold = Document.from_text(f"{attack}\nقُتل عنصر", id=attack)
        gold.add_entity(0, len(attack), attack)
        gold.add_event(0, len(attack), attack)
        gold.set_event_types_from_triggers()
        labels = SimpleNamespace(layers=("entities", "triggers"), labels_of=lambda layer: [attack])
        bare = gold.without_annotations()
        inspection = inspect_predictions(
            "model", [gold], {attack: [bare], "2": [bare]}, labels.layers, [0, 0], labels, {}
        )  # type: ignore[arg-type]
        plain = section_of([marked_document(GOLD, "ا")], {"": [marked_document(PREDICTED, "ا")]})
        section = replace(
            plain,
            title=attack,
            facts=[(attack, attack)],
            method=[attack],
            warning=attack,
            layers=labels.layers,
            systems={"model": plain.systems["model"], attack: {}},
            folds=[{"test": [attack], "training": [attack], "validation": []}],
            inspection=inspection,
            sentences=compared_sentences(inspection),
        )
        for names in ({}, {attack: f"اسم {attack}"}):
            root = parsed(evaluation_page(attack, [section], {}, names))
            assert len(root.all("script")) == len(root.all("style")) == 1
            known = {"href", "hidden", "selected", "checked", "type", "name", "value", "label", "tabindex", "role"}
            for element in root.everything():
                assert element.tag not in ("img", "svg", "iframe", "svg/onload", "b")
                for name in element.attributes:
                    assert name in known or not name.startswith("on")
            assert {link.attributes["href"][0] for link in root.all("a")} == {"#"}
            first, _ = wrong(root)
            for side in sides(first):
                assert side.text(without=("tag", "type", "kind")).strip() == attack
            assert first.all("p")[0].text() == f"{attack} · الجملة 1 · البذرة seed {attack}"

    def test_only_the_script_of_the_filters_may_run(self, section: Section) -> None:
        root = page_of(section)
        (script,) = root.all("script")
        assert script.text().startswith('"use strict";')
        (policy,) = [m for m in root.all("meta") if m.attributes.get("http-equiv") == "Content-Security-Policy"]
        assert "default-src 'none'; script-src 'sha256-" in policy.attributes["content"]


# --------------------------------------------------------------------------------- the commands


def images(root: Element) -> list[str]:
    """Return the alternative texts of the pictures, each of which must be inside the page."""
    for image in root.all("img"):
        assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
    return [image.attributes["alt"] for image in root.all("img")]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: that takes longer than everything else."""
    monkeypatch.setattr(evaluation_plots, "section_pictures", lambda section, names: {})


class TestPictures:
    def test_there_is_one_of_everything_that_the_section_has(self, section: Section) -> None:
        history = [{"epoch": float(epoch), "step": epoch, "loss": 1.0 / epoch} for epoch in (1, 2)]
        full = replace(
            section,
            systems={**section.systems, "crf": {}},
            curve=[CurvePoint(share, 1, section.systems["model"]) for share in (0.0, 1.0)],
            history={"history": history, "best_kept": False},
        )
        pictures = section_pictures(full, NAMES)
        kinds = ["systems", *(f"types-{layer}" for layer in LAYER_NAMES), "confusions-entities", "confusions-triggers"]
        assert list(pictures) == [*kinds, "seen", "curve", "history"]
        assert {picture.name for picture in pictures.values()} >= {"test_systems", "test_types_event_types"}
        root = parsed(evaluation_page("تقييم", [full], {"test": pictures}))
        assert sorted(images(root)) == sorted(picture.description for picture in pictures.values())

    def test_scores_have_a_reliability_curve(self, section_of: MakeSection) -> None:
        gold, predicted = marked_document(GOLD[:1], "ا1"), marked_document(PREDICTED[:1], "ا1")
        for entity in predicted.entities:
            entity.score = 0.75
        assert "reliability" in section_pictures(section_of([gold], {"": [predicted]}), NAMES)


class TestEvaluateReport:
    def test_it_writes_a_page_and_its_plots(
        self, marsad: Marsad, tiny_model: Path, tiny_corpus: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "new" / "report"
        result = marsad("evaluate", tiny_model, tiny_corpus, "--report", folder)
        assert result.code == 0, result.err
        assert result.out.splitlines()[-1] == f"written: {folder / 'index.html'}"
        root = parsed((folder / "index.html").read_text(encoding="utf-8"))
        assert sorted(path.name for path in folder.iterdir()) == ["index.html", "plots"]
        plots = {path.name for path in (folder / "plots").iterdir()}
        assert plots == {f"{Path(name).stem}{ending}" for name in plots for ending in (".png", ".svg")}
        # One system alone is in no picture on the page.
        assert len(plots) == 2 * (len(images(root)) + 1) > 10
        assert root.all("h1")[0].text().endswith(" على test")
        assert root.all("p", "warning") == []

    def test_the_page_has_the_numbers_of_the_report_and_every_wrong_sentence(
        self, tiny_model: Path, tiny_corpus: Path
    ) -> None:
        evaluation = evaluate_split(tiny_model, tiny_corpus, baselines=True)
        root = page_of(evaluation_section(evaluation, tiny_model))
        report = evaluation.report
        found = tables(root)
        value = report["intervals"]["triggers"]
        row = found["درجات النموذج"][2]
        assert row[1:3] == [f"{value['mean']:.3f}", f"[{value['low']:.3f} {value['high']:.3f}]"]
        systems = found["F1 micro مع فترة 95%، و± الانحراف بين البذور"]
        assert [row[0] for row in systems[1:]] == [
            *("النموذج model", "الأغلب majority", "معجم lexicon", "CRF", "TF-IDF"),
        ]
        assert systems[3][1].startswith(f"{report['baselines']['lexicon']['scores']['entities']['micro']['f1']:.3f} [")
        rows = zip(*report["counts"].values(), strict=True)
        errors = [sum(gold + predicted - 2 * hits for hits, predicted, gold in sentence) for sentence in rows]
        assert len(wrong(root)) == sum(map(bool, errors))
        assert "سير التدريب، والدرجات على نصوص التحقق validation" in found, "the model folder keeps its history"

    def test_sentences_that_were_trained_on_are_marked(self, tiny_model: Path, tiny_corpus: Path) -> None:
        evaluation = evaluate_split(tiny_model, tiny_corpus, "train", allow_leaks=True)
        (warning,) = page_of(evaluation_section(evaluation, tiny_model)).all("p", "warning")
        assert "LEAKED: 10 من 10" in warning.text()

    def test_a_model_without_fingerprints_has_a_warning_and_one_without_a_history_no_curve(
        self, model_copy: Path, tiny_corpus: Path
    ) -> None:
        for name in ("training_sentences.npz", "training_spans.json", "training_history.json"):
            (model_copy / name).unlink(missing_ok=True)
        root = page_of(evaluation_section(evaluate_split(model_copy, tiny_corpus), model_copy))
        (warning,) = root.all("p", "warning")
        assert "فلم يمكن التحقق" in warning.text()
        assert not {"المعروف والجديد", "سير التدريب، والدرجات على نصوص التحقق validation"} & tables(root).keys()

    @pytest.mark.usefixtures("undrawn")
    def test_a_split_without_sentences_is_a_page(self, marsad: Marsad, tiny_model: Path, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {**SPLITS, "test": {}})
        result = marsad("evaluate", tiny_model, corpus, "--report", tmp_path / "report")
        assert result.code == 0, result.err
        assert wrong(parsed((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))) == []

    def test_without_matplotlib_nothing_is_begun(
        self, marsad: Marsad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(report_folder, "installed", lambda package: False)
        result = marsad("evaluate", tmp_path / "no-model", "data", "--report", tmp_path / "report")
        assert result.code == 1
        assert 'need matplotlib, which is not installed: pip install "marsad[plots]"' in " ".join(result.err.split())


@pytest.fixture
def mistaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run cross-validations in this process, with a model that knows everything but the first entity of a document.

    With seed 2 it does not know the first event of the document either.
    """

    def fit(training: Any, validation: Any, schema: Schema, settings: Any, arguments: Any) -> Any:
        def tag(documents: Sequence[Document]) -> list[Document]:
            known = [marked_document(test_crossval.ARTICLES[document.id], document.id) for document in documents]
            for document in known:
                document.keep_layers(schema.layers)
            # By way of rows of words, as the documents are that a fold tests.
            found = dataset_to_documents(documents_to_dataset(known, schema))
            for document in found:
                del document.entities[:1]
                if arguments.seed == 2:
                    del document.events[:1]
                if "event_types" in schema.layers:
                    document.set_event_types_from_triggers()
            return found

        return SimpleNamespace(tagger=SimpleNamespace(tag=tag, thresholds=Thresholds()))

    monkeypatch.setattr(run_module, "ProcessPoolExecutor", test_crossval.PoolOfThisProcess)
    monkeypatch.setattr(fold_run, "fit", fit)


@pytest.fixture
def config(tmp_path: Path, tiny_checkpoint: Path) -> Path:
    corpus = test_crossval.write_corpus(
        tmp_path / "corpus", groups=[test_crossval.COPIES], stories=test_crossval.GROUPS["stories"]
    )
    return test_crossval.write_config(tmp_path / "config.yaml", corpus, tiny_checkpoint)


QUICK = ("--no-random-weights", "--no-baselines")


@pytest.mark.usefixtures("mistaken", "undrawn")
class TestCrossvalReport:
    def test_every_grouping_is_a_section_with_the_errors_of_every_seed(
        self, marsad: Marsad, config: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "report"
        result = marsad(
            *("crossval", config, "--output", tmp_path / "out", "--seeds", "1,2", "--no-random-weights"),
            *("--report", folder),
        )
        assert result.code == 0, result.err
        assert result.out.splitlines()[-1] == f"written: {folder / 'index.html'}"
        root = parsed((folder / "index.html").read_text(encoding="utf-8"))
        for key in ("near-duplicates", "stories"):
            (items,) = [items for items in root.all("ul", "wrongs") if items.attributes["id"] == f"{key}-list"]
            told = [item.all("p")[0].text() for item in items.all("li", "wrong")]
            assert len(set(told)) == len(told)
            assert sum("seed 1" in one for one in told) == 5
            # The first event of an article is in the sentence of its first entity, but for ب and ج.
            assert sum("seed 2" in one for one in told) == 7
        results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
        value = results["groupings"]["stories"]["systems"]["model"]["summary"]["triggers"]
        cell = f"{value['mean']:.3f} [{value['low']:.3f} {value['high']:.3f}] ±{value['deviation']:.3f}"
        assert cell in root.text()
        assert root.text().count("معجم lexicon") == 2

    def test_its_folds_are_told(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        folder = tmp_path / "report"
        marsad(
            *("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK),
            *("--grouping", "stories", "--report", folder),
        )
        found = tables(parsed((folder / "index.html").read_text(encoding="utf-8")))
        assert found["الأقسام folds"][1:] == [["ا1, ا2, د", "ب, ج", "–"], ["ب, ج", "ا1, ا2, د", "–"]]

    def test_a_corpus_of_one_layer_has_a_page_of_that_layer(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        schema = tmp_path / "corpus" / "schema.yaml"
        schema.write_text(SCHEMA.partition("events:")[0], encoding="utf-8")
        for path in (tmp_path / "corpus" / "gold").glob("*.ann"):
            lines = path.read_text(encoding="utf-8").splitlines()
            entities = [line for line in lines if line.split("\t")[1].split()[0] in ("PER", "GPE", "ARMED")]
            path.write_text("\n".join(entities) + "\n", encoding="utf-8")
        folder = tmp_path / "report"
        result = marsad(*("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK, "--report", folder))
        assert result.code == 0, result.err
        text = parsed((folder / "index.html").read_text(encoding="utf-8")).text()
        assert LAYER_NAMES["entities"] in text
        assert LAYER_NAMES["triggers"] not in text

    def test_a_finished_run_gets_its_page_without_training(self, marsad: Marsad, config: Path, tmp_path: Path) -> None:
        command = ("crossval", config, "--output", tmp_path / "out", "--seeds", "1", *QUICK)
        assert marsad(*command).code == 0
        result = marsad(*command, "--report", tmp_path / "report")
        assert "6 of 6 folds are finished already" in result.err
        assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.usefixtures("mistaken", "undrawn")
class TestLearningCurve:
    @pytest.fixture
    def run(self, marsad: Marsad, config: Path, tmp_path: Path) -> Callable[..., Any]:
        """Run a cross-validation of one seed into a folder of some name."""

        def run(name: str, *options: Any) -> Any:
            basic = () if "--seeds" in options else ("--seeds", "1")
            return marsad("crossval", config, "--output", tmp_path / name, *basic, *QUICK, *options)

        return run

    def test_runs_with_other_shares_are_its_points_in_order(self, run: Callable[..., Any], tmp_path: Path) -> None:
        for share in ("0.5", "0"):
            assert run(f"share-{share}", "--grouping", "stories", "--training_only_share", share).code == 0
        result = run(
            *("all", "--grouping", "stories"),
            *("--curve", tmp_path / "share-0.5", "--curve", tmp_path / "share-0", "--report", tmp_path / "report"),
        )
        assert result.code == 0, result.err
        root = parsed((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))
        curves = [table for table in root.all("table") if table.all("caption")[0].text() == "منحنى التعلّم: F1 micro"]
        assert [[row.all("th")[0].text() for row in table.all("tr")[1:]] for table in curves] == [["0", "0.5", "1"]]

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (("--dropout", "0.25"), "--dropout is 0.25 there and not given here"),
            (("--seeds", "1,2"), "--seeds is 1,2 there and 1 here"),
            (("--without", "ب"), "--without is ب there and not given here"),
            (("--folds", "2"), "its folds by near-duplicates are others"),
            (("--grouping", "stories"), "it has no folds by near-duplicates"),
            ((), "has the training_only_share 1, as has this run"),
        ],
    )
    def test_other_runs_are_refused_and_it_is_said_why(
        self, run: Callable[..., Any], tmp_path: Path, options: Iterable[str], reason: str
    ) -> None:
        assert run("other", *options).code == 0
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert result.code == 1
        assert reason in " ".join(result.err.split())
        assert not (tmp_path / "all").exists(), "it was refused before any work"

    def test_so_are_results_of_other_data(self, run: Callable[..., Any], tmp_path: Path) -> None:
        assert run("other", "--training_only_share", "0").code == 0
        path = tmp_path / "other" / "results.json"
        results = json.loads(path.read_text(encoding="utf-8"))
        results["groupings"]["stories"]["sha256"] = "0" * 64
        path.write_text(json.dumps(results), encoding="utf-8")
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert "it was tested on other data" in " ".join(result.err.split())

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "has no results.json: --curve takes output folders of finished"),
            ("{", "holds no results of this version"),
            ('{"version": 1, "groupings": {"stories": {}}}', "holds no results of this version"),
            ('{"version": 0}', "holds no results of this version"),
        ],
    )
    def test_so_is_a_folder_without_results(
        self, run: Callable[..., Any], tmp_path: Path, content: str | None, reason: str
    ) -> None:
        (tmp_path / "other").mkdir()
        if content is not None:
            (tmp_path / "other" / "results.json").write_text(content, encoding="utf-8")
        result = run("all", "--curve", tmp_path / "other", "--report", tmp_path / "report")
        assert result.code == 1
        assert reason in " ".join(result.err.split())

    def test_without_a_report_there_is_nowhere_to_show_it(self, run: Callable[..., Any], tmp_path: Path) -> None:
        result = run("all", "--curve", tmp_path)
        assert result.code == 1
        assert "--curve is for the page of --report" in result.err


class TestTheFolder:
    def test_an_earlier_report_is_replaced_as_a_whole(self, section: Section, tmp_path: Path) -> None:
        page = evaluation_page("تقييم", [section], {})
        write_report_folder(tmp_path / "report", page, [])
        (tmp_path / "report" / "plots" / "old.svg").write_text("<svg/>", encoding="utf-8")
        newer = evaluation_page("أحدث", [section], {})
        assert write_report_folder(tmp_path / "report", newer, []) == tmp_path / "report" / "index.html"
        assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8") == newer
        assert list((tmp_path / "report" / "plots").iterdir()) == []
        assert [path.name for path in tmp_path.iterdir()] == ["report"]

    def test_an_empty_folder_is_filled(self, section: Section, tmp_path: Path) -> None:
        (tmp_path / "report").mkdir()
        write_report_folder(tmp_path / "report", evaluation_page("تقييم", [section], {}), [])
        assert (tmp_path / "report" / "index.html").is_file()

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("notes.txt", "notes.txt"),
            ("plots/notes.txt", "plots/notes.txt"),
            ("plots/more/plot.svg", "plots/more"),
            ("plots", "plots"),
            ("index.html", "index.html"),
        ],
    )
    def test_a_folder_with_other_files_is_refused_and_stays_as_it_is(
        self, tmp_path: Path, name: str, shown: str
    ) -> None:
        path = tmp_path / "report" / name
        path.parent.mkdir(parents=True)
        path.write_text("<title>قائمتي</title>", encoding="utf-8")
        with pytest.raises(FileExistsError, match=f"holds {shown}, which is no part of a report"):
            write_report_folder(tmp_path / "report", "", [])
        assert path.read_text(encoding="utf-8") == "<title>قائمتي</title>"

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "report").write_text("", encoding="utf-8")
        with pytest.raises(NotADirectoryError, match="a report is a folder"):
            check_report_folder(tmp_path / "report")

    def test_a_report_that_cannot_be_written_leaves_the_earlier_one(self, section: Section, tmp_path: Path) -> None:
        page = evaluation_page("تقييم", [section], {})
        write_report_folder(tmp_path / "report", page, [])

        def full(folder: Path) -> list[Path]:
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="repeat the command with another --report"):
            write_report_folder(tmp_path / "report", page, [SimpleNamespace(write=full)])  # type: ignore[list-item]
        assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8") == page
        assert [path.name for path in tmp_path.iterdir()] == ["report"]
