"""What a training run shows: a line an epoch and an evaluation, and on a terminal a bar above which the lines scroll.

The runs are those of ``transformers.Trainer`` with a model of one number, so that its events come as they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import regex
import torch
from datasets import Dataset
from rich.console import Console
from torch import nn
from transformers import (
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from trainer.training.progress import EpochProgress

STEPS_AN_EPOCH = 4
SCORES = {"eval_entities": 0.5, "eval_triggers": 0.25, "eval_event_types": 0.75, "eval_score": 0.5}
CONTROL = regex.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class OneNumber(nn.Module):
    """Its loss is that of the row, so a test knows what will be logged."""

    def __init__(self) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.zeros(1))

    def forward(self, loss: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": (loss + 0 * self.number).mean()}


class ScriptedTrainer(Trainer):
    """Every evaluation gives ``scores``, as the validation documents would."""

    scores: dict[str, float] = SCORES

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        metrics = dict(self.scores)
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def train(
    folder: Path,
    console: Console,
    *,
    scores: dict[str, float] = SCORES,
    also: Iterable[TrainerCallback] = (),
    resume: str | None = None,
    main_process: bool = True,
    **arguments: Any,
) -> None:
    """Train three epochs of four steps; the losses of an epoch's steps are 1, 2, 3, 4."""
    options = {
        **{"eval_strategy": "epoch", "logging_strategy": "epoch", "save_strategy": "no", "report_to": "none"},
        **{"disable_tqdm": False, "num_train_epochs": 3, "per_device_train_batch_size": 1, "use_cpu": True},
    }
    rows = Dataset.from_dict({"loss": [1.0, 2.0, 3.0, 4.0]})
    trainer = ScriptedTrainer(
        OneNumber(),
        TrainingArguments(str(folder), **{**options, **arguments}),
        train_dataset=rows,
        eval_dataset=rows.select([]),
    )
    trainer.scores = scores
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    if not main_process:
        trainer.is_world_process_zero = lambda: False  # type: ignore[method-assign]
    with EpochProgress(console) as progress:
        for callback in (*also, progress):
            trainer.add_callback(callback)
        trainer.train(resume_from_checkpoint=resume)


def lines_of(folder: Path, **options: Any) -> list[str]:
    """Return what a run writes into a file, without its times."""
    file = StringIO()
    train(folder, Console(file=file, width=80), **options)
    return [regex.sub(r"  \d:\d\d:\d\d$", "", line) for line in file.getvalue().splitlines()]


def screen_of(folder: Path, **options: Any) -> str:
    """Return what a run writes to a terminal, with the characters that move the cursor."""
    file = StringIO()
    train(folder, Console(file=file, width=100, force_terminal=True, color_system=None), **options)
    return file.getvalue()


