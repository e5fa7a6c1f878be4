"""Draw how a run went: the loss and the validation F1 of every layer over the epochs, as a PNG."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVE_FILE = "training_curve.png"
logger = logging.getLogger(__name__)

_SIZE, _DOTS = (7.0, 5.0), 100  # inches; dots an inch
_BLACK, _GREY = "#000000", "#767676"
# From here on a marker at every point would hide the line.
_MANY_POINTS = 40
_SCORE = "eval_score"


@dataclass(frozen=True)
class _Line:
    """How a key of the history is drawn: by colour, dashes and marker, so that no one has to tell colours."""

    key: str
    label: str
    colour: str
    dashes: str
    marker: str


# Colours of Okabe and Ito's palette.
_LOSS = _Line("loss", "training loss", "#0072B2", "-", "o")
_SCORES = (
    _Line("eval_entities", "entities", "#D55E00", "-", "o"),
    _Line("eval_triggers", "event triggers", "#009E73", "--", "s"),
    _Line("eval_event_types", "event types of sentences", "#CC79A7", ":", "^"),
    _Line(_SCORE, "mean", _BLACK, "-.", "D"),
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
    losses = _points(history, _LOSS)
    scores = {line: points for line in _SCORES if (points := _points(history, line))}
    if len(scores) == 2:
        # The mean of a single layer is that layer.
        scores = {line: points for line, points in scores.items() if line.key != _SCORE}
    if not losses and not scores:
        logger.info("no training curve: the run logged neither losses nor scores")
        return False
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        logger.warning("no training curve: it needs matplotlib, which 'pip install \"marsad[plots]\"' installs")
        return False
    with style.context("default"):
        figure = Figure(figsize=_SIZE, dpi=_DOTS, layout="constrained")
        panels = list(figure.subplots(bool(losses) + bool(scores), 1, sharex=True, squeeze=False)[:, 0])
        panels[-1].set_xlabel("epoch")
        if losses:
            _draw(panels[0], {_LOSS: losses}, "training loss")
        if scores:
            _draw(panels[-1], scores, "validation F1")
            panels[-1].set_ylim(-0.02, 1.02)
        for axes in panels:
            axes.set_xlim(left=0)
        if scores:
            if best_kept and (epoch := _best_epoch(history)) is not None:
                for axes in panels:
                    axes.axvline(epoch, color=_GREY, linewidth=1.5, linestyle=":", zorder=0, label=_kept(epoch))
            panels[-1].legend(fontsize=9)
        # Without the name of the program, so that nothing but the history and the drawing decides the bytes.
        figure.savefig(path, format="png", metadata={"Software": None})
    return True


def _points(history: Sequence[Mapping[str, Any]], line: _Line) -> list[tuple[float, float]]:
    return [(float(entry["epoch"]), float(entry[line.key])) for entry in history if line.key in entry]


def _best_epoch(history: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the epoch of the first evaluation that no other beats; one before training is no candidate."""
    evaluated = [entry for entry in history if _SCORE in entry and entry["step"] > 0]
    return float(max(evaluated, key=lambda entry: entry[_SCORE])["epoch"]) if evaluated else None


def _kept(epoch: float) -> str:
    return f"weights kept: epoch {round(epoch, 2):g}"


def _draw(axes: Axes, lines: Mapping[_Line, Sequence[tuple[float, float]]], title: str) -> None:
    axes.set_ylabel(title)
    axes.grid(visible=True, linewidth=0.5, alpha=0.5)
    for line, points in lines.items():
        epochs, values = zip(*points, strict=True)
        marker = line.marker if len(points) <= _MANY_POINTS else None
        axes.plot(
            epochs, values, color=line.colour, linestyle=line.dashes, marker=marker, markersize=5, label=line.label
        )
