"""A table of text, for the screen and for Markdown alike, and what stands in its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOTHING = "–"


@dataclass(frozen=True)
class TextTable:
    """A table whose first column names its rows."""

    title: str
    columns: list[str]
    rows: list[list[str]]


def estimate_cell(value: Mapping[str, Any]) -> str:
    """Return a :class:`trainer.evaluation.bootstrap.Estimate` as its mean, interval and deviation over the seeds."""
    spread = f" ±{value['deviation']:.3f}" if len(value["per_seed"]) > 1 else ""
    return f"{value['mean']:.3f} [{value['low']:.3f} {value['high']:.3f}]{spread}"


def difference_cell(value: Mapping[str, Any]) -> str:
    """Return a :class:`trainer.evaluation.bootstrap.Difference` as its mean, interval and p-value."""
    # A resampling cannot say that p is nought.
    p = f"p={value['p']:.3f}" if value["p"] >= 0.001 else "p<0.001"
    return f"{value['mean']:+.3f} [{value['low']:+.3f} {value['high']:+.3f}] {p}"
