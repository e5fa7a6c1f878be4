"""``marsad crossval`` with arguments: two settings, a baseline beside the model, nothing where there is nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import test_crossval
from argument_samples import with_arguments, write_argument_corpus
from conftest import Marsad, marked_document
from parsed_pages import parsed
from test_crossval import ARTICLES, COPIES, crossval, write_config

from trainer import side_by_side
from trainer.crossval import fold_run, plan
from trainer.crossval.results import data_digest
from trainer.data.corpus import load_corpus
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.documents import Document
from trainer.modeling.tagger import Thresholds
from trainer.pages import evaluation_plots
from trainer.schema import Schema

SPLITS = {"train": ["ا1", "ا2", "ب"], "validation": ["ج"], "test": ["د"]}
QUICK = ("--seeds", "1,2", "--no-random-weights", "--no-baselines")


@dataclass
class Model:
    """Stands in for a trained one. It knows gold, but not the first entity of a document, and with seed 2 no PLACE."""

    schema: Schema
    seed: int
    roles: list[str]
    thresholds: Thresholds = field(default_factory=Thresholds)

    def tag(self, documents: Sequence[Document]) -> list[Document]:
        known = [with_arguments(marked_document(ARTICLES[document.id], document.id)) for document in documents]
        found = dataset_to_documents(documents_to_dataset(known, self.schema))
        for document in found:
            gone = document.entities.pop(0)
            for event in document.events:
                event.arguments = [argument for argument in event.arguments if argument.entity != gone.id]
        return [self._without_places(document) for document in found]

    def fill_arguments(self, documents: Sequence[Document]) -> list[Document]:
        assert not any(event.arguments for document in documents for event in document.events)
        copies = [replace(document, events=[replace(event) for event in document.events]) for document in documents]
        return [self._without_places(with_arguments(document)) for document in copies]

    def _without_places(self, document: Document) -> Document:
        for event in document.events:
            if not self.roles:
                event.arguments = []
            elif self.seed == 2:
                event.arguments = [argument for argument in event.arguments if argument.role != "PLACE"]
        return document


@pytest.fixture
def roles() -> list[str]:
    """The roles that the model predicts."""
    return ["AGENT", "PLACE"]


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch, roles: list[str]) -> None:
    """Run tasks in this process, with the model that stands in."""

    def fit(training: Any, validation: Any, schema: Schema, settings: Any, arguments: Any) -> Any:
        return SimpleNamespace(tagger=Model(schema, arguments.seed, roles))

    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", test_crossval.PoolOfThisProcess)
    monkeypatch.setattr(fold_run, "fit", fit)
    monkeypatch.setenv("COLUMNS", "250")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    corpus = write_argument_corpus(tmp_path / "corpus", ARTICLES, SPLITS, groups=[COPIES])
    return write_config(tmp_path / "config.yaml", corpus, tmp_path)


def settings_of(results: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = results["groupings"]["near-duplicates"]["arguments"]["settings"]
    return settings


class TestResults:
    def test_both_settings_have_model_and_baseline(self, config: Path, tmp_path: Path) -> None:
        settings = settings_of(crossval(config, tmp_path / "out", *QUICK).results)
        assert {name: list(scored["systems"]) for name, scored in settings.items()} == {
            "predicted": ["model", "nearest entity"],
            "gold": ["model", "nearest entity"],
        }
        model = settings["gold"]["systems"]["model"]
        assert model["seeds"]["1"]["micro"]["f1"] == 1.0
        assert model["seeds"]["2"]["per_role"]["PLACE"]["recall"] == 0.0
        assert model["seeds"]["2"]["per_role"]["AGENT"]["f1"] == 1.0
        assert settings["predicted"]["systems"]["model"]["seeds"]["1"]["micro"]["precision"] == 1.0
        assert settings["predicted"]["systems"]["model"]["seeds"]["1"]["micro"]["recall"] < 1.0

    def test_summary_and_counts_are_of_all_sentences(self, config: Path, tmp_path: Path) -> None:
        results = crossval(config, tmp_path / "out", *QUICK).results
        sentences = len(results["groupings"]["near-duplicates"]["documents"])
        for scored in settings_of(results).values():
            for system in scored["systems"].values():
                summary = system["summary"]
                assert summary["low"] <= summary["mean"] <= summary["high"]
                for value, (seed, scores) in zip(summary["per_seed"], system["seeds"].items(), strict=True):
                    rows = system["counts"][seed]
                    assert len(rows) == sentences == 12
                    hits, predicted, gold = map(sum, zip(*rows, strict=True))
                    assert scores["micro"]["support"] == gold
                    assert value == pytest.approx(scores["micro"]["f1"])
                    assert value == pytest.approx(2 * hits / (predicted + gold))

    def test_the_difference_is_the_models_less_the_baselines(self, config: Path, tmp_path: Path) -> None:
        for scored in settings_of(crossval(config, tmp_path / "out", *QUICK).results).values():
            model, baseline = (scored["systems"][name]["summary"]["mean"] for name in ("model", "nearest entity"))
            difference = scored["differences"]["nearest entity"]
            assert difference["mean"] == pytest.approx(model - baseline)
            assert difference["low"] <= difference["mean"] <= difference["high"]

    def test_given_gold_the_baseline_does_not_depend_on_the_seed_given_predictions_it_is_given_the_models(
        self, config: Path, tmp_path: Path
    ) -> None:
        run = crossval(config, tmp_path / "out", *QUICK)
        baseline = settings_of(run.results)["gold"]["systems"]["nearest entity"]
        assert baseline["counts"]["1"] == baseline["counts"]["2"]
        for content in run.files.values():
            model = content["systems"]["model"]["documents"]
            for ours, theirs in zip(model, content["arguments"]["predicted"]["nearest entity"], strict=True):
                assert ours["entities"] == theirs["entities"]
                assert [event["trigger"] for event in ours["events"]] == [
                    event["trigger"] for event in theirs["events"]
                ]

    def test_random_weights_are_one_more_system(self, config: Path, tmp_path: Path) -> None:
        run = crossval(config, tmp_path / "out", "--seeds", "1", "--no-baselines")
        for scored in settings_of(run.results).values():
            assert list(scored["systems"]) == ["model", "nearest entity", "random weights"]
            assert scored["differences"]["random weights"]["mean"] == 0.0

    def test_arguments_are_no_layer(self, config: Path, tmp_path: Path) -> None:
        system = crossval(config, tmp_path / "out", *QUICK).results["groupings"]["near-duplicates"]["systems"]["model"]
        assert system["layers"] == ["entities", "triggers", "event_types"]
        assert set(system["summary"]) == set(system["counts"]["1"]) == set(system["layers"])

    def test_another_corpus_is_tested_alike(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outside = {"خ": ["{قصفت|SHELLING} [قسد|ARMED] بلدة قرب [عين عيسى|GPE] فجر الخميس."]}
        monkeypatch.setattr("test_argument_crossval.ARTICLES", {**ARTICLES, **outside})
        path = write_argument_corpus(tmp_path / "outside", outside, {"test": ["خ"]})
        run = crossval(config, tmp_path / "out", *QUICK, "--outside", path, "--grouping", "outside")
        scored = run.results["groupings"]["outside"]["arguments"]["settings"]["gold"]
        assert scored["systems"]["model"]["seeds"]["1"]["micro"]["support"] == 2


class TestWhatIsShown:
    def test_scores_differences_and_roles(self, config: Path, tmp_path: Path) -> None:
        run = crossval(config, tmp_path / "out", *QUICK)
        summary = settings_of(run.results)["gold"]["systems"]["model"]["summary"]
        difference = settings_of(run.results)["gold"]["differences"]["nearest entity"]
        told = f"{summary['mean']:.3f} [{summary['low']:.3f} {summary['high']:.3f}] ±{summary['deviation']:.3f}"
        less = f"{difference['mean']:+.3f} [{difference['low']:+.3f} {difference['high']:+.3f}] p"
        for shown in (run.page, run.ended.out):
            assert "arguments: micro F1 [95% interval] of event type, trigger, role and filler" in shown
            assert told in shown
            assert less in shown
        (row,) = [line for line in run.page.splitlines() if line.startswith("| model less nearest entity | gold | ")]
        assert less in row
        start = run.page.index("**the model's arguments by role, gold triggers and entities; mean over seeds; folds by")
        lines = run.page[start:].split("\n\n")[1].splitlines()
        assert lines[0] == "| role | precision | recall | F1 | support | F1 of nearest entity |"
        assert [line.split(" | ")[0] for line in lines[2:]] == ["| PLACE", "| AGENT", "| micro", "| macro"]
        # Of two seeds one finds no place.
        assert lines[2].startswith("| PLACE | 0.500 | 0.500 | 0.500 | ")

    def test_leaks_are_marked_there_too(self, tmp_path: Path) -> None:
        corpus = write_argument_corpus(tmp_path / "corpus", ARTICLES, SPLITS)
        run = crossval(
            write_config(tmp_path / "torn.yaml", corpus, tmp_path), tmp_path / "out", *QUICK, "--allow-leaks"
        )
        titles = [line for line in run.page.splitlines() if line.startswith("**")]
        assert sum("arguments" in title for title in titles) == 3
        assert all("LEAKED: 2 of 12 sentences" in title for title in titles)

    def test_the_page_of_a_report_tells_them(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(evaluation_plots, "section_pictures", lambda section, names: {})
        run = crossval(config, tmp_path / "out", *QUICK, "--report", tmp_path / "report")
        text = parsed((tmp_path / "report" / "index.html").read_text(encoding="utf-8")).text()
        for scored in settings_of(run.results).values():
            value = scored["systems"]["model"]["summary"]
            assert f"النموذج model {value['mean']:.3f} [{value['low']:.3f} {value['high']:.3f}] ±" in text


class TestWhereThereIsNothing:
    def test_gold_without_any_argument_was_not_annotated_for_them(self, config: Path, tmp_path: Path) -> None:
        for path in (tmp_path / "corpus" / "gold").glob("*.ann"):
            lines = path.read_text(encoding="utf-8").splitlines()
            kept = [" ".join(line.split(" ")[:1]) if line.startswith("E") else line for line in lines]
            path.write_text("\n".join(kept) + "\n", encoding="utf-8")
        run = crossval(config, tmp_path / "out", *QUICK)
        assert "arguments" not in run.results["groupings"]["near-duplicates"]
        assert "arguments:" not in run.page + run.ended.out

    @pytest.mark.parametrize("roles", [[]])
    def test_a_model_without_roles(self, config: Path, tmp_path: Path) -> None:
        run = crossval(config, tmp_path / "out", *QUICK)
        assert "arguments" not in run.results["groupings"]["near-duplicates"]
        assert "arguments:" not in run.page + run.ended.out
        assert all(content["arguments"] == {} for content in run.files.values())


class TestEarlierResults:
    def test_files_of_the_shape_before_arguments_are_not_taken_over(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        with monkeypatch.context() as earlier:
            earlier.setattr(plan, "_STORED_SHAPE", 1)
            crossval(config, tmp_path / "out", *QUICK)
        result = marsad("crossval", config, "--output", tmp_path / "out", *QUICK)
        assert result.code == 1
        assert "holds the results of other settings, data or versions" in " ".join(result.err.split())

    def test_results_without_arguments_can_be_compared_with_those_that_have_them(
        self, config: Path, tmp_path: Path, roles: list[str], marsad: Marsad
    ) -> None:
        crossval(config, tmp_path / "with", *QUICK)
        earlier = tmp_path / "earlier"
        earlier.mkdir()
        # The digest that results had when rows kept no arguments.
        results = json.loads((tmp_path / "with" / "results.json").read_text(encoding="utf-8"))
        bare = [marked_document(sentences, id) for id, sentences in ARTICLES.items()]
        schema = load_corpus(tmp_path / "corpus" / "dataset.yaml").schema
        digest = data_digest(dataset_to_documents(documents_to_dataset(bare, schema)))
        assert results["data"]["sha256"] == results["groupings"]["near-duplicates"]["sha256"] == digest
        del results["groupings"]["near-duplicates"]["arguments"]
        (earlier / "results.json").write_text(json.dumps(results), encoding="utf-8")
        result = marsad("compare", tmp_path / "with", earlier)
        assert result.code == 0, result.err
