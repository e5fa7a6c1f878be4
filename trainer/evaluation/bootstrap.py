"""How sure a score is: intervals and paired comparisons by resampling sentences within article groups.

Sentences of one article resemble each other, and an article group is what a fold leaves out. So each
resample keeps every group at its size and draws its sentences anew, with replacement. It answers "what if
these articles had had other sentences", not "what if there had been other articles": with few groups the
true uncertainty about new articles is larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 5000
_CHUNK = 250
_SEED = 20
METHOD = f"95% intervals: {RESAMPLES} bootstrap resamples of sentences within article groups"


@dataclass(frozen=True)
class Estimate:
    """A micro F1: the mean over seeds, its 95% interval, and the standard deviation over seeds."""

    mean: float
    low: float
    high: float
    deviation: float
    per_seed: list[float]


@dataclass(frozen=True)
class Difference:
    """Mean micro F1 of A less that of B on the same sentences, its 95% interval, and a two-sided p-value."""

    mean: float
    low: float
    high: float
    p: float


def micro_f1(counts: NDArray) -> NDArray[np.float64]:
    """Return F1 of ``(…, 3)`` counts of hits, predicted and gold items; 0 where there are none."""
    hits, items = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.divide(2 * hits, items, out=np.zeros(hits.shape), where=items > 0)


def estimate(counts: NDArray, groups: Sequence[int]) -> Estimate:
    """Estimate the micro F1 of a system.

    Parameters
    ----------
    counts:
        (seeds, sentences, 3): hits, predicted and gold items of each sentence, by each seed's model.
    groups:
        (sentences,): the article group of each sentence.
    """
    return estimates(counts[None], groups)[0]


def estimates(counts: NDArray, groups: Sequence[int]) -> list[Estimate]:
    """Estimate many micro F1s on the same sentences, such as those of all types, from one set of resamples.

    The numbers are those that :func:`estimate` gives for each alone.

    Parameters
    ----------
    counts:
        (estimates, seeds, sentences, 3): for each what :func:`estimate` takes.
    groups:
        (sentences,): the article group of each sentence.
    """
    resampled = np.concatenate([_mean_f1(counts, weights) for weights in _resamples(groups)])
    intervals = np.percentile(resampled, [2.5, 97.5], axis=0)
    return [
        _estimate(per_seed, float(low), float(high))
        for per_seed, low, high in zip(micro_f1(counts.sum(2)), *intervals, strict=True)
    ]


def _estimate(per_seed: NDArray[np.float64], low: float, high: float) -> Estimate:
    deviation = float(per_seed.std(ddof=1)) if len(per_seed) > 1 else 0.0
    return Estimate(float(per_seed.mean()), low, high, deviation, [float(f1) for f1 in per_seed])


def compare(a: NDArray, b: NDArray, groups: Sequence[int]) -> Difference:
    """Compare two systems on the same sentences (paired bootstrap); both drawn alike in every resample.

    Parameters
    ----------
    a, b:
        As ``counts`` of :func:`estimate`; the numbers of seeds may differ.
    """
    if a.shape[1:] != b.shape[1:]:
        raise ValueError(f"the systems were scored on {a.shape[1]} and {b.shape[1]} sentences")
    differences = np.concatenate([_mean_f1(a, weights) - _mean_f1(b, weights) for weights in _resamples(groups)])
    low, high = np.percentile(differences, [2.5, 97.5])
    tail = min(float((differences <= 0).mean()), float((differences >= 0).mean()))
    observed = float(micro_f1(a.sum(1)).mean() - micro_f1(b.sum(1)).mean())
    return Difference(observed, float(low), float(high), min(1.0, 2 * tail))


def _mean_f1(counts: NDArray, weights: NDArray) -> NDArray[np.float64]:
    """Return F1 of each resample, averaged over seeds: (resamples, …) for counts of (…, seeds, sentences, 3)."""
    # Whole numbers are exact as floats, too, and only floats are multiplied quickly.
    drawn = np.tensordot(weights.astype(np.float64), counts.astype(np.float64), axes=(1, -2))
    return micro_f1(drawn).mean(-1)


def _resamples(groups: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """Yield (resamples, sentences): how often each sentence is drawn; the same for every system."""
    generator = np.random.default_rng(_SEED)
    members = np.asarray(groups)
    for done in range(0, RESAMPLES, _CHUNK):
        size = min(_CHUNK, RESAMPLES - done)
        weights = np.zeros((size, len(members)), dtype=np.int64)
        for group in np.unique(members):
            positions = np.flatnonzero(members == group)
            share = np.full(len(positions), 1 / len(positions))
            weights[:, positions] = generator.multinomial(len(positions), share, size=size)
        yield weights
