"""The plots of a training run's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.pages.layer_names import LAYER_NAMES, MEAN_NAME
from trainer.plots.learning_rate import learning_rate
from trainer.plots.picture import Picture
from trainer.plots.training_history import HistoryLabels, training_history

EPOCH = "الدورة epoch"
HISTORY_LABELS = HistoryLabels(
    epoch=EPOCH,
    loss="الخسارة loss",
    score="F1 على بيانات التحقق",
    scores={**{f"eval_{layer}": name for layer, name in LAYER_NAMES.items()}, "eval_score": MEAN_NAME},
    kept="الأوزان المحفوظة: الدورة {epoch}",
)


def training_plots(history: Sequence[Mapping[str, Any]], *, best_kept: bool) -> list[Picture]:
    """Return the plots of what ``history`` has.

    Parameters
    ----------
    history:
        ``TrainerState.log_history``.
    best_kept:
        Whether the weights of the best evaluation were kept.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.
    """
    title = "الخسارة loss ودرجات التحقق validation F1"
    pictures = [
        training_history("training_history", title, history, best_kept, HISTORY_LABELS),
        learning_rate("learning_rate", "معدّل التعلّم learning rate", EPOCH, history),
    ]
    return [picture for picture in pictures if picture is not None]
