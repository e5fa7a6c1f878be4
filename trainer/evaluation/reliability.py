"""Whether scores mean what they say: of what was given 0.8, eight in ten should be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.documents import Document
from trainer.evaluation.event_type_scores import calibration_error, reliability_bins
from trainer.evaluation.span_counts import SPAN_LAYERS, WordSpan, sentence_pairs, sentence_spans
from trainer.evaluation.span_errors import common_layers


@dataclass(frozen=True)
class Reliability:
    """The bins of a reliability curve and the expected calibration error, ``None`` without any score.

    Both are as :class:`trainer.evaluation.event_type_scores.EventTypeScoreMetric` describes them.
    """

    bins: list[dict[str, Any]]
    error: float | None


def measure_reliability(
    gold: Sequence[Document], runs: Sequence[Sequence[Document]], layer: str, labels: Sequence[str]
) -> Reliability:
    """Compare the scores of all runs with what is right.

    Of entities and triggers these are the scores of the predicted spans, which say how sure the model is that they
    are strictly right; a span without a score does not count. Of event types these are the scores of every type
    for every sentence; a run in which no sentence has any does not count.

    Parameters
    ----------
    gold, runs:
        The same documents, in the same order; ``runs`` as each run predicted them.
    layer:
        One of ``ITEM_LAYERS``. A document without it on either side does not count.
    labels:
        All event types; needed for that layer only.

    Raises
    ------
    ValueError
        If documents differ in number, text or sentences, there is no such layer, or a score is not a number from
        0 to 1.
    """
    decisions: list[tuple[bool, float]] = []
    for documents in runs:
        pairs = [pair for pair in zip(gold, documents, strict=True) if common_layers(*pair, [layer])]
        decisions += _span_decisions(pairs, layer) if layer in SPAN_LAYERS else _type_decisions(pairs, labels)
    truth = np.array([is_right for is_right, _ in decisions], dtype=bool)
    bins = reliability_bins(truth, np.array([score for _, score in decisions], dtype=np.float64))
    return Reliability(bins, calibration_error(bins))


def _span_decisions(pairs: Sequence[tuple[Document, Document]], layer: str) -> Iterator[tuple[bool, float]]:
    for gold, predicted in pairs:
        spans = zip(sentence_spans(gold, layer), _scored_spans(predicted, layer), strict=True)
        for _, (right, scored) in zip(sentence_pairs(gold, predicted), spans, strict=True):
            yield from ((span in right, score) for span, score in scored.items() if score is not None)


def _type_decisions(pairs: Sequence[tuple[Document, Document]], labels: Sequence[str]) -> Iterator[tuple[bool, float]]:
    sentences = [both for pair in pairs for both in sentence_pairs(*pair)]
    if any(theirs.type_scores for _, theirs in sentences):
        for ours, theirs in sentences:
            # A sentence without words gets no scores: no type is likely there.
            yield from ((name in ours.event_types, theirs.type_scores.get(name, 0.0)) for name in labels)


def _scored_spans(document: Document, layer: str) -> list[dict[WordSpan, float | None]]:
    """Return the spans of every sentence as the strict score sees them, each with the score that it was given."""
    given: list[tuple[int, int, str, float | None]] = [
        (entity.start, entity.end, entity.label, entity.score) for entity in document.entities
    ]
    if layer != "entities":
        given = [(event.trigger.start, event.trigger.end, event.type, event.score) for event in document.events]
    scores: list[dict[WordSpan, float | None]] = [{} for _ in document.sentences]
    # In the order in which words get their tags: of spans over the same words the first keeps them.
    for start, end, label, score in sorted(given, key=lambda span: span[:3]):
        index = document.sentence_index(start)
        if index is not None:
            words = document.words_of(document.sentences[index])
            inside = [i for i, word in enumerate(words) if word.start < end and start < word.end]
            if inside:
                scores[index].setdefault((inside[0], inside[-1] + 1, label), score)
    return [
        {span: of_sentence[span] for span in sorted(spans)}
        for of_sentence, spans in zip(scores, sentence_spans(document, layer), strict=True)
    ]
