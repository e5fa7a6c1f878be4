"""Checkpoints are complete whenever they are seen, and training that goes on from one ends as if never stopped.

The trainer of these tests has a model of a few numbers, with dropout, so that a run takes a fraction of a second.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from killed_processes import kill_before_change, start, was_killed
from torch import Tensor, nn
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainingArguments, set_seed

from trainer.training.checkpoints import CompleteCheckpoints, last_complete_checkpoint
from trainer.training.history import curve_entries

# Seven batches an epoch; checkpoints after 5, 10, 15, 20 and 21 steps, so mostly within an epoch.
ROWS, EPOCHS, SAVE_STEPS, STEPS = 14, 3, 5, 21
WIDE = 20_000


class Model(nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, width), nn.Dropout(0.5), nn.Linear(width, 1))

    def forward(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return {"loss": ((self.layers(x) - labels) ** 2).mean()}


class SmallTrainer(CompleteCheckpoints):
    """Remembers one thing more than ``transformers.Trainer``: how many steps it took, and not how often it began.

    ``scores`` are those of the evaluations, in order of the steps.
    """

    scores: tuple[float, ...] = ()
    extra = 0

    def training_step(self, *arguments: Any, **options: Any) -> Tensor:
        self.extra += 1
        return super().training_step(*arguments, **options)

    def save_extra(self, folder: Path) -> None:
        (folder / "extra.json").write_text(str(self.extra), encoding="utf-8")

    def load_extra(self, folder: Path) -> None:
        self.extra = int((folder / "extra.json").read_text(encoding="utf-8"))

    def evaluate(self, *arguments: Any, **options: Any) -> dict[str, float]:
        metrics = {"eval_score": self.scores[self.state.global_step // SAVE_STEPS - 1]}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def small_trainer(
    folder: Path,
    scores: tuple[float, ...] = (),
    width: int = 4,
    kind: type[SmallTrainer] = SmallTrainer,
    **options: Any,
) -> SmallTrainer:
    """Return a trainer into ``folder``; with ``scores`` it evaluates before it saves, and ends with the best."""
    chosen: dict[str, Any] = {}
    if scores:
        best = {"load_best_model_at_end": True, "metric_for_best_model": "eval_score", "greater_is_better": True}
        chosen = {"eval_strategy": "steps", "eval_steps": SAVE_STEPS, "save_total_limit": 1, **best}
    fixed = {"num_train_epochs": EPOCHS, "save_strategy": "steps", "save_steps": SAVE_STEPS, "learning_rate": 0.05}
    quiet = {"use_cpu": True, "disable_tqdm": True, "report_to": "none", "logging_strategy": "no"}
    arguments = TrainingArguments(
        **{"output_dir": str(folder), "per_device_train_batch_size": 2, **fixed, **quiet, **chosen, **options}
    )
    set_seed(7)
    rows = [{"x": torch.tensor([row / 10]), "labels": torch.tensor([row % 3 / 2])} for row in range(ROWS)]
    trainer = kind(model=Model(width), args=arguments, train_dataset=rows, eval_dataset=rows)
    trainer.remove_callback(PrinterCallback)
    trainer.scores = scores
    return trainer


def trained(trainer: SmallTrainer, checkpoint: Path | None = None) -> list[float]:
    """Train, and return all weights of the model."""
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return [number for parameter in trainer.model.parameters() for number in parameter.flatten().tolist()]


@pytest.fixture(autouse=True, scope="module")
def no_search_for_old_garbage() -> Iterator[None]:
    """Every training collects garbage first, which takes longer than itself among all that the tests import."""
    gc.freeze()
    yield
    gc.unfreeze()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


RISING = (0.1, 0.2, 0.3, 0.4)
BEST_SECOND = (0.1, 0.9, 0.3, 0.4)


def train_until_killed(folder: Path, scores: tuple[float, ...], change: int) -> None:
    trainer = small_trainer(folder, scores)
    kill_before_change(change, folder)
    trained(trainer)


def resume(folder: Path, scores: tuple[float, ...], result: Path) -> None:
    trainer = small_trainer(folder, scores)
    weights = trained(trainer, last_complete_checkpoint(folder))
    result.write_text(json.dumps({"weights": weights, "extra": trainer.extra}), encoding="utf-8")


class TestAKilledRun:
    @pytest.mark.parametrize("scores", [(), BEST_SECOND], ids=["last weights", "best weights"])
    def test_killed_at_any_change_of_the_disk_it_is_resumed_to_the_same_weights(
        self, tmp_path: Path, scores: tuple[float, ...]
    ) -> None:
        expected = {"weights": trained(small_trainer(tmp_path / "whole", scores)), "extra": STEPS}
        folders = [tmp_path / str(change) for change in range(0, 76, 8)]
        logs = [tmp_path / f"{folder.name}.log" for folder in folders]
        for folder in folders:
            folder.mkdir()
        runs = [
            start(train_until_killed, folder, scores, int(folder.name), log=log)
            for folder, log in zip(folders, logs, strict=True)
        ]
        # One that had less to write than others may have come to its end.
        assert sum(was_killed(run, log) for run, log in zip(runs, logs, strict=True)) >= len(runs) - 2
        left = {checkpoint.name if checkpoint else None for checkpoint in map(last_complete_checkpoint, folders)}
        assert left >= {None, "checkpoint-5", "checkpoint-10", "checkpoint-15", "checkpoint-20"}
        results = [tmp_path / f"{folder.name}.json" for folder in folders]
        runs = [
            start(resume, folder, scores, result, log=log)
            for folder, result, log in zip(folders, results, logs, strict=True)
        ]
        for run, log, result in zip(runs, logs, results, strict=True):
            assert not was_killed(run, log)
            assert json.loads(result.read_text(encoding="utf-8")) == expected, f"killed before change {result.stem}"

    def test_what_it_left_half_written_is_cleared_away_by_the_next_save(self, tmp_path: Path) -> None:
        left = tmp_path / ".partial" / "checkpoint-5"
        left.mkdir(parents=True)
        (left / "model.safetensors").write_text("half", encoding="utf-8")
        trained(small_trainer(tmp_path, max_steps=5))
        assert names(tmp_path) == ["checkpoint-5"]


class TestResuming:
    def test_from_every_checkpoint_it_ends_with_the_same_weights(self, tmp_path: Path) -> None:
        expected = trained(small_trainer(tmp_path / "whole"))
        for step in (5, 10, 15, 20, 21):
            copy = shutil.copytree(tmp_path / "whole", tmp_path / f"from-{step}")
            assert trained(small_trainer(copy), copy / f"checkpoint-{step}") == expected

    @pytest.mark.parametrize(
        "logging",
        [
            {"logging_strategy": "epoch"},
            {"logging_strategy": "steps", "logging_steps": 3},
            {"logging_strategy": "epoch", "max_steps": 12},
            {"logging_strategy": "epoch", "gradient_accumulation_steps": 2},
        ],
        ids=["epochs", "three steps", "epochs, and an end within one", "epochs of four steps of two batches"],
    )
    def test_it_logs_what_a_run_logs_that_was_not_stopped(self, tmp_path: Path, logging: dict[str, Any]) -> None:
        options = {"num_train_epochs": 2, **logging}
        whole = small_trainer(tmp_path / "whole", save_steps=1, **options)
        trained(whole)
        expected = curve_entries(whole.state.log_history)
        assert len(expected) >= 2
        # Within an epoch, at the end of one, whose mean loss is logged only after the checkpoint, and at the last step.
        for step in (3, -(-ROWS // 2 // options.get("gradient_accumulation_steps", 1)), whole.state.max_steps):
            resumed = small_trainer(tmp_path / f"from-{step}", **options)
            trained(resumed, tmp_path / "whole" / f"checkpoint-{step}")
            assert curve_entries(resumed.state.log_history) == expected, f"from step {step}"

    def test_a_checkpoint_that_is_reached_again_is_replaced_as_a_whole(self, tmp_path: Path) -> None:
        trained(small_trainer(tmp_path))
        (tmp_path / "checkpoint-10" / "old").touch()
        trained(small_trainer(tmp_path), tmp_path / "checkpoint-5")
        assert "old" not in names(tmp_path / "checkpoint-10")
        assert names(tmp_path) == [f"checkpoint-{step}" for step in (10, 15, 20, 21, 5)]

    @pytest.mark.parametrize("step", [10, 21])
    def test_a_run_that_was_moved_finds_its_best_checkpoint(self, tmp_path: Path, step: int) -> None:
        options = {"scores": BEST_SECOND, "save_total_limit": 9}
        expected = trained(small_trainer(tmp_path / "here", **options))
        (tmp_path / "here").rename(tmp_path / "there")
        assert (
            trained(small_trainer(tmp_path / "there", **options), tmp_path / "there" / f"checkpoint-{step}") == expected
        )

    def test_a_run_whose_best_checkpoint_is_gone_is_refused(self, tmp_path: Path) -> None:
        trained(small_trainer(tmp_path, BEST_SECOND))
        shutil.rmtree(tmp_path / "checkpoint-10")
        with pytest.raises(ValueError, match=r"checkpoint-21 cannot be resumed: .*checkpoint-10, which held the best"):
            trained(small_trainer(tmp_path, BEST_SECOND), tmp_path / "checkpoint-21")

    def test_after_the_last_step_no_other_is_taken(self, tmp_path: Path) -> None:
        # Twelve steps: the last is within the second epoch.
        expected = trained(small_trainer(tmp_path, max_steps=12))
        trainer = small_trainer(tmp_path, max_steps=12)
        assert trained(trainer, tmp_path / "checkpoint-12") == expected
        assert trainer.extra == 12

    def test_early_stopping_is_as_patient_as_it_was(self, tmp_path: Path) -> None:
        def stopping(folder: Path) -> SmallTrainer:
            trainer = small_trainer(folder, (0.5, 0.4, 0.3, 0.9), save_total_limit=9)
            trainer.add_callback(EarlyStoppingCallback(early_stopping_patience=2))
            return trainer

        expected = trained(stopping(tmp_path))
        # Stopped after the second evaluation that was no better; the fourth would have been.
        assert names(tmp_path) == ["checkpoint-10", "checkpoint-15", "checkpoint-5"]
        for step in (5, 10, 15):
            trainer = stopping(tmp_path)
            assert trained(trainer, tmp_path / f"checkpoint-{step}") == expected, step
            assert trainer.state.global_step == 15


class TestWhatACheckpointHolds:
    @pytest.fixture(scope="class")
    def run(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("run")
        trained(small_trainer(folder, BEST_SECOND))
        return folder

    def test_everything_that_training_needs_to_go_on(self, run: Path) -> None:
        assert names(run / "checkpoint-21") == [
            *("extra.json", "model.safetensors", "optimizer.pt", "rng_state.pth", "scheduler.pt"),
            *("trainer_state.json", "training_args.bin", "unlogged_0.json"),
        ]

    def test_the_best_and_the_last_are_kept(self, run: Path) -> None:
        assert names(run) == ["checkpoint-10", "checkpoint-21"]

    @pytest.mark.parametrize("checkpoint", ["checkpoint-10", "checkpoint-21"])
    def test_each_knows_the_best_by_the_path_that_it_has(self, run: Path, checkpoint: str) -> None:
        state = json.loads((run / checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        assert state["best_model_checkpoint"] == str(run / "checkpoint-10")

    @pytest.mark.parametrize(
        ("limit", "kept"), [(1, [10, 21]), (2, [10, 21]), (3, [10, 20, 21]), (None, [10, 15, 20, 21, 5])]
    )
    def test_the_limit_counts_both(self, tmp_path: Path, limit: int | None, kept: list[int]) -> None:
        trained(small_trainer(tmp_path, BEST_SECOND, save_total_limit=limit))
        assert names(tmp_path) == [f"checkpoint-{step}" for step in kept]


def train_until_the_disk_is_full(folder: Path, file_size: int, from_step: int, said: Path) -> None:
    """Train with files limited to ``file_size`` bytes from a step on; write down the error's sentence."""

    class Limited(SmallTrainer):
        def training_step(self, *arguments: Any, **options: Any) -> Tensor:
            if self.state.global_step == from_step:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
            return super().training_step(*arguments, **options)

    try:
        trained(small_trainer(folder, width=WIDE, kind=Limited))
    except OSError as error:
        said.write_text(str(error), encoding="utf-8")


