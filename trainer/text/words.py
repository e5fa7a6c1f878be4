"""Split text into words, with offsets into the text as it was given."""

from __future__ import annotations

import regex

# A word is a maximal run of letters and digits with their marks: diacritics are category M,
# tatweel (ـ) is category L. A zero-width (non-)joiner between two letters belongs to the
# spelling, so it does not end the word. Every other visible character stands alone;
# white space, controls, format characters and lone surrogates belong to no word.
_WORD = regex.compile(
    r"[\p{L}\p{M}\p{N}]+(?:[\u200c\u200d]+[\p{L}\p{M}\p{N}]+)*"
    r"|[^\s\p{L}\p{M}\p{N}\p{C}]"
)

_WORD_CHARACTER = regex.compile(r"[\p{L}\p{M}\p{N}]")


def word_offsets(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the ``(start, end)`` code point offsets of the words of ``text[start:end]``.

    Offsets index ``text`` itself, in order, without overlap. Any string is accepted.

    >>> text = "وقُتِل 30 عنصراً، بالحسكة."
    >>> [text[s:e] for s, e in word_offsets(text)]
    ['وقُتِل', '30', 'عنصراً', '،', 'بالحسكة', '.']
    """
    return [match.span() for match in _WORD.finditer(text, start, len(text) if end is None else end)]


def is_word_character(character: str) -> bool:
    """Whether ``character`` is a letter, digit or mark, so that a span edge beside it may cut a word."""
    return _WORD_CHARACTER.match(character) is not None
