"""What two models that have not seen a document say of the labels of its words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trainer.baselines.crf import fit_crf
from trainer.baselines.crf_features import sentence_features
from trainer.data.tags import OUTSIDE
from trainer.diagnosis.linear_model import fit_linear, standardised
from trainer.documents import Document

if TYPE_CHECKING:
    import pycrfsuite

# The penalties are those of the CRF baseline; a CRF of 60 iterations takes a third of the time of its 200.
_CRF_TRAINING = {"c1": 0.1, "c2": 0.001, "max_iterations": 60}
Rows = NDArray[np.float32]
Features = list[list[list[str]]]


def word_features(documents: Iterable[Document]) -> Features:
    """Return, for every sentence of ``documents``, what the CRF is told of its words."""
    return [
        sentence_features([word.text for word in document.words_of(sentence)])
        for document in documents
        for sentence in document.sentences
    ]


def word_probabilities(
    tags: Sequence[Sequence[str]],
    labels: Sequence[str],
    states: Sequence[NDArray[np.float16]],
    features: Features,
    fold_of: NDArray[np.int64],
    done: Callable[[], None],
) -> list[Rows]:
    """Return for every sentence (words, labels): the mean of both models, none of which learnt from its fold.

    One is linear in the states of a frozen encoder, the other is a CRF over spelling and neighbours. Each errs in ways
    of its own: with errors injected into 3% of the spans, 0.87 of the first 50 findings of either were right, 0.98 of
    those of both (three seeds; ``docs/corpus-care.md``). To fine-tune an encoder for every fold would take far longer.

    Parameters
    ----------
    tags:
        The IOB2 tags of the words of every sentence.
    labels:
        ``O``, then every label that occurs in ``tags``.
    states, features:
        Of the same sentences, from :func:`trainer.diagnosis.frozen_states.frozen_states` and :func:`word_features`.
    fold_of:
        (sentences,): the fold of each sentence's document.
    done:
        Called when a fold is through.
    """
    lengths = np.array([len(sentence) for sentence in tags], dtype=np.int64)
    fold_of_word = np.repeat(fold_of, lengths)
    column = {label: index for index, label in enumerate(labels)}
    given = np.array([column[label_of(tag)] for sentence in tags for tag in sentence], dtype=np.int64)
    words = standardised(np.concatenate(states))
    linear = np.zeros((len(given), len(labels)), dtype=np.float32)
    result: list[Rows] = [np.zeros((length, len(labels)), dtype=np.float32) for length in lengths]
    folds = np.unique(fold_of).tolist()
    # The CRF's library learns without Python's lock and on one core.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        taggers = [
            pool.submit(
                fit_crf, [(features[i], tags[i]) for i in np.flatnonzero(fold_of != fold).tolist()], _CRF_TRAINING
            )
            for fold in folds
        ]
        for fold, learnt in zip(folds, taggers, strict=True):
            inside = fold_of_word == fold
            linear[inside] = fit_linear(words[~inside], given[~inside], words[inside], len(labels))
            tagger = learnt.result()
            for index in np.flatnonzero(fold_of == fold).tolist():
                result[index] = _marginals(tagger, features[index], column)
            done()
    # A cumulative sum without its last is where the sentences but the first begin.
    of_sentences = np.split(linear, np.cumsum(lengths)[:-1])
    # The sum of a B and an I may be a little more than 1.
    return [np.minimum((one + other) / 2, 1.0) for one, other in zip(of_sentences, result, strict=True)]


def label_of(tag: str) -> str:
    """Return the label of a tag: B and I of a type are one here.

    >>> [label_of(tag) for tag in ("B-GPE", "I-GPE", "O")]
    ['GPE', 'GPE', 'O']
    """
    return tag if tag == OUTSIDE else tag[2:]


def _marginals(tagger: pycrfsuite.Tagger, features: list[list[str]], column: dict[str, int]) -> Rows:
    probabilities = np.zeros((len(features), len(column)), dtype=np.float32)
    if features:
        tagger.set(features)
        for tag in tagger.labels():
            own = [tagger.marginal(tag, word) for word in range(len(features))]
            probabilities[:, column[label_of(tag)]] += np.array(own, dtype=np.float32)
    return probabilities
