"""Where the bars of a timeline lie in its drawing. Time runs from right to left, as the page is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trainer.pages.events_timeline import AFTER, BEFORE, Bar, Timeline
from trainer.pages.label_looks import HUES

WIDTH, HEIGHT = 900, 150
# The room for the highest number above the bars.
_TOP = 14
_WIDEST = 42
# So far apart are the names below the bars.
_NAME_WIDTH = 92
# A record that cannot be seen would not be there.
_LOWEST = 2.5
# What ACLED has no type for.
NO_TYPE = "لا نوع في ACLED"


class Group(NamedTuple):
    """The records of one event type of ACLED: an empty name for none; a hue in degrees, none for that."""

    key: str
    name: str
    hue: int | None
    number: int


class Part(NamedTuple):
    """The part of a bar that one group has: from ``top`` down, in the drawing's units."""

    key: str
    top: float
    height: float


@dataclass(frozen=True)
class DrawnBar:
    """A bar: from ``left`` on, ``width`` wide; ``address`` leads to its records where they are on another page.

    ``told`` says what a mouse over it shows; ``label`` is its name below it, empty for most.
    """

    key: str
    left: float
    width: float
    parts: list[Part]
    name: str
    total: int
    counts: list[int]
    told: str
    label: str
    address: str


@dataclass(frozen=True)
class Drawing:
    """A timeline ready for its template; ``beside`` are the records that are in no bar."""

    unit: str
    width: int
    height: int
    highest: int
    groups: list[Group]
    bars: list[DrawnBar]
    beside: list[DrawnBar]


def drawing(timeline: Timeline, groups: Sequence[str], addresses: Mapping[str, str] | None = None) -> Drawing:
    """Return the drawing of ``timeline``.

    Parameters
    ----------
    groups:
        The groups in the order of their colours, from the bottom up; the empty one comes last by itself.
    addresses:
        By the key of a bar, where its records are, if they are on other pages.
    """
    found = addresses or {}
    counts = timeline.counts()
    known = [
        *(Group(f"a{index}", name, HUES[index % len(HUES)], counts.get(name, 0)) for index, name in enumerate(groups)),
        Group("none", "", None, counts.get("", 0)),
    ]
    bars = timeline.bars
    highest = max((bar.total for bar in bars), default=0)
    width = min(_WIDEST, WIDTH / max(1, len(bars)))
    every = max(1, round(_NAME_WIDTH / width + 0.5))
    inner = [bar.key for bar in bars if bar.key not in (BEFORE, AFTER)]
    named = {*inner[every // 2 :: every], BEFORE, AFTER}
    shown = [group for group in known if group.number]
    return Drawing(
        unit=timeline.unit,
        width=WIDTH,
        height=HEIGHT,
        highest=highest,
        groups=shown,
        bars=[
            _drawn(bar, WIDTH - (index + 1) * width, width, highest, shown, bar.key in named, found.get(bar.key, ""))
            for index, bar in enumerate(bars)
        ],
        beside=[_drawn(bar, 0, 0, bar.total, shown, False, found.get(bar.key, "")) for bar in timeline.beside],
    )


def _drawn(
    bar: Bar, left: float, width: float, highest: int, groups: Sequence[Group], named: bool, address: str
) -> DrawnBar:
    room = HEIGHT - _TOP
    height = max(_LOWEST, room * bar.total / highest) if bar.total else 0.0
    parts, bottom = [], float(HEIGHT)
    for group in groups:
        part = height * bar.counts[group.name] / bar.total if bar.total else 0.0
        if part:
            bottom -= part
            parts.append(Part(group.key, round(bottom, 2), round(part, 2)))
    by_group = [f"{group.name or NO_TYPE} {bar.counts[group.name]:,}" for group in groups if bar.counts[group.name]]
    return DrawnBar(
        key=bar.key,
        left=round(left, 2),
        width=round(width, 2),
        parts=parts,
        name=bar.name,
        total=bar.total,
        counts=[bar.counts[group.name] for group in groups],
        told=f"{bar.name}: {bar.total:,} ({'، '.join(by_group)})",
        label=_label(bar) if named else "",
        address=address,
    )


def _label(bar: Bar) -> str:
    """Return a name that is short enough: that of a week is its day, those of the outer bars are one word."""
    return bar.name.split()[0 if bar.key in (BEFORE, AFTER) else -1]
