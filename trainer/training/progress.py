"""Show a training run: one line an epoch with loss, scores and the time left."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

# Validation scores of an epoch's line; a line fits 80 columns.
_COLUMNS = {"entities": "entities", "triggers": "triggers", "event_types": "types", "score": "mean"}


class EpochProgress(TrainerCallback):
    """A bar over the optimiser's steps, and above it a line for every evaluated epoch."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._bar: Progress | None = None
        self._loss: float | None = None
        self._started = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the bar."""
        self._started = time.monotonic()
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            disable=bool(args.disable_tqdm),
        )
        self._task = self._bar.add_task("training", total=state.max_steps)
        self._bar.start()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Advance the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Remember the loss for the epoch's line."""
        if logs and "loss" in logs:
            self._loss = float(logs["loss"])

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Print the epoch's line."""
        values = metrics or {}
        loss = f"{self._loss:6.3f}" if self._loss is not None else "     -"
        scores = " ".join(
            f"{title} {values[f'eval_{name}']:.3f}" for name, title in _COLUMNS.items() if f"eval_{name}" in values
        )
        elapsed = time.monotonic() - self._started
        self.console.print(
            f"epoch {state.epoch or 0:2.0f}/{state.num_train_epochs:.0f} loss {loss}  F1 {scores}  {elapsed:.0f} s",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop the bar."""
        if self._bar is not None:
            self._bar.stop()
