"""The page of a simulation: what came out, the curves as pictures and as numbers, and how it was measured."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import images, tables
from hostile_texts import ATTACKS
from parsed_pages import Element, parsed

from trainer.pages.simulation import simulation_page, simulation_pictures
from trainer.selection import simulation_page as files
from trainer.selection.simulation_page import write_page, write_results

NAMES = ["entities", "triggers", "mean"]


def score(mean: float) -> dict[str, Any]:
    per_seed = [mean - 0.01, mean + 0.01]
    return {"mean": mean, "low": mean - 0.05, "high": mean + 0.05, "deviation": 0.0141, "per_seed": per_seed}


def difference(mean: float) -> dict[str, Any]:
    per_seed = [mean - 0.005, mean + 0.005]
    return {"mean": mean, "low": mean - 0.02, "high": mean + 0.02, "p": 0.125, "per_seed": per_seed}


def compared(random: float, chosen: float, *, alike: bool = False) -> dict[str, Any]:
    return {
        "scores": {
            "random": {name: score(random) for name in NAMES},
            "chosen": {name: score(chosen) for name in NAMES},
        },
        "difference": {name: None if alike else difference(chosen - random) for name in NAMES},
    }


def results_of(outcome: str = "better") -> dict[str, Any]:
    """Results of two steps as ``collect_results`` gives them."""
    revealed = {
        "random": {"words": 1000.4, "entities": 80, "triggers": 20.0},
        "chosen": {"words": 1500.0, "entities": 130, "triggers": 41.5},
    }
    return {
        "options": {
            **{"config": "quick.yaml", "overrides": {"dropout": "0.25"}, "steps": [50, 100], "seeds": [1, 2]},
            **{"pool": "training_only", "test": [], "without": ["004"]},
        },
        "optimiser_steps": 300,
        "data": {"name": "hasakah", "pool": 1718, "documents": ["000", "001"], "sentences": 39},
        "layers": NAMES[:-1],
        "steps": [
            {"sentences": 50, **compared(0.5, 0.5, alike=True), "revealed": revealed},
            {"sentences": 100, **compared(0.6, 0.65), "revealed": revealed},
        ],
        "area": compared(0.55, 0.575),
        "outcome": dict.fromkeys(NAMES, outcome),
    }


def page_of(results: dict[str, Any]) -> Element:
    return parsed(simulation_page(results, NAMES, [("البذور seeds", "1، 2")], ["هكذا قيس."], {}))


class TestWhatThePageTells:
    @pytest.mark.parametrize(
        ("outcome", "said"),
        [
            ("better", "الاختيار أفضل من السحب العشوائي"),
            ("worse", "الاختيار أسوأ من السحب العشوائي"),
            ("no difference", "لا فرق ذو دلالة بين الاختيار والسحب العشوائي"),
        ],
    )
    def test_a_plain_sentence_says_the_outcome_whichever_it_is(self, outcome: str, said: str) -> None:
        (sentence,) = page_of(results_of(outcome)).all("p", "outcome")
        assert sentence.text() == (
            f"{said}: متوسط F1 على طول المنحنى 0.575 بالاختيار و0.550 بالسحب، "
            "والاختيار أعلى في 2 من 2 من البذور seeds. "
            "الفرق مع فترة 95%: +0.025 [+0.005 +0.045]"
        )

    def test_every_step_of_every_layer_and_of_their_mean_with_intervals_and_difference(self) -> None:
        found = tables(page_of(results_of()))
        curves = [rows for caption, rows in found.items() if "± الانحراف" in caption]
        assert len(curves) == 3
        for rows in curves:
            assert rows[1:] == [
                ["50", "0.500 [0.450 0.550] ±0.014", "0.500 [0.450 0.550] ±0.014", "–", "–"],
                ["100", "0.600 [0.550 0.650] ±0.014", "0.650 [0.600 0.700] ±0.014", "+0.050 [+0.030 +0.070]", "0.125"],
            ]

    def test_the_whole_curve_with_the_difference_of_every_seed(self) -> None:
        rows = tables(page_of(results_of()))["F1 micro على طول المنحنى"]
        assert [row[0] for row in rows[1:]] == ["المتوسط mean", "الكيانات entities", "ألفاظ الأحداث triggers"]
        assert rows[1][1] == "الاختيار أفضل من السحب العشوائي"
        assert rows[1][4:] == ["+0.025 [+0.005 +0.045]", "0.125", "+0.020 +0.030"]

    def test_a_p_that_resampling_cannot_tell_from_zero_is_below_a_thousandth(self) -> None:
        results = results_of()
        results["area"]["difference"]["mean"]["p"] = 0.0
        assert tables(page_of(results))["F1 micro على طول المنحنى"][1][5] == "< 0.001"

    def test_how_much_there_was_to_read_and_to_label(self) -> None:
        (rows,) = [rows for caption, rows in tables(page_of(results_of())).items() if "كم في الجمل" in caption]
        assert rows[1:3] == [
            ["50: سحب عشوائي random", "1,000", "80", "20"],
            ["50: اختيار النموذج chosen", "1,500", "130", "42"],
        ]

    def test_how_it_was_measured(self) -> None:
        page = page_of(results_of())
        assert "هكذا قيس." in [one.text() for one in page.all("p", "method")]
        assert [(page.all("dt")[0].text(), page.all("dd")[0].text())] == [("البذور seeds", "1، 2")]

    def test_a_single_step_compares_nothing_and_says_so(self) -> None:
        results = results_of()
        page = page_of({**results, "steps": results["steps"][:1], "area": None, "outcome": {}})
        assert "خطوة واحدة لا تقارن شيئًا" in page.all("p", "outcome")[0].text()
        assert len(tables(page)) == 4

    def test_curves_as_pictures_with_a_description(self) -> None:
        pytest.importorskip("matplotlib")
        results = results_of()
        pictures = simulation_pictures(results, NAMES)
        page = parsed(simulation_page(results, NAMES, [], [], pictures))
        described = images(page)
        assert len(described) == 3
        assert all("سحب عشوائي random" in text and "اختيار النموذج chosen" in text for text in described)
        assert described[0].startswith("المتوسط mean")

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_any_text_is_shown_as_it_is_and_nothing_acts(self, attack: str) -> None:
        page = parsed(simulation_page(results_of(), NAMES, [(attack, attack)], [attack], {}))
        elements = page.everything()
        policies = [meta.attributes["content"] for meta in elements if "http-equiv" in meta.attributes]
        assert [policy for policy in policies if "script-src 'none'" in policy] == policies != []
        assert not {"script", "iframe", "svg", "img", "b"} & {element.tag for element in elements}
        assert not [name for element in elements for name in element.attributes if name.startswith("on")]
        assert page.all("dd")[0].text() == attack


class TestTheFiles:
    def test_results_can_be_read_back(self, tmp_path: Path) -> None:
        results = results_of()
        path = write_results(results, tmp_path / "out")
        assert path == tmp_path / "out" / "results.json"
        assert json.loads(path.read_text(encoding="utf-8")) == results

    def test_the_page_names_settings_data_and_steps_of_the_optimiser(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "simulation_pictures", lambda results, names: {})
        page = parsed(write_page(results_of(), tmp_path).read_text(encoding="utf-8"))
        facts = dict(zip(*([one.text() for one in page.all(tag)] for tag in ("dt", "dd")), strict=True))
        assert facts["الإعداد config"] == "quick.yaml --dropout 0.25"
        assert facts["المخزون pool"] == "training_only: 1718 جملة"
        assert facts["مقالات الاختبار test"] == "000، 001"
        assert "كل تدريب 300 خطوة" in page.text()

    def test_without_matplotlib_it_has_no_curves_and_a_warning_says_how_to_get_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(files, "installed", lambda package: False)
        with caplog.at_level(logging.WARNING):
            page = parsed(write_page(results_of(), tmp_path).read_text(encoding="utf-8"))
        assert page.all("img") == []
        assert len(tables(page)) == 5
        assert 'pip install "marsad[plots]"' in caplog.text
