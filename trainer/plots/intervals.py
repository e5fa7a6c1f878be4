"""Values with the ends of their intervals, some of which may be missing, on an axis that holds them all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral


@dataclass(frozen=True)
class Estimated:
    """A value and the ends of its interval, where it has one."""

    value: float
    low: float | None
    high: float | None


def whiskers(value: float, low: float | None, high: float | None) -> list[list[float]] | None:
    """Return how far the interval reaches below and above ``value``, as matplotlib takes it; ``None`` without it."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return None
    # The interval of a mean over seeds need not hold the value, and lengths below 0 are refused.
    return [[max(value - low, 0.0)], [max(high - value, 0.0)]]


def limits(values: Iterable[float | None], room: float = 0.0) -> tuple[float, float]:
    """Return the ends of an axis for ``values``: 0 to 1 for scores, else from 0 as far as they reach.

    Parameters
    ----------
    values:
        What must lie on the axis; what is no finite number does not count.
    room:
        How much to leave free beyond the largest, as a share of the axis.
    """
    finite = [value for value in values if value is not None and math.isfinite(value)]
    lowest, highest = min([0.0, *finite]), max([0.0, *finite])
    if lowest >= 0 and highest <= 1 and not all(isinstance(value, Integral) for value in finite):
        return 0.0, 1.0 + room
    if lowest == highest:
        return 0.0, 1.0
    span = highest - lowest
    return lowest - (0.04 * span if lowest < 0 else 0), highest + (0.04 + room) * span
