"""Score predicted documents against gold documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.data.tags import tags_of_sentences
from trainer.documents import LAYERS, Document
from trainer.evaluation.event_types import EventTypeMetric
from trainer.evaluation.span_counts import both_have
from trainer.evaluation.strict_spans import StrictSpanMetric
from trainer.schema import Schema


def score_documents(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> dict[str, Any]:
    """Return strict scores for entities and triggers, and scores for the sentences' event types.

    Parameters
    ----------
    gold, predicted:
        The same documents in the same order, with the same words and sentences.

    Returns
    -------
    dict
        For each of ``LAYERS`` for which the schema has labels and that both sides have in some document:
        ``per_type``, ``micro`` and ``macro``, each with precision, recall, F1 and support. A document without a
        layer on either side does not count in it.
    """
    pairs = list(zip(gold, predicted, strict=True))
    for expected, found in pairs:
        if expected.text != found.text or len(expected.sentences) != len(found.sentences):
            raise ValueError(f"gold document {expected.id!r} and predicted document {found.id!r} differ in their text")
    scores: dict[str, Any] = {}
    for layer in layers_to_score(gold, predicted, schema):
        ours, theirs = ([pair[side] for pair in pairs if both_have(*pair, layer)] for side in (0, 1))
        if layer == "event_types":
            scores[layer] = EventTypeMetric().compute(
                references=[list(sentence.event_types) for document in ours for sentence in document.sentences],
                predictions=[list(sentence.event_types) for document in theirs for sentence in document.sentences],
                labels=schema.event_types,
            )
        else:
            scores[layer] = StrictSpanMetric().compute(
                references=[tags for document in ours for tags in tags_of_sentences(document, layer)],
                predictions=[tags for document in theirs for tags in tags_of_sentences(document, layer)],
            )
    return scores


def layers_to_score(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> list[str]:
    """Return the layers that the schema has and some document has on both sides."""
    if not gold:
        return list(schema.layers)
    found = {layer for g, p in zip(gold, predicted, strict=True) for layer in g.layers if layer in p.layers}
    return [layer for layer in schema.layers if layer in found]


def headline(scores: dict[str, Any]) -> dict[str, float]:
    """Return the micro F1 of each layer, and their mean as ``score``: what training selects by."""
    values = {layer: float(scores[layer]["micro"]["f1"]) for layer in LAYERS if layer in scores}
    return {**values, "score": sum(values.values()) / len(values) if values else 0.0}
