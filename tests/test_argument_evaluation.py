"""``marsad evaluate`` with arguments: given the model's triggers and entities, and given those of gold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from argument_samples import write_argument_corpus
from conftest import SPLITS, TEST, Marsad, quick_settings, write_tiny_corpus
from evaluation_samples import page_of

from trainer.evaluation.report import evaluate_model, evaluate_split
from trainer.evaluation.report_page import ARGUMENTS, evaluation_section
from trainer.training.run import train

ARTICLES = {id: sentences for documents in SPLITS.values() for id, sentences in documents.items()}
NAMES = {split: list(documents) for split, documents in SPLITS.items()}
TITLE = "arguments: micro F1 [95% interval] of event type"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_argument_corpus(tmp_path_factory.mktemp("corpus") / "arguments", ARTICLES, NAMES)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path, corpus: Path) -> Path:
    """The folder of a model with a head for arguments."""
    settings, arguments = quick_settings(
        data=corpus, output_dir=tmp_path_factory.mktemp("run"), encoder=tiny_checkpoint
    )
    train(settings, arguments)
    return settings.model_folder


@pytest.fixture(scope="module")
def report(model: Path, corpus: Path) -> dict[str, Any]:
    return evaluate_model(model, corpus, baselines=True)


class TestReport:
    def test_both_settings_have_model_and_baseline_on_all_gold_arguments(self, report: dict[str, Any]) -> None:
        for scored in report["arguments"]["settings"].values():
            assert list(scored["systems"]) == ["model", "nearest entity"]
            for system in scored["systems"].values():
                assert system["seeds"][""]["micro"]["support"] == 3
                assert [sum(column) for column in zip(*system["counts"][""], strict=True)][2] == 3
        assert list(report["arguments"]["settings"]) == ["predicted", "gold"]

    def test_given_gold_the_model_finds_what_it_was_taught(self, model: Path, corpus: Path) -> None:
        scores = evaluate_model(model, corpus, split="train", allow_leaks=True)["arguments"]["settings"]["gold"][
            "systems"
        ]["model"]
        assert scores["seeds"][""]["micro"]["f1"] > 0.5

    def test_arguments_are_no_layer(self, report: dict[str, Any]) -> None:
        assert set(report["scores"]) == set(report["intervals"]) == {"entities", "triggers", "event_types"}

    def test_without_baselines_the_model_stands_alone(self, model: Path, corpus: Path) -> None:
        for scored in evaluate_model(model, corpus)["arguments"]["settings"].values():
            assert list(scored["systems"]) == ["model"]
            assert scored["differences"] == {}

    def test_labelled_text_without_splits_is_scored_alike(
        self, report: dict[str, Any], model: Path, corpus: Path
    ) -> None:
        found = evaluate_model(model, corpus.parent / "gold", allow_leaks=True)["arguments"]["settings"]["gold"]
        assert found["systems"]["model"]["seeds"][""]["micro"]["support"] > 3


class TestCommand:
    def test_it_prints_and_writes_them(self, marsad: Marsad, model: Path, corpus: Path, tmp_path: Path) -> None:
        result = marsad("evaluate", model, corpus, "--baselines", "--output", tmp_path / "report.json")
        assert result.code == 0, result.err
        printed = " ".join(result.out.split())
        assert TITLE in printed
        for words in ("predicted triggers and entities", "gold triggers and entities"):
            assert f"the model's arguments by role, {words}; test" in printed
        assert "model less nearest entity" in printed
        written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        assert set(written["arguments"]) == {"sha256", "settings"}

    def test_scores_that_leaked_are_marked(self, marsad: Marsad, model: Path, corpus: Path) -> None:
        result = marsad("evaluate", model, corpus, "--split", "train", "--allow-leaks")
        title = " ".join(result.out.split()).partition(TITLE)[2]
        assert "LEAKED" in title[: title.index("system")]

    def test_a_report_with_arguments_can_be_compared(
        self, marsad: Marsad, model: Path, corpus: Path, tmp_path: Path
    ) -> None:
        marsad("evaluate", model, corpus, "--output", tmp_path / "report.json")
        result = marsad("compare", tmp_path / "report.json", tmp_path / "report.json")
        assert result.code == 0, result.err


class TestPage:
    def test_it_tells_both_settings_and_what_counts(self, model: Path, corpus: Path) -> None:
        evaluation = evaluate_split(model, corpus, baselines=True)
        section = evaluation_section(evaluation, model)
        told = [value for name, value in section.facts if name.startswith("أدوار الأحداث arguments")]
        scored = evaluation.report["arguments"]["settings"].values()
        for value, systems in zip(told, (of["systems"] for of in scored), strict=True):
            assert value.startswith(f"النموذج model {systems['model']['summary']['mean']:.3f} [")
            assert f"nearest entity {systems['nearest entity']['summary']['mean']:.3f} [" in value
        text = page_of(section).text()
        assert all(value in text for value in told)
        assert ARGUMENTS in text


class TestWhereThereIsNothing:
    def test_gold_without_any_argument_was_not_annotated_for_them(
        self, marsad: Marsad, model: Path, tmp_path: Path
    ) -> None:
        bare = write_tiny_corpus(tmp_path / "bare", {**SPLITS, "test": {"x1": TEST}})
        assert "arguments" not in evaluate_model(model, bare, baselines=True)
        assert "arguments" not in marsad("evaluate", model, bare).out

    def test_the_page_says_nothing_of_them_either(self, tiny_model: Path, corpus: Path) -> None:
        section = evaluation_section(evaluate_split(tiny_model, corpus), tiny_model)
        assert ARGUMENTS not in section.method
        assert not [name for name, _ in section.facts if "arguments" in name]

    def test_a_model_without_a_head_for_them(self, marsad: Marsad, tiny_model: Path, corpus: Path) -> None:
        assert "arguments" not in evaluate_model(tiny_model, corpus, baselines=True)
        assert "arguments" not in marsad("evaluate", tiny_model, corpus).out
