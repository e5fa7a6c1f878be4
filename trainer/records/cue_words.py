"""Finds words and phrases of a list in the words of a text, however they are vowelled, with و or ف before them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from trainer.annotations import Span
from trainer.records.rules import Cues
from trainer.values.spelling import folded

_CONJUNCTIONS = ("و", "ف")


@lru_cache(maxsize=1 << 16)
def word_forms(word: str) -> tuple[str, ...]:
    """Return a word folded, and what is left of it without و or ف.

    >>> word_forms("وأسفرت")
    ('واسفرت', 'اسفرت')
    """
    whole = folded(word)
    return (whole, whole[1:]) if len(whole) > 2 and whole.startswith(_CONJUNCTIONS) else (whole,)


class Phrases:
    """Words and phrases to look for. Whole words alone are found: زعم is not in زعماء."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: defaultdict[str, list[list[str]]] = defaultdict(list)
        for phrase in phrases:
            first, *rest = folded(phrase).split() or [""]
            self._by_first[first].append(rest)
        for rests in self._by_first.values():
            rests.sort(key=len, reverse=True)

    def length_at(self, words: Sequence[str], index: int, *, joined: bool = True) -> int:
        """Return how many words the longest phrase has that begins with ``words[index]``, 0 if none does.

        Without ``joined`` no و or ف may stand before it.
        """
        for form in word_forms(words[index])[: None if joined else 1]:
            for rest in self._by_first.get(form, ()):
                following = words[index + 1 : index + 1 + len(rest)]
                if [word_forms(word)[0] for word in following] == rest:
                    return 1 + len(rest)
        return 0

    def find(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Return the first and last word, as indices, of every phrase that stands in ``words``, in order."""
        return [(i, i + length - 1) for i in range(len(words)) if (length := self.length_at(words, i))]

    def in_(self, words: Sequence[str]) -> bool:
        """Whether a phrase stands in ``words``."""
        return any(self.length_at(words, index) for index in range(len(words)))


class CuePhrases:
    """The cue words of a file of rules, ready to look for."""

    def __init__(self, cues: Cues) -> None:
        self.disputed, self.disputed_after = Phrases(cues.disputed), Phrases(cues.disputed_after)
        self.another, self.then, self.mutual = Phrases(cues.another), Phrases(cues.then), Phrases(cues.mutual)
        self.reflexive = Phrases(cues.reflexive)
        self.not_reflexive_after = Phrases(cues.not_reflexive_after)
        self.led_to, self.came_from = Phrases(cues.led_to), Phrases(cues.came_from)
        self.along, self.along_before = Phrases(cues.along), Phrases(cues.along_before)
        self.against, self.supported_by = Phrases(cues.against), Phrases(cues.supported_by)
        self.campaign_against = Phrases(cues.campaign_against)
        self.origin, self.destination, self.within = Phrases(cues.from_), Phrases(cues.to), Phrases(cues.within)
        self.said, self.that = Phrases(cues.said), Phrases(cues.that)
        self.unnamed_sources = Phrases(cues.unnamed_sources)
        self.since, self.bounds = Phrases(cues.since), Phrases(cues.bounds)
        self.from_zero, self.many = Phrases(cues.from_zero), Phrases(cues.many)
        self.part_of = Phrases(cues.part_of)


class TextWords:
    """The words of a document by their offsets."""

    def __init__(self, words: Sequence[Span]) -> None:
        self._words = sorted(words, key=lambda word: word.start)
        self._starts = [word.start for word in self._words]

    def between(self, start: int, end: int) -> list[Span]:
        """Return the words that begin in ``[start, end)``, punctuation included."""
        return self._words[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def around(self, offset: int, count: int, start: int, end: int) -> tuple[list[Span], int]:
        """Return up to ``count`` words on each side of ``offset`` that begin in ``[start, end)``.

        The number is that of the words before ``offset``.
        """
        at = bisect_left(self._starts, offset)
        first = max(at - count, bisect_left(self._starts, start))
        return self._words[first : min(at + count, bisect_left(self._starts, end))], at - first

    def before(self, offset: int, count: int) -> list[str]:
        """Return up to ``count`` words before ``offset``, in the order of the text."""
        index = bisect_left(self._starts, offset)
        return [word.text for word in self._words[max(index - count, 0) : index]]

    def after(self, offset: int, count: int) -> list[str]:
        """Return up to ``count`` words from ``offset`` on."""
        index = bisect_left(self._starts, offset)
        return [word.text for word in self._words[index : index + count]]
