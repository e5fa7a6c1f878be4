"""Where the regions of a Label Studio result lie in the text.

Label Studio counts Unicode code points. Until 2021 or 2022 it counted UTF-16 code units, as JavaScript does, so that
offsets after an emoji are too great; such annotation is still around, and what a program wrote may count either. A
region repeats the text that it covers: of the two readings the one that fits is taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

Offsets = tuple[int, int]

# Browsers show "\r\n" as two line breaks; version 1.4 dropped line breaks (issue 1863), and some programs escape them.
_SPACE = regex.compile(r"\\[nr]|\s+")


@dataclass(frozen=True)
class Claim:
    """What a region says of itself: offsets, and the text there (``None`` if it does not say)."""

    start: int
    end: int
    text: str | None


@dataclass(frozen=True)
class Place:
    """Where a region lies: ``start`` and ``end`` count code points; ``utf16`` if the region counted code units."""

    start: int
    end: int
    utf16: bool


def claim_of(value: Mapping[str, Any]) -> Claim | None:
    """Return the claim of the ``value`` of a result, ``None`` if it has no offsets in a text.

    In HTML ``start`` and ``end`` are paths, and the offsets in the text are in ``globalOffsets``.
    """
    text = value.get("text")
    for offsets in (value, value.get("globalOffsets")):
        if isinstance(offsets, Mapping):
            start, end = offsets.get("start"), offsets.get("end")
            if type(start) is int and type(end) is int:
                return Claim(start, end, text if isinstance(text, str) else None)
    return None


def places_of(text: str, claims: Sequence[Claim]) -> list[Place | None]:
    """Return where the regions of one annotation lie in ``text``; ``None`` for one that fits in neither reading.

    Where both readings fit, and where a region does not tell its text, the reading decides that alone fits more of
    the other regions; else offsets count code points.
    """
    units = _unit_offsets(text)
    readings = [_readings(text, claim, units) for claim in claims]
    # Only what one reading fits and the other does not is evidence; before the first emoji they are the same.
    sure = [reading[0] for reading in readings if len(reading) == 1]
    utf16 = sum(place.utf16 for place in sure)
    code_points = sum(not place.utf16 and bool(units) and units[place.end] != place.end for place in sure)
    return [max(reading, key=lambda place: place.utf16 == (utf16 > code_points), default=None) for reading in readings]


def fits(text: str, claims: Iterable[Claim]) -> int:
    """Return how many of the regions fit in ``text`` in one reading or the other."""
    units = _unit_offsets(text)
    return sum(bool(_readings(text, claim, units)) for claim in claims)


def misfit(text: str, claim: Claim) -> str:
    """Say what is wrong with a region that fits in neither reading."""
    if not 0 <= claim.start < claim.end <= len(text):
        return f"a region at {claim.start}..{claim.end} does not lie in the text of {len(text)} characters; left out"
    there = text[claim.start : claim.end]
    return f"the text at {claim.start}..{claim.end} is {there!r}, the region says {claim.text!r}; it is left out"


def _readings(text: str, claim: Claim, units: Sequence[int]) -> list[Place]:
    return [
        place
        for place in _candidates(text, claim, units)
        if claim.text is None or _visible(text[place.start : place.end]) == _visible(claim.text)
    ]


def _candidates(text: str, claim: Claim, units: Sequence[int]) -> Iterator[Place]:
    if 0 <= claim.start < claim.end <= len(text):
        yield Place(claim.start, claim.end, utf16=False)
    if units and 0 <= claim.start < claim.end <= units[-1]:
        start, end = bisect_left(units, claim.start), bisect_left(units, claim.end)
        if (units[start], units[end]) == (claim.start, claim.end) and end != claim.end:
            yield Place(start, end, utf16=True)


def _visible(text: str) -> str:
    return _SPACE.sub("", text)


def _unit_offsets(text: str) -> list[int]:
    """Return where each character of ``text``, and its end, lies in UTF-16; nothing if that is where it lies anyway."""
    if max(text, default="") <= "\uffff":
        return []
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets
