"""What a model folder keeps of the run's log: the losses, scores and learning rates that its curves are drawn from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.documents import LAYERS
from trainer.plots.training_history import best_evaluation

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


def read_history(folder: Path) -> dict[str, Any]:
    """Return ``history`` and ``best_kept`` of what :func:`write_history` wrote; nothing for a model that has none.

    Raises
    ------
    ValueError
        If the file is damaged or of another version.
    """
    path = folder / HISTORY_FILE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise ValueError("it is of another version")
        return {"history": curve_entries(content["history"]), "best_kept": bool(content["best_kept"])}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no training history that this Marsad reads: {error}") from error


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
    best = best_evaluation(history)
    return None if best is None else int(best["step"])
