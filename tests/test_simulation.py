"""``marsad annotate simulate``: choosing what to annotate against drawing at random, on text that is annotated."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import test_crossval
import yaml
from conftest import QUICK_RUN, SPLITS, TEST, TRAINING, Marsad, marked_document, write_tiny_corpus

from trainer import side_by_side
from trainer.documents import Document
from trainer.evaluation.detailed import counts_by_sentence
from trainer.modeling.temperatures import Temperatures
from trainer.selection import simulation_page, simulation_run, simulation_runs
from trainer.selection.choosing import Candidate
from trainer.selection.sentence_documents import sentence_document
from trainer.selection.simulation import Material, Run, SimulationOptions, check_options, load_material
from trainer.selection.simulation_runs import optimiser_steps, simulate, stored
from trainer.selection.simulation_scores import MEAN, collect_results, outcome_sentence

STEPS = (3, 4, 6)
SETTINGS = {key: value for key, value in QUICK_RUN.items() if key not in ("seed", "disable_tqdm")}


def write_config(folder: Path, corpus: Path, encoder: Path, **changes: Any) -> Path:
    """Write a config whose runs take two steps."""
    values = {**SETTINGS, "max_steps": 2, "data": str(corpus), "encoder": str(encoder), **changes}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({**values, "output_dir": str(folder / "unused")}), encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path) -> Path:
    return write_config(tmp_path, tiny_corpus, tiny_checkpoint)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no processes: that takes longer than the models of these tests."""
    monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", test_crossval.PoolOfThisProcess)


def options_of(config: Path, **changes: Any) -> SimulationOptions:
    given = {"pool": "train", "test": ("test",), "steps": STEPS, "seeds": (1, 2), **changes}
    return SimulationOptions(config=str(config), **given)


def nothing() -> None:
    """Prepare nothing in the processes."""


@dataclass
class Simulated:
    """A simulation that is done, where it lies, and in which order its runs were done."""

    options: SimulationOptions
    output: Path
    runs: list[Run]
    order: list[str]
    steps: int

    @property
    def results(self) -> dict[str, Any]:
        return collect_results(self.runs, self.options, load_material(self.options), self.output, self.steps)

    def run(self, strategy: str, size: int, seed: int) -> Run:
        (found,) = [run for run in self.runs if (run.strategy, run.size, run.seed) == (strategy, size, seed)]
        return found


def simulated(options: SimulationOptions, output: Path) -> Simulated:
    material = load_material(options)
    steps = optimiser_steps(options, material)
    order: list[str] = []
    runs = simulate(
        *(options, material, steps, output), jobs=1, done=lambda run: order.append(run.name), prepare=nothing
    )
    return Simulated(options, output, runs, order, steps)


