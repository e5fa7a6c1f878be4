"""Whether scores can be believed: how often what has a score is right, and how many have that score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trainer.plots.colours import GREY, look
from trainer.plots.lettering import label
from trainer.plots.picture import Picture, described, drawing, legend_below, new_figure, no_data, picture

_SCORE, _OBSERVED, _COUNT = "الدرجة score", "نسبة الصواب observed", "العدد count"
_CALIBRATED = "درجات صادقة تماماً calibrated"


def reliability(name: str, title: str, curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> Picture:
    """Draw the share that is right over the mean score, bin by bin, and below it how many each bin holds.

    Parameters
    ----------
    name, title:
        The name of the picture's files, and what stands above it.
    curves:
        By the name of the curve, its bins without empty ones, lowest first: ``low``, ``high``, ``count``,
        ``mean_score`` and ``observed`` (:class:`trainer.evaluation.event_type_scores.EventTypeScoreMetric`).

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    """
    drawn = {key: [found for found in bins if _complete(found)] for key, bins in curves.items()}
    drawn = {key: bins for key, bins in drawn.items() if bins}
    if not drawn:
        return no_data(name, title)
    with drawing():
        figure = new_figure(5.6 + 0.2 * len(drawn), title)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        (calibrated,) = upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (1, 2)))
        handles = []
        for place, bins in enumerate(drawn.values()):
            style = look(place)
            scores, observed = [found["mean_score"] for found in bins], [found["observed"] for found in bins]
            handles += upper.plot(scores, observed, color=style.colour, linestyle=style.dashes, marker=style.marker)
            lows, widths, heights = zip(*((f["low"], f["high"] - f["low"], f["count"]) for f in bins), strict=True)
            # The curves share a bin's place between them.
            shares = [0.9 * width / len(drawn) for width in widths]
            starts = [low + 0.05 * w + place * share for low, w, share in zip(lows, widths, shares, strict=True)]
            bars = {"facecolor": style.colour, "hatch": style.hatch, "edgecolor": "white", "linewidth": 0}
            lower.bar(starts, heights, shares, align="edge", **bars)
        upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        upper.set_ylabel(label(_OBSERVED))
        lower.set_ylabel(label(_COUNT))
        lower.set_xlabel(label(_SCORE))
        # Most scores are near 0 or 1; on an even scale the few between could not be seen.
        lower.set_yscale("function", functions=(np.sqrt, np.square))
        for axes in (upper, lower):
            axes.grid(visible=True, linewidth=0.5, alpha=0.5)
            axes.set_axisbelow(True)
        legend_below(figure, [*handles, calibrated], [*drawn, _CALIBRATED])
        return picture(figure, name, described(title, drawn))


def _complete(found: Mapping[str, Any]) -> bool:
    return all(math.isfinite(found[key]) for key in ("low", "high", "count", "mean_score", "observed"))
