"""Show a training run: one line an epoch with loss, scores and time, and a bar with the time left."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import fmean
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

# What validation scores are called in a line, and the one that checkpoints are chosen by.
_LAYERS = {"entities": "entities", "triggers": "triggers", "event_types": "types"}
_MEAN = "score"
# Speed is taken over this many seconds. A step may last long on a CPU, and evaluation comes in between.
_SPEED_PERIOD = 600.0


class EpochProgress(TrainerCallback):
    """A bar over the optimiser's steps, and above it a line for every epoch and every evaluation.

    A line has the mean of the losses logged since the line before (the last loss where none was), the
    validation F1 of the layers that there are, and the time since this session began. Lines come also where
    the bar cannot or shall not be shown: in a file, and with ``disable_tqdm``. Of several processes only the
    main one shows anything.

    As a context manager it takes the bar down when training fails or is interrupted: the bar hides the
    terminal's cursor.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._bar: Progress | None = None
        self._shown = False
        self._started = 0.0
        self._losses: list[float] = []
        self._loss: float | None = None
        self._step_of_loss = self._step_of_line = -1
        self._line_awaits_loss = False

    def __enter__(self) -> EpochProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar down; does nothing where there is none."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the bar, at the step from which the run goes on."""
        self._started = time.monotonic()
        self._shown = state.is_world_process_zero
        self._step_of_loss = state.global_step
        if not self._shown or args.disable_tqdm or not self.console.is_interactive:
            return
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            speed_estimate_period=_SPEED_PERIOD,
        )
        self._task = self._bar.add_task("training", total=state.max_steps, completed=state.global_step)
        self._bar.start()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Advance the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=state.global_step)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Print the epoch's line, unless its loss or its scores are about to come."""
        if control.should_evaluate:
            return
        # The Trainer logs no step twice.
        if control.should_log and self._step_of_loss < state.global_step:
            self._line_awaits_loss = True
        elif self._step_of_line != state.global_step:
            self._print_line(state)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Remember the loss for the next line."""
        if logs and "loss" in logs:
            self._losses.append(float(logs["loss"]))
            self._step_of_loss = state.global_step
            if self._line_awaits_loss:
                self._print_line(state)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Print a line with the scores."""
        self._print_line(state, metrics)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Take the bar down."""
        self.close()

    def _print_line(self, state: TrainerState, metrics: dict[str, float] | None = None) -> None:
        self._line_awaits_loss = False
        self._step_of_line = state.global_step
        if self._losses:
            self._loss = fmean(self._losses)
            self._losses.clear()
        if not self._shown:
            return
        # Evaluation may come within an epoch.
        total = f"{state.num_train_epochs:g}"
        parts = [
            f"epoch {f'{round(state.epoch or 0, 2):g}':>{len(total)}}/{total}",
            f"loss {self._loss:6.3f}" if self._loss is not None else "loss      -",
        ]
        if scores := _scores(metrics or {}):
            parts.append(f"F1 {scores}")
        parts.append(str(timedelta(seconds=round(time.monotonic() - self._started))))
        self.console.print("  ".join(parts), markup=False, highlight=False, soft_wrap=True)


def _scores(metrics: dict[str, float]) -> str:
    """Return the F1 of the layers that were scored, and their mean if they are several."""
    found = {title: metrics[f"eval_{layer}"] for layer, title in _LAYERS.items() if f"eval_{layer}" in metrics}
    if len(found) > 1 and f"eval_{_MEAN}" in metrics:
        found["mean"] = metrics[f"eval_{_MEAN}"]
    return " ".join(f"{title} {value:.3f}" for title, value in found.items())
