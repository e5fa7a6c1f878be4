"""What the offsets of doccano's spans count.

doccano's page is JavaScript and counts UTF-16 code units, so that every emoji before a span moves it by one; what
programs write, Marsad's files too, mostly counts code points. A span has no text of its own to compare, so the words
decide: people label words, and in the wrong unit spans begin or end inside one. With doccano's setting "count grapheme
clusters as one character" offsets count what a reader sees as one character; that is not recognised.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

OffsetUnit = Literal["code points", "UTF-16"]


@dataclass(frozen=True)
class RawSpan:
    """A span as the file has it; ``id`` and ``text`` are ``None`` where the file gives none."""

    start: int
    end: int
    label: str
    id: Any = None
    text: str | None = None


def utf16_offsets(text: str) -> list[int]:
    """Return where each character of ``text``, and its end, lies in UTF-16."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets


def code_points(text: str, spans: Sequence[RawSpan], unit: OffsetUnit) -> list[tuple[int, int] | None]:
    """Return the offsets of each span in code points; ``None`` where it does not lie in the text.

    A span that gives its text is taken in the other unit if it only fits there, and in none if it does not fit.
    """
    other: OffsetUnit = "code points" if unit == "UTF-16" else "UTF-16"
    offsets = utf16_offsets(text)

    def place_of(span: RawSpan) -> tuple[int, int] | None:
        for tried in (unit,) if span.text is None else (unit, other):
            place = _in_code_points(span, tried, offsets)
            if place and span.text in (None, text[slice(*place)]):
                return place
        return None

    return [place_of(span) for span in spans]


def offset_unit(texts: Iterable[tuple[str, Sequence[RawSpan]]]) -> OffsetUnit:
    """Return what the offsets of a file count: code points, unless only UTF-16 makes all spans begin and end words."""
    moved = [(text, spans) for text, spans in texts if max(text, default="") > "\uffff"]
    units: tuple[OffsetUnit, ...] = ("code points", "UTF-16")
    whole = {unit: all(_covers_words(text, spans, unit) for text, spans in moved) for unit in units}
    return "UTF-16" if whole["UTF-16"] and not whole["code points"] else "code points"


def _covers_words(text: str, spans: Sequence[RawSpan], unit: OffsetUnit) -> bool:
    offsets = utf16_offsets(text)
    places = [_in_code_points(span, unit, offsets) for span in spans]
    return all(
        place is not None
        and not (text[place[0]].isspace() or text[place[1] - 1].isspace())
        and not (_cuts_word(text, place[0]) or _cuts_word(text, place[1]))
        for place in places
    )


def _in_code_points(span: RawSpan, unit: OffsetUnit, offsets: Sequence[int]) -> tuple[int, int] | None:
    start, end = span.start, span.end
    if unit == "UTF-16":
        if not 0 <= start < end <= offsets[-1]:
            return None
        start, end = bisect_left(offsets, span.start), bisect_left(offsets, span.end)
        # An offset between the two halves of a character is none of a code point.
        return (start, end) if (offsets[start], offsets[end]) == (span.start, span.end) else None
    return (start, end) if 0 <= start < end < len(offsets) else None


def _cuts_word(text: str, offset: int) -> bool:
    return 0 < offset < len(text) and text[offset - 1].isalnum() and text[offset].isalnum()
