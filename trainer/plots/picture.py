"""A drawn picture as SVG and PNG: the same figure gives the same bytes, whatever its user has configured."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.plots.colours import GREY
from trainer.plots.lettering import drawable, heading, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches; 7 at 100 dots an inch are the 700 pixels that a page gives a picture at least.
WIDTH = 7.0
NO_DATA = "لا توجد بيانات"
_DOTS = 100
_STYLE = {
    # It comes with matplotlib and has Arabic; the generic "sans-serif" would try the user's fonts, too.
    "font.family": "DejaVu Sans",
    "axes.titlesize": 12,
    "axes.titlepad": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "legend.frameon": False,
    "hatch.linewidth": 0.8,
    # Text is text: "$" begins no formula.
    "text.parse_math": False,
    # Paths, so that Arabic looks the same on machines that have other fonts.
    "svg.fonttype": "path",
    # Otherwise ids are drawn by chance.
    "svg.hashsalt": "marsad",
}


@dataclass(frozen=True)
class Picture:
    """A drawn picture.

    Parameters
    ----------
    name:
        What its files are called, without the ending.
    description:
        What it shows, for those who cannot see it.
    svg, png:
        The content of its files.
    """

    name: str
    description: str
    svg: bytes
    png: bytes

    def data_uri(self) -> str:
        """Return the SVG as an address that can stand in a page."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg).decode('ascii')}"

    def write(self, folder: Path) -> list[Path]:
        """Write ``NAME.svg`` and ``NAME.png`` into ``folder``, which must exist, and return their paths."""
        paths = [folder / f"{self.name}.svg", folder / f"{self.name}.png"]
        for path, content in zip(paths, (self.svg, self.png), strict=True):
            path.write_bytes(content)
        return paths


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in Marsad's style; afterwards the user's own holds again.

    Warnings of matplotlib are not shown meanwhile: they tell of letters that the font lacks, which are drawn as a box.
    """
    from matplotlib import style

    with style.context(["default", _STYLE]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def new_figure(height: float, title: str = "", width: float = WIDTH) -> Figure:
    """Return an empty figure; sizes in inches. Call it within :func:`drawing`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    if title:
        figure.suptitle(heading(title), fontsize=12)
    return figure


def picture(figure: Figure, name: str, description: str) -> Picture:
    """Render ``figure``: the same figure gives the same bytes, with the same version of matplotlib."""
    with drawing():
        # Neither the date nor the version of a program, so that nothing but the figure decides the bytes.
        svg = _saved(figure, "svg", {"Date": None, "Creator": None})
        png = _saved(figure, "png", {"Software": None}, dpi=_DOTS)
    return Picture(name, drawable(description), svg, png)


def no_data(name: str, title: str) -> Picture:
    """Return a picture that says that there is nothing to draw."""
    with drawing():
        figure = new_figure(1.6, title)
        figure.text(0.5, 0.4, label(NO_DATA), ha="center", va="center", color=GREY, fontsize=12)
        return picture(figure, name, described(title, [NO_DATA]))


def described(title: str, parts: Iterable[str]) -> str:
    """Return what a picture shows in one line: its title, and the names of what is in it."""
    return f"{title}: {'، '.join(parts)}" if title else "، ".join(parts)


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put a legend under the figure, read from right to left: in one row if that is wide enough, else in one column."""
    names = [label(name) for name in labels]
    in_a_row = sum(len(name) + 6 for name in names) <= 75
    order = -1 if in_a_row else 1
    figure.legend(
        list(handles)[::order],
        names[::order],
        loc="outside lower center",
        ncols=len(names) if in_a_row else 1,
        markerfirst=False,
        handlelength=3.2,
    )


def rows_from_the_right(axes: Axes, labels: Sequence[str], longest: int) -> None:
    """Label the rows 0, 1, … of ``axes`` downwards, at the right side, and let values grow to the left."""
    axes.set_yticks(range(len(labels)), [label(name, longest) for name in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.invert_xaxis()
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.tick_params(axis="y", length=0)
    axes.spines["right"].set_visible(True)
    axes.spines["left"].set_visible(False)


def _saved(figure: Figure, form: str, metadata: dict[str, None], dpi: float | str = "figure") -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format=form, metadata=metadata, dpi=dpi)
    return content.getvalue()
