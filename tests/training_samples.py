"""A training run that never was: its history as the trainer logs it, and what its page tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.pages.training import DataPart, TrainingRun
from trainer.training.history import curve_entries

LAYERS = ("entities", "triggers", "event_types")
# The best of these means is that of the second and of the fourth epoch.
MEANS = (0.25, 0.5, 0.375, 0.5)


def history(layers: Sequence[str] = LAYERS, means: Sequence[float] = MEANS) -> list[dict[str, Any]]:
    """Return the history of a run as ``transformers.Trainer`` logs it, five steps an epoch."""
    entries: list[dict[str, Any]] = []
    for epoch, mean in enumerate(means, start=1):
        place = {"epoch": float(epoch), "step": 5 * epoch}
        entries.append({"loss": 2.0 / epoch, "grad_norm": 1.0, "learning_rate": 1e-4 / epoch, **place})
        if layers:
            scores = {f"eval_{layer}": mean + 0.1 * number for number, layer in enumerate(layers)}
            entries.append({**scores, "eval_score": mean, "eval_runtime": 0.25, **place})
    end = {"epoch": float(len(means)), "step": 5 * len(means)}
    return [*entries, {"train_runtime": 61.5, "train_loss": 1.0, "total_flos": 0.0, **end}]


def scores_of(f1: float, per_type: dict[str, int]) -> dict[str, Any]:
    row = {"precision": f1 + 0.125, "recall": f1 - 0.125, "f1": f1}
    average = {**row, "support": sum(per_type.values())}
    types = {name: {**row, "support": support} for name, support in per_type.items()}
    return {"per_type": types, "micro": average, "macro": {**average, "f1": f1 - 0.25}}


RUN = TrainingRun(
    name="quick",
    facts=[("المرمِّز encoder", "bundled"), ("البذرة seed", "3")],
    settings="window: 48\nseed: 3\n",
    parts=[
        DataPart("train", "التدريب", 2, 10, 1.0),
        DataPart("training_only", "للتدريب وحده", 40, 1700, 0.5),
        DataPart("validation", "اختيار النموذج", 1, 3),
    ],
    history=curve_entries(history()),
    kept_step=10,
    scores={"entities": scores_of(0.5, {"PER": 3, "GPE": 9}), "event_types": scores_of(0.625, {"KILL": 2})},
    arabic_names={"PER": "شخص", "GPE": "مدينة أو دولة"},
)
