"""What a model folder keeps of the run's log: the losses, scores and learning rates that its curves are drawn from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.documents import LAYERS

HISTORY_FILE = "training_history.json"
_VERSION = 1
# Where an entry belongs, and what it says. Times are left out: the same run gives the same file.
_PLACE = ("epoch", "step")
_VALUES = ("loss", "learning_rate", *(f"eval_{layer}" for layer in LAYERS), "eval_score")


def write_history(folder: Path, history: Sequence[Mapping[str, Any]], *, best_kept: bool) -> None:
    """Write ``training_history.json`` into the folder of a model.

    Parameters
    ----------
    history:
        ``TrainerState.log_history``.
    best_kept:
        Whether the weights are those of the best evaluation (``load_best_model_at_end``), not the last ones.
    """
    content = {"version": _VERSION, "best_kept": best_kept, "history": curve_entries(history)}
    (folder / HISTORY_FILE).write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def curve_entries(history: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """Return the entries that have a loss or a score, with nothing but that, the learning rate, epoch and step.

    >>> curve_entries([{"loss": 0.5, "grad_norm": 2.0, "epoch": 1.0, "step": 3}, {"train_runtime": 9.0, "step": 3}])
    [{'epoch': 1.0, 'step': 3, 'loss': 0.5}]
    """
    entries = []
    for entry in history:
        # A loss that overflowed has no place in a picture, and none in JSON.
        values = {key: entry[key] for key in _VALUES if key in entry and math.isfinite(entry[key])}
        if values:
            entries.append({**{key: entry[key] for key in _PLACE}, **values})
    return entries


def best_step(history: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the step of the first evaluation that no other beats; one before training is no candidate."""
    evaluated = [entry for entry in history if "eval_score" in entry and entry["step"] > 0]
    return int(max(evaluated, key=lambda entry: entry["eval_score"])["step"]) if evaluated else None
