"""Fit the temperatures of a trained model on validation documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.tags import tags_of_sentences
from trainer.documents import Document
from trainer.modeling.layout import ENTITY, EVENT_TYPE, HEAD_OF_LAYER, TRIGGER
from trainer.modeling.scoring import SentenceScores
from trainer.modeling.tagger import Tagger
from trainer.modeling.temperatures import Temperatures, tempered_tags, tempered_types

# Of steps of 3.5 %, the nearest to 1 first among equals. Beyond the ends there is too little validation data to say how
# far to go: a model that makes no error on it would be given a temperature of 0.
_CANDIDATES = sorted(np.geomspace(1 / 4, 4, 81).round(4).tolist(), key=lambda value: abs(np.log(value)))


def fit_temperatures(tagger: Tagger, validation: Sequence[Document]) -> Temperatures:
    """Return for each head the temperature with which ``validation`` is likeliest (least negative log likelihood).

    A head that the model lacks, or whose layer no document was annotated for, keeps 1.
    """
    scores = _scores_of_documents(tagger, validation)
    labels = tagger.scorer.runtime.layout.labels_of
    fitted: dict[str, float] = {}
    for layer, head in HEAD_OF_LAYER.items():
        annotated = [
            (document, own) for document, own in zip(validation, scores, strict=True) if layer in document.layers
        ]
        if head == EVENT_TYPE:
            fitted[head] = _fit_types(annotated, labels(EVENT_TYPE))
        else:
            fitted[head] = _fit_tags(annotated, layer, head, labels(head))
    return Temperatures(entity=fitted[ENTITY], trigger=fitted[TRIGGER], event_type=fitted[EVENT_TYPE])


_Scored = Sequence[tuple[Document, Sequence[SentenceScores | None]]]


def _scores_of_documents(tagger: Tagger, documents: Sequence[Document]) -> list[list[SentenceScores | None]]:
    scores = iter(tagger.score(documents))
    return [[next(scores) for _ in document.sentences] for document in documents]


def _fit_tags(annotated: _Scored, layer: str, head: str, tags: Sequence[str]) -> float:
    """Fit the temperature of a head of word tags; words whose tag the model does not know say nothing."""
    number = {tag: position for position, tag in enumerate(tags)}
    words: list[NDArray[Any]] = []
    gold: list[int] = []
    for document, scores in annotated:
        for sentence_scores, sentence_tags in zip(scores, tags_of_sentences(document, layer), strict=True):
            found = getattr(sentence_scores, head, None)
            if found is not None:
                known = [position for position, tag in enumerate(sentence_tags) if tag in number]
                words.append(found[known])
                gold += [number[sentence_tags[position]] for position in known]
    if not gold:
        return 1.0
    log_probabilities = np.concatenate(words)
    places = np.arange(len(gold)), np.array(gold)
    return _likeliest(lambda temperature: -float(tempered_tags(log_probabilities, temperature)[places].sum()))


def _fit_types(annotated: _Scored, types: Sequence[str]) -> float:
    """Fit the temperature of the head that gives every type of a sentence a probability of its own."""
    found: list[NDArray[Any]] = []
    gold: list[list[bool]] = []
    for document, scores in annotated:
        for sentence, sentence_scores in zip(document.sentences, scores, strict=True):
            if sentence_scores is not None and sentence_scores.event_type is not None:
                found.append(sentence_scores.event_type)
                gold.append([name in sentence.event_types for name in types])
    if not gold:
        return 1.0
    probabilities, holds = np.array(found), np.array(gold)

    def loss(temperature: float) -> float:
        tempered = tempered_types(probabilities, temperature)
        return -float(np.log(np.where(holds, tempered, 1 - tempered)).sum())

    return _likeliest(loss)


def _likeliest(loss: Callable[[float], float]) -> float:
    return min(_CANDIDATES, key=loss)
