"""How a run went: the loss and the validation F1 of every layer over the epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trainer.plots.colours import BLACK, GREY, LOOKS, Look, marker_of
from trainer.plots.lettering import label
from trainer.plots.picture import WIDTH, Picture, described, drawing, new_figure, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 5.0  # inches
_LOSS, _SCORE = "loss", "eval_score"
_MEAN_LOOK = Look(BLACK, "-.", "D", "")


@dataclass(frozen=True)
class HistoryLabels:
    """What the picture calls things.

    Parameters
    ----------
    epoch, loss, score:
        The axes.
    scores:
        By the key of the history, the names of the lines: a layer each, and their mean as ``eval_score``.
    kept:
        The mark of the weights that were kept; ``{epoch}`` stands for their epoch.
    """

    epoch: str
    loss: str
    score: str
    scores: Mapping[str, str]
    kept: str


_Points = Sequence[tuple[float, float]]


def training_history(
    name: str,
    title: str,
    history: Sequence[Mapping[str, Any]],
    best_kept: bool,
    labels: HistoryLabels,
) -> Picture | None:
    """Draw the history of a run; ``None`` where it has neither losses nor scores.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    history:
        ``TrainerState.log_history``: ``loss`` and ``eval_…`` by ``epoch`` and ``step``. Layers may be missing.
    best_kept:
        Whether the weights of the best evaluation were kept: its epoch is marked.
    labels:
        What things are called.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib, if there is something to draw.
    """
    losses = _points(history, _LOSS)
    scores = {key: points for key in labels.scores if (points := _points(history, key))}
    if len(scores) == 2:
        # The mean of a single layer is that layer.
        scores.pop(_SCORE, None)
    if not losses and not scores:
        return None
    layers = [key for key in labels.scores if key != _SCORE]
    looks = {_SCORE: _MEAN_LOOK, **dict(zip(layers, LOOKS[1:], strict=False))}
    with drawing():
        figure = new_figure(_HEIGHT, title, WIDTH)
        panels = list(figure.subplots(bool(losses) + bool(scores), 1, sharex=True, squeeze=False)[:, 0])
        panels[-1].set_xlabel(label(labels.epoch))
        if losses:
            _draw(panels[0], losses, LOOKS[0], labels.loss)
            panels[0].set_ylabel(label(labels.loss))
        for key, points in scores.items():
            _draw(panels[-1], points, looks[key], labels.scores[key])
        if scores:
            panels[-1].set_ylabel(label(labels.score))
            panels[-1].set_ylim(-0.02, 1.02)
            if best_kept and (best := best_evaluation(history)) is not None:
                epoch = float(best["epoch"])
                kept = label(labels.kept.format(epoch=f"{round(epoch, 2):g}"))
                for axes in panels:
                    axes.axvline(epoch, color=GREY, linewidth=1.5, linestyle=":", zorder=0, label=kept)
            panels[-1].legend(fontsize=9, frameon=True)
        for axes in panels:
            axes.grid(visible=True, linewidth=0.5, alpha=0.5)
            axes.set_xlim(left=0)
        named = [*([labels.loss] if losses else []), *(labels.scores[key] for key in scores)]
        return picture(figure, name, described(title, named))


def _points(history: Sequence[Mapping[str, Any]], key: str) -> _Points:
    points = [(float(entry["epoch"]), float(entry[key])) for entry in history if key in entry]
    # A run that diverged logs losses that are no numbers.
    return [(epoch, value) for epoch, value in points if math.isfinite(value)]


def best_evaluation(history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the entry of the first evaluation that no other beats; one before training is no candidate."""
    evaluated = [entry for entry in history if entry["step"] > 0 and math.isfinite(entry.get(_SCORE, math.nan))]
    return max(evaluated, key=lambda entry: entry[_SCORE], default=None)


def _draw(axes: Axes, points: _Points, look: Look, text: str) -> None:
    epochs, values = zip(*points, strict=True)
    marker = marker_of(look, len(points))
    axes.plot(epochs, values, color=look.colour, linestyle=look.dashes, marker=marker, markersize=5, label=label(text))
