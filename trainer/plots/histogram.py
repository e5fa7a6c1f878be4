"""How often values are how large, for one or several sets of values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.plots.colours import look
from trainer.plots.lettering import label
from trainer.plots.picture import Picture, described, drawing, legend_below, new_figure, no_data, picture

_COUNT = "العدد count"
_MOST_BINS = 30


def histogram(name: str, title: str, axis: str, values: Mapping[str, Sequence[float]]) -> Picture:
    """Draw how many of the values of each set fall into each of the same bins, one set below the other.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    axis:
        What the values, left to right, are.
    values:
        By the name of the set, its values; what is no finite number is left out.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    drawn = {key: [value for value in found if math.isfinite(value)] for key, found in values.items()}
    drawn = {key: found for key, found in drawn.items() if found}
    if not drawn:
        return no_data(name, title)
    all_values = np.array([value for found in drawn.values() for value in found])
    edges = _edges(all_values)
    with drawing():
        figure = new_figure(1.2 + 1.3 * max(len(drawn), 1.5) + 0.2 * (len(drawn) > 1), title)
        panels = list(figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0])
        handles = []
        for place, (axes, found) in enumerate(zip(panels, drawn.values(), strict=True)):
            style = look(place)
            heights, _ = np.histogram(found, edges)
            bars = {"facecolor": style.colour, "hatch": style.hatch, "edgecolor": "white", "linewidth": 0.5}
            handles.append(axes.bar(edges[:-1], heights, np.diff(edges), align="edge", **bars))
            axes.set_ylabel(label(_COUNT))
            axes.yaxis.get_major_locator().set_params(integer=True)
            axes.grid(visible=True, axis="y", linewidth=0.5, alpha=0.5)
            axes.set_axisbelow(True)
        if _whole(all_values):
            panels[-1].xaxis.get_major_locator().set_params(integer=True)
        panels[-1].set_xlabel(label(axis))
        if len(drawn) > 1:
            legend_below(figure, handles, list(drawn))
        return picture(figure, name, described(title, [axis, *drawn]))


def _edges(values: NDArray) -> NDArray:
    """Return the ends of the bins, one more than bins; a bin of whole numbers holds as many of them as the others."""
    low, high = values.min(), values.max()
    if _whole(values) and high - low < 1e15:
        step = max(1, math.ceil((high - low + 1) / _MOST_BINS))
        return np.arange(low, high + 1 + step, step) - 0.5
    return np.histogram_bin_edges(values, min(_MOST_BINS, max(5, math.isqrt(len(values)))))


def _whole(values: NDArray) -> bool:
    return bool((values == np.round(values)).all())
