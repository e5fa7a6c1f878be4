"""Several processes train as one: real runs of two on the CPU, against one process that accumulates two batches."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import QUICK_RUN, SPLITS, TRAINING, VALIDATION, write_tiny_corpus
from safetensors.torch import load_file

from trainer.cli.app import main

CHECKOUT = Path(__file__).resolve().parents[1]
TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node=2")
# Of its launchers only the one for GPUs starts several processes on one machine; Marsad then takes the CPU.
ACCELERATE = (
    *("accelerate.commands.launch", "--multi_gpu", "--num_machines=1", "--num_processes=2", "--main_process_port=0"),
    *("--mixed_precision=no", "--dynamo_backend=no"),
)
# Two processes add up their gradients in another order than one process does, and may take other matrix kernels
# for batches of other shapes, so that weights need not be equal bit for bit.
TOLERANCE = 1e-5

# Runs the command and writes down, for every process, the rows it trained on and what it wrote.
RECORDER = """
import atexit, json, os, runpy, sys
from pathlib import Path

from trainer.modeling.batches import BatchCollator

rank, folder = os.environ["RANK"], Path(__file__).parent
batches, written = [], []
collate = BatchCollator.__call__

def recording(self, rows):
    if "weight" in rows[0]:
        batches.append([row["input_ids"] for row in rows])
        if os.environ.get("FAILS_AT") == f"{rank}:{len(batches)}":
            raise OSError("a disk of process 1 is gone")
    return collate(self, rows)

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        written.append(arguments[0])

