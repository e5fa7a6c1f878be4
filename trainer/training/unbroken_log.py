"""A log of losses and scores that is the same whether training was stopped and resumed or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Trainer, TrainerControl
from transformers.trainer_utils import IntervalStrategy, SaveStrategy


class UnbrokenLog(Trainer):
    """``transformers.Trainer`` that goes on with the log of a checkpoint where it was.

    Transformers takes the mean of the losses since it began or went on, and what the end of an epoch logs is lost
    where training stops between the checkpoint of the epoch's last step and that end. A subclass calls
    :meth:`save_unlogged` for every checkpoint and :meth:`load_unlogged` for the one it goes on from.
    """

    control: TrainerControl
    _learning_rate: float | None = None
    # The file to take up, until it has been.
    _to_take_up: Path | None = None
    _epoch_end_is_due = False

    def save_unlogged(self, folder: Path) -> None:
        """Write into a checkpoint what is not in its log yet; called in every process."""
        unlogged = {
            # The sum over the steps since the last entry; its 32 bits fit into a number of JSON.
            "loss": self._tr_loss.item(),
            "logged_at": self._globalstep_last_logged,
            "learning_rate": self._learning_rate,
        }
        self._unlogged_file(folder).write_text(json.dumps(unlogged), encoding="utf-8")

    def load_unlogged(self, folder: Path, *, epoch_ended: bool) -> None:
        """Go on with what :meth:`save_unlogged` wrote as soon as training does; called in every process.

        Parameters
        ----------
        epoch_ended:
            Whether no step of the checkpoint's epoch is left.
        """
        self._to_take_up = self._unlogged_file(folder)
        by_step = self.args.save_strategy == SaveStrategy.STEPS or (
            self.args.save_strategy == SaveStrategy.BEST and self.args.eval_strategy == IntervalStrategy.STEPS
        )
        # Other checkpoints are written when the epoch's end is logged.
        self._epoch_end_is_due = epoch_ended and by_step

    def _unlogged_file(self, folder: Path) -> Path:
        return folder / f"unlogged_{self.args.process_index}.json"

    def _take_up(self) -> None:
        """Put the losses of the checkpoint where Transformers has just put nothing."""
        if self._to_take_up is None:
            return
        unlogged = json.loads(self._to_take_up.read_text(encoding="utf-8"))
        self._to_take_up = None
        self._tr_loss = torch.tensor(unlogged["loss"], device=self.args.device)
        self._globalstep_last_logged = unlogged["logged_at"]
        if self._epoch_end_is_due:
            self._epoch_end_is_due = False
            # The checkpoint says that it is to be written.
            self.control.should_log = self.control.should_evaluate = self.control.should_save = False
            self.control = self.callback_handler.on_epoch_end(self.args, self.state, self.control)
            super()._maybe_log_save_evaluate(
                self._tr_loss,
                grad_norm=None,
                model=self.model,
                trial=None,
                epoch=self.state.epoch,
                ignore_keys_for_eval=None,
                start_time=None,
                learning_rate=unlogged["learning_rate"],
            )

    def _run_epoch(self, *args: Any, **kwargs: Any) -> None:
        self._take_up()
        super()._run_epoch(*args, **kwargs)

    def _maybe_log_save_evaluate(
        self,
        tr_loss: Tensor,
        grad_norm: Tensor | float | None,
        model: nn.Module,
        trial: Any,
        epoch: float,
        ignore_keys_for_eval: list[str] | None,
        start_time: float,
        learning_rate: float | None = None,
    ) -> None:
        # A checkpoint that is written now needs the rate of the step, not that of the next.
        self._learning_rate = learning_rate
        super()._maybe_log_save_evaluate(
            tr_loss, grad_norm, model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=learning_rate
        )

    def _finalize_training(self, *args: Any, **kwargs: Any) -> Any:
        # Where there was no epoch left to run.
        self._take_up()
        return super()._finalize_training(*args, **kwargs)
