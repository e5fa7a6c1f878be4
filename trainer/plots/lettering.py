"""Make any string fit to be drawn: no character that breaks a picture, no length that breaks its layout."""

from __future__ import annotations

import math
import unicodedata
from numbers import Integral

import regex

# Halves of surrogate pairs and most control characters are not allowed in SVG; unassigned ones have no shape.
_UNDRAWABLE = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}]")
# What turns the direction of text around would reorder the rest of the label, too.
_TURNING = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SPACES = regex.compile(r"\s+")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
# More marks than an Arabic letter ever carries would grow over the neighbouring rows.
_PILED_MARKS = regex.compile(r"(\p{M}{4})\p{M}+")
_RLM, _LRM, _REPLACEMENT, _ELLIPSIS = "\u200f", "\u200e", "\ufffd", "…"
LONGEST_LABEL = 40


def drawable(text: str) -> str:
    """Return ``text`` on one line, with U+FFFD for every character that cannot be drawn.

    >>> drawable("قصف\\n\\x00 SHELLING")
    'قصف � SHELLING'
    """
    text = _UNDRAWABLE.sub(_REPLACEMENT, _SPACES.sub(" ", text))
    return _PILED_MARKS.sub(r"\1", _TURNING.sub(_REPLACEMENT, text)).strip()


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """Return ``text`` as a label: drawable, not too long, and from right to left if there is Arabic in it.

    Parameters
    ----------
    text:
        Any string.
    longest:
        How wide it may be, in letters; wide ones such as 漢 count twice. What is wider loses its middle.
    """
    return _directed(_shortened(drawable(text), longest))


def heading(text: str, longest_line: int = 62) -> str:
    """Return ``text`` as a title of at most two lines, broken between words where that is possible."""
    text = _shortened(drawable(text), 2 * longest_line - 20)
    if _width(text) <= longest_line:
        return _directed(text)
    spaces = [place for place, character in enumerate(text) if character == " "]
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2), default=len(text) // 2)
    if not longest_line / 4 < middle < len(text) - longest_line / 4:
        middle = len(text) // 2
    return "\n".join(_directed(line.strip()) for line in (text[:middle], text[middle:]))


def number(value: float) -> str:
    """Return a whole number with commas, and any other with two decimals; nothing for what is not finite.

    >>> number(1200), number(0.5), number(float("nan"))
    ('1,200', '0.50', '')
    """
    if not math.isfinite(value):
        return ""
    return f"{value:,.0f}" if isinstance(value, Integral) or abs(value) >= 1000 else f"{value:.2f}"


def _shortened(text: str, longest: int) -> str:
    if _width(text) <= longest:
        return text
    head, tail = (longest + 1) // 2, longest // 2
    # The end tells labels apart as often as the beginning does.
    return f"{_start(text, head - 1).rstrip()}{_ELLIPSIS}{_start(text[::-1], tail)[::-1].lstrip()}"


def _start(text: str, width: int) -> str:
    """Return as much of the beginning of ``text`` as is no wider than ``width``."""
    used = 0
    for place, character in enumerate(text):
        used += _width(character)
        if used > width:
            return text[:place]
    return text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _directed(text: str) -> str:
    """Put an invisible mark first that settles the direction of the text."""
    if _RIGHT_TO_LEFT.search(text):
        return _RLM + text
    # matplotlib leaves what begins with _ out of legends.
    return _LRM + text if text.startswith("_") else text
