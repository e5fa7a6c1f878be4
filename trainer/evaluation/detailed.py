"""All scores of predicted documents: strict, by overlap, of the rankings, and by length and article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trainer.data.tags import tags_of_sentences
from trainer.documents import Document
from trainer.evaluation.breakdowns import by_article, by_length
from trainer.evaluation.event_type_scores import EventTypeScoreMetric
from trainer.evaluation.overlap_spans import OverlapSpanMetric
from trainer.evaluation.scores import score_documents
from trainer.evaluation.span_counts import ITEM_LAYERS, SPAN_LAYERS, Counts, both_have, sentence_counts
from trainer.schema import Schema


def detailed_scores(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> dict[str, Any]:
    """Score documents in every way there is.

    Returns
    -------
    dict
        For each layer what :func:`trainer.evaluation.scores.score_documents` gives, and ``by_article``;
        for entities and triggers also ``overlap`` (``partial`` and ``type``, see
        :class:`trainer.evaluation.overlap_spans.OverlapSpanMetric`) and ``by_length``; for event types also
        ``ranking`` (see :class:`trainer.evaluation.event_type_scores.EventTypeScoreMetric`), ``None`` where
        the predictions have no scores.
    """
    scores = score_documents(gold, predicted, schema)
    for layer in scores:
        pairs = _with_layer(gold, predicted, layer)
        ours, theirs = [g for g, _ in pairs], [p for _, p in pairs]
        if layer in SPAN_LAYERS:
            scores[layer]["overlap"] = OverlapSpanMetric().compute(
                references=[tags for document in ours for tags in tags_of_sentences(document, layer)],
                predictions=[tags for document in theirs for tags in tags_of_sentences(document, layer)],
            )
            scores[layer]["by_length"] = {
                length: counts.scores() for length, counts in by_length(ours, theirs, layer).items()
            }
        else:
            scores[layer]["ranking"] = _ranking(ours, theirs, schema)
        scores[layer]["by_article"] = {
            id: layers[layer].scores() for id, layers in by_article(ours, theirs, [layer]).items()
        }
    return scores


def counts_by_sentence(
    gold: Sequence[Document], predicted: Sequence[Document], layers: Iterable[str] = ITEM_LAYERS
) -> dict[str, list[list[int]]]:
    """Return for each layer the hits, predicted and gold items of every sentence: what resampling needs.

    A sentence of a document without the layer on either side counts nothing.
    """
    rows: dict[str, list[list[int]]] = {}
    for layer in layers:
        rows[layer] = []
        for expected, found in zip(gold, predicted, strict=True):
            if not both_have(expected, found, layer):
                rows[layer] += [[0, 0, 0] for _ in expected.sentences]
                continue
            for types in sentence_counts(expected, found, layer):
                total = sum(types.values(), Counts())
                rows[layer].append([total.hits, total.predicted, total.gold])
    return rows


def sentence_groups(documents: Sequence[Document]) -> list[int]:
    """Return for each sentence the number of its group, which resampling keeps at its size: its document.

    Documents of a single sentence, such as the rows of a table, are one group together: of itself alone a
    sentence can only be drawn again, and an interval would have no width.
    """
    groups: list[int] = []
    singles: int | None = None
    for position, document in enumerate(documents):
        group = position
        if len(document.sentences) == 1:
            singles = group = position if singles is None else singles
        groups += [group] * len(document.sentences)
    return groups


def _with_layer(gold: Sequence[Document], predicted: Sequence[Document], layer: str) -> list[tuple[Document, Document]]:
    return [pair for pair in zip(gold, predicted, strict=True) if both_have(*pair, layer)]


def _ranking(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> dict[str, Any] | None:
    sentences = [sentence for document in predicted for sentence in document.sentences]
    if not any(sentence.type_scores for sentence in sentences):
        return None
    return EventTypeScoreMetric().compute(
        references=[list(sentence.event_types) for document in gold for sentence in document.sentences],
        # A sentence without words gets no scores: no type is likely there.
        predictions=[[sentence.type_scores.get(name, 0.0) for name in schema.event_types] for sentence in sentences],
        labels=schema.event_types,
    )
