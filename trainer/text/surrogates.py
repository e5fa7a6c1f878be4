"""Surrogates: code points that a Python string can hold, and no UTF-8 file, no tokenizer and no Arrow table.

They come from broken UTF-16. What takes their place here is as long as they are, so that all offsets stay.
"""

from __future__ import annotations

import regex

_SURROGATES = regex.compile(r"\p{Cs}")
_PAIRS = regex.compile(r"[\ud800-\udbff][\udc00-\udfff]")
_REPLACEMENT = "\ufffd"


def encodable(text: str) -> str:
    r"""Return ``text`` with U+FFFD for every surrogate.

    >>> encodable("قسد\ud800")
    'قسد�'
    """
    return _SURROGATES.sub(_REPLACEMENT, text)


def without_pairs(text: str) -> str:
    r"""Return ``text`` with U+FFFD twice for a high surrogate before a low one; surrogates that stand alone stay.

    JSON has no other word for the two than for the one character that they encode in UTF-16: read again, the text
    would be shorter.

    >>> without_pairs("قسد\ud83d\ude00")
    'قسد��'
    """
    return _PAIRS.sub(2 * _REPLACEMENT, text)
