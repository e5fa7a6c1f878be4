"""Words that are annotated nearly wherever they stand, where they are not."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise

import regex

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import SPAN_LAYERS, Splits, all_documents, marks_of, name_key, shown, times, word_key
from trainer.documents import Document, Span

# How often words must be annotated, and in what share of the places where they stand, before a place without
# annotation is odd. A single word may have another meaning (القوة القاهرة, القاهرة), and whether a trigger counts is
# for the sentence to say (نفى شن ضربة جوية): unless the same document marks them elsewhere, they must be marked more
# often and nearly always. With one span in fifty dropped at random from the corpus that Marsad ships, nine of ten
# entities of several words that are told were dropped ones, two of three single words, and one of three triggers.
ANNOTATED_TIMES, ANNOTATED_SHARE = 2, 0.6
WORD_TIMES, WORD_SHARE = 5, 0.9
# What may stand between two words of a mention without ending it: white space, quotes and brackets.
_JOINS = regex.compile(r"[\s\p{Cf}ـ\"'“”„‟‘’‚‛«»‹›()\[\]]*")
_HAS_LETTER = regex.compile(r"\p{L}")
_Key = tuple[str, ...]


@dataclass
class _Known:
    """What is annotated in one layer: by key the labels, and the documents by :func:`id`; key lengths by first word."""

    labels: dict[_Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    documents: dict[_Key, set[int]] = field(default_factory=lambda: defaultdict(set))
    lengths: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, splits: Splits, layer: str) -> _Known:
        known = cls()
        for document in all_documents(splits):
            for mark in marks_of(document):
                if mark.layer == layer and (key := mark.key):
                    known.labels[key][mark.label] += 1
                    known.documents[key].add(id(document))
        known.labels = {key: labels for key, labels in known.labels.items() if _is_telling(key, labels.total())}
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in known.labels:
            lengths[key[0]].add(len(key))
        # The longest first: مدينة الحسكة before مدينة.
        known.lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        return known


def _is_telling(key: _Key, annotated: int) -> bool:
    # A number is annotated for what it counts, not for what it is.
    return annotated >= ANNOTATED_TIMES and any(_HAS_LETTER.search(word) for word in key)


def missed_mentions(splits: Splits) -> Iterator[Finding]:
    """Yield the places where words stand unmarked that are marked elsewhere at least twice and in most places.

    Of single words and triggers that the document does not mark elsewhere, only those are told that are marked nearly
    always.
    Only whole words count, with or without attached clitics; words inside another annotated span are passed over, and
    documents that were not annotated for the layer are, too.
    """
    for layer in SPAN_LAYERS:
        known = _Known.of(splits, layer)
        free: dict[_Key, list[tuple[Document, int, int]]] = defaultdict(list)
        for document in all_documents(splits):
            if layer in document.layers:
                for key, start, end in _free_places(document, layer, known):
                    free[key].append((document, start, end))
        for key, places in free.items():
            labels = known.labels[key]
            annotated = labels.total()
            share = annotated / (annotated + len(places))
            if share < ANNOTATED_SHARE:
                continue
            label = min(labels, key=lambda name: (-labels[name], name))
            sure = (annotated >= WORD_TIMES and share >= WORD_SHARE) or (layer == "entities" and len(key) > 1)
            for document, start, end in places:
                if not sure and id(document) not in known.documents[key]:
                    continue
                others = f", unmarked {times(len(places))}" if len(places) > 1 else ""
                message = (
                    f"'{shown(document.text[start:end])}' is not marked here; the same words are {label} "
                    f"{times(labels[label])}{others}"
                )
                yield Finding.at("missed-mention", document, start, end, message, suggested=label, score=share)


def _free_places(document: Document, layer: str, known: _Known) -> Iterator[tuple[_Key, int, int]]:
    """Yield where words of ``known`` stand in ``document`` outside of what is annotated."""
    # A trigger inside a name (قوات مكافحة الإرهاب) is part of the name.
    layers = SPAN_LAYERS if layer == "triggers" else (layer,)
    taken = _Stretches([(mark.start, mark.end) for mark in marks_of(document) if mark.layer in layers])
    for sentence in document.sentences:
        words = [(word, *forms) for word in document.words_of(sentence) if (forms := _forms(word.text))[0]]
        position = 0
        while position < len(words):
            _, written, bare = words[position]
            behind = position + 1
            # With and without its first letter: whether وصل begins with a clitic cannot be told from it.
            for first in (bare, written) if bare != written else (written,):
                if first in known.lengths and (found := _longest(document.text, first, words, position, known)):
                    key, last = found
                    start, end = words[position][0].start, words[last - 1][0].end
                    if not taken.touch(start, end):
                        yield key, start, end
                        behind = last
                    break
            position = behind


@lru_cache(maxsize=1 << 16)
def _forms(word: str) -> tuple[str, str]:
    """Return ``word`` as it stands inside a key, and as it stands first in one."""
    return word_key(word), " ".join(name_key(word))


def _longest(
    text: str, first: str, words: Sequence[tuple[Span, str, str]], position: int, known: _Known
) -> tuple[_Key, int] | None:
    """Return the longest known key that begins with ``first`` at ``position``, with the position behind it."""
    for length in known.lengths[first]:
        behind = position + length
        if behind > len(words):
            continue
        key = (first, *(written for _, written, _ in words[position + 1 : behind]))
        if key in known.labels and _joined(text, [word for word, _, _ in words[position:behind]]):
            return key, behind
    return None


def _joined(text: str, words: Sequence[Span]) -> bool:
    return all(_JOINS.fullmatch(text, one.end, other.start) for one, other in pairwise(words))


class _Stretches:
    """Spans of a text that can be asked whether any of them touches another."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        # Where spans overlap, as broken annotation may, the one that reaches farthest so far counts.
        self._reached = list(accumulate((end for _, end in ordered), max))

    def touch(self, start: int, end: int) -> bool:
        """Whether any span has a character of ``start..end``."""
        before = bisect_left(self._starts, end) - 1
        return before >= 0 and self._reached[before] > start
