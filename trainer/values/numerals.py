"""Read numbers written in digits and in Arabic words.

No library was good enough. PyArabic reads أحد عشر without its hamza and اثنتي عشرة as ten, نصف مليون as a million and
ألفي as nothing, and reads a number out of any sentence; it is under the GPL. text2num has no Arabic, and num2words goes
the other way. The grammar is small: here it is, and what does not fit it is no number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest

import regex

from trainer.values.spelling import folded, without_clitics


def _table(words: Mapping[int, str]) -> dict[str, int]:
    return {folded(word): value for value, forms in words.items() for word in forms.split()}


_UNITS = _table(
    {
        1: "واحد واحدة واحدا",
        2: "اثنان اثنين اثنتان اثنتين ثنتين",
        3: "ثلاث ثلاثة ثلاثا",
        4: "أربع أربعة أربعا",
        5: "خمس خمسة خمسا",
        6: "ست ستة ستا",
        7: "سبع سبعة سبعا",
        8: "ثمان ثماني ثمانية ثمانيا",
        9: "تسع تسعة تسعا",
    }
)
# Before عشر only: أحد alone is "one of", and اثني never stands alone.
_UNITS_BEFORE_TEN = _UNITS | _table({1: "أحد إحدى واحد", 2: "اثنا اثني اثنتا اثنتي"})
_TENS = _table({10: "عشر عشرة عشرا"}) | _table(
    {
        tens: f"{stem}ون {stem}ين"
        for tens, stem in zip(
            range(20, 100, 10), ["عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"], strict=True
        )
    }
)
_HUNDRED = frozenset(folded(word) for word in ["مئة", "مائة", "مية", "مئات"])
_HUNDREDS = _table(
    {
        100: "مئة مائة مية",
        200: "مئتان مئتين مئتي مئتا مائتان مائتين مائتي مائتا ميتين",
        **{
            hundreds: " ".join(f"{stem}{hundred}" for stem in stems.split() for hundred in ("مئة", "مائة", "مية"))
            for hundreds, stems in zip(
                range(300, 1000, 100), ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان ثماني", "تسع"), strict=True
            )
        },
    }
)
_ONE_SCALE = _table({10**3: "ألف", 10**6: "مليون", 10**9: "مليار"})
# After a number only. Alone, the plural is vague, and ألفا is "two thousand of" as well as a misspelt ألفاً.
_COUNTED_SCALE = _ONE_SCALE | _table({10**3: "ألفا آلاف ألوف", 10**6: "مليونا ملايين", 10**9: "مليارا مليارات"})
_TWO_SCALE = _table({10**3: "ألفان ألفين ألفي", 10**6: "مليونان مليونين مليوني", 10**9: "ملياران مليارين ملياري"})
_PARTS = {"نصف": Fraction(1, 2), "ربع": Fraction(1, 4)}
_VALUES = _UNITS | _TENS | _HUNDREDS

NUMERAL_WORDS = frozenset((*_UNITS_BEFORE_TEN, *_VALUES, *_HUNDRED, *_COUNTED_SCALE, *_TWO_SCALE, *_PARTS))

_TOKEN = regex.compile(r"\d(?:[\d.,٬٫،]*\d)?(?: \d{3}(?!\d))*|\p{L}+|[^\s\p{L}\d]")
_BRACKETS = frozenset('()[]«»"“”„')
# و، بـ، الـ as a word to themselves: what follows is no letter.
_PROCLITICS = regex.compile(r"(?P<conjunction>[وف])?[بلك]?(?:ال|(?<=ل)ل)?")
# A number of more digits without separators is a telephone number or an id. So is one that begins with a zero.
_UNGROUPED = regex.compile(r"0|[1-9]\d{0,6}")
_GROUPED = regex.compile(r"[1-9]\d{0,2}(?P<mark>[.,٬، ])\d{3}(?:(?P=mark)\d{3})*")
_DECIMAL = regex.compile(r"(?P<whole>\d{1,4})(?:[.,،](?P<part>\d{1,2}|\d{4})|٫(?P<part>\d{1,6}))")


@dataclass(frozen=True)
class Number:
    """A whole number; ``scale`` is the thousand, million … that it ends with, 1 if it ends with none."""

    value: int
    scale: int = 1


@dataclass(frozen=True)
class _Term:
    """What stands between two و: ``amount`` times ``scale``. One that is ``closed`` joins no hundreds, tens, units."""

    amount: Fraction
    scale: int = 1
    closed: bool = False


def number_words(text: str, more: frozenset[str] = frozenset()) -> list[str] | None:
    """Cut folded ``text`` into numerals, words of ``more``, و and signs; ``None`` where it holds another word.

    Articles, the particles ب ل ك, brackets and quotes are dropped.

    >>> number_words("وبمليونين و(300) الف")
    ['و', 'مليونين', 'و', '300', 'الف']
    """
    known = NUMERAL_WORDS | more
    tokens = [token for token in _TOKEN.findall(text) if token not in _BRACKETS]
    words: list[str] = []
    for token, following in zip_longest(tokens, tokens[1:], fillvalue=""):
        clitics = _PROCLITICS.fullmatch(token)
        if not token[0].isalpha():
            words.append(token)
        elif token == "واحد" and following in ("عشر", "عشره"):
            words += ["و", "احد"]  # وأحد عشر without its hamza
        elif token == "و" or (clitics and following[:1].isdecimal()):
            words += ["و"] if token == "و" or (clitics and clitics["conjunction"]) else []
        elif (found := without_clitics(token, known)) is not None:
            words += found
        else:
            return None
    return words


def read_number(words: Sequence[str]) -> Number | None:
    """Return the number that all ``words`` of :func:`number_words` are together; ``None`` if they are none.

    >>> read_number(["مليونين", "و", "300", "الف"])
    Number(value=2300000, scale=1000)
    """
    total, group, last = Fraction(0), _Term(Fraction(0)), 0
    for part in _between_ands(words):
        if len(part) == 1 and part[0] in _PARTS and last and not group.amount:
            total += _PARTS[part[0]] * last  # مليون ونصف
            continue
        term = _read_term(part)
        if term is None or (group.amount and not _continues(group, term)):
            return None
        group = _Term(group.amount + term.amount, term.scale, term.closed)
        if last and group.amount * group.scale >= last:
            return None
        if group.scale > 1:
            total, last, group = total + group.amount * group.scale, group.scale, _Term(Fraction(0))
    value = total + group.amount
    if value.denominator != 1:
        return None
    return Number(int(value), last if last and not group.amount else 1)


def _between_ands(words: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "و":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _continues(group: _Term, term: _Term) -> bool:
    """Whether ``term`` may follow ``group``: tens after units, both after hundreds."""
    if group.closed or term.closed:
        return False
    before, after = group.amount, term.amount
    return (before >= 100 and before % 100 == 0 and after < 100) or (
        1 <= before % 100 < 10 and 20 <= after < 100 and after % 10 == 0
    )


def _read_term(part: Sequence[str]) -> _Term | None:
    if len(part) == 1 and part[0] in _TWO_SCALE:
        return _Term(Fraction(2), _TWO_SCALE[part[0]], closed=True)
    if len(part) == 1 and part[0] in _ONE_SCALE:
        return _Term(Fraction(1), _ONE_SCALE[part[0]], closed=True)
    if len(part) == 2 and part[0] in _PARTS and part[1] in _ONE_SCALE:
        return _Term(_PARTS[part[0]], _ONE_SCALE[part[1]], closed=True)
    scaled = len(part) > 1 and part[-1] in _COUNTED_SCALE
    scale, words = (_COUNTED_SCALE[part[-1]], part[:-1]) if scaled else (1, part)
    if len(words) == 1 and words[0][0].isdecimal():
        amount = _read_digits(words[0], scaled)
        return None if amount is None else _Term(amount, scale, closed=True)
    value = _below_thousand(words)
    return None if value is None else _Term(Fraction(value), scale)


def _below_thousand(words: Sequence[str]) -> int | None:
    if len(words) == 1:
        return _VALUES.get(words[0])
    if len(words) != 2:
        return None
    first, second = words
    if second in ("عشر", "عشره") and first in _UNITS_BEFORE_TEN:
        return 10 + _UNITS_BEFORE_TEN[first]
    if second in _HUNDRED:  # ثلاث مئة in two words, 3 مئات
        value = int(first) if regex.fullmatch("[3-9]", first) else _UNITS.get(first, 0)
        return 100 * value if value > 2 else None
    return None


def _read_digits(digits: str, scaled: bool) -> Fraction | None:
    """Return the value of ``digits``; ``None`` for what is no count, and for 6.935 million, which may be either."""
    if _UNGROUPED.fullmatch(digits):
        return Fraction(int(digits))
    if grouped := _GROUPED.fullmatch(digits):
        certain = not scaled or grouped["mark"] in "٬ "
        return Fraction(int(digits.replace(grouped["mark"], ""))) if certain else None
    if scaled and (parts := _DECIMAL.fullmatch(digits)):
        return Fraction(f"{parts['whole']}.{parts['part']}")
    return None