BatchCollator.__call__ = recording
sys.addaudithook(watch)
atexit.register(lambda: (folder / f"rank{rank}.json").write_text(json.dumps({"batches": batches, "written": written})))
runpy.run_module("trainer", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Run:
    """How a run ended, what it printed and where it wrote."""

    code: int
    out: str
    err: str
    folder: Path

    def weights(self) -> dict[str, torch.Tensor]:
        return load_file(self.folder / "model" / "model.safetensors")

    def printed(self) -> tuple[str, list[str]]:
        """The table of scores, and the lines of the epochs without the time."""
        lines = [line.rpartition("  ")[0] for line in self.err.splitlines() if line.startswith("epoch ")]
        return self.out.replace(str(self.folder), ""), lines


Start = Callable[..., Run]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    """The settings of a short run; without dropout, which draws other numbers in every process."""
    folder = tmp_path_factory.mktemp("config")
    # Processes share validation out by documents.
    documents = {f"v{number}": [sentence] for number, sentence in enumerate(VALIDATION)}
    corpus = write_tiny_corpus(folder / "corpus", {**SPLITS, "validation": documents})
    encoder = folder / "encoder"
    shutil.copytree(tiny_checkpoint, encoder)
    settings = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
    dropout = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (encoder / "config.json").write_text(json.dumps({**settings, **dropout}), encoding="utf-8")
    values: dict[str, Any] = {**QUICK_RUN, "use_cpu": True, "data": str(corpus), "encoder": str(encoder)}
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def alone(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Trains in one process, this one."""

    def start(**settings: object) -> Run:
        folder = tmp_path_factory.mktemp("alone") / "run"
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(["train", str(config), "--output_dir", str(folder), *flags(settings)])
        return Run(int(ended.value.code or 0), out.getvalue(), err.getvalue(), folder)

    return start


@pytest.fixture(scope="module")
def together(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Trains in two processes that a launcher starts."""

    def start(
        launcher: tuple[str, ...],
        program: tuple[str, ...],
        *options: str,
        folder: Path | None = None,
        **settings: object,
    ) -> Run:
        folder = folder or tmp_path_factory.mktemp("together") / "run"
        command = [sys.executable, "-m", *launcher, *program, "train", str(config), "--output_dir", str(folder)]
        ended = subprocess.run(
            [*command, *options, *flags(settings)],
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return Run(ended.returncode, ended.stdout, ended.stderr, folder)

    return start


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A script that is the command and leaves a record of each process beside itself."""
    script = tmp_path / "recorder.py"
    script.write_text(RECORDER, encoding="utf-8")
    return script


def flags(settings: dict[str, object]) -> list[str]:
    return [f"--{key}={value}" for key, value in settings.items()]


def difference(first: Run, second: Run) -> float:
    """The largest difference of any weight."""
    ours, theirs = first.weights(), second.weights()
    assert ours.keys() == theirs.keys()
    return max((values - theirs[name]).abs().max().item() for name, values in ours.items())


class TestTwoProcessesByTorchrun:
    EPOCHS = 12

    def test_train_score_print_and_write_as_one_process_that_accumulates_two_batches(
        self, alone: Start, together: Start, recorder: Path
    ) -> None:
        settings = {"batch_tokens": 24, "num_train_epochs": self.EPOCHS}
        one = alone(**settings, gradient_accumulation_steps=2)
        two = together(TORCHRUN, (str(recorder),), **settings)
        assert (one.code, two.code) == (0, 0), two.err

        assert difference(one, two) < TOLERANCE
        other = alone(**settings)
        assert difference(one, other) > 1000 * TOLERANCE

        # Each process tagged its share of the three validation documents.
        assert two.printed() == one.printed()
        assert len(two.printed()[1]) == self.EPOCHS
        metrics = [
            json.loads((run.folder / "model" / "metrics.json").read_text(encoding="utf-8")) for run in (one, two)
        ]
        assert metrics[0] == metrics[1]
        assert metrics[0]["headline"]["score"] > 0.5

        records = [json.loads((recorder.parent / f"rank{rank}.json").read_text()) for rank in range(2)]
        self.check_that_each_row_was_trained_on_once_an_epoch([record["batches"] for record in records])
        self.check_that_the_first_process_wrote([record["written"] for record in records], two.folder)

    def check_that_each_row_was_trained_on_once_an_epoch(self, batches: list[list[list[list[int]]]]) -> None:
        first, second = batches
        assert len(first) == len(second)
        length, rest = divmod(len(first), self.EPOCHS)
        assert (length > 1, rest) == (True, 0)
        rows = set()
        for start in range(0, len(first), length):
            epoch = [str(row) for share in batches for batch in share[start : start + length] for row in batch]
            assert len(epoch) == len(set(epoch)) == len(TRAINING)
            rows |= set(epoch)
        assert len(rows) == len(TRAINING)

    def check_that_the_first_process_wrote(self, written: list[list[str]], folder: Path) -> None:
        # The generators' states of every process belong to a checkpoint.
        ours, theirs = (
            [Path(path).name for path in paths if path.startswith(str(folder)) and "checkpoints" not in path]
            for paths in written
        )
        assert theirs == []
        assert ours.count("metrics.json") == ours.count("training_config.yaml") == 1


def test_two_processes_by_accelerate_scale_gradients_as_one_process_that_accumulates_two_batches(
    alone: Start, together: Start
) -> None:
    # Plain gradient descent, because Adam's steps are the same for gradients twice as large.
    settings = {
        **{"per_device_train_batch_size": 2, "num_train_epochs": 4, "optim": "sgd", "max_grad_norm": 0},
        **{"learning_rate": 0.05, "head_learning_rate": 0.05},
    }
    two = together(ACCELERATE, ("-m", "trainer"), **settings)
    assert two.code == 0, two.err
    one = alone(**settings, gradient_accumulation_steps=2)
    assert difference(one, two) < TOLERANCE
    assert two.printed() == one.printed()
    other = alone(**{**settings, "learning_rate": 0.1, "head_learning_rate": 0.1}, gradient_accumulation_steps=2)
    assert difference(one, other) > 1000 * TOLERANCE


def test_an_error_in_one_process_ends_both_and_they_go_on_from_the_middle_of_an_epoch(
    alone: Start, together: Start, recorder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        **{"batch_tokens": 24, "num_train_epochs": 4, "save_strategy": "steps", "save_steps": 2},
        **{"eval_strategy": "steps", "eval_steps": 2, "load_best_model_at_end": False},
    }
    whole = alone(**settings, gradient_accumulation_steps=2)
    assert whole.code == 0
    with monkeypatch.context() as patched:
        patched.setenv("FAILS_AT", "1:5")
        failed = together(TORCHRUN, (str(recorder),), **settings)
    assert failed.code != 0
    assert re.findall(r"^error: .*", failed.err, re.MULTILINE) == ["error: a disk of process 1 is gone"]
    assert not (failed.folder / "model").exists()
    state = json.loads((failed.folder / "checkpoints" / "checkpoint-4" / "trainer_state.json").read_text())
    assert state["epoch"] == pytest.approx(4 / 3)

    resumed = together(TORCHRUN, ("-m", "trainer"), "--resume", folder=failed.folder, **settings)
    assert resumed.code == 0, resumed.err
    assert difference(whole, resumed) < TOLERANCE
    # Lines come after steps 2, 3, 4, 6 and so on: it did not begin anew.
    lines, expected = ([line.partition("/")[0] for line in run.printed()[1]] for run in (resumed, whole))
    assert lines == expected[3:] != []
