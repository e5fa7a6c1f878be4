"""``marsad crossval``: every sentence predicted by a model that saw nothing of its group, and nothing done twice."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from conftest import QUICK_RUN, TRAINING, VALIDATION, marked_document, write_tiny_corpus

from trainer import side_by_side
from trainer.cli.app import main
from trainer.crossval import fold_run
from trainer.documents import Document
from trainer.evaluation.bootstrap import micro_f1
from trainer.evaluation.scores import LAYERS
from trainer.modeling.tagger import Thresholds

CHECKOUT = Path(__file__).resolve().parents[1]
COPIED = TRAINING[3]
# ا1 and ا2 share a sentence that was edited a little: two articles out of one telegram.
ARTICLES: Mapping[str, Sequence[str]] = {
    "ا1": (TRAINING[0], COPIED),
    "ا2": (COPIED.replace("بلدة", "قرية"), TRAINING[1]),
    "ب": (TRAINING[2], TRAINING[4], TRAINING[5]),
    "ج": (*TRAINING[6:8], VALIDATION[1]),
    "د": (TRAINING[8], VALIDATION[0]),
}
COPIES = ["ا1", "ا2"]
GROUPS = {"near-duplicates": [COPIES, ["ب"], ["ج"], ["د"]], "stories": [[*COPIES, "د"], ["ب", "ج"]]}
FOLDS = {"near-duplicates": ["ا1+ا2", "ب", "ج", "د"], "stories": ["ا1+ا2+د", "ب+ج"]}
BASELINES = {
    "majority": list(LAYERS),
    "lexicon": list(LAYERS),
    "crf": list(LAYERS),
    "tfidf": ["event_types"],
}
TIMES = ("wall_seconds", "tasks_run", "tasks")


@dataclass
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def marsad(*arguments: str | Path) -> Ended:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def _plain_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARSAD_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def write_corpus(folder: Path, **keys: Any) -> Path:
    """Write the articles above as a corpus whose file also has ``keys``, such as groups."""
    splits = {"train": ["ا1", "ا2", "ب"], "validation": ["ج"], "test": ["د"]}
    path = write_tiny_corpus(folder, {split: {id: ARTICLES[id] for id in ids} for split, ids in splits.items()})
    content = {**yaml.safe_load(path.read_text(encoding="utf-8")), **keys}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def write_config(path: Path, corpus: Path, encoder: Path, **changes: Any) -> Path:
    quick = {key: value for key, value in QUICK_RUN.items() if key not in ("seed", "disable_tqdm")}
    values = {**quick, "num_train_epochs": 16, "data": str(corpus), "encoder": str(encoder), **changes}
    path.write_text(yaml.safe_dump({**values, "output_dir": str(path.parent / "unused")}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    folder = tmp_path_factory.mktemp("crossval")
    corpus = write_corpus(folder / "corpus", groups=[COPIES], stories=GROUPS["stories"])
    return write_config(folder / "صغير.yaml", corpus, tiny_checkpoint)


@dataclass
class Finished:
    """A command that ended well, and what it left in its output folder."""

    ended: Ended
    output: Path

    @property
    def results(self) -> dict[str, Any]:
        """The content of ``results.json``."""
        return read_json(self.output / "results.json")

    @property
    def page(self) -> str:
        """The content of ``results.md``."""
        return (self.output / "results.md").read_text(encoding="utf-8")

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The content of the fold files, by their path within the output folder."""
        return {name: read_json(path) for name, path in fold_paths(self.output).items()}


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def fold_paths(output: Path) -> dict[str, Path]:
    folder = output / "folds"
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.json"))}


def times_written(output: Path) -> dict[str, int]:
    return {name: path.stat().st_mtime_ns for name, path in fold_paths(output).items()}


def without_times(results: dict[str, Any]) -> dict[str, Any]:
    """Return results without how long they took and how much of them was there before."""
    groupings = {
        name: {key: value for key, value in grouping.items() if key != "training_seconds"}
        for name, grouping in results["groupings"].items()
    }
    return {**{key: value for key, value in results.items() if key not in TIMES}, "groupings": groupings}


