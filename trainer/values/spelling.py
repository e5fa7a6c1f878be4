"""One spelling for the words and digits that counts and dates are written with.

Writers drop hamzas, vowels and the dots of ى and ة; the words of counts and dates stay apart without them. What is
dropped here is never put back: values are read from the folded text, and the text itself is kept beside them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from unicodedata import decimal

import regex

_SAME_LETTER = str.maketrans("أإآٱىیئؤةک", "ااااييي" + "وهك")
# The alif that only carries the ending -an goes with it: ألفاً is ألف, while ألفا (two thousand of) stays.
_ENDING_AN = regex.compile(r"ا\u064b|\u064bا")
_DECORATION = regex.compile(r"[\p{M}\p{Cf}ـ]")
_DIGIT = regex.compile(r"\p{Nd}")
_SPACES = regex.compile(r"\s+")
_CONJUNCTIONS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ل", "ك")


def folded(text: str) -> str:
    """Return ``text`` with western digits, single spaces and one letter for those that writers interchange.

    >>> folded("وَأَلْفَيْنِ  و٣٠٠ مقاتلٍ فى الـحسكة")
    'والفين و300 مقاتل في الحسكه'
    """
    plain = _DECORATION.sub("", _ENDING_AN.sub("", text)).translate(_SAME_LETTER)
    return _SPACES.sub(" ", _DIGIT.sub(lambda digit: str(decimal(digit[0])), plain)).strip()


def without_clitics(word: str, known: Container[str]) -> list[str] | None:
    """Return the word of ``known`` in a folded ``word``, after و if that (or ف) is attached; ``None`` if there is none.

    The article and ب ل ك are dropped. A word that is known as it stands is never cut.

    >>> without_clitics("وبالعشرين", {"عشرين"})
    ['و', 'عشرين']
    """
    for conjunction in _CONJUNCTIONS:
        for preposition in _PREPOSITIONS:
            for article in _articles(preposition):
                start = conjunction + preposition + article
                if word.startswith(start) and word[len(start) :] in known:
                    return [*(["و"] if conjunction else []), word[len(start) :]]
    return None


def _articles(preposition: str) -> Iterator[str]:
    yield from ("", "ال")
    if preposition == "ل":
        yield "ل"  # للعشرين is ل + العشرين
