"""Text that UTF-8 files and other programs can hold."""

from __future__ import annotations

import regex

_SURROGATES = regex.compile(r"\p{Cs}")
# With control characters other than tab and line ends: at NUL, programs in C take a text for ended.
_UNPRINTABLE = regex.compile(r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REPLACEMENT = "\ufffd"


def encodable(text: str) -> str:
    r"""Return ``text`` with U+FFFD for every lone surrogate: as many characters, so that all offsets stay.

    >>> encodable("قسد\ud800")
    'قسد�'
    """
    return _SURROGATES.sub(_REPLACEMENT, text)


def printable(text: str) -> str:
    """Return ``text`` with U+FFFD for lone surrogates and for control characters but tab and line ends."""
    return _UNPRINTABLE.sub(_REPLACEMENT, text)