class TestAFullDisk:
    # The weights of the wide model take 240 kB, the optimiser's state twice that.
    @pytest.mark.parametrize("file_size", [100_000, 400_000], ids=["at the weights", "at the optimiser's state"])
    def test_the_error_says_what_is_kept_and_training_goes_on_from_there(self, tmp_path: Path, file_size: int) -> None:
        folder, said, log = tmp_path / "run", tmp_path / "said", tmp_path / "log"
        assert not was_killed(start(train_until_the_disk_is_full, folder, file_size, 6, said, log=log), log)
        sentence = said.read_text(encoding="utf-8")
        assert sentence.startswith(f"{folder / 'checkpoint-10'} could not be written: ")
        assert "MB are free" in sentence or "GB are free" in sentence
        assert sentence.endswith(
            f"; {folder / 'checkpoint-5'} is kept: put this right, and --resume goes on from there"
        )
        assert names(folder) == ["checkpoint-5"]
        expected = trained(small_trainer(tmp_path / "whole", width=WIDE))
        assert trained(small_trainer(folder, width=WIDE), folder / "checkpoint-5") == expected

    def test_where_no_checkpoint_was_complete_it_says_so(self, tmp_path: Path) -> None:
        folder, said, log = tmp_path / "run", tmp_path / "said", tmp_path / "log"
        assert not was_killed(start(train_until_the_disk_is_full, folder, 100_000, 0, said, log=log), log)
        assert "no checkpoint was complete before, so nothing is kept" in said.read_text(encoding="utf-8")
        assert names(folder) == []


