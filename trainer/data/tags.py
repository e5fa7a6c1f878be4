"""Spans as BIO tags over words, and back (the IOB2 scheme: every span begins with B)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainer.documents import Document, Sentence

OUTSIDE = "O"


def bio_tags(types: Iterable[str]) -> list[str]:
    """Return the tag set of ``types``: O, then B and I of each type in order.

    >>> bio_tags(["PER", "GPE"])
    ['O', 'B-PER', 'I-PER', 'B-GPE', 'I-GPE']
    """
    return [OUTSIDE, *(f"{prefix}-{name}" for name in types for prefix in "BI")]


def types_of_tags(tags: Iterable[str]) -> list[str]:
    """Return the types of a tag set: what :func:`bio_tags` made it from."""
    return [tag[2:] for tag in tags if tag.startswith("B-")]


def tags_of_spans(words: Sequence[tuple[int, int]], spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """Tag words, given as offsets, by the labelled spans ``(start, end, type)`` that they touch.

    Where two spans touch one word the first keeps it; a flat layer has no such pair.
    """
    tags = [OUTSIDE] * len(words)
    for start, end, label in sorted(spans):
        inside = [i for i, (word_start, word_end) in enumerate(words) if word_start < end and start < word_end]
        if any(tags[i] != OUTSIDE for i in inside):
            continue
        for position, i in enumerate(inside):
            tags[i] = f"{'I' if position else 'B'}-{label}"
    return tags


def spans_of_tags(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the spans ``(first word, last word + 1, type)`` of a legal IOB2 sequence.

    Raises
    ------
    ValueError
        If an I tag does not continue a span of its type.

    >>> spans_of_tags(["O", "B-ARMED", "I-ARMED", "B-ARMED"])
    [(1, 3, 'ARMED'), (3, 4, 'ARMED')]
    """
    spans: list[tuple[int, int, str]] = []
    for index, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        prefix, _, label = tag.partition("-")
        if prefix == "B":
            spans.append((index, index + 1, label))
        elif prefix == "I" and spans and spans[-1][1] == index and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], index + 1, label)
        else:
            raise ValueError(f"tag {index} is {tag}, which does not continue a span")
    return spans


def entity_tags(document: Document, sentence: Sentence) -> list[str]:
    """Return one entity tag for each word of ``sentence``."""
    return _layer_tags(document, sentence, [(e.start, e.end, e.label) for e in document.entities])


def trigger_tags(document: Document, sentence: Sentence) -> list[str]:
    """Return one trigger tag for each word of ``sentence``."""
    return _layer_tags(document, sentence, [(e.trigger.start, e.trigger.end, e.type) for e in document.events])


def tags_of_sentences(document: Document, layer: str) -> list[list[str]]:
    """Return for every sentence what :func:`entity_tags` (layer ``entities``) or :func:`trigger_tags` does.

    All at once, the time is linear in the length of the document.
    """
    spans = [(e.start, e.end, e.label) for e in document.entities]
    if layer != "entities":
        spans = [(e.trigger.start, e.trigger.end, e.type) for e in document.events]
    inside: list[list[tuple[int, int, str]]] = [[] for _ in document.sentences]
    for span in spans:
        index = document.sentence_index(span[0])
        if index is not None:
            inside[index].append(span)
    return [_layer_tags(document, sentence, own) for sentence, own in zip(document.sentences, inside, strict=True)]


def _layer_tags(document: Document, sentence: Sentence, spans: Iterable[tuple[int, int, str]]) -> list[str]:
    words = [(word.start, word.end) for word in document.words_of(sentence)]
    return tags_of_spans(words, [span for span in spans if sentence.start <= span[0] < sentence.end])
