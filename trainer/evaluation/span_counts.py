"""Hits, predictions and gold items as numbers that can be added: over sentences, articles and folds.

Ratios cannot be pooled, counts can. All scores of a breakdown or of a resampling are made from the
:class:`Counts` here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trainer.data.tags import spans_of_tags, tags_of_sentences
from trainer.documents import Document, Sentence

# First word, last word + 1, type; words are those of one sentence.
WordSpan = tuple[int, int, str]
Key = TypeVar("Key", bound=Hashable)
SPAN_LAYERS = ("entities", "triggers")
ITEM_LAYERS = (*SPAN_LAYERS, "event_types")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items were found rightly (``hits``), found at all (``predicted``), and are there (``gold``)."""

    hits: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(self.hits + other.hits, self.predicted + other.predicted, self.gold + other.gold)

    def scores(self) -> dict[str, float]:
        """Return ``precision``, ``recall``, ``f1`` (0.0 where undefined) and ``support``, the gold items.

        >>> Counts(hits=1, predicted=2, gold=4).scores()["recall"]
        0.25
        """
        precision = self.hits / self.predicted if self.predicted else 0.0
        recall = self.hits / self.gold if self.gold else 0.0
        # The order of operations is seqeval's, so that the last digit is the same, too.
        f1 = 2 * precision * recall / (precision + recall) if self.hits else 0.0
        return {"precision": precision, "recall": recall, "f1": f1, "support": self.gold}

    @classmethod
    def of(cls, gold: set, predicted: set) -> Counts:
        """Count two sets of items; those in both are the hits."""
        return cls(len(gold & predicted), len(predicted), len(gold))


def pooled(tables: Iterable[Mapping[Key, Counts]]) -> dict[Key, Counts]:
    """Add tables of counts key by key; a key that a table lacks counts nothing there."""
    total: dict[Key, Counts] = {}
    for table in tables:
        for key, counts in table.items():
            total[key] = total.get(key, Counts()) + counts
    return total


def span_counts(gold: Document, predicted: Document, layer: str) -> dict[str, Counts]:
    """Count the items of a document by type, sorted: the sum of :func:`sentence_counts`.

    For spans, the sum over documents and types gives exactly the micro scores of
    :class:`trainer.evaluation.strict_spans.StrictSpanMetric`.

    Parameters
    ----------
    gold, predicted:
        The same text, cut into the same sentences.
    layer:
        One of ``ITEM_LAYERS``: ``"entities"``, ``"triggers"`` or ``"event_types"``.

    Raises
    ------
    ValueError
        If the texts or sentences differ, or there is no such layer.
    """
    return dict(sorted(pooled(sentence_counts(gold, predicted, layer)).items()))


def sentence_counts(gold: Document, predicted: Document, layer: str) -> list[dict[str, Counts]]:
    """Count the items of each sentence by type; types that neither side has in a sentence are not listed.

    A span of ``"entities"`` or ``"triggers"`` is a hit when its first word, last word and type agree;
    a span over a part of a word counts as the whole word, as in the tags that models learn. An item of
    ``"event_types"`` is a type that the sentence has.

    Parameters, errors: see :func:`span_counts`.

    Returns
    -------
    list[dict[str, Counts]]
        One table a sentence, in order.
    """
    require_layer(layer, ITEM_LAYERS)
    return [
        {
            name: Counts.of({i for i in expected if i[-1] == name}, {i for i in found if i[-1] == name})
            for name in sorted({item[-1] for item in expected | found})
        }
        for expected, found in _items(gold, predicted, layer)
    ]


def sentence_spans(document: Document, layer: str) -> list[set[WordSpan]]:
    """Return the spans of every sentence in one of ``SPAN_LAYERS`` as models see them, through IOB2 tags.

    All at once, the time is linear in the length of the document: a labelled file may be a single one.
    """
    return [set(spans_of_tags(tags)) for tags in tags_of_sentences(document, layer)]


def both_have(gold: Document, predicted: Document, layer: str) -> bool:
    """Whether both documents were annotated for ``layer``: where one was not, nothing counts."""
    return layer in gold.layers and layer in predicted.layers


def sentence_pairs(gold: Document, predicted: Document) -> Iterator[tuple[Sentence, Sentence]]:
    """Yield the sentences of both documents side by side.

    Raises
    ------
    ValueError
        If the documents differ in their text or in where its sentences are.
    """
    ours, theirs = ([(s.start, s.end) for s in document.sentences] for document in (gold, predicted))
    if gold.text != predicted.text or ours != theirs:
        raise ValueError(f"gold document {gold.id!r} and predicted {predicted.id!r} differ in their text or sentences")
    return zip(gold.sentences, predicted.sentences, strict=True)


def require_layer(layer: str, layers: Sequence[str]) -> None:
    """Raise ``ValueError`` if ``layer`` is none of ``layers``."""
    if layer not in layers:
        raise ValueError(f"'{layer}' is none of the layers {', '.join(layers)}")


def _items(gold: Document, predicted: Document, layer: str) -> Iterator[tuple[set, set]]:
    """Yield the gold and the predicted items of each sentence; the type is the last part of an item."""
    pairs = sentence_pairs(gold, predicted)
    if layer in SPAN_LAYERS:
        yield from zip(sentence_spans(gold, layer), sentence_spans(predicted, layer), strict=True)
    else:
        for ours, theirs in pairs:
            yield {(name,) for name in ours.event_types}, {(name,) for name in theirs.event_types}
