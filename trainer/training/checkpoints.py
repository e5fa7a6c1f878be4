"""Checkpoints that are complete whenever they can be seen, and training that goes on from one as if never stopped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from torch import nn
from transformers import EarlyStoppingCallback, TrainerState
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from trainer.safe_writes import explained, partial, put_in_place, remove, repair
from trainer.training.unbroken_log import UnbrokenLog

_NAME = re.compile(rf"{PREFIX_CHECKPOINT_DIR}-(\d+)")


def last_complete_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint of the most steps in ``folder``, or ``None`` if it has none (or does not exist)."""
    return max(_checkpoints(folder), key=_steps, default=None)


def what_is_kept(folder: Path) -> str:
    """Say which checkpoint of ``folder`` a run can go on from, as the end of a sentence."""
    checkpoint = last_complete_checkpoint(folder)
    if checkpoint is None:
        return "no checkpoint was complete before, so nothing is kept: put this right and start the run again"
    return f"{checkpoint} is kept: put this right, and --resume goes on from there"


class CompleteCheckpoints(UnbrokenLog):
    """``transformers.Trainer`` whose checkpoints nothing can cut in half.

    A checkpoint is written into a hidden folder and renamed when all processes have written their part of it.
    Training that goes on from one takes the same steps, with the same batches and random numbers, and logs the
    same as if it had not been stopped. A subclass that has more to remember overrides :meth:`save_extra` and
    :meth:`load_extra`.

    ``save_total_limit`` counts the best and the last checkpoint, too, and they are kept whatever it is.

    Raises
    ------
    OSError
        While training, if a checkpoint cannot be written; the message says what is kept.
    ValueError
        On resuming, if the best checkpoint so far is gone.
    """

    # Where a checkpoint is being written, in place of the run's own folder.
    _writing_to: Path | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # How long early stopping has been patient, for one.
        self.args.restore_callback_states_from_checkpoint = True

    def save_extra(self, folder: Path) -> None:
        """Write more into a checkpoint, before anyone sees it; called in the process that writes the model."""

    def load_extra(self, folder: Path) -> None:
        """Read what :meth:`save_extra` wrote; called in every process before training goes on."""

    def _get_output_dir(self, trial: Any) -> str:
        return str(self._writing_to) if self._writing_to is not None else super()._get_output_dir(trial)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        run = Path(self._get_output_dir(trial))
        folder = run / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        with explained(folder, lambda: what_is_kept(run)):
            if self.args.should_save:
                repair(run)
            self.accelerator.wait_for_everyone()
            self._writing_to = partial(folder).parent
            try:
                super()._save_checkpoint(model, trial)
            finally:
                self._writing_to = None
            self._note_best(run, folder)
            self.save_unlogged(partial(folder))
            if self.args.should_save:
                self.save_extra(partial(folder))
                # Once more, with the path that the best checkpoint has from now on.
                self.state.save_to_json(str(partial(folder) / TRAINER_STATE_NAME))
            # The others' random states, and their parts of a sharded model.
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                put_in_place(folder)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            self._delete_old(run, folder)
        if self.args.push_to_hub:
            self._push_from_checkpoint(str(folder))

    def _push_from_checkpoint(self, checkpoint_folder: str) -> None:
        # An upload goes on in the background, so it must be of a folder that is not renamed under its hands.
        if self._writing_to is None:
            super()._push_from_checkpoint(checkpoint_folder)

    def _note_best(self, run: Path, folder: Path) -> None:
        """Remember the path of the best checkpoint, if the best step was saved."""
        if self.state.best_global_step:
            best = run / f"{PREFIX_CHECKPOINT_DIR}-{self.state.best_global_step}"
            if best == folder or best.is_dir():
                self.state.best_model_checkpoint = str(best)

    def _delete_old(self, run: Path, last: Path) -> None:
        """Delete the oldest checkpoints over the limit, except the best and the last."""
        limit = self.args.save_total_limit
        if limit is None or limit <= 0:
            return
        kept = {last.name, Path(self.state.best_model_checkpoint or last).name}
        others = sorted((folder for folder in _checkpoints(run) if folder.name not in kept), key=_steps, reverse=True)
        for folder in others[max(limit - len(kept), 0) :]:
            remove(folder)

    def _init_training_state(
        self,
        max_steps: int,
        num_update_steps_per_epoch: int,
        num_train_epochs: int,
        resume_from_checkpoint: str | None,
        trial: Any,
    ) -> tuple[int, int]:
        epochs, batches = super()._init_training_state(
            max_steps, num_update_steps_per_epoch, num_train_epochs, resume_from_checkpoint, trial
        )
        if resume_from_checkpoint is None:
            return epochs, batches
        checkpoint = Path(resume_from_checkpoint)
        self.state.best_model_checkpoint = self._best_beside(checkpoint)
        self.load_extra(checkpoint)
        # Transformers would take one more step after the last, where that does not end an epoch, and go on to the
        # next evaluation after an early stop.
        ended = self.state.global_step >= max_steps or self._has_stopped_early()
        self.load_unlogged(checkpoint, epoch_ended=ended or self.state.global_step % num_update_steps_per_epoch == 0)
        return (num_train_epochs, 0) if ended else (epochs, batches)

    def _has_stopped_early(self) -> bool:
        return any(
            callback.early_stopping_patience_counter >= callback.early_stopping_patience
            for callback in self.callback_handler.callbacks
            if isinstance(callback, EarlyStoppingCallback)
        )

    def _best_beside(self, checkpoint: Path) -> str | None:
        """Return the best checkpoint that ``checkpoint`` knows of, wherever the run's folder has been moved to."""
        recorded = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME)).best_model_checkpoint
        if recorded is None:
            return None
        best = checkpoint.parent / Path(recorded).name
        if best.is_dir():
            return str(best)
        if self.args.load_best_model_at_end:
            raise ValueError(
                f"{checkpoint} cannot be resumed: {best}, which held the best weights until then, is gone; "
                "put it back, or start anew with --overwrite"
            )
        return None

    def _finalize_training(self, *args: Any, **kwargs: Any) -> Any:
        # With a limit of 1 Transformers deletes the last checkpoint here, before anybody has saved the model.
        limit, self.args.save_total_limit = self.args.save_total_limit, None
        try:
            return super()._finalize_training(*args, **kwargs)
        finally:
            self.args.save_total_limit = limit


def _checkpoints(folder: Path) -> list[Path]:
    """Return the complete checkpoints in ``folder``; one that is being written has another name."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / TRAINER_STATE_NAME).is_file()]


def _steps(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
