"""One bar a label, with its interval and its number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.plots.colours import BLACK, LOOKS
from trainer.plots.intervals import limits, whiskers
from trainer.plots.lettering import label, number
from trainer.plots.picture import Picture, described, drawing, new_figure, no_data, picture, rows_from_the_right

_ROW, _MARGINS = 0.3, 0.95  # inches


@dataclass(frozen=True)
class Bar:
    """A row: its name, the value with the ends of its interval if it has one, and a note such as a number of cases."""

    label: str
    value: float
    low: float | None
    high: float | None
    note: str


def type_bars(name: str, title: str, rows: Sequence[Bar]) -> Picture:
    """Draw a bar for each of ``rows``, the first on top; a value that is NaN has a row without a bar.

    Whole numbers (``int``) are counts; scores have an axis from 0 to 1 at least.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    if not rows:
        return no_data(name, title)
    with drawing():
        figure = new_figure(_MARGINS + _ROW * len(rows), title)
        axes = figure.subplots()
        for place, row in enumerate(rows):
            if math.isfinite(row.value):
                axes.barh(place, row.value, height=0.66, color=LOOKS[0].colour)
                if (interval := whiskers(row.value, row.low, row.high)) is not None:
                    axes.errorbar(row.value, place, xerr=interval, color=BLACK, capsize=3, elinewidth=1.2)
            # In a column of its own, beside the axes, where no interval crosses the numbers.
            beside = axes.get_yaxis_transform()
            axes.text(-0.015, place, label(_numbers(row)), transform=beside, ha="right", va="center", fontsize=9)
        axes.set_xlim(*limits(end for row in rows for end in (row.value, row.low, row.high)))
        rows_from_the_right(axes, [row.label for row in rows], longest=34)
        axes.grid(visible=True, axis="x", linewidth=0.5, alpha=0.5)
        axes.set_axisbelow(True)
        return picture(figure, name, described(title, (f"{row.label} {_numbers(row)}" for row in rows)))


def _numbers(row: Bar) -> str:
    """Return the value and the note; a count that is noted beside itself is said once."""
    value = number(row.value) or "–"
    return value if row.note in ("", value) else f"{value} ({row.note})"