def crossval(config: Path, output: Path, *options: str | Path) -> Finished:
    """Run the cross-validation, which must end well."""
    ended = marsad("crossval", config, "--output", output, *options)
    assert ended.code == 0, ended.err
    return Finished(ended, output)


SETTINGS = ("--seeds", "1,2", "--no-random-weights")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Finished:
    """Both groupings, two seeds and the baselines, in two processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        return crossval(config, tmp_path_factory.mktemp("finished") / "out", *SETTINGS, "--jobs", "2")


@pytest.fixture
def copy(finished: Finished, tmp_path: Path) -> Path:
    """The finished output folder, to be changed."""
    return Path(shutil.copytree(finished.output, tmp_path / "copy"))


class PoolOfThisProcess:
    """Stands in for the process pool: runs the tasks at once, here, until one fails."""

    def __init__(self, workers: int, **options: Any) -> None:
        assert workers >= 1
        self.failed = False

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if not self.failed:
            try:
                future.set_result(function(*arguments))
            except (OSError, ValueError) as error:
                self.failed = True
                future.set_exception(error)
        return future

    def shutdown(self, **options: Any) -> None:
        pass


@dataclass
class Fit:
    """What one training run was given, and what its model was then asked to tag."""

    training: list[str]
    validation: list[str]
    settings: Any
    arguments: Any
    tagged: list[Document]


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Fit]:
    """Run tasks in this process, with a model that finds nothing, and record what each was given."""
    recorded: list[Fit] = []

    def fit(training: Any, validation: Sequence[Document], schema: Any, settings: Any, arguments: Any) -> Any:
        ids = list(dict.fromkeys(training["document_id"]))
        recorded.append(Fit(ids, [document.id for document in validation], settings, arguments, []))
        tagged = recorded[-1].tagged

        def tag(documents: Sequence[Document]) -> list[Document]:
            tagged.extend(documents)
            return [document.without_annotations() for document in documents]

        return SimpleNamespace(tagger=SimpleNamespace(tag=tag, thresholds=Thresholds(), roles=[]))

    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", PoolOfThisProcess)
    monkeypatch.setattr(fold_run, "fit", fit)
    return recorded


class TestAFinishedRun:
    def test_it_prints_tables_and_names_its_files(self, finished: Finished) -> None:
        out = finished.ended.out
        for words in ("folds by near-duplicates", "folds by stories", "95% intervals: 5000 bootstrap resamples"):
            assert words in out
        for name in ("model", *BASELINES):
            assert sum(line.startswith(f"│ {name} ") for line in out.splitlines()) == 8, name
        lines = out.splitlines()[-2:]
        assert lines == [f"written: {finished.output / name}" for name in ("results.json", "results.md")]

    def test_progress_goes_to_standard_error(self, finished: Finished) -> None:
        lines = finished.ended.err.splitlines()
        assert sum(line.startswith("finished: ") for line in lines) == 18
        assert "finished: near-duplicates, ا1+ا2, model, seed 1" in lines
        assert "finished: stories, ب+ج, baselines, seed 0" in lines

    def test_every_fold_of_every_system_and_seed_has_its_file(self, finished: Finished) -> None:
        assert sorted(finished.files) == sorted(
            f"{grouping}/{system}/{seed}-{fold}.json"
            for grouping, folds in FOLDS.items()
            for fold in folds
            for system, seed in (("baselines", 0), ("model", 1), ("model", 2))
        )
        assert (finished.results["tasks_run"], finished.results["tasks"]) == (18, 18)

    def test_every_sentence_is_predicted_exactly_once_a_seed(self, finished: Finished) -> None:
        predicted: dict[tuple[str, str, str], list[tuple[str, int, int]]] = defaultdict(list)
        for path, content in finished.files.items():
            grouping, _, name = path.split("/")
            for system, prediction in content["systems"].items():
                for document in prediction["documents"]:
                    predicted[grouping, system, name.partition("-")[0]] += [
                        (document["id"], sentence["start"], sentence["end"]) for sentence in document["sentences"]
                    ]
        assert set(predicted) == {
            (grouping, system, seed)
            for grouping in GROUPS
            for system, seed in (("model", "1"), ("model", "2"), *((name, "0") for name in BASELINES))
        }
        documents = [marked_document(sentences, id) for id, sentences in ARTICLES.items()]
        expected = sorted((d.id, sentence.start, sentence.end) for d in documents for sentence in d.sentences)
        assert len(expected) == 12
        for sentences in predicted.values():
            assert sorted(sentences) == expected

    def test_models_saw_nothing_of_the_group_that_they_are_tested_on(self, finished: Finished) -> None:
        for path, content in finished.files.items():
            groups = GROUPS[path.split("/")[0]]
            seen = {*content["training"], *content["validation"]}
            for prediction in content["systems"].values():
                for document in prediction["documents"]:
                    (group,) = [group for group in groups if document["id"] in group]
                    assert not seen & set(group)
            tested = {
                document["id"] for prediction in content["systems"].values() for document in prediction["documents"]
            }
            assert seen | tested == set(ARTICLES)

    def test_the_models_learned_something_and_seeds_differ(self, finished: Finished) -> None:
        for grouping in finished.results["groupings"].values():
            counts = grouping["systems"]["model"]["counts"]
            assert set(counts) == {"1", "2"}
            assert counts["1"] != counts["2"]
            for layers in counts.values():
                hits, predicted, gold = np.sum(layers["entities"], axis=0)
                assert 0 < hits < predicted
                assert hits < gold

    def test_pooled_counts_are_the_sum_of_all_sentences_and_articles(self, finished: Finished) -> None:
        gold = [marked_document(sentences, id) for id, sentences in ARTICLES.items()]
        totals = {
            "entities": sum(len(document.entities) for document in gold),
            "triggers": sum(len(document.events) for document in gold),
            "event_types": sum(len(sentence.event_types) for document in gold for sentence in document.sentences),
        }
        for grouping in finished.results["groupings"].values():
            for system in grouping["systems"].values():
                for layer in system["layers"]:
                    for position, (seed, scores) in enumerate(system["seeds"].items()):
                        rows = np.array(system["counts"][seed][layer])
                        assert len(rows) == len(grouping["documents"]) == len(grouping["groups"]) == 12
                        pooled = rows.sum(0)
                        assert pooled[2] == totals[layer] == scores[layer]["micro"]["support"]
                        assert micro_f1(pooled) == pytest.approx(scores[layer]["micro"]["f1"])
                        assert system["summary"][layer]["per_seed"][position] == micro_f1(pooled)
                        for id, row in scores[layer]["by_article"].items():
                            own = rows[[name == id for name in grouping["documents"]]].sum(0)
                            assert (row["support"], row["f1"]) == (own[2], pytest.approx(micro_f1(own)))

    def test_spans_are_either_seen_or_unseen(self, finished: Finished) -> None:
        for grouping in finished.results["groupings"].values():
            for name, system in grouping["systems"].items():
                for seed, layers in system["seen"].items():
                    assert set(layers) == {"entities", "triggers"} & set(BASELINES.get(name, LAYERS))
                    for layer, buckets in layers.items():
                        assert set(buckets) == {"seen", "unseen"}
                        hits, _, gold = np.sum(system["counts"][seed][layer], axis=0)
                        assert sum(row["support"] for row in buckets.values()) == gold
                        assert sum(row["recall"] * row["support"] for row in buckets.values()) == pytest.approx(hits)
                        assert all(row["support"] for row in buckets.values()), "nothing to tell apart"

    def test_a_lexicon_knows_no_unseen_span(self, finished: Finished) -> None:
        for grouping in finished.results["groupings"].values():
            (seed,) = grouping["systems"]["lexicon"]["seen"].values()
            assert seed["entities"]["unseen"]["recall"] == 0.0
            assert seed["entities"]["seen"]["recall"] > 0.5

    def test_the_summary_has_mean_interval_and_deviation_of_the_layers_that_a_system_predicts(
        self, finished: Finished
    ) -> None:
        for grouping in finished.results["groupings"].values():
            systems = grouping["systems"]
            layers = {name: system["layers"] for name, system in systems.items()}
            assert layers == {"model": list(LAYERS), **BASELINES}
            for system in systems.values():
                assert list(system["summary"]) == system["layers"]
                for value in system["summary"].values():
                    assert value["low"] <= value["mean"] <= value["high"]
                    assert value["mean"] == pytest.approx(np.mean(value["per_seed"]))
            assert systems["model"]["summary"]["entities"]["deviation"] > 0
            assert systems["crf"]["summary"]["entities"]["deviation"] == 0

    def test_only_systems_with_scores_of_types_have_a_ranking(self, finished: Finished) -> None:
        systems = finished.results["groupings"]["near-duplicates"]["systems"]
        ranked = {
            name
            for name, system in systems.items()
            if "event_types" in system["layers"]
            and all(scores["event_types"]["ranking"] for scores in system["seeds"].values())
        }
        assert ranked == {"model", "tfidf"}

    def test_resampling_goes_by_the_group_that_was_left_out(self, finished: Finished) -> None:
        for name, grouping in finished.results["groupings"].items():
            groups: dict[int, set[str]] = defaultdict(set)
            for document, group in zip(grouping["documents"], grouping["groups"], strict=True):
                groups[group].add(document)
            assert sorted(map(sorted, groups.values())) == sorted(map(sorted, GROUPS[name]))

    def test_its_systems_can_be_compared(self, finished: Finished) -> None:
        compared = marsad("compare", finished.output, finished.output, "--system-b", "tfidf")
        assert compared.code == 0, compared.err
        rows = [line.strip("│ ").split("│")[:2] for line in compared.out.splitlines() if line.startswith("│")]
        expected = [["near-duplicates", "event types"], ["stories", "event types"]]
        assert [[cell.strip() for cell in row] for row in rows] == expected

    def test_the_page_says_how_it_was_measured_and_has_all_tables(self, finished: Finished) -> None:
        page = finished.page
        assert "seeds 1, 2." in page
        assert "* ا1, ا2: trained on ب, ج, د, chosen on nothing" in page
        assert "* ا1, ا2, د: trained on ب, ج, chosen on nothing" in page
        assert page.count("\n**") == 2 * (4 + 8)
        for name in ("model", *BASELINES):
            assert page.count(f"\n| {name} | ") == 8, name
        for words in ("entities by type", "event types by article", "triggers by words"):
            assert f"**the model's {words}, folds by stories; mean over seeds**" in page
        assert "LEAKED" not in page + finished.ended.out


class TestGoingOn:
    def test_running_again_runs_nothing_and_gives_the_same_results(
        self, finished: Finished, config: Path, copy: Path
    ) -> None:
        before, page = times_written(copy), finished.page
        again = crossval(config, copy, *SETTINGS)
        assert "18 of 18 folds are finished already" in again.ended.err
        assert times_written(copy) == before
        results = again.results
        assert (results["tasks_run"], results["tasks"]) == (0, 18)
        for values in (results, expected := finished.results):
            for key in ("wall_seconds", "tasks_run"):
                del values[key]
        assert results == expected
        assert again.page == page

    def test_what_is_missing_or_damaged_is_run_again_and_comes_out_the_same_in_one_process_instead_of_two(
        self, finished: Finished, config: Path, copy: Path
    ) -> None:
        paths, before = fold_paths(copy), times_written(copy)
        missing, damaged = "near-duplicates/model/2-ب.json", "near-duplicates/model/1-ا1+ا2.json"
        unfinished = "stories/model/1-ب+ج.json"
        paths[missing].unlink()
        paths[damaged].write_bytes(paths[damaged].read_bytes()[:-100])
        # As a process leaves it that was killed while it wrote.
        paths[unfinished].rename(paths[unfinished].with_suffix(".unfinished"))
        again = crossval(config, copy, *SETTINGS, "--jobs", "1")
        assert "15 of 18 folds are finished already" in again.ended.err
        assert again.results["tasks_run"] == 3
        changed = {name for name, written in times_written(copy).items() if written != before[name]}
        assert changed == {missing, damaged, unfinished}
        assert without_times(again.results) == without_times(finished.results)
        assert not list(copy.rglob("*.unfinished"))

    @pytest.mark.parametrize(
        ("options", "name"),
        [
            (("--learning_rate", "1e-4"), "near-duplicates, ا1+ا2, baselines, seed 0"),
            (("--validation",), "near-duplicates, ا1+ا2, baselines, seed 0"),
            (("--without", "د"), "near-duplicates, ا1+ا2, baselines, seed 0"),
        ],
    )
    def test_results_of_other_settings_are_kept_and_refused(
        self, finished: Finished, config: Path, copy: Path, options: Sequence[str], name: str
    ) -> None:
        before = times_written(copy)
        ended = marsad("crossval", config, "--output", copy, *SETTINGS, *options)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == (
            f"error: {copy} holds the results of other settings, data or versions ({name}). "
            "Choose another --output, or drop them with --overwrite\n"
        )
        assert times_written(copy) == before

    def test_changed_annotation_is_refused_like_other_settings(self, tmp_path: Path, fits: list[Fit]) -> None:
        corpus = write_corpus(tmp_path / "corpus", groups=[COPIES])
        config = write_config(tmp_path / "config.yaml", corpus, tmp_path)
        crossval(config, tmp_path / "out", "--seeds", "1", "--no-baselines")
        annotation = corpus.parent / "gold" / "د.ann"
        annotation.write_text(annotation.read_text(encoding="utf-8").replace("ARMED", "PER"), encoding="utf-8")
        ended = marsad("crossval", config, "--output", tmp_path / "out", "--seeds", "1", "--no-baselines")
        assert ended.code == 1
        assert "holds the results of other settings, data or versions" in ended.err

    def test_overwrite_drops_them(self, config: Path, copy: Path, fits: list[Fit]) -> None:
        (copy / "notes.md").write_text("لا تحذف", encoding="utf-8")
        options = ("--seeds", "5", "--grouping", "stories", "--no-random-weights", "--no-baselines")
        again = crossval(config, copy, *options, "--learning_rate", "1e-4", "--overwrite")
        assert sorted(again.files) == ["stories/model/5-ا1+ا2+د.json", "stories/model/5-ب+ج.json"]
        assert [fit.arguments.learning_rate for fit in fits] == [1e-4, 1e-4]
        assert again.results["options"]["overrides"] == {"learning_rate": "1e-4"}
        assert (copy / "notes.md").exists()

    def test_more_seeds_run_only_what_is_new(self, config: Path, copy: Path, fits: list[Fit]) -> None:
        before = times_written(copy)
        more = crossval(config, copy, *SETTINGS, "--seeds", "1,2,7")
        assert [fit.arguments.seed for fit in fits] == [7] * 6
        assert before.items() < times_written(copy).items()
        assert set(more.results["groupings"]["stories"]["systems"]["model"]["counts"]) == {"1", "2", "7"}


class TestWhatModelsAreGiven:
    def test_a_model_is_trained_on_all_but_the_tested_group_and_tags_bare_texts(
        self, config: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        crossval(config, tmp_path / "out", "--seeds", "1", "--no-baselines", "--no-random-weights")
        given = [([document.id for document in fit.tagged], fit.training, fit.validation) for fit in fits]
        assert given == [
            (["ا1", "ا2"], ["ب", "ج", "د"], []),
            (["ب"], ["ا1", "ا2", "ج", "د"], []),
            (["ج"], ["ا1", "ا2", "ب", "د"], []),
            (["د"], ["ا1", "ا2", "ب", "ج"], []),
            (["ا1", "ا2", "د"], ["ب", "ج"], []),
            (["ب", "ج"], ["ا1", "ا2", "د"], []),
        ]
        for fit in fits:
            for document in fit.tagged:
                assert document == document.without_annotations()
            assert fit.arguments.eval_strategy == fit.arguments.save_strategy == "no"
            assert not fit.arguments.load_best_model_at_end

    def test_with_validation_a_group_is_kept_back_to_choose_on(
        self, config: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        options = ("--seeds", "1", "--no-baselines", "--no-random-weights", "--validation")
        crossval(config, tmp_path / "out", *options)
        assert [(fit.training, fit.validation) for fit in fits] == [
            (["ج", "د"], ["ب"]),
            (["ا1", "ا2", "د"], ["ج"]),
            (["ا1", "ا2", "ب"], ["د"]),
            (["ب", "ج"], ["ا1", "ا2"]),
            (["ج"], ["ب"]),
            (["د"], ["ا1", "ا2"]),
        ]
        assert {str(fit.arguments.eval_strategy.value) for fit in fits} == {"epoch"}

    def test_random_weights_are_one_more_system_with_the_same_seeds(
        self, config: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        run = crossval(config, tmp_path / "out", "--seeds", "3,4", "--no-baselines", "--grouping", "stories")
        assert [(fit.arguments.seed, fit.settings.random_weights) for fit in fits] == [
            *((3, False), (3, False), (3, True), (3, True)),
            *((4, False), (4, False), (4, True), (4, True)),
        ]
        assert list(run.results["groupings"]["stories"]["systems"]) == ["model", "random weights"]
        assert any(line.startswith("│ random weights ") for line in run.ended.out.splitlines())
        assert "\n| random weights | " in run.page

    def test_a_document_may_be_left_out_of_everything(self, config: Path, tmp_path: Path, fits: list[Fit]) -> None:
        run = crossval(config, tmp_path / "out", "--seeds", "1", "--without", "ا2", "--without", "د")
        assert len(fits) == 2 * (3 + 2)
        for fit in fits:
            given = {*fit.training, *fit.validation, *(document.id for document in fit.tagged)}
            assert given == {"ا1", "ب", "ج"}
        for content in run.files.values():
            assert {"ا2", "د"}.isdisjoint({*content["training"], *content["validation"]})
            for prediction in content["systems"].values():
                assert {"ا2", "د"}.isdisjoint(document["id"] for document in prediction["documents"])
        for grouping in run.results["groupings"].values():
            assert set(grouping["documents"]) == {"ا1", "ب", "ج"}
        assert "without ا2, د" in run.page
        assert run.results["options"]["without"] == ["ا2", "د"]

    def test_groups_may_be_merged_into_fewer_folds(self, config: Path, tmp_path: Path, fits: list[Fit]) -> None:
        options = ("--folds", "2", "--seeds", "1", "--no-baselines", "--no-random-weights")
        run = crossval(config, tmp_path / "out", *options)
        folds = run.results["groupings"]["near-duplicates"]["folds"]
        assert [sorted(fold["test"]) for fold in folds] == [["ا1", "ا2", "د"], ["ب", "ج"]]
        # Sentences are drawn anew within groups of articles, however many groups a fold holds.
        grouping = run.results["groupings"]["near-duplicates"]
        pairs = set(zip(grouping["documents"], grouping["groups"], strict=True))
        assert pairs == {("ا1", 0), ("ا2", 0), ("ب", 1), ("ج", 2), ("د", 3)}
        assert len(fits) == 4

    def test_models_choose_their_threshold_and_baselines_may_learn_from_what_was_chosen_on(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", PoolOfThisProcess)
        options = ("--seeds", "1", "--grouping", "stories", "--no-random-weights", "--validation")
        run = crossval(config, tmp_path / "out", *options)
        thresholds = {path.split("/")[1]: content["threshold"] for path, content in run.files.items()}
        assert thresholds["baselines"] is None
        assert 0 < thresholds["model"] < 1
        assert "* ا1, ا2, د: trained on ج, chosen on ب" in run.page
        systems = run.results["groupings"]["stories"]["systems"]
        seen = {name: next(iter(systems[name]["seen"].values()))["entities"]["seen"] for name in ("lexicon", "model")}
        assert seen["lexicon"]["support"] > seen["model"]["support"] > 0

    def test_a_corpus_without_stories_has_one_grouping(self, tmp_path: Path, fits: list[Fit]) -> None:
        config = write_config(tmp_path / "config.yaml", write_corpus(tmp_path / "corpus", groups=[COPIES]), tmp_path)
        run = crossval(config, tmp_path / "out", "--seeds", "1", "--no-baselines", "--no-random-weights")
        assert list(run.results["groupings"]) == ["near-duplicates"]

    def test_a_group_may_name_an_article_that_is_in_no_split(self, tmp_path: Path, fits: list[Fit]) -> None:
        corpus = write_corpus(tmp_path / "corpus", groups=[[*COPIES, "مفقود"]])
        config = write_config(tmp_path / "config.yaml", corpus, tmp_path)
        crossval(config, tmp_path / "out", "--seeds", "1", "--no-baselines", "--no-random-weights")
        assert [[document.id for document in fit.tagged] for fit in fits] == GROUPS["near-duplicates"]

    def test_by_default_results_lie_in_a_folder_named_after_the_config(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: list[Fit]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ended = marsad("crossval", config, "--seeds", "1", "--no-baselines", "--grouping", "stories")
        assert ended.code == 0, ended.err
        assert (tmp_path / "outputs" / "crossval" / "صغير" / "results.json").is_file()


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ("--grouping قصص", "the corpus has no grouping 'قصص'; it has near-duplicates, stories"),
            ("--seeds واحد", "--seeds is 'واحد'; give numbers with commas between them, such as 1,2,3"),
            ("--seeds 1,", "--seeds is '1,'; give numbers with commas between them, such as 1,2,3"),
            ("--seeds 1,2,1", "--seeds 1,2,1 names a seed twice"),
            ("--seed 3", "--seed is set by cross-validation itself: use --seeds"),
            ("--without مفقود", "the corpus has no document 'مفقود' to leave out; it has ا1, ا2, ب, ج, د"),
            ("--without ب --without ج --without د", "cross-validation needs at least two groups of articles"),
            ("--folds 5", "there are 4 groups of articles, so 2 to 4 folds, not 5"),
            ("--learning_rte 1", "unknown setting 'learning_rte'; did you mean 'learning_rate'?"),
            ("--data {folder}", "cross-validation needs the corpus file (dataset.yaml)"),
            ("--data none.yaml", "none.yaml"),
        ],
    )
    def test_an_error_is_one_sentence_and_nothing_is_written(
        self, config: Path, tmp_path: Path, fits: list[Fit], options: str, message: str
    ) -> None:
        given = options.format(folder=config.parent / "corpus").split()
        ended = marsad("crossval", config, "--output", tmp_path / "out", *given)
        assert (ended.code, ended.out) == (1, "")
        assert len(ended.err.splitlines()) == 1
        assert ended.err.startswith("error: ")
        assert message in ended.err
        assert not (tmp_path / "out").exists()
        assert fits == []

    def test_a_fold_that_fails_is_named(self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", PoolOfThisProcess)
        options = ("--seeds", "4", "--no-baselines", "--no-random-weights", "--grouping", "stories", "--window", "500")
        ended = marsad("crossval", config, "--output", tmp_path, *options)
        assert (ended.code, ended.out) == (1, "")
        message = "error: fold stories, ا1+ا2+د, model, seed 4: window 500 is too long: encoder "
        assert ended.err.splitlines()[-1].startswith(message)

    def test_a_killed_process_is_reported_with_what_to_do(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class KilledPool(PoolOfThisProcess):
            def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
                future: Future[Any] = Future()
                future.set_exception(BrokenProcessPool("terminated abruptly"))
                return future

        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", KilledPool)
        ended = marsad("crossval", config, "--output", tmp_path, "--seeds", "1", "--grouping", "stories")
        assert ended.code == 1
        last = ended.err.splitlines()[-1]
        assert last.startswith("error: a process was killed while it ran the fold stories, ")
        assert "run the command again with fewer --jobs, it goes on where it was" in last


class TestLeaks:
    @pytest.fixture
    def torn(self, tmp_path: Path) -> Path:
        """The config of a corpus that does not say that two of its articles copy each other."""
        return write_config(tmp_path / "config.yaml", write_corpus(tmp_path / "corpus"), tmp_path)

    def test_copies_in_different_groups_are_refused_by_their_names(
        self, torn: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        ended = marsad("crossval", torn, "--output", tmp_path / "out", "--seeds", "1", "--no-random-weights")
        assert (ended.code, ended.out) == (1, "")
        last = ended.err.splitlines()[-1]
        assert last.startswith("error: folds by near-duplicates, ا1: 1 of 2 sentences were trained on ")
        assert "sentence 2 of document ا1 is sentence 1 of ا2 (similarity " in last
        assert "or give --allow-leaks" in last
        assert last.endswith("Articles that copy each other belong in one of the 'groups' of the corpus file")
        # Before anything is trained.
        assert fits == []
        assert not (tmp_path / "out").exists()

    def test_what_was_only_chosen_on_leaks_too(self, torn: Path, tmp_path: Path, fits: list[Fit]) -> None:
        # Of ا1 the fold that follows is ا2.
        options = ("--seeds", "1", "--no-random-weights", "--no-baselines", "--validation")
        ended = marsad("crossval", torn, "--output", tmp_path / "out", *options)
        assert ended.code == 1
        message = "error: folds by near-duplicates, ا1: 1 of 2 sentences were chosen on "
        assert ended.err.splitlines()[-1].startswith(message)

    def test_where_they_are_allowed_every_table_is_marked(self, torn: Path, tmp_path: Path, fits: list[Fit]) -> None:
        options = ("--seeds", "1,2", "--no-random-weights", "--allow-leaks")
        run = crossval(torn, tmp_path / "out", *options)
        assert run.results["groupings"]["near-duplicates"]["leaks"] == 2
        mark = "folds by near-duplicates (LEAKED: 2 of 12 sentences repeat one trained on)"
        titles = [line for line in run.page.splitlines() if line.startswith("**")]
        assert len(titles) == 12
        assert all(mark in title for title in titles)
        assert " ".join(run.ended.out.split()).count(mark) == 4

    def test_a_run_without_leaks_goes_on_when_they_are_allowed(
        self, config: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        options = ("--seeds", "1", "--no-random-weights", "--no-baselines")
        crossval(config, tmp_path / "out", *options)
        assert crossval(config, tmp_path / "out", *options, "--allow-leaks").results["tasks_run"] == 0

    def test_where_nothing_leaks_nothing_is_marked(self, config: Path, tmp_path: Path, fits: list[Fit]) -> None:
        options = ("--seeds", "1", "--no-random-weights", "--no-baselines", "--allow-leaks")
        run = crossval(config, tmp_path / "out", *options)
        assert [grouping["leaks"] for grouping in run.results["groupings"].values()] == [0, 0]
        assert "LEAKED" not in run.page + run.ended.out


class TestInterruption:
    def test_sigterm_is_an_interruption_too_and_then_as_before(
        self, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A time limit, or a scheduler of jobs; by default it would leave the processes of the folds behind."""

        class Terminated(PoolOfThisProcess):
            def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
                os.kill(os.getpid(), signal.SIGTERM)
                return super().submit(function, *arguments)

        def unhandled(*arguments: Any) -> None:
            pytest.fail("the command did not handle the signal")

        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", Terminated)
        earlier = signal.signal(signal.SIGTERM, unhandled)
        try:
            ended = marsad("crossval", config, "--output", tmp_path / "out", "--seeds", "1")
            assert signal.getsignal(signal.SIGTERM) is unhandled
        finally:
            signal.signal(signal.SIGTERM, earlier)
        assert (ended.code, ended.out) == (130, "")
        assert ended.err.splitlines()[-1].startswith(f"stopped; what is finished lies in {tmp_path / 'out'}, and ")

    def test_ctrl_c_keeps_finished_folds_and_the_next_run_goes_on(
        self, config: Path, tmp_path: Path, fits: list[Fit]
    ) -> None:
        output, scratch = tmp_path / "out", tmp_path / "scratch"
        scratch.mkdir()
        options = ("--seeds", "1,2,3,4,5,6", "--no-baselines", "--no-random-weights", "--grouping", "near-duplicates")
        command = [sys.executable, "-m", "trainer", "crossval", config, "--output", output, *options, "--jobs", "1"]
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(scratch), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            # A group of its own, so that all its processes get the signal, as from a terminal.
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 120
            # Until one fold is there and the next one is under way.
            while not (fold_paths(output) and list(scratch.rglob("marsad-fold-*"))):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert f"stopped; what is finished lies in {output}" in "".join(err.splitlines()[-1:])
        assert out == ""
        before = times_written(output)
        assert 0 < len(before) < 24
        assert all("key" in read_json(path) for path in fold_paths(output).values())
        assert not (output / "results.json").exists()
        assert list(scratch.iterdir()) == []

        run = crossval(config, output, *options)
        assert f"{len(before)} of 24 folds are finished already" in run.ended.err
        assert len(fits) == run.results["tasks_run"] == 24 - len(before)
        assert before.items() < times_written(output).items()
