"""Where the errors are: scores by the length of spans, by article, and by whether training articles had the span.

Everything is :class:`trainer.evaluation.span_counts.Counts`, so results of several folds can be added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer.documents import Document, Sentence
from trainer.encoders.normalizer import arabic_normalizer
from trainer.evaluation.span_counts import (
    ITEM_LAYERS,
    SPAN_LAYERS,
    Counts,
    WordSpan,
    pooled,
    require_layer,
    sentence_pairs,
    sentence_spans,
    span_counts,
)
from trainer.modeling.features import encodable
from trainer.text.mentions import mention_name

LENGTHS = ("1", "2", "3", "4+")
SEEN, UNSEEN = "seen", "unseen"
_CONJUNCTIONS = ("و", "ف")
_normalize = arabic_normalizer().normalize_str


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

    return _counts_by(bucket, LENGTHS, gold, predicted, layer)


def by_article(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict[str, Counts]]:
    """Count every layer of every document: ``{document id: {layer: Counts}}``, types taken together.

    Raises
    ------
    ValueError
        If documents differ in number, text or sentences, or two have one id.
    """
    articles: dict[str, dict[str, Counts]] = {}
    for expected, found in zip(gold, predicted, strict=True):
        if expected.id in articles:
            raise ValueError(f"two documents have the id {expected.id!r}")
        articles[expected.id] = {
            layer: sum(span_counts(expected, found, layer).values(), Counts()) for layer in ITEM_LAYERS
        }
    return articles


@dataclass(frozen=True)
class SeenSpans:
    """The spans that training documents have, to tell memory from generalisation.

    A span is its text from the beginning of its first word to the end of its last, compared without
    its type. Both layers are compared after the encoder's normalisation
    (:func:`trainer.encoders.normalizer.arabic_normalizer`). Before it, entities lose quotes and attached
    clitics (:func:`trainer.text.mentions.mention_name`, on the text as written, since tatweel helps to
    tell a clitic). Two triggers are also taken as the same when one is the other with one و or ف
    before it (قتل and وقتل).
    """

    entities: frozenset[str]
    triggers: frozenset[str]

    @classmethod
    def of(cls, training: Iterable[Document]) -> SeenSpans:
        """Collect the spans of ``training`` documents."""
        texts: dict[str, set[str]] = {layer: set() for layer in SPAN_LAYERS}
        for document in training:
            for sentence in document.sentences:
                for layer, found in texts.items():
                    spans = sentence_spans(document, sentence, layer)
                    found.update(_compared_text(document, sentence, span, layer) for span in spans)
        return cls(**{layer: frozenset(found) for layer, found in texts.items()})

    def counts(self, gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict[str, Counts]]:
        """Count gold and predicted spans by whether the training documents have them.

        Parameters
        ----------
        gold, predicted:
            The same documents in the same order.

        Returns
        -------
        dict[str, dict[str, Counts]]
            ``{"entities": {"seen": Counts, "unseen": Counts}, "triggers": …}``.

        Raises
        ------
        ValueError
            If documents differ in number, text or sentences.
        """
        return {
            "entities": _counts_by(self._entity_bucket, (SEEN, UNSEEN), gold, predicted, "entities"),
            "triggers": _counts_by(self._trigger_bucket, (SEEN, UNSEEN), gold, predicted, "triggers"),
        }

    def _entity_bucket(self, document: Document, sentence: Sentence, span: WordSpan) -> str:
        return SEEN if _compared_text(document, sentence, span, "entities") in self.entities else UNSEEN

    def _trigger_bucket(self, document: Document, sentence: Sentence, span: WordSpan) -> str:
        text = _compared_text(document, sentence, span, "triggers")
        same = {text, *(letter + text for letter in _CONJUNCTIONS)}
        if text.startswith(_CONJUNCTIONS):
            same.add(text[1:])
        return UNSEEN if self.triggers.isdisjoint(same) else SEEN


def _compared_text(document: Document, sentence: Sentence, span: WordSpan, layer: str) -> str:
    words = document.words_of(sentence)
    text = document.text[words[span[0]].start : words[span[1] - 1].end]
    return _normalize(encodable(mention_name(text) if layer == "entities" else text))


def _counts_by(
    bucket: Callable[[Document, Sentence, WordSpan], str],
    buckets: Sequence[str],
    gold: Sequence[Document],
    predicted: Sequence[Document],
    layer: str,
) -> dict[str, Counts]:
    """Count the spans of a layer in the bucket that each falls in; both sides have the same bucket for a hit."""
    tables: list[Mapping[str, Counts]] = [dict.fromkeys(buckets, Counts())]
    for expected, found in zip(gold, predicted, strict=True):
        for ours, theirs in sentence_pairs(expected, found):
            gold_spans, found_spans = sentence_spans(expected, ours, layer), sentence_spans(found, theirs, layer)
            for span in gold_spans | found_spans:
                counts = Counts.of(gold_spans & {span}, found_spans & {span})
                tables.append({bucket(expected, ours, span): counts})
    return pooled(tables)
