"""Score predicted documents against gold documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.data.tags import entity_tags, trigger_tags
from trainer.documents import Document
from trainer.evaluation.event_types import EventTypeMetric
from trainer.evaluation.strict_spans import StrictSpanMetric
from trainer.schema import Schema

LAYERS = ("entities", "triggers", "event_types")


def score_documents(gold: Sequence[Document], predicted: Sequence[Document], schema: Schema) -> dict[str, Any]:
    """Return strict scores for entities and triggers, and scores for the sentences' event types.

    Parameters
    ----------
    gold, predicted:
        The same documents in the same order, with the same words and sentences.

    Returns
    -------
    dict
        For each of ``LAYERS``: ``per_type``, ``micro`` and ``macro``, each with precision, recall,
        F1 and support.
    """
    pairs = []
    for expected, found in zip(gold, predicted, strict=True):
        if expected.text != found.text or len(expected.sentences) != len(found.sentences):
            raise ValueError(f"gold document {expected.id!r} and predicted document {found.id!r} differ in their text")
        pairs += [
            (expected, expected_sentence, found, found_sentence)
            for expected_sentence, found_sentence in zip(expected.sentences, found.sentences, strict=True)
        ]
    spans = StrictSpanMetric()
    return {
        "entities": spans.compute(
            references=[entity_tags(g, s) for g, s, _, _ in pairs],
            predictions=[entity_tags(p, s) for _, _, p, s in pairs],
        ),
        "triggers": spans.compute(
            references=[trigger_tags(g, s) for g, s, _, _ in pairs],
            predictions=[trigger_tags(p, s) for _, _, p, s in pairs],
        ),
        "event_types": EventTypeMetric().compute(
            references=[list(s.event_types) for _, s, _, _ in pairs],
            predictions=[list(s.event_types) for _, _, _, s in pairs],
            labels=schema.event_types,
        ),
    }


def headline(scores: dict[str, Any]) -> dict[str, float]:
    """Return the micro F1 of each layer, and their mean as ``score``: what training selects by."""
    values = {layer: float(scores[layer]["micro"]["f1"]) for layer in LAYERS}
    return {**values, "score": sum(values.values()) / len(values)}
