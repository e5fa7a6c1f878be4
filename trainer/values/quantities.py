"""Counts as numbers with bounds: ما لا يقل عن 20 is at least 20, عشرات 20 to 99.

A count that is not sure has no value: عدة and بعض, ordinals, percentages, telephone numbers, two counts in one text.
The numerals are read by :mod:`trainer.values.numerals`, which says why no library does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from trainer.values.counted_nouns import number_of
from trainer.values.numerals import Number, number_words, read_number
from trainer.values.spelling import folded


@dataclass(frozen=True)
class Quantity:
    """A count of at least ``low`` and at most ``high``, both included; ``None`` where the text sets no bound.

    ``approximate`` says that the text does not claim to be exact (نحو 20, عشرات).
    """

    low: int | None
    high: int | None
    approximate: bool = False


# Folded. Writers drop the spaces after ما and لا.
_LEAST, _MORE, _MOST, _LESS, _ABOUT = "at least", "more than", "at most", "less than", "about"
_BEFORE = {
    _LEAST: "(?:ما ?)?لا ?[يت]قل عن|علي الاقل|ليس اقل من|بحد ادني|كحد ادني",
    _MORE: "اكثر من|ازيد من|(?:ما ?)?[يت]زيد (?:علي|عن)|(?:ما ?)?[يت]ربو (?:علي|عن)|(?:ما ?)?[يت]نيف (?:علي|عن)"
    "|(?:ما ?)?[يت]فوق|(?:ما ?)?[يت]تجاوز|فوق",
    _MOST: "(?:ما ?)?لا ?[يت]زيد (?:علي|عن)|(?:ما ?)?لا ?[يت]تجاوز|علي الاكثر|بحد اقصي|كحد اقصي|ليس اكثر من",
    _LESS: "اقل من|ادني من|دون",
    _ABOUT: "نحو|حوالي|قرابه|زهاء|(?:ما ?)?[يت]قارب|(?:ما ?)?[يت]قرب من|(?:ما ?)?[يت]ناهز|في حدود|بحدود|حدود|تقريبا?",
}
_AFTER = {
    _LEAST: "علي الاقل|كحد ادني|بحد ادني|ف ?اكثر|او اكثر|او يزيد",
    _MOST: "علي الاكثر|كحد اقصي|بحد اقصي|او اقل|ف ?اقل",
    _ABOUT: "تقريبا?",
}
_BEFORE_PATTERNS = {bound: regex.compile(rf"[وف]?[بلك]?(?:{words})(?!\p{{L}}) ?") for bound, words in _BEFORE.items()}
_AFTER_PATTERNS = {bound: regex.compile(rf"[ ,،]*(?<!\p{{L}})(?:{words})\Z") for bound, words in _AFTER.items()}
_RANGE = regex.compile(r"[وف]?(?:[بلك]?(?P<between>(?:ما ?)?بين)|من) ")
_RANGE_WORDS = frozenset({"الي", "حتي", "او", "-", "–", "—"})

# How far plurals without a number reach: عشرات is 20 to 99, ملايين two to ten million.
_VAGUE = {
    "عشرات": (20, 99),
    "مئات": (200, 999),
    "آلاف": (2_000, 9_999),
    "ألوف": (2_000, 9_999),
    "عشرات آلاف": (20_000, 99_999),
    "عشرات ألوف": (20_000, 99_999),
    "مئات آلاف": (200_000, 999_999),
    "مئات ألوف": (200_000, 999_999),
    "ملايين": (2_000_000, 9_999_999),
    "عشرات ملايين": (20_000_000, 99_999_999),
    "مئات ملايين": (200_000_000, 999_999_999),
    "مليارات": (2_000_000_000, 9_999_999_999),
}
_VAGUE_BOUNDS = {folded(words): bounds for words, bounds in _VAGUE.items()}
_VAGUE_WORDS = frozenset(word for words in _VAGUE_BOUNDS for word in words.split())
# "Several hundred": they add nothing to the plural that they stand before.
_SEVERAL = frozenset(folded(word) for word in ("عدة", "بضع", "بضعة"))
_OTHER_WORDS = _VAGUE_WORDS | _SEVERAL | _RANGE_WORDS
# A longer text is no count, and trying every cut of it would take long.
_LONGEST = 120
# Also the name of a day.
_MONDAY = regex.compile("[وف]?[بلك]?الاثنين")


def parse_quantity(text: str) -> Quantity | None:
    """Return the count that ``text`` says as a whole, or ``None`` where that is not sure. Any string is accepted.

    ``text`` is the span of a count (أكثر من 50) or of counted people (شخصان).

    >>> parse_quantity("ما لا يقل عن 20")
    Quantity(low=20, high=None, approximate=False)
    >>> parse_quantity("عشرات")
    Quantity(low=20, high=99, approximate=True)
    >>> parse_quantity("وشخصان")
    Quantity(low=2, high=2, approximate=False)
    """
    if len(text) > _LONGEST:
        return None
    counted, bounds = _without_bounds(folded(text))
    if (people := number_of(text if not bounds else counted)) is not None:
        return _bounded(Number(people), bounds)
    if _MONDAY.fullmatch(counted):
        return None
    opening = _RANGE.match(counted)
    words = number_words(counted[opening.end() :] if opening else counted, _OTHER_WORDS)
    if words and words[0] == "و":
        words = words[1:]
    if not words:
        return None
    if not opening and (number := read_number(words)) is not None:
        return _bounded(number, bounds)
    if not bounds <= {_ABOUT}:
        return None
    if not opening and (vague := _read_vague(words)) is not None:
        return vague
    found = _read_range(words, between=opening is not None and opening["between"] is not None)
    return replace(found, approximate=bool(bounds)) if found else None


def _without_bounds(text: str) -> tuple[str, set[str]]:
    """Return folded ``text`` without the words that bound the number, and which bounds they set."""
    bounds: set[str] = set()
    for bound, pattern in _BEFORE_PATTERNS.items():
        if match := pattern.match(text):
            text = text[match.end() :]
            bounds.add(bound)
            break
    for bound, pattern in _AFTER_PATTERNS.items():
        if match := pattern.search(text):
            text = text[: match.start()]
            bounds.add(bound)
            break
    return text, bounds


def _bounded(number: Number, bounds: set[str]) -> Quantity | None:
    value = number.value
    if not bounds:
        return Quantity(value, value)
    if len(bounds) > 1:
        return None
    return {
        _LEAST: Quantity(value, None),
        _MORE: Quantity(value + 1, None),
        _MOST: Quantity(None, value),
        _LESS: Quantity(None, value - 1) if value else None,
        _ABOUT: Quantity(value, value, approximate=True),
    }[next(iter(bounds))]


def _read_vague(words: Sequence[str]) -> Quantity | None:
    several = bool(words) and words[0] in _SEVERAL
    bounds = _VAGUE_BOUNDS.get(" ".join(words[1:] if several else words))
    return Quantity(*bounds, approximate=True) if bounds else None


def _read_range(words: Sequence[str], between: bool) -> Quantity | None:
    """Read 20-30, 20 إلى 30, ثلاثة أو أربعة and, after بين, 20 و30, where only one cut makes two numbers."""
    found = {(low, high) for low, high in _pairs(words, between) if low < high}
    return Quantity(*found.pop()) if len(found) == 1 else None


def _pairs(words: Sequence[str], between: bool) -> Iterator[tuple[int, int]]:
    for index, word in enumerate(words):
        if word not in _RANGE_WORDS and not (between and word == "و"):
            continue
        low, high = read_number(words[:index]), read_number(words[index + 1 :])
        if low is None or high is None:
            continue
        # بين 60 و80 ألفاً: both are thousands.
        shared = high.scale if low.value * high.scale <= high.value and low.scale == 1 else 1
        yield low.value * shared, high.value
