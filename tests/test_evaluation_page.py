"""The evaluation page: how good a model is, and how sure that is. Its sentences: test_wrong_sentences_page.py."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from conftest import marked_document
from evaluation_samples import (
    GOLD,
    LABELS,
    NAMES,
    PREDICTED,
    images,
    page_of,
    section_of,
    sides,
    small_section,
    tables,
    wrong,
)
from hostile_texts import ATTACKS
from parsed_pages import parsed

from trainer.documents import Document
from trainer.evaluation.compared_sentences import compared_sentences
from trainer.evaluation.inspection import inspect_predictions
from trainer.pages.evaluation import evaluation_page
from trainer.pages.evaluation_plots import section_pictures
from trainer.pages.evaluation_section import CurvePoint, Score, Section
from trainer.pages.layer_names import LAYER_NAMES


@pytest.fixture
def section() -> Section:
    return small_section()


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
        caption = "F1 micro مع فترة 95%"
        assert caption not in tables(page_of(section))
        systems = {**section.systems, "tfidf": {"event_types": Score(0.3, 0.2, 0.4)}, "mine": {}}
        rows = tables(page_of(replace(section, systems=systems)))[caption]
        assert rows[1:] == [
            ["النموذج model", *["0.500 [0.250 0.750]"] * 3],
            ["TF-IDF", "–", "–", "0.300 [0.200 0.400]"],
            ["mine", "–", "–", "–"],
        ]

    def test_deviations_between_seeds_are_named_where_there_are_several_seeds(self, section: Section) -> None:
        systems = {**section.systems, "mine": {}}
        found = tables(page_of(replace(section, systems=systems, scores=[*section.scores] * 2)))
        assert {"F1 micro مع فترة 95%، و± الانحراف بين البذور", "الأخطاء بحسب صنفها، مجموعةً على البذور"} <= found.keys()

    def test_types_are_scored_the_frequent_first(self, section: Section) -> None:
        rows = tables(page_of(section))[f"{LAYER_NAMES['entities']} بحسب النوع"]
        assert [row[0] for row in rows[1:]] == ["مدينة أو دولة GPE", "شخص PER", "قوة مسلحة ARMED"]
        # Of four gold places two were found, of four found two are right.
        assert [rows[1][1], rows[1][2], rows[1][3], rows[1][5], rows[1][6]] == ["0.500", "0.500", "0.500", "4", "4"]
        low, high = map(float, rows[1][4].strip("[]").split())
        assert low <= 0.5 <= high

    def test_lengths_articles_and_softer_scores_are_means_over_runs(self) -> None:
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

    def test_scores_have_a_calibration_error_and_bins(self) -> None:
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
    def test_a_corpus_of_entities_alone_shows_nothing_of_events(
        self,
    ) -> None:
        gold, predicted = marked_document(GOLD, "ا1"), marked_document(PREDICTED, "ا1")
        for document in (gold, predicted):
            document.keep_layers(["entities"])
        root = page_of(section_of([gold], {"": [predicted]}, LABELS.only(["entities"])))
        assert LAYER_NAMES["triggers"] not in root.text()
        assert [option.attributes["value"] for option in root.all("select")[0].all("option")] == ["", "entities"]

    def test_a_corpus_of_event_types_alone_shows_nothing_of_spans(
        self,
    ) -> None:
        gold, predicted = marked_document(GOLD, "ا1"), marked_document(PREDICTED, "ا1")
        for document in (gold, predicted):
            document.keep_layers(["event_types"])
        root = page_of(section_of([gold], {"": [predicted]}, LABELS.only(["event_types"])))
        (item,) = wrong(root)
        assert item.attributes["data-errors"] == "event_types:missed:t3"
        assert LAYER_NAMES["entities"] not in root.text()
        assert root.all("mark") == root.all("ul", "legend")[0].all("mark")


class TestHarmlessness:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_markup_in_texts_ids_labels_names_and_runs_is_text(self, attack: str) -> None:
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

    def test_scores_have_a_reliability_curve(self) -> None:
        gold, predicted = marked_document(GOLD[:1], "ا1"), marked_document(PREDICTED[:1], "ا1")
        for entity in predicted.entities:
            entity.score = 0.75
        assert "reliability" in section_pictures(section_of([gold], {"": [predicted]}), NAMES)
