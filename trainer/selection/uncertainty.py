"""How unsure a model is of a sentence: one number from 0 to 1, comparable between sentences of any length."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trainer.modeling.layout import ENTITY, TRIGGER
from trainer.modeling.scoring import SentenceScores
from trainer.modeling.temperatures import Temperatures, tempered_tags, tempered_types

# Nearly all words of a sentence are surely no mention: a mean over all of them would hardly tell sentences apart. A sum
# would rank them by length, and so would the mean of a fixed number of the least sure words, of which a long sentence
# has more to offer. So a share of the words counts, and of short sentences at least so many that one odd word is not
# all.
# On 2,306 sentences of an archive of newspapers, the hundred most uncertain had 42 words at the median with this rule,
# 48 with the five least sure words, 104 with a sum, where all sentences had 32.
UNSURE_SHARE, LEAST_UNSURE_WORDS = 0.2, 5
# A sentence tells an event or two: all other types are surely absent, and would only dilute the mean.
UNSURE_TYPES = 2


def sentence_uncertainty(scores: SentenceScores, temperatures: Temperatures) -> float:
    """Return how unsure a model is of a sentence, from 0 (of nothing in it) to 1 (it can only guess).

    The mean over the heads that there are; 0 where there are none. Of a head of word tags, it is the mean entropy of
    the fifth of the words that have the highest (five at least), as a share of the highest that the tags allow; of the
    head of event types, that of the two types that have the highest, in bits.

    Parameters
    ----------
    scores:
        As the model gives them; they are tempered here.
    """
    heads = []
    for head in (ENTITY, TRIGGER):
        log_probabilities = getattr(scores, head)
        if log_probabilities is not None:
            tempered = tempered_tags(log_probabilities, getattr(temperatures, head))
            words = max(LEAST_UNSURE_WORDS, math.ceil(UNSURE_SHARE * len(tempered)))
            heads.append(_mean_of_highest(_tag_entropies(tempered), words))
    if scores.event_type is not None:
        entropies = _binary_entropies(tempered_types(scores.event_type, temperatures.event_type))
        heads.append(_mean_of_highest(entropies, UNSURE_TYPES))
    return float(np.clip(np.mean(heads), 0, 1)) if heads else 0.0


def _tag_entropies(log_probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (words,): the entropies of (words, tags), as shares of the highest; 0 where there is a single tag."""
    tags = log_probabilities.shape[-1]
    if tags < 2:
        return np.zeros(len(log_probabilities))
    entropies: NDArray[np.float64] = -(np.exp(log_probabilities) * log_probabilities).sum(-1) / np.log(tags)
    return entropies


def _binary_entropies(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropies, in bits, of probabilities that are neither 0 nor 1."""
    other = 1 - probabilities
    entropies: NDArray[np.float64] = -(probabilities * np.log2(probabilities) + other * np.log2(other))
    return entropies


def _mean_of_highest(values: NDArray[np.float64], count: int) -> float:
    return float(np.sort(values)[-count:].mean()) if len(values) else 0.0
