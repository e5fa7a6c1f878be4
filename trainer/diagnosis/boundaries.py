"""Spans that begin or end where words or marks of punctuation do not: half words, lone quotes, a detached و."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Mark, Splits, all_marks, shown
from trainer.text.words import is_word_character

# What cannot be cut from the letter before it: diacritics and tatweel.
_DECORATION = regex.compile(r"[\p{M}ـ]+")
# Any mark of a family may close any other: news pages write ”داعش” and )داعش( as well as “داعش”.
_FAMILIES = ('"“”„‟＂', "«»", "‹›", "()", "[]", "{}", "﴾﴿")
_PAIRED = frozenset("".join(_FAMILIES))
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{M}\p{N}]")
_LONE_WAW = regex.compile(r"وـ*\s+(?=\S)")
# Marks of punctuation that are part of what they stand beside: 50 %, $3, 40°, R&B+.
_PART_OF_NAMES = regex.compile(r"[%٪\p{Sc}\p{Sm}°#@&*/]")
# Between single letters a dot is part of an abbreviation: U.S.، أ.ب.
_ABBREVIATION = regex.compile(r"(?:^|[\s.])\p{L}\.$")


def odd_boundaries(splits: Splits) -> Iterator[Finding]:
    """Yield spans that cut a word in two, and spans whose edges are not those of what they name.

    A finding of the kind ``half-word`` suggests the whole words, one of the kind ``boundary`` the text with better
    edges. Quotes or brackets around a whole span are only odd where the corpus mostly leaves them outside.
    """
    enclosed_are_rare = _enclosed_are_rare(splits)
    for mark in all_marks(splits):
        cut = _half_word(mark)
        if cut is not None:
            yield cut
            continue
        start, end, why = _better_edges(mark, enclosed_are_rare)
        if why:
            better = mark.document.text[start:end]
            yield _finding("boundary", mark, f"'{shown(mark.text)}' {why}", better)


def _half_word(mark: Mark) -> Finding | None:
    text, start, end = mark.document.text, mark.start, mark.end
    while start > 0 and is_word_character(text[start]) and is_word_character(text[start - 1]):
        start -= 1
    while end < len(text) and is_word_character(text[end]) and is_word_character(text[end - 1]):
        end += 1
    if (start, end) == (mark.start, mark.end):
        return None
    whole, quoted = text[start:end], shown(mark.text)
    if start == mark.start and _DECORATION.fullmatch(text, mark.end, end):
        why = f"'{quoted}' ends before the marks of its last letter; the word is '{whole}'"
        return _finding("boundary", mark, why, whole)
    return _finding("half-word", mark, f"'{quoted}' cuts a word in two; the whole words are '{whole}'", whole)


def _better_edges(mark: Mark, enclosed_are_rare: bool) -> tuple[int, int, str]:
    """Return where the span would better begin and end, and what is wrong with it, or nothing."""
    text, start, end = mark.document.text, mark.start, mark.end
    stripped = _without_edges(text, start, end)
    if stripped is None:
        return start, end, "has no letter and no digit"
    if stripped != (start, end):
        edges = "begins" if stripped[0] != start else "ends"
        return *stripped, f"{edges} with white space or with punctuation that is not its own"
    if (waw := _LONE_WAW.match(text, start, end)) and len(text[waw.end() : end]) > 1:
        return waw.end(), end, "begins with a و that is a word of its own"
    for family in _FAMILIES:
        if sum(text.count(sign, start, end) for sign in family) % 2:
            return *_balanced(text, start, end, family), f"has only one of a pair of {_name(family)}"
    if enclosed_are_rare and _is_enclosed(text, start, end):
        return start + 1, end - 1, "includes the quotes or brackets around it, which other spans leave outside"
    return start, end, ""


def _without_edges(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span without white space, and without marks of punctuation that are no quotes, at its edges."""
    first, last = start, end
    while first < last and _is_foreign(text[first]):
        first += 1
    while last > first and _is_foreign(text[last - 1]) and not _ABBREVIATION.search(text[first:last]):
        last -= 1
    return (first, last) if _LETTER_OR_DIGIT.search(text, first, last) else None


def _is_foreign(character: str) -> bool:
    return not (is_word_character(character) or character in _PAIRED or _PART_OF_NAMES.match(character))


def _balanced(text: str, start: int, end: int, family: str) -> tuple[int, int]:
    """Return the span with the partner of its lone mark where that stands beside it, or without the mark."""
    if end < len(text) and text[end] in family:
        return start, end + 1
    if start > 0 and text[start - 1] in family:
        return start - 1, end
    if text[start] in family:
        return start + 1, end
    if text[end - 1] in family:
        return start, end - 1
    return start, end  # somewhere inside: only a person can tell


def _name(family: str) -> str:
    return "brackets" if family[0] in "([{﴾" else "quotes"


def _enclosed_are_rare(splits: Splits) -> bool:
    """Whether more spans stand between quotes or brackets than include them."""
    inside = outside = 0
    for mark in all_marks(splits):
        text = mark.document.text
        if _is_enclosed(text, mark.start, mark.end):
            inside += 1
        elif mark.start > 0 and mark.end < len(text) and _is_enclosed(text, mark.start - 1, mark.end + 1):
            outside += 1
    return outside > inside


def _is_enclosed(text: str, start: int, end: int) -> bool:
    """Whether the span begins and ends with marks of one pair, and holds none of their kind between."""
    if end - start < 3:
        return False
    for family in _FAMILIES:
        if text[start] in family and text[end - 1] in family:
            return not any(sign in family for sign in text[start + 1 : end - 1])
    return False


def _finding(kind: str, mark: Mark, message: str, suggested: str) -> Finding:
    return Finding.at(kind, mark.document, mark.start, mark.end, message, label=mark.label, suggested=suggested)
