"""Scores over the amount of something, such as training text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trainer.plots.colours import look
from trainer.plots.intervals import Estimated, limits, whiskers
from trainer.plots.lettering import label
from trainer.plots.picture import Picture, described, drawing, legend_below, new_figure, no_data, picture


def learning_curve(name: str, title: str, axis: str, lines: Mapping[str, Sequence[tuple[float, Estimated]]]) -> Picture:
    """Draw a line with intervals for each of ``lines``.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    axis:
        What the horizontal axis, left to right, is.
    lines:
        By the name of the line, pairs of a place on that axis and a value.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    drawn = {
        key: [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y.value)] for key, points in lines.items()
    }
    drawn = {key: sorted(points, key=lambda point: point[0]) for key, points in drawn.items() if points}
    if not drawn:
        return no_data(name, title)
    with drawing():
        figure = new_figure(4.3 + 0.2 * len(drawn), title)
        axes = figure.subplots()
        handles = []
        for place, points in enumerate(drawn.values()):
            style = look(place)
            handles += axes.plot(
                [x for x, _ in points],
                [found.value for _, found in points],
                color=style.colour,
                linestyle=style.dashes,
                marker=style.marker,
            )
            for x, found in points:
                if (interval := whiskers(found.value, found.low, found.high)) is not None:
                    axes.errorbar(x, found.value, yerr=interval, color=style.colour, capsize=3, elinewidth=1)
        all_found = [found for points in drawn.values() for _, found in points]
        low, high = limits(end for found in all_found for end in (found.value, found.low, found.high))
        axes.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
        axes.set_xlabel(label(axis, longest=70))
        axes.grid(visible=True, linewidth=0.5, alpha=0.5)
        if len(drawn) > 1:
            legend_below(figure, handles, list(drawn))
        return picture(figure, name, described(title, [axis, *drawn]))