def test_a_checkpoint_is_uploaded_from_where_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded = []
    monkeypatch.setattr(Trainer, "_push_from_checkpoint", lambda self, folder: uploaded.append(names(Path(folder))))
    trainer = small_trainer(tmp_path, max_steps=5)
    trainer.args.push_to_hub = True
    trained(trainer)
    assert uploaded == [names(tmp_path / "checkpoint-5")]


def train_together(folder: Path, port: int, process: int) -> None:
    """Be one of two processes that train together; the second is slow to save."""

    class Slow(SmallTrainer):
        def _save_rng_state(self, output_dir: str) -> None:
            time.sleep(process)
            super()._save_rng_state(output_dir)

        def _delete_old(self, run: Path, last: Path) -> None:
            # Called in the first process as soon as a checkpoint is visible.
            (folder.parent / "seen.json").write_text(json.dumps(names(last)), encoding="utf-8")

    place = {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    os.environ.update(place, RANK=str(process), LOCAL_RANK=str(process))
    trained(small_trainer(folder, kind=Slow, max_steps=2, save_steps=2))


def test_a_checkpoint_is_visible_when_all_processes_have_written_their_part(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    logs = [tmp_path / f"{process}.log" for process in range(2)]
    runs = [start(train_together, tmp_path / "run", port, process, log=log) for process, log in enumerate(logs)]
    for run, log in zip(runs, logs, strict=True):
        assert not was_killed(run, log)
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert {"rng_state_0.pth", "rng_state_1.pth"} < set(seen)


class TestTheLastCompleteCheckpoint:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in (
            "checkpoint-90",
            "checkpoint-120",
            "checkpoint-x",
            "checkpoint-300-old",
            ".partial/checkpoint-150",
        ):
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "trainer_state.json").touch()
        return tmp_path

    def test_it_is_the_one_of_most_steps(self, folder: Path) -> None:
        assert last_complete_checkpoint(folder) == folder / "checkpoint-120"

    def test_a_folder_without_the_trainers_state_is_none(self, folder: Path) -> None:
        (folder / "checkpoint-120" / "trainer_state.json").unlink()
        assert last_complete_checkpoint(folder) == folder / "checkpoint-90"

    def test_there_is_none_in_a_folder_without_any_or_without_a_folder(self, tmp_path: Path) -> None:
        assert last_complete_checkpoint(tmp_path) is None
        assert last_complete_checkpoint(tmp_path / "none") is None
