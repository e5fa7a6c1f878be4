"""Score predicted documents against gold documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.data.tags import entity_tags, trigger_tags
from trainer.documents import LAYERS, Document
from trainer.evaluation.event_types import EventTypeMetric
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
    pairs = []
    for expected, found in zip(gold, predicted, strict=True):
        if expected.text != found.text or len(expected.sentences) != len(found.sentences):
            raise ValueError(f"gold document {expected.id!r} and predicted document {found.id!r} differ in their text")
        pairs += [
            (expected, expected_sentence, found, found_sentence)
            for expected_sentence, found_sentence in zip(expected.sentences, found.sentences, strict=True)
        ]
    scores: dict[str, Any] = {}
    for layer in layers_to_score(gold, predicted, schema):
        known = [pair for pair in pairs if layer in pair[0].layers and layer in pair[2].layers]
        if layer == "event_types":
            scores[layer] = EventTypeMetric().compute(
                references=[list(s.event_types) for _, s, _, _ in known],
                predictions=[list(s.event_types) for _, _, _, s in known],
                labels=schema.event_types,
            )
        else:
            tags = entity_tags if layer == "entities" else trigger_tags
            scores[layer] = StrictSpanMetric().compute(
                references=[tags(g, s) for g, s, _, _ in known],
                predictions=[tags(p, s) for _, _, p, s in known],
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
