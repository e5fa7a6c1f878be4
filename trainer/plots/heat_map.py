"""A table of numbers as shades of one hue, with the number in every cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.plots.colours import BLACK, GREY, PALE
from trainer.plots.lettering import label, number
from trainer.plots.picture import WIDTH, Picture, described, drawing, new_figure, no_data, picture, rows_from_the_right

_ROW, _COLUMN, _MARGINS = 0.32, 0.36, 1.0  # inches
_LONGEST = 26
_MANY_COLUMNS = 10
# How bright a shade must be for black numbers: there black and white have the same contrast (WCAG 2).
_BRIGHT = 0.179


def heat_map(
    name: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Any,
    row_title: str,
    column_title: str,
) -> Picture:
    """Draw ``values``; rows begin at the top, columns at the right. Cells with 0 or NaN are left empty.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    rows, columns:
        The names of rows and columns.
    values:
        (rows, columns) of numbers, whole or not.
    row_title, column_title:
        What rows and columns are.

    Raises
    ------
    ValueError
        If the shape of ``values`` is another.
    ModuleNotFoundError
        Without matplotlib.
    """
    if not rows or not columns:
        return no_data(name, title)
    table = np.asarray(values)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(f"a heat map of {len(rows)} rows and {len(columns)} columns cannot show shape {table.shape}")
    whole = np.issubdtype(table.dtype, np.integer)
    shown = np.ma.masked_where(~np.isfinite(table.astype(float)) | (table == 0), table.astype(float))
    if shown.count() == 0:
        return no_data(name, title)
    with drawing():
        from matplotlib import colormaps
        from matplotlib.colors import PowerNorm

        longest_row, longest_column = (max(min(len(text), _LONGEST) for text in names) for names in (rows, columns))
        width = max(WIDTH, 0.09 * longest_row + 0.6 + _COLUMN * len(columns))
        figure = new_figure(_MARGINS + 0.09 * longest_column + _ROW * len(rows), title, width)
        axes = figure.subplots()
        axes.set_facecolor(PALE)
        # The root, so that rare confusions can be seen beside what is right hundreds of times.
        norm = PowerNorm(0.5, vmin=min(0.0, float(shown.min())), vmax=float(shown.max()), clip=True)
        shades = colormaps["Blues"]
        # Not imshow, which would put pixels into the SVG.
        edges = (np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5)
        axes.pcolormesh(*edges, shown, cmap=shades, norm=norm, edgecolors="white", linewidth=1)
        for (row, column), value in np.ndenumerate(shown.filled(0.0)):
            if value != 0:
                text = number(int(value) if whole else float(value))
                ink = BLACK if _brightness(shades(norm(value))) > _BRIGHT else "white"
                size = 6.5 if len(text) > 4 and len(columns) > _MANY_COLUMNS else 8
                axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=size)
        rows_from_the_right(axes, rows, _LONGEST)
        upright = longest_column * 0.085 * len(columns) > 4.5
        axes.set_xticks(range(len(columns)), [label(text, _LONGEST) for text in columns], rotation=90 if upright else 0)
        axes.tick_params(axis="both", length=0, labelsize=9)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set_xlabel(label(column_title), color=GREY)
        axes.set_ylabel(label(row_title), color=GREY, rotation=270, va="bottom")
        axes.spines[:].set_visible(False)
        return picture(figure, name, described(title, [row_title, column_title, *rows]))


def _brightness(colour: tuple[float, ...]) -> float:
    """Return the relative luminance of a colour of red, green and blue, each 0 to 1, as WCAG 2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))