@dataclass
class Fakes:
    """Models that find nothing, and what everyone was given."""

    trained_on: list[list[str]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    held_back: list[list[str]] = field(default_factory=list)
    pools: list[list[Document]] = field(default_factory=list)
    tagged: list[Document] = field(default_factory=list)
    stop_at: int = -1

    def fit(self, training: Any, validation: Any, schema: Any, settings: Any, arguments: Any) -> Any:
        if len(self.trained_on) == self.stop_at:
            raise KeyboardInterrupt
        assert validation == []
        self.trained_on.append(training["document_id"][:])
        self.steps.append(arguments.max_steps)
        tokenizer = SimpleNamespace(backend_tokenizer=None)
        return SimpleNamespace(tagger=SimpleNamespace(tag=self.tag), model=None, tokenizer=tokenizer)

    def tag(self, documents: Sequence[Document]) -> list[Document]:
        self.tagged += documents
        return [document.without_annotations() for document in documents]

    def fit_temperatures(self, tagger: Any, validation: Sequence[Document]) -> Temperatures:
        self.held_back.append([document.id for document in validation])
        return Temperatures()

    def choose(self, pool: Sequence[Document], *, annotated: Any, budget: int, **model: Any) -> list[Candidate]:
        """Choose the last sentences of the pool."""
        self.pools.append(list(pool))
        places = [(document, index) for document in pool for index in range(len(document.sentences))]
        left = [
            Candidate(*place, uncertainty=0.0)
            for place in reversed(places)
            if not list(annotated.find([sentence_document(*place)]))
        ]
        return left[:budget]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    fakes = Fakes()
    for name in ("fit", "fit_temperatures", "choose"):
        monkeypatch.setattr(simulation_run, name, getattr(fakes, name))
    return fakes


def runs_that_know(monkeypatch: pytest.MonkeyPatch, knows: Callable[[Run], bool]) -> None:
    """Let every run find all that there is, or nothing."""

    def run_simulated(material: Material, run: Run, output: Path) -> None:
        left = [id for id in material.pool if id not in run.annotated][: run.wanted]
        found = material.test if knows(run) else [document.without_annotations() for document in material.test]
        content = {
            "key": run.key,
            "annotated": run.annotated,
            "counts": counts_by_sentence(material.test, found),
            "next": {strategy: left for strategy in run.asked if run.wanted},
            "training_seconds": 1.0,
            "seconds": 2.0,
        }
        run.path(output).parent.mkdir(parents=True, exist_ok=True)
        run.path(output).write_text(json.dumps(content), encoding="utf-8")

    monkeypatch.setattr(simulation_runs, "run_simulated", run_simulated)


class TestTheRuns:
    def test_both_strategies_begin_with_the_same_sentences_which_the_seed_decides(
        self, fakes: Fakes, config: Path, tmp_path: Path
    ) -> None:
        done = simulated(options_of(config), tmp_path / "out")
        for seed in (1, 2):
            start = done.run("start", 3, seed).annotated
            assert [done.run(strategy, 4, seed).annotated[:3] for strategy in ("random", "chosen")] == [start, start]
        assert set(done.run("start", 3, 1).annotated) != set(done.run("start", 3, 2).annotated)

    def test_every_step_adds_to_the_one_before_and_no_sentence_twice(
        self, fakes: Fakes, config: Path, tmp_path: Path
    ) -> None:
        done = simulated(options_of(config), tmp_path / "out")
        for run in done.runs:
            assert len(set(run.annotated)) == len(run.annotated) == run.size
        assert done.run("chosen", 6, 1).annotated[:4] == done.run("chosen", 4, 1).annotated
        assert done.run("random", 6, 1).annotated[:4] == done.run("random", 4, 1).annotated

    def test_one_strategy_takes_what_the_model_chooses_and_the_other_what_is_drawn(
        self, fakes: Fakes, config: Path, tmp_path: Path
    ) -> None:
        done = simulated(options_of(config, steps=(3, 4), seeds=(1, 2, 3)), tmp_path / "out")
        for seed in (1, 2, 3):
            start = done.run("start", 3, seed).annotated
            last = [id for id in load_material(done.options).pool if id not in start][-1]
            assert done.run("chosen", 4, seed).annotated == (*start, last)
        drawn = {done.run("random", 4, seed).annotated[-1] for seed in (1, 2, 3)}
        assert len(drawn) > 1

    def test_a_model_learns_from_what_is_annotated_and_a_part_of_it_tells_the_temperatures(
        self, fakes: Fakes, config: Path, tmp_path: Path
    ) -> None:
        done = simulated(options_of(config), tmp_path / "out")
        assert len(fakes.trained_on) == len(fakes.held_back) == len(done.runs)
        for run, training, held in zip(done.runs, fakes.trained_on, fakes.held_back, strict=True):
            # Of so few documents each is cut into parts, of which these have one.
            assert sorted(id.removesuffix("-1") for id in (*training, *held)) == sorted(run.annotated)
            assert training
            assert held

    def test_who_chooses_sees_the_articles_of_the_pool_and_no_label(
        self, fakes: Fakes, config: Path, tmp_path: Path
    ) -> None:
        simulated(options_of(config), tmp_path / "out")
        assert len(fakes.pools) == 4
        for document in (one for pool in fakes.pools for one in pool):
            assert document.id in SPLITS["train"]
            assert document.entities == []
            assert document.events == []
            assert not any(sentence.event_types for sentence in document.sentences)

    def test_every_model_is_tested_on_the_bare_test_articles(self, fakes: Fakes, config: Path, tmp_path: Path) -> None:
        done = simulated(options_of(config), tmp_path / "out")
        assert [document.id for document in fakes.tagged] == ["x1"] * len(done.runs)
        assert not any(document.entities or document.events for document in fakes.tagged)

    def test_a_revealed_sentence_is_a_document_of_its_own_with_its_annotation(self, config: Path) -> None:
        pool = load_material(options_of(config)).pool
        assert list(pool) == [f"{id}-{index}" for id in ("t1", "t2") for index in range(5)]
        sentence = pool["t1-3"]
        assert sentence.text == marked_document([TRAINING[3]]).text
        assert [(one.label, one.text) for one in sentence.entities] == [
            ("ARMED", "قوات النظام"),
            ("GPE", "حلب"),
            ("PER", "محمد العلي"),
        ]
        assert [(one.type, one.trigger.text) for one in sentence.events] == [("SHELLING", "قصفت"), ("KILL", "قُتل")]
        spans: list[Any] = [*sentence.words, *sentence.entities, *(event.trigger for event in sentence.events)]
        for span in spans:
            assert sentence.text[span.start : span.end] == span.text
        assert [sorted(one.event_types) for one in sentence.sentences] == [["KILL", "SHELLING"]]

    def test_the_same_seeds_give_the_same_numbers_from_real_models(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        config = write_config(tmp_path, tiny_corpus, tiny_checkpoint, max_steps=24)
        options = options_of(config, steps=(5, 8), seeds=(1,))
        first, second = (simulated(options, tmp_path / name).results for name in ("one", "two"))
        times = ("seconds", "training_seconds")
        assert {key: value for key, value in first.items() if key not in times} == {
            key: value for key, value in second.items() if key not in times
        }
        assert first["steps"][1]["scores"]["chosen"][MEAN]["mean"] > 0


class TestStepsOfTheOptimiser:
    def test_they_are_those_of_the_config(self, fakes: Fakes, config: Path, tmp_path: Path) -> None:
        simulated(options_of(config), tmp_path / "out")
        assert set(fakes.steps) == {2}

    def test_else_as_many_as_its_epochs_take_over_the_last_number_of_sentences(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        config = write_config(tmp_path, tiny_corpus, tiny_checkpoint, max_steps=-1, num_train_epochs=8)
        options = options_of(config, steps=(3, 5))
        # The ten sentences of the pool are three batches of four.
        assert optimiser_steps(options, load_material(options)) == 8 * 3 * 5 // 10


class TestGoingOn:
    def test_a_stopped_simulation_goes_on_where_it_was(self, fakes: Fakes, config: Path, tmp_path: Path) -> None:
        options = options_of(config)
        whole = simulated(options, tmp_path / "whole")
        fakes.trained_on.clear()
        fakes.stop_at = 5
        with pytest.raises(KeyboardInterrupt):
            simulated(options, tmp_path / "out")
        fakes.stop_at = -1
        assert len(list((tmp_path / "out").rglob("*.json"))) == 5
        done = simulated(options, tmp_path / "out")
        assert len(fakes.trained_on) == len(done.runs) == 10
        assert sorted(done.order) == sorted(whole.order)
        assert done.results["steps"] == whole.results["steps"]

    def test_a_damaged_file_is_made_anew(self, fakes: Fakes, config: Path, tmp_path: Path) -> None:
        options = options_of(config)
        done = simulated(options, tmp_path / "out")
        path = done.run("start", 3, 1).path(tmp_path / "out")
        path.write_text(path.read_text(encoding="utf-8")[:50], encoding="utf-8")
        fakes.trained_on.clear()
        simulated(options, tmp_path / "out")
        assert len(fakes.trained_on) == 1
        assert stored(done.run("start", 3, 1), tmp_path / "out")["annotated"]

    @pytest.mark.parametrize("change", [{"overrides": {"dropout": "0.5"}}, {"steps": (3, 5, 6)}])
    def test_results_of_other_settings_are_not_mixed_in(
        self, fakes: Fakes, config: Path, tmp_path: Path, change: dict[str, Any]
    ) -> None:
        simulated(options_of(config), tmp_path / "out")
        with pytest.raises(FileExistsError, match=r"other settings, data or versions \(start, 3 sentences"):
            simulated(options_of(config, **change), tmp_path / "out")


class TestWhatCannotBeSimulated:
    def test_steps_that_do_not_grow(self, config: Path) -> None:
        with pytest.raises(ValueError, match="--steps is 50,50; give growing numbers of sentences from 2 on"):
            check_options(options_of(config, steps=(50, 50)))

    def test_settings_that_it_decides_itself(self, config: Path) -> None:
        with pytest.raises(ValueError, match="--seed is set by the simulation itself: use --seeds"):
            check_options(options_of(config, overrides={"seed": "1"}))

    def test_a_pool_that_is_too_small(self, config: Path) -> None:
        with pytest.raises(ValueError, match="'train' of the corpus has 10 sentences and the last step asks for 50"):
            load_material(options_of(config, steps=(5, 50)))

    def test_a_pool_whose_sentences_repeat_each_other(self, fakes: Fakes, config: Path, tmp_path: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "copies", {**SPLITS, "train": {"t1": [TRAINING[0]] * 5 + [TRAINING[1]]}})
        with pytest.raises(ValueError, match="only 2 sentences of the pool can be annotated next and 3 were asked for"):
            simulated(options_of(config, overrides={"data": str(corpus)}, steps=(3, 4)), tmp_path / "out")

    def test_a_pool_or_a_split_that_the_corpus_has_not(self, config: Path) -> None:
        with pytest.raises(ValueError, match="no documents 'training_only' for a --pool; it has train, validation, te"):
            load_material(options_of(config, pool="training_only"))
        with pytest.raises(ValueError, match="no split 'exam'; it has train, validation, test"):
            load_material(options_of(config, test=("exam",)))

    def test_a_test_on_the_pool(self, config: Path) -> None:
        with pytest.raises(ValueError, match="'train' is the pool, so it cannot be tested on"):
            load_material(options_of(config, test=("train",)))

    def test_a_pool_with_a_sentence_that_is_tested(self, config: Path, tmp_path: Path) -> None:
        copied = {**SPLITS, "test": {"x1": [*TEST, TRAINING[3]]}}
        corpus = write_tiny_corpus(tmp_path / "leak", copied)
        with pytest.raises(ValueError, match=r"Test on other splits \(--test\), or leave a document out"):
            load_material(options_of(config, overrides={"data": str(corpus)}))

    def test_a_document_to_leave_out_that_is_not_there(self, config: Path) -> None:
        with pytest.raises(ValueError, match="has no document '004' to leave out"):
            load_material(options_of(config, without=("004",)))

    def test_data_that_is_no_corpus_file(self, config: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="a simulation needs one corpus file"):
            load_material(options_of(config, overrides={"data": str(tmp_path)}))


class TestTheMaterial:
    def test_all_splits_but_the_pool_are_tested_by_default_without_what_is_left_out(self, config: Path) -> None:
        assert [one.id for one in load_material(options_of(config, test=())).test] == ["v1", "x1"]
        left = load_material(options_of(config, test=(), without=("v1", "t1"), steps=(3, 4)))
        assert [one.id for one in left.test] == ["x1"]
        assert {id.partition("-")[0] for id in left.pool} == {"t2"}
        assert left.groups == [0, 0]


class TestTheScores:
    @pytest.fixture
    def results(self, monkeypatch: pytest.MonkeyPatch, config: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
        """Simulate with runs that know all or nothing."""

        def results(knows: Callable[[Run], bool], **changes: Any) -> dict[str, Any]:
            runs_that_know(monkeypatch, knows)
            return simulated(options_of(config, **changes), tmp_path / "out").results

        return results

    def test_choosing_that_always_knows_more_is_better(self, results: Callable[..., dict[str, Any]]) -> None:
        found = results(lambda run: run.strategy == "chosen")
        assert found["outcome"] == dict.fromkeys(("entities", "triggers", "event_types", MEAN), "better")
        assert found["steps"][1]["difference"][MEAN] == {
            **{"mean": 1.0, "low": 1.0, "high": 1.0, "p": 0.0},
            "per_seed": [1.0, 1.0],
        }
        assert outcome_sentence(found) == (
            "Choosing beats drawing at random: mean F1 over the curve 0.750 against 0.000, difference +0.750 "
            "[+0.750 +0.750], p < 0.001, better with 2 of 2 seeds."
        )

    def test_choosing_that_always_knows_less_is_worse(self, results: Callable[..., dict[str, Any]]) -> None:
        found = results(lambda run: run.strategy != "chosen")
        assert set(found["outcome"].values()) == {"worse"}
        assert outcome_sentence(found).startswith("Choosing is worse than drawing at random: ")

    def test_where_the_seeds_disagree_there_is_no_difference_however_narrow_the_interval(
        self, results: Callable[..., dict[str, Any]]
    ) -> None:
        def knows(run: Run) -> bool:
            return run.strategy == ("random" if run.seed == 3 else "chosen")

        found = results(knows, seeds=(1, 2, 3))
        difference = found["area"]["difference"][MEAN]
        assert difference["low"] > 0
        assert difference["per_seed"] == [0.75, 0.75, -0.75]
        assert set(found["outcome"].values()) == {"no difference"}
        assert outcome_sentence(found).startswith("No significant difference between choosing and drawing at random: ")

    def test_the_area_is_the_mean_over_the_curve_in_which_every_stretch_weighs_alike(
        self, results: Callable[..., dict[str, Any]]
    ) -> None:
        found = results(lambda run: run.strategy == "chosen" and run.size == 6)
        # From 3 to 4 sentences nothing is known; from 4 to 6 half, seen from its middle.
        assert found["area"]["scores"]["chosen"][MEAN]["mean"] == 0.25
        assert found["area"]["scores"]["chosen"][MEAN]["per_seed"] == [0.25, 0.25]

    def test_the_first_step_has_no_difference_since_both_share_it(self, results: Callable[..., dict[str, Any]]) -> None:
        first = results(lambda run: run.strategy == "chosen")["steps"][0]
        assert first["sentences"] == 3
        assert first["scores"]["chosen"] == first["scores"]["random"]
        assert set(first["difference"].values()) == {None}

    def test_a_single_step_compares_nothing(self, results: Callable[..., dict[str, Any]]) -> None:
        found = results(lambda run: True, steps=(3,))
        assert (found["area"], found["outcome"]) == (None, {})
        assert outcome_sentence(found).startswith("A single step compares nothing")

    def test_it_tells_how_much_there_was_to_read_and_to_label(self, results: Callable[..., dict[str, Any]]) -> None:
        found = results(lambda run: True, steps=(9, 10))
        whole = [marked_document([sentence]) for sentence in TRAINING]
        assert found["steps"][1]["revealed"]["chosen"] == {
            "words": sum(len(one.words) for one in whole),
            "entities": sum(len(one.entities) for one in whole),
            "triggers": sum(len(one.events) for one in whole),
            "event_types": sum(len(one.sentences[0].event_types) for one in whole),
        }


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def _undrawn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Draw nothing: that takes longer than everything else."""
        monkeypatch.setattr(simulation_page, "simulation_pictures", lambda results, names: {})

    @pytest.fixture
    def command(self, config: Path, tmp_path: Path) -> list[Any]:
        pool = ("--pool", "train", "--test", "test", "--jobs", "1", "--output", tmp_path / "out")
        return ["annotate", "simulate", config, *pool, "--steps", "3,4", "--seeds", "1,2"]

    def test_it_prints_the_figures_and_the_outcome_and_writes_results_and_page(
        self, fakes: Fakes, marsad: Marsad, command: list[Any], tmp_path: Path
    ) -> None:
        result = marsad(*command, "--dropout", "0.25")
        assert result.code == 0, result.err
        assert "No significant difference between choosing and drawing at random" in result.out
        assert result.out.splitlines()[-2:] == [
            f"written: {tmp_path / 'out' / 'results.json'}",
            f"written: {tmp_path / 'out' / 'index.html'}",
        ]
        assert "finished: chosen, 4 sentences, seed 2" in result.err
        results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
        assert results["options"]["overrides"] == {"dropout": "0.25"}
        assert results["data"] == {"name": "tiny", "pool": 10, "documents": ["x1"], "sentences": 2}

    def test_a_stopped_one_says_how_to_go_on(
        self, fakes: Fakes, marsad: Marsad, command: list[Any], tmp_path: Path
    ) -> None:
        fakes.stop_at = 3
        result = marsad(*command)
        assert result.code == 130
        assert "the same command goes on from there" in " ".join(result.err.split())
        fakes.stop_at = -1
        assert marsad(*command).code == 0
        assert len(fakes.trained_on) == 6

    def test_a_time_limit_is_an_interruption_too_and_signals_mean_what_they_did_afterwards(
        self, fakes: Fakes, marsad: Marsad, command: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Terminated(test_crossval.PoolOfThisProcess):
            def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
                os.kill(os.getpid(), signal.SIGTERM)
                return super().submit(function, *arguments)

        def unhandled(*arguments: Any) -> None:
            pytest.fail("the command did not handle the signal")

        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", Terminated)
        earlier = signal.signal(signal.SIGTERM, unhandled)
        try:
            assert marsad(*command).code == 130
            assert signal.getsignal(signal.SIGTERM) is unhandled
        finally:
            signal.signal(signal.SIGTERM, earlier)

    def test_a_killed_process_is_told_with_what_to_do(
        self, fakes: Fakes, marsad: Marsad, command: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(test_crossval.PoolOfThisProcess):
            def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
                future: Future[Any] = Future()
                future.set_exception(BrokenProcessPool("terminated abruptly"))
                return future

        monkeypatch.setattr(side_by_side, "ProcessPoolExecutor", Killed)
        result = marsad(*command)
        assert result.code == 1
        told = " ".join(result.err.split())
        assert (
            "a process was killed while it ran the run start, 3 sentences, seed 1, most likely for want of memory"
            in told
        )

    def test_a_run_that_fails_is_named(
        self, fakes: Fakes, marsad: Marsad, command: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fit(*arguments: Any) -> None:
            raise ValueError("window 500 is too long")

        monkeypatch.setattr(simulation_run, "fit", fit)
        result = marsad(*command)
        assert result.code == 1
        assert result.err.splitlines()[-1] == "error: run start, 3 sentences, seed 1: window 500 is too long"

    def test_other_settings_need_overwrite(self, fakes: Fakes, marsad: Marsad, command: list[Any]) -> None:
        assert marsad(*command).code == 0
        refused = marsad(*command, "--dropout", "0.5")
        assert refused.code == 1
        assert "drop them with --overwrite" in " ".join(refused.err.split())
        assert marsad(*command, "--dropout", "0.5", "--overwrite").code == 0

    def test_numbers_that_are_none(self, marsad: Marsad, command: list[Any]) -> None:
        result = marsad(*command, "--steps", "fifty")
        assert "--steps is 'fifty'; give numbers with commas between them" in " ".join(result.err.split())
        assert "names a number twice" in marsad(*command, "--seeds", "1,1").err
