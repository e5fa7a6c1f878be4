"""Draw how a run went for its model card: the loss and the validation F1 of every layer over the epochs, as a PNG."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.extras import how_to_install
from trainer.plots.training_history import HistoryLabels, training_history

CURVE_FILE = "training_curve.png"
logger = logging.getLogger(__name__)

# The model card is in English.
_ENGLISH = HistoryLabels(
    epoch="epoch",
    loss="training loss",
    score="validation F1",
    scores={
        "eval_entities": "entities",
        "eval_triggers": "event triggers",
        "eval_event_types": "event types of sentences",
        "eval_score": "mean",
    },
    kept="weights kept: epoch {epoch}",
)


def training_curve(history: Sequence[Mapping[str, Any]], path: Path, *, best_kept: bool = True) -> bool:
    """Draw the history of a run; return whether there now is a picture.

    It needs matplotlib, which is an extra of Marsad. The same history gives the same file, byte for byte,
    with the same version of matplotlib and whatever its user has configured.

    Parameters
    ----------
    history:
        ``TrainerState.log_history``: ``loss`` and ``eval_…`` by ``epoch`` and ``step``. Layers may be missing.
    path:
        The PNG to write. Nothing is written where the history has neither losses nor scores.
    best_kept:
        Whether the weights of the best evaluation were kept (``load_best_model_at_end``): its epoch is marked.
    """
    try:
        drawn = training_history(path.stem, "", history, best_kept, _ENGLISH)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        logger.warning("no training curve: it needs matplotlib, which '%s' installs", how_to_install(["matplotlib"]))
        return False
    if drawn is None:
        logger.info("no training curve: the run logged neither losses nor scores")
        return False
    path.write_bytes(drawn.png)
    return True
