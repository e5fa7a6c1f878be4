"""The page of a training run, and the history that the model folder keeps for its curves."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import quick_settings
from hostile_texts import ATTACKS
from parsed_pages import Element, parsed
from training_samples import LAYERS, RUN, history, scores_of

from trainer.data.mixing import load_training_data
from trainer.pages.training import DataPart, TrainingRun, epoch_rows, training_page
from trainer.pages.training_plots import EPOCH, HISTORY_LABELS
from trainer.plots.learning_rate import learning_rate
from trainer.plots.training_history import training_history
from trainer.training.history import HISTORY_FILE, best_step, curve_entries, write_history
from trainer.training.run_folder import PAGE_FILE, finish_run
from trainer.training.run_page import write_run_page


def table(page: str, heading: str) -> list[list[str]]:
    """Return the rows below the header of the table in the section with this id of its heading."""
    (section,) = [
        section for section in parsed(page).all("section") if section.attributes.get("aria-labelledby") == heading
    ]
    return [cells(row) for row in section.all("tbody")[0].all("tr")]


def cells(row: Element) -> list[str]:
    return [cell.text() for cell in row.children if isinstance(cell, Element)]


class TestWhatThePageTells:
    def test_every_epoch_with_its_loss_its_learning_rate_and_the_f1_of_every_layer(self) -> None:
        rows = table(training_page(RUN), "curves")
        assert rows[0] == ["1", "5", "2.0000", "0.0001", "0.250", "0.350", "0.450", "0.250", ""]
        assert [row[0] for row in rows] == ["1", "2", "3", "4"]

    def test_the_epoch_whose_weights_were_kept(self) -> None:
        page = training_page(RUN)
        (kept,) = parsed(page).all("tr", "kept")
        assert (cells(kept)[0], cells(kept)[-1]) == ("2", "المحفوظة")
        assert "الدورة epoch 2، الخطوة step 10" in parsed(page).text()

    def test_a_single_layer_has_no_mean(self) -> None:
        page = training_page(replace(RUN, history=curve_entries(history(("triggers",)))))
        assert "المتوسط mean" not in page
        assert table(page, "curves")[0] == ["1", "5", "2.0000", "0.0001", "0.250", ""]

    def test_validation_scores_by_type_the_frequent_ones_first(self) -> None:
        page = training_page(RUN)
        assert table(page, "types-entities") == [
            ["مدينة أو دولة", "GPE", "0.500", "0.625", "0.375", "9"],
            ["شخص", "PER", "0.500", "0.625", "0.375", "3"],
        ]
        assert table(page, "types-event_types") == [["KILL", "KILL", "0.625", "0.750", "0.500", "2"]]
        assert [row[1:] for row in table(page, "scores")] == [
            ["0.500", "0.625", "0.375", "0.250", "12"],
            ["0.625", "0.750", "0.500", "0.375", "2"],
        ]

    def test_that_the_scores_are_of_the_text_it_was_chosen_on_and_no_test(self) -> None:
        (warning,) = parsed(training_page(RUN)).all("p", "warning")
        assert "اختير النموذج عليها" in warning.text()
        assert "ليست درجات اختبار test" in warning.text()

    def test_the_data_and_what_they_were_for(self) -> None:
        assert table(training_page(RUN), "data") == [
            ["train", "التدريب", "2", "10", "1"],
            ["training_only", "للتدريب وحده", "40", "1700", "0.5"],
            ["validation", "اختيار النموذج", "1", "3", "—"],
        ]

    def test_the_settings_and_the_facts(self) -> None:
        page = parsed(training_page(RUN))
        assert [block.text() for block in page.all("pre")] == [RUN.settings]
        pairs = zip(page.all("dt"), page.all("dd"), strict=True)
        assert [(name.text(), value.text()) for name, value in pairs] == RUN.facts

    def test_a_run_that_logged_nothing_says_so(self) -> None:
        page = training_page(replace(RUN, history=[], scores={}, kept_step=None))
        assert "لم يُسجَّل شيء" in page
        assert "لا توجد درجات" in page
        assert "validation التي اختير" not in page

    def test_curves_as_pictures_with_a_description(self) -> None:
        pytest.importorskip("matplotlib")
        pictures = [
            training_history("training_history", "سير التدريب", RUN.history, True, HISTORY_LABELS),
            learning_rate("learning_rate", "معدّل التعلّم", EPOCH, RUN.history),
        ]
        shown = parsed(training_page(replace(RUN, pictures=pictures))).all("img")
        assert [image.attributes["src"] for image in shown] == [picture.data_uri() for picture in pictures]
        assert ["سير التدريب" in shown[0].attributes["alt"], "معدّل التعلّم" in shown[1].attributes["alt"]] == [True] * 2
        assert not parsed(training_page(RUN)).all("img")

    def test_a_history_without_learning_rates_has_no_curve_of_them(self) -> None:
        assert learning_rate("learning_rate", "", EPOCH, [{"loss": 1.0, "epoch": 1.0, "step": 5}]) is None

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_any_text_is_shown_as_it_is_and_nothing_acts(self, attack: str) -> None:
        page = training_page(
            TrainingRun(
                name=attack,
                facts=[(attack, attack)],
                settings=attack,
                parts=[DataPart(attack, attack, 1, 1)],
                history=RUN.history,
                kept_step=10,
                scores={"entities": scores_of(0.5, {attack: 1})},
                arabic_names={attack: attack},
            )
        )
        elements = parsed(page).everything()
        policies = [meta.attributes["content"] for meta in elements if "http-equiv" in meta.attributes]
        assert [policy for policy in policies if "script-src 'none'" in policy] == policies != []
        assert not {"script", "iframe", "svg", "img", "b"} & {element.tag for element in elements}
        assert not [name for element in elements for name in element.attributes if name.startswith("on")]
        assert table(page, "data") == [[attack, attack, "1", "1", "—"]]


class TestTheTableOfEpochs:
    def test_losses_of_steps_become_the_mean_since_the_line_before(self) -> None:
        entries = [{"loss": float(step), "epoch": step / 4, "step": step} for step in range(1, 9)]
        assert [(row.epoch, row.loss) for row in epoch_rows(entries)] == [(1.0, 2.5), (2.0, 6.5)]

    def test_an_evaluation_within_an_epoch_has_a_line_of_its_own(self) -> None:
        entries = [
            {"eval_score": 0.5, "epoch": 0.5, "step": 2},
            {"loss": 2.0, "epoch": 1.0, "step": 4},
            {"eval_score": 0.75, "epoch": 1.5, "step": 6},
        ]
        rows = [(row.step, row.loss, dict(row.scores)) for row in epoch_rows(entries)]
        assert rows == [(2, None, {"score": 0.5}), (4, 2.0, {}), (6, None, {"score": 0.75})]

    def test_what_was_logged_after_the_last_whole_epoch_is_the_last_line(self) -> None:
        entries = [{"loss": 2.0, "epoch": 1.0, "step": 3}, {"loss": 1.0, "epoch": 4 / 3, "step": 4}]
        assert [row.step for row in epoch_rows(entries)] == [3, 4]


class TestTheHistory:
    def test_the_model_folder_has_what_curves_need_and_no_times(self, tiny_model: Path) -> None:
        kept = json.loads((tiny_model / HISTORY_FILE).read_text(encoding="utf-8"))
        assert (kept["version"], kept["best_kept"]) == (1, True)
        losses = [entry for entry in kept["history"] if "loss" in entry]
        evaluations = [entry for entry in kept["history"] if "eval_score" in entry]
        assert len(losses) == len(evaluations) == 24
        assert losses[0].keys() == {"epoch", "step", "loss", "learning_rate"}
        assert evaluations[0].keys() == {"epoch", "step", "eval_score", *(f"eval_{layer}" for layer in LAYERS)}

    def test_its_best_evaluation_is_the_model_that_was_kept(self, tiny_model: Path) -> None:
        kept = json.loads((tiny_model / HISTORY_FILE).read_text(encoding="utf-8"))["history"]
        metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))["headline"]
        (best,) = [entry for entry in kept if entry["step"] == best_step(kept) and "eval_score" in entry]
        # The threshold of the event types is chosen afterwards.
        assert best["eval_entities"] == metrics["entities"]
        assert best["eval_triggers"] == metrics["triggers"]

    def test_the_best_is_the_first_of_equals_and_no_evaluation_before_training(self) -> None:
        before = {"eval_score": 0.9, "epoch": 0, "step": 0}
        assert best_step([before, *history()]) == 10
        assert best_step(history(())) is None

    def test_a_loss_that_overflowed_is_left_out_so_that_any_reader_of_json_reads_it(self, tmp_path: Path) -> None:
        entries = [{"loss": float("nan"), "learning_rate": 0.5, "epoch": 1.0, "step": 3}]
        write_history(tmp_path, entries, best_kept=False)
        content = (tmp_path / HISTORY_FILE).read_text(encoding="utf-8")
        kept = json.loads(content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert kept["history"] == [{"epoch": 1.0, "step": 3, "learning_rate": 0.5}]

    def test_the_model_card_names_it(self, tiny_model: Path) -> None:
        assert f"[{HISTORY_FILE}]({HISTORY_FILE})" in (tiny_model / "README.md").read_text(encoding="utf-8")


class TestThePageOfARun:
    @pytest.fixture
    def settings(self, tmp_path: Path, tiny_model: Path, tiny_corpus: Path, tiny_checkpoint: Path) -> Any:
        """The settings of a run that has its model, and no page yet."""
        shutil.copytree(tiny_model, tmp_path / "run" / "model")
        return quick_settings(data=tiny_corpus, output_dir=tmp_path / "run", encoder=tiny_checkpoint)

    def written(self, settings: Any, *, resumed: bool = False) -> str:
        run, arguments = settings
        scores = json.loads((run.model_folder / "metrics.json").read_text(encoding="utf-8"))
        write_run_page(run, arguments, load_training_data(run.corpora), history(), scores, resumed=resumed)
        return (Path(run.output_dir) / PAGE_FILE).read_text(encoding="utf-8")

    def test_training_writes_it_with_its_curves_beside_the_model(self, tiny_model: Path) -> None:
        page = (tiny_model.parent / PAGE_FILE).read_text(encoding="utf-8")
        assert len(table(page, "curves")) == 24
        assert len(parsed(page).all("img")) == 2
        assert yaml.safe_load(parsed(page).all("pre")[0].text())["window"] == 48

    def test_it_tells_the_device_and_the_seconds_and_whether_they_are_of_the_last_session(self, settings: Any) -> None:
        facts = parsed(self.written(settings)).all("dl")[0].text()
        assert "cpu" in facts
        assert "62 ثانية" in facts
        assert "منذ الاستئناف" not in facts
        assert "62 ثانية (منذ الاستئناف)" in self.written(settings, resumed=True)

    def test_it_counts_the_documents_and_sentences(self, settings: Any) -> None:
        assert table(self.written(settings), "data") == [
            ["train", "التدريب", "2", "10", "1"],
            ["validation", "اختيار النموذج", "1", "3", "—"],
        ]

    def test_where_the_last_weights_are_kept_the_last_line_is_marked(self, settings: Any) -> None:
        settings[1].load_best_model_at_end = False
        (kept,) = parsed(self.written(settings)).all("tr", "kept")
        assert cells(kept)[0] == "4"

    def test_without_matplotlib_it_has_no_pictures_and_a_sentence_says_how_to_get_them(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        with caplog.at_level(logging.WARNING):
            page = self.written(settings)
        assert "<img" not in page
        assert len(table(page, "curves")) == 4
        assert 'pip install "marsad[plots]"' in caplog.text

    def test_if_it_cannot_be_written_a_warning_says_why_and_the_model_stays(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        run, arguments = settings
        (Path(run.output_dir) / PAGE_FILE).mkdir()
        with caplog.at_level(logging.WARNING):
            finish_run(run)
            write_run_page(run, arguments, load_training_data(run.corpora), history(), {}, resumed=False)
        assert "training.html could not be written: is a directory; the model is complete without it" in caplog.text
        assert run.model_folder.is_dir()
        assert {path.name for path in Path(run.output_dir).iterdir()} == {"model", "run.json", PAGE_FILE}

    def test_the_page_of_a_model_that_was_replaced_goes_when_the_run_ends(self, settings: Any) -> None:
        self.written(settings)
        finish_run(settings[0])
        assert not (Path(settings[0].output_dir) / PAGE_FILE).exists()
