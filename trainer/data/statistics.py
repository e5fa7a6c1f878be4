"""What a labelled dataset holds, in plain numbers: sizes, lengths, counts of labels, and what occurs together.

A figure of a layer is about the documents that have the layer: one that was never annotated for events says nothing
about how rare events are. Words are those that models see, punctuation marks among them, as ``marsad data check``
counts them. What is for training only is a part of its own, named ``TRAINING_ONLY``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trainer.data.cooccurrence import Cooccurrence, cooccurrence
from trainer.data.corpus import TRAINING_ONLY, Corpus
from trainer.data.label_counts import LabelCount, event_types_of, has_layer, label_counts, words_with
from trainer.documents import LAYERS, Document


@dataclass(frozen=True)
class Size:
    """How large a part of a dataset, or one document, is.

    ``entities``, ``triggers`` and ``without_event`` (sentences) are ``None`` where no document has the layer; the
    rates divide by the words, or sentences, of the documents that have it.
    """

    name: str
    documents: int
    sentences: int
    words: int
    entities: int | None
    triggers: int | None
    without_event: int | None
    entities_per_100_words: float | None
    triggers_per_100_words: float | None
    share_without_event: float | None


@dataclass(frozen=True)
class Lengths:
    """Lengths in words, by the name of the part: of sentences, and of the spans of each layer that has some."""

    sentences: dict[str, list[int]]
    entities: dict[str, list[int]]
    triggers: dict[str, list[int]]


@dataclass(frozen=True)
class Statistics:
    """All figures of a dataset.

    Attributes
    ----------
    lacking:
        For each layer that only some documents have, how many lack it; for one that none has, all of them.
    labels:
        The labels of each table of :mod:`trainer.data.label_counts` that there is, the most frequent first.
    """

    name: str
    sizes: list[Size]
    documents: dict[str, list[Size]]
    lacking: dict[str, int]
    lengths: Lengths
    labels: dict[str, list[LabelCount]]
    together: Cooccurrence

    @property
    def total(self) -> Size:
        """Return the size of everything."""
        return self.sizes[-1]


def parts_of(corpus: Corpus) -> dict[str, list[Document]]:
    """Return the documents of each split, and last those for training only, where there are such."""
    only = {TRAINING_ONLY: corpus.training_only} if corpus.training_only else {}
    return {**{name: documents for name, documents in corpus.splits.items() if documents}, **only}


def statistics(corpus: Corpus) -> Statistics:
    """Compute all figures of ``corpus``, in time linear in its length."""
    parts = parts_of(corpus)
    everything = [document for documents in parts.values() for document in documents]
    lacking = {layer: sum(not has_layer(document, layer) for document in everything) for layer in LAYERS}
    labels = label_counts(parts, corpus.schema, [layer for layer in LAYERS if lacking[layer] < len(everything)])
    return Statistics(
        name=corpus.name,
        sizes=[
            *(_size(name, documents) for name, documents in parts.items()),
            *([_size("", everything)] if len(parts) != 1 else []),
        ],
        documents={
            name: [_size(document.id, [document]) for document in documents] for name, documents in parts.items()
        },
        lacking={layer: number for layer, number in lacking.items() if number},
        lengths=_lengths(parts),
        labels=labels,
        together=cooccurrence(everything, labels),
    )


def _size(name: str, documents: Sequence[Document]) -> Size:
    has = {layer: any(has_layer(document, layer) for document in documents) for layer in LAYERS}
    sentences = [types for document in documents for types in event_types_of(document) or ()]
    entity_count = sum(len(document.entities) for document in documents)
    trigger_count = sum(len(document.events) for document in documents)
    empty = sum(not types for types in sentences)
    return Size(
        name=name,
        documents=len(documents),
        sentences=sum(len(document.sentences) for document in documents),
        words=sum(len(document.words) for document in documents),
        entities=entity_count if has["entities"] else None,
        triggers=trigger_count if has["triggers"] else None,
        without_event=empty if has["event_types"] else None,
        entities_per_100_words=_per(100 * entity_count, words_with(documents, "entities")),
        triggers_per_100_words=_per(100 * trigger_count, words_with(documents, "triggers")),
        share_without_event=_per(empty, len(sentences)),
    )


def _per(number: int, base: int) -> float | None:
    return number / base if base else None


def _lengths(parts: Mapping[str, Sequence[Document]]) -> Lengths:
    lengths = Lengths({}, {}, {})
    for name, documents in parts.items():
        spans: dict[str, list[int]] = {"sentences": [], "entities": [], "triggers": []}
        for document in documents:
            starts = [word.start for word in document.words]
            ends = [word.end for word in document.words]
            for kind, offsets in (
                ("sentences", [(sentence.start, sentence.end) for sentence in document.sentences]),
                ("entities", [(entity.start, entity.end) for entity in document.entities]),
                ("triggers", [(event.trigger.start, event.trigger.end) for event in document.events]),
            ):
                # The words that a span touches, also where it cuts one in two.
                spans[kind] += [bisect_left(starts, end) - bisect_right(ends, start) for start, end in offsets]
        for kind, found in spans.items():
            if found:
                getattr(lengths, kind)[name] = found
    return lengths
