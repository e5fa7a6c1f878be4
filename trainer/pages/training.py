"""The page of a training run: what it was given, how it went, and the validation scores of what it kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from trainer.documents import LAYERS
from trainer.pages.layer_names import LAYER_NAMES, MEAN_NAME
from trainer.pages.rendering import render

if TYPE_CHECKING:
    from trainer.plots.picture import Picture


@dataclass(frozen=True)
class DataPart:
    """Documents of a run, and what they were for; ``weight`` is that of a sentence in the loss, if it has one."""

    name: str
    purpose: str
    documents: int
    sentences: int
    weight: float | None = None


@dataclass(frozen=True)
class TrainingRun:
    """What the page tells of a run.

    Parameters
    ----------
    name:
        What the run is called.
    facts:
        Pairs of a name and a value for the top of the page, such as the encoder and the device.
    settings:
        The settings as the model folder keeps them, in YAML.
    parts:
        The data that the run was trained and chosen on.
    history:
        Losses, learning rates and validation scores by ``epoch`` and ``step``, as ``TrainerState.log_history``.
    kept_step:
        The step whose weights were kept.
    scores:
        The validation scores of those weights (:func:`trainer.evaluation.scores.score_documents`).
    arabic_names:
        Display names of labels; a label without one is shown by its own name.
    pictures:
        The learning curves.
    """

    name: str
    facts: Sequence[tuple[str, str]]
    settings: str
    parts: Sequence[DataPart]
    history: Sequence[Mapping[str, Any]]
    kept_step: int | None
    scores: Mapping[str, Any]
    arabic_names: Mapping[str, str]
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class EpochRow:
    """A line of the table of epochs: the mean loss since the line before, and the scores of an evaluation."""

    epoch: float
    step: int
    loss: float | None
    learning_rate: float | None
    scores: Mapping[str, float]


def training_page(run: TrainingRun) -> str:
    """Return one self-contained page."""
    rows = epoch_rows(run.history)
    evaluated = [layer for layer in LAYERS if any(layer in row.scores for row in rows)]
    columns = {layer: LAYER_NAMES[layer] for layer in evaluated}
    if len(evaluated) > 1:
        # The mean of a single layer is that layer.
        columns["score"] = MEAN_NAME
    return render(
        "training.html.j2",
        title=f"تدريب {run.name}",
        run=run,
        rows=rows,
        columns=columns,
        kept=next((row for row in rows if row.step == run.kept_step), None),
        scored={layer: LAYER_NAMES[layer] for layer in LAYERS if layer in run.scores},
        by_type={layer: _by_type(run.scores[layer]["per_type"]) for layer in LAYERS if layer in run.scores},
    )


def epoch_rows(history: Sequence[Mapping[str, Any]]) -> list[EpochRow]:
    """Return a line for every epoch and every evaluation; a run may log its loss far more often."""
    by_step: dict[int, dict[str, Any]] = {}
    for entry in history:
        by_step.setdefault(entry["step"], {}).update(entry)
    rows: list[EpochRow] = []
    losses: list[float] = []
    for place, (step, entry) in enumerate(by_step.items(), start=1):
        if "loss" in entry:
            losses.append(entry["loss"])
        scores = {key: entry[f"eval_{key}"] for key in (*LAYERS, "score") if f"eval_{key}" in entry}
        if scores or float(entry["epoch"]).is_integer() or place == len(by_step):
            loss = fmean(losses) if losses else None
            rows.append(EpochRow(entry["epoch"], step, loss, entry.get("learning_rate"), scores))
            losses.clear()
    return rows


def _by_type(scores: Mapping[str, Mapping[str, float]]) -> list[tuple[str, Mapping[str, float]]]:
    """Return the labels with their scores, the frequent ones first."""
    return sorted(scores.items(), key=lambda row: -row[1]["support"])
