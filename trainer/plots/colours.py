"""How series are told apart: by colour, dashes, marker and hatch at once, so that no one has to tell colours."""

from __future__ import annotations

from dataclasses import dataclass

BLACK, GREY, PALE = "#000000", "#767676", "#F2F2F2"
_MANY_POINTS = 40


@dataclass(frozen=True)
class Look:
    """How a series is drawn: ``dashes`` and ``marker`` as a line, ``hatch`` as bars."""

    colour: str
    dashes: str
    marker: str
    hatch: str


# Colours of Okabe and Ito's palette, without its yellow, which is too light on white.
LOOKS = (
    Look("#0072B2", "-", "o", ""),
    Look("#D55E00", "--", "s", "///"),
    Look("#009E73", ":", "^", "..."),
    Look("#CC79A7", "-.", "D", "xxx"),
    Look("#E69F00", "-", "v", "\\\\\\"),
    Look("#56B4E9", "--", "P", "---"),
    Look(BLACK, ":", "X", "ooo"),
)


def look(place: int) -> Look:
    """Return the look of the series number ``place``, counted from 0; from the eighth on they repeat."""
    return LOOKS[place % len(LOOKS)]


def marker_of(look: Look, points: int) -> str | None:
    """Return the marker of a line through so many points; none where it would hide the line."""
    return look.marker if points <= _MANY_POINTS else None
