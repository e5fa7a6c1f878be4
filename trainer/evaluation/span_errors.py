"""What is wrong in a sentence: spans and event types that were missed, invented, cut wrongly or given another type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trainer.documents import Document
from trainer.evaluation.agreement import LabelledSpan
from trainer.evaluation.span_counts import (
    ITEM_LAYERS,
    SPAN_LAYERS,
    both_have,
    require_layer,
    sentence_pairs,
    sentence_spans,
)

__all__ = ["KINDS", "LabelledSpan", "SpanError", "common_layers", "labelled_items", "span_errors"]

_MISSED, _INVENTED, _BOUNDARY, _TYPE = KINDS = ("missed", "invented", "boundary", "type")


@dataclass(frozen=True, slots=True)
class SpanError:
    """A span that is not as it should be: what gold has there, and what was predicted.

    ``kinds`` are of ``KINDS``: ``missed`` (nothing was predicted), ``invented`` (gold has nothing), or, of a pair,
    ``boundary`` (other ends), ``type`` (another type) or both. Spans are ``(start, end, type)`` in characters of the
    document, from the start of the first word to the end of the last; an event type has those of its sentence.
    """

    layer: str
    kinds: tuple[str, ...]
    gold: LabelledSpan | None
    predicted: LabelledSpan | None


def span_errors(gold: Document, predicted: Document, layers: Iterable[str]) -> list[list[SpanError]]:
    """Say what is wrong in each sentence.

    Spans are those that the strict score counts (:func:`trainer.evaluation.span_counts.sentence_spans`), and each
    that is no hit stands in exactly one error. Those of the two sides are paired one to one: first the ones with
    the same ends, then the ones of the same type with the largest overlap, then the ones with the largest overlap,
    in characters. What has no partner was missed or invented. Event types are never paired.

    Parameters
    ----------
    gold, predicted:
        The same text, cut into the same sentences.
    layers:
        Those of ``ITEM_LAYERS`` to compare. One that either document lacks has no errors.

    Returns
    -------
    list[list[SpanError]]
        One list a sentence, layer after layer as given, each in the order of the text.

    Raises
    ------
    ValueError
        If the texts or sentences differ, or there is no such layer.
    """
    compared = common_layers(gold, predicted, layers)
    errors: list[list[SpanError]] = [[] for _ in sentence_pairs(gold, predicted)]
    for layer in compared:
        items = zip(labelled_items(gold, layer), labelled_items(predicted, layer), strict=True)
        for of_sentence, (ours, theirs) in zip(errors, items, strict=True):
            of_sentence += _errors(layer, ours, theirs)
    return errors


def common_layers(gold: Document, predicted: Document, layers: Iterable[str]) -> list[str]:
    """Return those of ``layers`` that both documents have: in the others nothing counts.

    Raises
    ------
    ValueError
        If a layer is none of ``ITEM_LAYERS``.
    """
    common = []
    for layer in layers:
        require_layer(layer, ITEM_LAYERS)
        if both_have(gold, predicted, layer):
            common.append(layer)
    return common


def labelled_items(document: Document, layer: str) -> list[set[LabelledSpan]]:
    """Return the spans of every sentence as the strict score sees them, or its event types as spans over all of it."""
    if layer not in SPAN_LAYERS:
        return [{(one.start, one.end, name) for name in one.event_types} for one in document.sentences]
    items = []
    for sentence, spans in zip(document.sentences, sentence_spans(document, layer), strict=True):
        words = document.words_of(sentence) if spans else []
        items.append({(words[first].start, words[end - 1].end, label) for first, end, label in spans})
    return items


def _errors(layer: str, gold: set[LabelledSpan], predicted: set[LabelledSpan]) -> list[SpanError]:
    missed, invented = gold - predicted, predicted - gold
    errors = []
    # Every type of a sentence lies over all of it, which makes none the mistaken form of another.
    for ours, theirs in _pairs(missed, invented) if layer in SPAN_LAYERS else ():
        missed.remove(ours)
        invented.remove(theirs)
        wrong = {_BOUNDARY: ours[:2] != theirs[:2], _TYPE: ours[2] != theirs[2]}
        errors.append(SpanError(layer, tuple(kind for kind, is_wrong in wrong.items() if is_wrong), ours, theirs))
    errors += [SpanError(layer, (_MISSED,), span, None) for span in missed]
    errors += [SpanError(layer, (_INVENTED,), None, span) for span in invented]
    return sorted(errors, key=lambda error: min(span for span in (error.gold, error.predicted) if span))


def _pairs(gold: set[LabelledSpan], predicted: set[LabelledSpan]) -> list[tuple[LabelledSpan, LabelledSpan]]:
    """Pair spans that overlap, the closest first and of equally close ones the first in the text.

    Spans of one side never overlap. So two with the same ends have no other candidates, and the order of the text
    does not depend on which side is gold.
    """

    def closeness(pair: tuple[LabelledSpan, LabelledSpan]) -> tuple[bool, int, LabelledSpan, LabelledSpan]:
        ours, theirs = pair
        return ours[2] != theirs[2], -_overlap(ours, theirs), ours, theirs

    candidates = ((ours, theirs) for ours in gold for theirs in predicted if _overlap(ours, theirs) > 0)
    free = gold | predicted
    pairs = []
    for ours, theirs in sorted(candidates, key=closeness):
        if ours in free and theirs in free:
            free -= {ours, theirs}
            pairs.append((ours, theirs))
    return pairs


def _overlap(one: LabelledSpan, other: LabelledSpan) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])
