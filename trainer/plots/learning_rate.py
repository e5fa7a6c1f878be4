"""The learning rate of a run over its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.plots.colours import LOOKS, marker_of
from trainer.plots.lettering import label
from trainer.plots.picture import Picture, described, drawing, new_figure, picture

_HEIGHT = 2.4  # inches


def learning_rate(name: str, title: str, axis: str, history: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Draw ``learning_rate`` over ``epoch``; ``None`` where ``history`` has none.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    axis:
        What the epochs are called.
    history:
        ``TrainerState.log_history``.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib, if there is something to draw.
    """
    points = [(entry["epoch"], entry["learning_rate"]) for entry in history if "learning_rate" in entry]
    if not points:
        return None
    with drawing():
        figure = new_figure(_HEIGHT, title)
        axes = figure.subplots()
        axes.plot(*zip(*points, strict=True), color=LOOKS[0].colour, marker=marker_of(LOOKS[0], len(points)))
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
        axes.set_xlabel(label(axis))
        axes.grid(visible=True, linewidth=0.5, alpha=0.5)
        return picture(figure, name, described(title, [axis]))
