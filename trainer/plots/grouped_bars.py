"""Groups of bars: the same series, such as systems or splits, side by side for every group, such as a layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trainer.plots.colours import BLACK, look
from trainer.plots.intervals import Estimated, limits, whiskers
from trainer.plots.lettering import number
from trainer.plots.picture import (
    Picture,
    described,
    drawing,
    legend_below,
    new_figure,
    no_data,
    picture,
    rows_from_the_right,
)

_BAR, _GAP, _MARGINS = 0.2, 0.18, 1.3  # inches


def grouped_bars(
    name: str, title: str, groups: Sequence[str], series: Mapping[str, Sequence[Estimated | None]]
) -> Picture:
    """Draw a bar for each series in each group.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    groups:
        The names of the groups, the first on top.
    series:
        By the name of the series, a value for each group; ``None`` where it has none.

    Raises
    ------
    ValueError
        If a series has not one value a group.
    ModuleNotFoundError
        Without matplotlib.
    """
    for key, values in series.items():
        if len(values) != len(groups):
            raise ValueError(f"series {key!r} has {len(values)} values for {len(groups)} groups")
    if not groups or not series:
        return no_data(name, title)
    with drawing():
        legend_height = 0.2 * len(series)
        figure = new_figure(_MARGINS + legend_height + len(groups) * (_GAP + _BAR * len(series)), title)
        axes = figure.subplots()
        # In units of a group: what is left of it is the gap to the next.
        height = _BAR / (_BAR * len(series) + _GAP)
        handles = []
        for number_of_series, values in enumerate(series.values()):
            style = look(number_of_series)
            offset = (number_of_series - (len(series) - 1) / 2) * height
            bars = [(row + offset, found) for row, found in enumerate(values) if found is not None]
            bars = [(place, found) for place, found in bars if math.isfinite(found.value)]
            handles.append(
                axes.barh(
                    [place for place, _ in bars],
                    [found.value for _, found in bars],
                    height=0.9 * height,
                    facecolor=style.colour,
                    hatch=style.hatch,
                    edgecolor="white",
                    linewidth=0,
                )
            )
            for place, found in bars:
                interval = whiskers(found.value, found.low, found.high)
                if interval is not None:
                    axes.errorbar(found.value, place, xerr=interval, color=BLACK, capsize=2, elinewidth=1)
                end = max(found.value, found.high if interval is not None and found.high is not None else 0.0)
                axes.annotate(
                    number(found.value),
                    (end, place),
                    xytext=(-4, 0),
                    textcoords="offset points",
                    ha="right",
                    va="center",
                    fontsize=8,
                )
        estimated = [found for values in series.values() for found in values if found is not None]
        ends = (end for found in estimated for end in (found.value, found.low, found.high))
        axes.set_xlim(*limits(ends, room=0.08))
        rows_from_the_right(axes, groups, longest=34)
        axes.grid(visible=True, axis="x", linewidth=0.5, alpha=0.5)
        axes.set_axisbelow(True)
        if len(series) > 1:
            legend_below(figure, handles, list(series))
        return picture(figure, name, described(title, [*groups, *series]))
