"""What texts are like: lengths, punctuation, density of labels, and how much they repeat themselves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, quantiles

import regex

from trainer.data.near_duplicates import folded_words
from trainer.documents import Document

GRAM_WORDS, OPENING_WORDS = 4, 5
PUNCTUATION = ("،", ".", "«", "»", '"', "(", ")", ":", "-", "؛", "؟")
_HAS_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")


@dataclass(frozen=True)
class TextProfile:
    """Figures of a collection of documents; rates are per 1,000 words, words without punctuation marks."""

    sentences: int
    words: int
    mean_length: float
    length_quantiles: dict[int, float]
    punctuation: dict[str, float]
    entities: float
    triggers: float
    without_event: float


def profile(documents: Sequence[Document]) -> TextProfile:
    """Measure ``documents``; at least two sentences with words are needed.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    lengths: list[int] = []
    marks: Counter[str] = Counter()
    eventless = 0
    for document in documents:
        for sentence in document.sentences:
            words = document.words_of(sentence)
            count = sum(1 for word in words if _HAS_LETTER_OR_DIGIT.search(word.text))
            if count:
                lengths.append(count)
                eventless += not sentence.event_types
            marks.update(word.text for word in words if word.text in PUNCTUATION)
    if len(lengths) < 2:
        raise ValueError("a profile needs at least two sentences with words")
    total = sum(lengths)
    cuts = quantiles(lengths, n=20, method="inclusive")
    return TextProfile(
        sentences=len(lengths),
        words=total,
        mean_length=mean(lengths),
        length_quantiles={percent: cuts[percent // 5 - 1] for percent in (5, 25, 50, 75, 90, 95)},
        punctuation={mark: 1000 * marks[mark] / total for mark in PUNCTUATION},
        entities=1000 * sum(len(document.entities) for document in documents) / total,
        triggers=1000 * sum(len(document.events) for document in documents) / total,
        without_event=eventless / len(lengths),
    )


def repeated_openings(documents: Iterable[Document], more_than: int = 3) -> dict[str, int]:
    """Return the first five words that more than ``more_than`` sentences begin with, and how many do."""
    counts: Counter[str] = Counter()
    for words in sentence_words(documents):
        if len(words) >= OPENING_WORDS:
            counts[" ".join(words[:OPENING_WORDS])] += 1
    return {opening: count for opening, count in counts.most_common() if count > more_than}


def distinct_grams(sentences: Sequence[Sequence[str]]) -> float:
    """Return the share of different runs of four words among all of them; 1.0 where there is none."""
    grams = [
        tuple(words[start : start + GRAM_WORDS]) for words in sentences for start in range(len(words) - GRAM_WORDS + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 1.0


def equal_sample(sentences: Sequence[Sequence[str]], words: int, seed: int) -> list[Sequence[str]]:
    """Draw sentences without replacement until they have at least ``words`` words.

    Raises
    ------
    ValueError
        If there are not that many words.
    """
    order = list(sentences)
    random.Random(seed).shuffle(order)
    drawn: list[Sequence[str]] = []
    count = 0
    for sentence in order:
        if count >= words:
            return drawn
        drawn.append(sentence)
        count += len(sentence)
    if count < words:
        raise ValueError(f"there are {count} words to draw from, fewer than {words}")
    return drawn


def sentence_words(documents: Iterable[Document]) -> list[list[str]]:
    """Return the words of every sentence, folded so that spelling does not count."""
    return [
        folded_words(document.text[sentence.start : sentence.end])
        for document in documents
        for sentence in document.sentences
    ]
