"""Where the errors are: scores by the length of spans and by article.

Everything is :class:`trainer.evaluation.span_counts.Counts`, so results of several folds can be added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from trainer.documents import Document, Sentence
from trainer.evaluation.span_counts import (
    ITEM_LAYERS,
    SPAN_LAYERS,
    Counts,
    WordSpan,
    both_have,
    pooled,
    require_layer,
    sentence_pairs,
    sentence_spans,
    span_counts,
)

LENGTHS = ("1", "2", "3", "4+")


def by_length(gold: Sequence[Document], predicted: Sequence[Document], layer: str) -> dict[str, Counts]:
    """Count the spans of ``layer`` ("entities" or "triggers") by their number of words.

    A gold span counts in the bucket of its own length and a predicted span in that of its own; a hit
    has the same length on both sides.

    Parameters
    ----------
    gold, predicted:
        The same documents in the same order.

    Returns
    -------
    dict[str, Counts]
        For each of ``LENGTHS``, also where there is nothing to count.

    Raises
    ------
    ValueError
        If documents differ in number, text or sentences, or the layer has no spans.
    """
    require_layer(layer, SPAN_LAYERS)

    def bucket(_document: Document, _sentence: Sentence, span: WordSpan) -> str:
        return LENGTHS[min(span[1] - span[0], len(LENGTHS)) - 1]

    return counts_by(bucket, LENGTHS, gold, predicted, layer)


def by_article(
    gold: Sequence[Document], predicted: Sequence[Document], layers: Sequence[str] = ITEM_LAYERS
) -> dict[str, dict[str, Counts]]:
    """Count the given layers of every document: ``{document id: {layer: Counts}}``, types taken together.

    Raises
    ------
    ValueError
        If documents differ in number, text or sentences, or two have one id.
    """
    articles: dict[str, dict[str, Counts]] = {}
    for expected, found in zip(gold, predicted, strict=True):
        if expected.id in articles:
            raise ValueError(f"two documents have the id {expected.id!r}")
        articles[expected.id] = {layer: sum(span_counts(expected, found, layer).values(), Counts()) for layer in layers}
    return articles


def counts_by(
    bucket: Callable[[Document, Sentence, WordSpan], str],
    buckets: Sequence[str],
    gold: Sequence[Document],
    predicted: Sequence[Document],
    layer: str,
) -> dict[str, Counts]:
    """Count the spans of a layer in the bucket that each falls in; both sides have the same bucket for a hit.

    A document without the layer on either side counts nothing.
    """
    tables: list[Mapping[str, Counts]] = [dict.fromkeys(buckets, Counts())]
    for expected, found in zip(gold, predicted, strict=True):
        sentences = sentence_pairs(expected, found)
        if not both_have(expected, found, layer):
            continue
        spans = zip(sentence_spans(expected, layer), sentence_spans(found, layer), strict=True)
        for (sentence, _), (gold_spans, found_spans) in zip(sentences, spans, strict=True):
            for span in gold_spans | found_spans:
                counts = Counts.of(gold_spans & {span}, found_spans & {span})
                tables.append({bucket(expected, sentence, span): counts})
    return pooled(tables)
