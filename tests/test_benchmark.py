"""The benchmark of training: the same work for all, counted exactly, with a baseline that is left as it is."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from conftest import TRAINING

from trainer.data.storage import load_data
from trainer.encoders.loading import load_encoder
from trainer.modeling.features import SentenceEncoder
from trainer.training import benchmark, cpu_speed
from trainer.training.benchmark import BASELINE, Training, measure, summarise
from trainer.training.rows import training_rows
from trainer.training.token_batches import TokenBatchSampler

BATCH_TOKENS = 40
WAYS = [BASELINE, "Marsad bf16", "Marsad fp32"]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "scripts" / "benchmark_training.py"
    spec = importlib.util.spec_from_file_location("benchmark_training", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what the script sets, and take a processor with bfloat16."""
    for name in ("GOMP_SPINCOUNT", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(benchmark, "has_native_bfloat16", lambda: True)


def training(data: Path, encoder: Path, **changes: Any) -> Training:
    values = {
        "way": BASELINE,
        "epochs": 2,
        "batch_tokens": BATCH_TOKENS,
        "learning_rate": 3e-3,
        "head_learning_rate": 1e-2,
        "window": 48,
        "seed": 1,
        "threads": 1,
    }
    return Training(data=str(data), encoder=str(encoder), **{**values, **changes})


def measured(way: str, seed: int, speed: float, f1: float = 0.5, memory: float = 1000.0) -> dict[str, Any]:
    """A measurement as if one had been made."""
    return {
        "way": way,
        "seed": seed,
        "steps": 4,
        "tokens": 400,
        "padded_tokens": 500,
        "timed_tokens": 300,
        "seconds": 300 / speed,
        "peak_memory_mib": memory,
        "f1": {"entities": f1, "triggers": f1, "event_types": f1},
        "settings": {"batches": f"those of {way}"},
        "machine": benchmark.machine(),
    }


@pytest.fixture(scope="module")
def run(
    script: ModuleType, tiny_corpus: Path, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """One real round in this process: the report, and what was asked of the allocator."""
    output = tmp_path_factory.mktemp("benchmark") / "new" / "report.json"
    asked: dict[str, int] = {}

    def watched(training: Training) -> Mapping[str, Any]:
        asked[training.way] = 0

        def keep() -> bool:
            asked[training.way] += 1
            return True

        patch.setattr(cpu_speed, "keep_freed_memory", keep)
        return measure(training)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOMP_SPINCOUNT", "")
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        patch.setattr(benchmark, "has_native_bfloat16", lambda: True)
        script.main(
            [
                *("--data", str(tiny_corpus), "--encoder", str(tiny_checkpoint), "--output", str(output)),
                *("--epochs", "2", "--rounds", "1", "--threads", "1", "--window", "48"),
                *("--batch-tokens", str(BATCH_TOKENS), "--learning-rate", "3e-3"),
            ],
            run=watched,
        )
    return {**json.loads(output.read_text(encoding="utf-8")), "asked": asked}


@pytest.fixture(scope="module")
def lengths(tiny_corpus: Path, tiny_checkpoint: Path) -> list[int]:
    """Subwords of the training rows."""
    dataset, _ = load_data(tiny_corpus)
    encoder = SentenceEncoder(load_encoder(str(tiny_checkpoint))[1].backend_tokenizer, 48)
    return [len(ids) for ids in training_rows(dataset["train"], encoder)["input_ids"][:]]


class TestOneRound:
    def test_trains_in_turns_on_the_same_subwords(self, run: Mapping[str, Any], lengths: list[int]) -> None:
        assert [one["way"] for one in run["trainings"]] == WAYS
        assert [one["tokens"] for one in run["trainings"]] == [2 * sum(lengths)] * 3

    def test_counts_steps_and_padding(self, run: Mapping[str, Any], lengths: list[int]) -> None:
        baseline, *ours = run["trainings"]
        assert len(lengths) == len(TRAINING) < 32
        assert (baseline["steps"], baseline["padded_tokens"]) == (2, 2 * len(lengths) * max(lengths))
        batches = len(TokenBatchSampler(lengths, BATCH_TOKENS, seed=1))
        assert batches > 2
        for one in ours:
            assert one["steps"] == 2 * batches
            assert one["tokens"] < one["padded_tokens"] < baseline["padded_tokens"]

    def test_does_not_time_the_first_step(self, run: Mapping[str, Any], lengths: list[int]) -> None:
        baseline, *ours = run["trainings"]
        assert baseline["timed_tokens"] == sum(lengths)
        for one in ours:
            assert 0 < one["tokens"] - one["timed_tokens"] <= BATCH_TOKENS
            assert one["seconds"] > 0

    def test_leaves_the_baseline_as_transformers_has_it(self, run: Mapping[str, Any]) -> None:
        settings = run["trainings"][0]["settings"]
        assert settings["batches"] == "32 rows at random, padded to the longest"
        assert (settings["attention"], settings["dropout"]) == ("sdpa", "Dropout(0.1)")
        assert (settings["precision"], settings["allocator"]) == ("fp32, no autocast", "as it is")
        assert run["asked"] == {BASELINE: 0, "Marsad bf16": 1, "Marsad fp32": 1}

    def test_trains_marsads_way_with_all_of_it(self, run: Mapping[str, Any]) -> None:
        bf16, fp32 = (one["settings"] for one in run["trainings"][1:])
        for settings in (bf16, fp32):
            assert settings["batches"] == "rows of similar length, up to 40 subwords with padding"
            assert (settings["attention"], settings["dropout"]) == ("marsad_cpu", "CheapDropout(0.1)")
            assert settings["allocator"] == "keeps freed memory"
        assert (bf16["precision"], fp32["precision"]) == ("fp32 weights, bf16 autocast", "fp32, no autocast")

    def test_has_everything_else_in_common(self, run: Mapping[str, Any]) -> None:
        own = ("batches", "attention", "dropout", "allocator", "precision")
        others = [{k: v for k, v in one["settings"].items() if k not in own} for one in run["trainings"]]
        assert others[0] == others[1] == others[2]
        assert others[0]["learning rate"] == "0.003, heads 0.01"
        assert others[0]["epochs"] == "2"

    def test_tells_memory_scores_and_the_machine(self, run: Mapping[str, Any]) -> None:
        for row in run["summary"].values():
            assert 100 < row["peak_memory_mib"] < 100_000
            assert row["f1"].keys() == {"entities", "triggers", "event_types"}
            assert all(0 <= f1["min"] == f1["mean"] == f1["max"] <= 1 for f1 in row["f1"].values())
        assert run["summary"][BASELINE]["ratio"] == 1
        assert run["machine"]["threads"] == 1
        assert run["machine"]["processor"]


class TestRounds:
    def report(self, script: ModuleType, tmp_path: Path, rounds: int = 3) -> tuple[dict[str, Any], list[Training]]:
        """Run the script with measurements that are made up: round r of the baseline runs at r hundred."""
        asked: list[Training] = []

        def pretend(training: Training) -> Mapping[str, Any]:
            asked.append(training)
            factor = 1 if training.way == BASELINE else 1 + training.seed
            f1, memory = training.seed / 10, 1000.0 * training.seed
            return measured(training.way, training.seed, 100 * training.seed * factor, f1, memory)

        output = tmp_path / "report.json"
        script.main(["--rounds", str(rounds), "--output", str(output)], run=pretend)
        return json.loads(output.read_text(encoding="utf-8")), asked

    def test_alternate_and_have_their_number_as_seed(self, script: ModuleType, tmp_path: Path) -> None:
        _, asked = self.report(script, tmp_path)
        assert [(one.seed, one.way) for one in asked] == [(seed, way) for seed in (1, 2, 3) for way in WAYS]
        assert {(one.data, one.encoder, one.epochs, one.batch_tokens, one.threads) for one in asked} == {
            ("data/dataset.yaml", "bundled", 10, 2048, None)
        }

    def test_leave_bfloat16_out_where_the_processor_lacks_it(
        self, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(benchmark, "has_native_bfloat16", lambda: False)
        report, asked = self.report(script, tmp_path, rounds=1)
        assert [one.way for one in asked] == list(report["summary"]) == [BASELINE, "Marsad fp32"]

    def test_are_put_together(self, script: ModuleType, tmp_path: Path) -> None:
        summary = self.report(script, tmp_path)[0]["summary"]
        assert [row["tokens_per_second"] for row in summary.values()] == pytest.approx([200, 600, 600])
        assert summary["Marsad bf16"]["ratio"] == pytest.approx(3)
        assert summary["Marsad bf16"]["ratio_range"] == pytest.approx([2, 4])
        assert summary["Marsad bf16"]["peak_memory_mib"] == 3000
        assert summary["Marsad bf16"]["padding"] == pytest.approx(0.2)
        assert summary["Marsad bf16"]["f1"]["triggers"] == pytest.approx({"mean": 0.2, "min": 0.1, "max": 0.3})

    def test_are_printed_on_100_columns_and_their_progress_goes_elsewhere(
        self, script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.report(script, tmp_path)
        printed = capsys.readouterr()
        assert max(map(len, printed.out.splitlines())) <= 100
        for text in (
            "those of baseline",
            "2.00–4.00",
            "600",
            "3,000",
            "0.200",
            "0.10–0.30",
            "20.0%",
            "native bfloat16",
        ):
            assert text in printed.out
        assert printed.err.count("round ") == 9
        assert "round " not in printed.out.replace("same round", "")


def test_a_ratio_is_taken_within_its_round() -> None:
    # The machine is twice as fast in the second round; the median speeds alone would say 1.5.
    found = [measured(BASELINE, 1, 100), measured("new", 1, 200), measured(BASELINE, 2, 200), measured("new", 2, 400)]
    assert summarise(found)["new"]["ratio"] == pytest.approx(2)
    assert summarise(found)["new"]["ratio_range"] == pytest.approx([2, 2])


def test_a_child_measures_what_this_process_does(script: ModuleType, tiny_corpus: Path, tiny_checkpoint: Path) -> None:
    one = training(tiny_corpus, tiny_checkpoint, way="Marsad fp32", epochs=12)
    child, here = script.run_in_own_process(one), measure(one)
    for name in ("way", "seed", "steps", "tokens", "padded_tokens", "timed_tokens", "f1", "settings"):
        assert child[name] == here[name], name
    assert any(here["f1"].values())


def test_children_get_the_same_environment(script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def start(command: list[str], **options: Any) -> SimpleNamespace:
        assert "env" not in options
        seen.append((script.os.environ["GOMP_SPINCOUNT"], script.os.environ["CUDA_VISIBLE_DEVICES"]))
        asked = Training(**json.loads(command[-1]))
        line = json.dumps(measured(asked.way, asked.seed, 100))
        return SimpleNamespace(returncode=0, stdout=f"some library says hello\n{line}\n")

    monkeypatch.setattr(subprocess, "run", start)
    monkeypatch.delenv("GOMP_SPINCOUNT")
    script.main(["--rounds", "1"])
    assert seen == [("1000", "")] * 3


def test_a_child_that_fails_ends_the_benchmark(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: SimpleNamespace(returncode=1, stdout=""))
    with pytest.raises(SystemExit, match="training 'baseline' with seed 1 failed"):
        script.main(["--rounds", "2"])


def test_a_child_says_in_a_sentence_what_is_wrong(script: ModuleType, tmp_path: Path) -> None:
    asked = json.dumps(asdict(training(tmp_path / "none", tmp_path)))
    with pytest.raises(SystemExit, match=r"^error: .*none is neither a dataset folder"):
        script.main(["--child", asked])


def test_a_run_of_one_step_cannot_be_timed(tiny_corpus: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(ValueError, match="train for more epochs"):
        measure(training(tiny_corpus, tiny_checkpoint, epochs=1))


@pytest.mark.parametrize("option", ["--rounds", "--epochs"])
def test_there_is_at_least_one_round_and_one_epoch(
    script: ModuleType, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        script.main([option, "0"])
    assert ended.value.code == 2
    assert "at least 1" in capsys.readouterr().err