class TestLines:
    def test_an_epoch_has_one_with_its_mean_loss_the_f1_of_every_layer_and_the_time(self, tmp_path: Path) -> None:
        file = StringIO()
        train(tmp_path, Console(file=file, width=80))
        shown = "F1 entities 0.500 triggers 0.250 types 0.750 mean 0.500"
        lines = file.getvalue().splitlines()
        assert len(lines) == 3
        for number, line in enumerate(lines, start=1):
            assert regex.fullmatch(rf"epoch {number}/3  loss  2\.500  {shown}  0:00:\d\d", line)

    def test_without_evaluation_there_is_one_an_epoch_with_the_loss(self, tmp_path: Path) -> None:
        assert lines_of(tmp_path, eval_strategy="no") == [f"epoch {number}/3  loss  2.500" for number in (1, 2, 3)]

    def test_epochs_before_the_first_evaluation_have_one_with_the_loss(self, tmp_path: Path) -> None:
        lines = lines_of(tmp_path, eval_delay=2)
        assert lines[0] == "epoch 1/3  loss  2.500"
        assert ["F1" in line for line in lines] == [False, True, True]

    def test_only_the_layers_that_were_scored_are_shown_and_no_mean_of_a_single_one(self, tmp_path: Path) -> None:
        only = {"eval_entities": 0.5, "eval_score": 0.5}
        assert lines_of(tmp_path, scores=only, num_train_epochs=1) == ["epoch 1/1  loss  2.500  F1 entities 0.500"]

    @pytest.mark.parametrize(
        ("steps", "losses"),
        [pytest.param(1, [2.5, 2.5, 2.5], id="every step"), pytest.param(3, [2.0, 2.333, 2.833], id="across epochs")],
    )
    def test_losses_logged_by_steps_are_averaged_over_the_epoch(
        self, tmp_path: Path, steps: int, losses: list[float]
    ) -> None:
        lines = lines_of(tmp_path, logging_strategy="steps", logging_steps=steps, eval_strategy="no")
        # Every third step: 1 2 3, then 4 1 2, then 3 4 1 and 2 3 4.
        assert [float(line.split("loss")[1]) for line in lines] == losses

    def test_a_run_that_logs_nothing_still_has_one_an_epoch(self, tmp_path: Path) -> None:
        lines = lines_of(tmp_path, logging_strategy="no", eval_strategy="no")
        assert lines == [f"epoch {number}/3  loss      -" for number in (1, 2, 3)]

    def test_evaluation_within_an_epoch_has_one_with_the_part_of_the_epoch(self, tmp_path: Path) -> None:
        options = {"eval_strategy": "steps", "eval_steps": 3, "logging_strategy": "steps", "logging_steps": 1}
        lines = lines_of(tmp_path, num_train_epochs=2, **options)
        assert [line.split("  F1")[0] for line in lines] == [
            "epoch 0.75/2  loss  2.000",
            "epoch 1/2  loss  4.000",
            "epoch 1.5/2  loss  1.500",
            "epoch 2/2  loss  3.500",
        ]
        assert ["F1" in line for line in lines] == [True, False, True, True]

    def test_an_evaluation_at_the_end_of_an_epoch_is_not_followed_by_a_second_line(self, tmp_path: Path) -> None:
        options = {"eval_strategy": "steps", "eval_steps": 4, "logging_strategy": "steps", "logging_steps": 2}
        assert [line[:9] for line in lines_of(tmp_path, **options)] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]

    def test_a_loss_that_was_logged_already_is_not_waited_for(self, tmp_path: Path) -> None:
        # The first step is the whole epoch: the Trainer logs it once.
        lines = lines_of(tmp_path, max_steps=1, logging_first_step=True, eval_strategy="no")
        assert lines == ["epoch 0.25/1  loss  1.000"]

    def test_other_processes_than_the_main_one_show_nothing(self, tmp_path: Path) -> None:
        assert lines_of(tmp_path, main_process=False) == []
        assert screen_of(tmp_path, main_process=False) == ""

    def test_the_time_is_that_of_this_session(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = iter([50_000.0, 50_003.0, 50_065.0, 53_725.0])
        monkeypatch.setattr("trainer.training.progress.time.monotonic", lambda: next(clock))
        file = StringIO()
        train(tmp_path, Console(file=file))
        assert [line.split()[-1] for line in file.getvalue().splitlines()] == ["0:00:03", "0:01:05", "1:02:05"]


class TestTheBar:
    def test_in_a_file_there_is_none_and_no_control_character(self, tmp_path: Path) -> None:
        file = StringIO()
        train(tmp_path, Console(file=file, width=80))
        assert not CONTROL.search(file.getvalue())
        assert "training" not in file.getvalue()

    def test_on_a_terminal_it_runs_to_the_last_step_below_the_lines(self, tmp_path: Path) -> None:
        screen = screen_of(tmp_path)
        assert screen.count("epoch ") == 3
        last = screen.rpartition("epoch 3/3")[2]
        assert regex.search(r"training ━+ 12/12 0:00:\d\d left 0:00:00", last)

    def test_disable_tqdm_takes_it_away_and_leaves_the_lines(self, tmp_path: Path) -> None:
        screen = screen_of(tmp_path, disable_tqdm=True)
        assert len(screen.splitlines()) == 3
        assert not CONTROL.search(screen)

    def test_a_resumed_run_goes_on_at_its_step_and_with_its_epoch(self, tmp_path: Path) -> None:
        class StopAfterTheFirstEpoch(TrainerCallback):
            def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                control.should_training_stop = True

        train(tmp_path, Console(file=StringIO()), save_strategy="epoch", also=[StopAfterTheFirstEpoch()])
        checkpoint = str(tmp_path / f"checkpoint-{STEPS_AN_EPOCH}")
        screen = screen_of(tmp_path, resume=checkpoint)
        assert regex.findall(r"epoch (\d)/3", screen) == ["2", "3"]
        assert regex.search(r"training [━╸╺ ]+ 4/12", screen)
        assert "12/12" in screen
        assert "0/12" not in screen.replace("10/12", "")

    def test_the_time_left_of_a_resumed_run_counts_no_step_of_the_session_before(self, tmp_path: Path) -> None:
        progress = EpochProgress(Console(file=StringIO(), force_terminal=True))
        state = TrainerState(global_step=900, max_steps=1000)
        arguments = TrainingArguments(str(tmp_path), disable_tqdm=False, use_cpu=True, report_to="none")
        control = TrainerControl()
        with progress:
            progress.on_train_begin(arguments, state, control)
            assert progress._bar is not None
            clock = iter(range(0, 10_000, 60))
            progress._bar.get_time = lambda: float(next(clock))  # a minute passes between looks
            for state.global_step in (901, 902, 903):
                progress.on_step_end(arguments, state, control)
            (task,) = progress._bar.tasks
            assert task.time_remaining == pytest.approx(97 * 60)

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_it_is_taken_down_when_training_ends_by_an_error(self, tmp_path: Path, error: type[BaseException]) -> None:
        class Fail(TrainerCallback):
            def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
                if state.global_step == 5:
                    raise error("out of memory")

        file = StringIO()
        with pytest.raises(error):
            train(tmp_path, Console(file=file, width=100, force_terminal=True), also=[Fail()])
        hidden, shown = "\x1b[?25l", "\x1b[?25h"
        assert file.getvalue().count(hidden) == file.getvalue().count(shown) == 1
        assert file.getvalue().rindex(shown) > file.getvalue().rindex("5/12")
