"""How good the scores of event types are, before any threshold: ranking and calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import evaluate
import numpy as np
from sklearn.metrics import average_precision_score

from trainer.evaluation.offline_metric import OfflineMetric

BINS = 10
# Not np.linspace, whose 0.3 is not the 0.3 that a score has.
_EDGES = [index / BINS for index in range(BINS + 1)]


class EventTypeScoreMetric(OfflineMetric):
    """Average precision and calibration of the scores of event types.

    ``compute(predictions=…, references=…, labels=…)`` takes, for each sentence, the scores of all
    types in the order of ``labels`` (probabilities, 0 to 1) and the list of its gold types. It returns

    - ``average_precision``: ``per_type`` for every label, ``micro`` over all (sentence, type) pairs,
      and ``macro``, the mean over the types that the references have. It is scikit-learn's, the area
      under the steps of the precision-recall curve. ``None`` where it is undefined: a type that no
      sentence has, and both averages where no sentence has any type.
    - ``calibration_error``: the expected calibration error over all (sentence, type) pairs, which is
      the mean of ``|mean_score - observed|`` over the bins below, weighted by ``count``. ``None``
      where there are no pairs.
    - ``reliability``: the bins of that error, lowest first, without the empty ones; each has ``low``
      and ``high`` (``low <= score < high``; the last bin holds 1.0, too), ``count`` (pairs),
      ``mean_score``, and ``observed``, the share of the pairs whose sentence has the type.

    ``ValueError`` if a gold type is none of the labels, a row has not one score a label, or a score is
    not a number from 0 to 1.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Scores of the event types of sentences: average precision and expected calibration error.",
            citation="Pedregosa et al. 2011, Scikit-learn: Machine Learning in Python",
            inputs_description="predictions: scores, one a label; references: event types; labels: all types",
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float64")),
                    "references": datasets.Sequence(datasets.Value("string")),
                }
            ),
        )

    def _compute(
        self, predictions: list[list[float]], references: list[list[str]], labels: list[str]
    ) -> dict[str, Any]:
        scores, truth = _score_matrix(predictions, labels), _truth_matrix(references, labels)
        bins = reliability_bins(truth.ravel(), scores.ravel())
        per_type = {name: _average_precision(truth[:, i], scores[:, i]) for i, name in enumerate(labels)}
        defined = [value for value in per_type.values() if value is not None]
        return {
            "average_precision": {
                "micro": _average_precision(truth.ravel(), scores.ravel()),
                "macro": sum(defined) / len(defined) if defined else None,
                "per_type": per_type,
            },
            "calibration_error": calibration_error(bins),
            "reliability": bins,
        }


def _score_matrix(rows: list[list[float]], labels: list[str]) -> np.ndarray:
    for row in rows:
        if len(row) != len(labels):
            raise ValueError(f"a sentence has {len(row)} scores for {len(labels)} labels")
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(labels))


def _truth_matrix(rows: list[list[str]], labels: list[str]) -> np.ndarray:
    for name in (name for types in rows for name in types):
        if name not in labels:
            raise ValueError(f"event type {name} is none of the labels {', '.join(labels)}")
    truth = [[name in types for name in labels] for types in rows]
    return np.array(truth, dtype=bool).reshape(len(rows), len(labels))


def _average_precision(truth: np.ndarray, scores: np.ndarray) -> float | None:
    # scikit-learn warns and says 0 where nothing is positive, as if the scores were at fault.
    return float(average_precision_score(truth, scores)) if truth.any() else None


def reliability_bins(truth: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """Sort decisions into bins by their score: what a reliability curve shows.

    Parameters
    ----------
    truth, scores:
        (decisions,): whether each came true, and its probability.

    Returns
    -------
    list[dict]
        The bins that hold a decision, lowest first, as :class:`EventTypeScoreMetric` describes them.

    Raises
    ------
    ValueError
        If a score is not a number from 0 to 1.
    """
    # Written so that NaN is outside.
    outside = scores[~((scores >= 0) & (scores <= 1))]
    if outside.size:
        raise ValueError(f"the score {outside[0]} is no number from 0 to 1")
    bin_of = np.digitize(scores, _EDGES[1:-1])
    return [
        {
            "low": _EDGES[index],
            "high": _EDGES[index + 1],
            "count": int((bin_of == index).sum()),
            "mean_score": float(scores[bin_of == index].mean()),
            "observed": float(truth[bin_of == index].mean()),
        }
        for index in sorted(set(bin_of.tolist()))
    ]


def calibration_error(bins: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the expected calibration error of :func:`reliability_bins`, ``None`` where there are none."""
    decisions = sum(row["count"] for row in bins)
    gaps = [row["count"] * abs(row["mean_score"] - row["observed"]) for row in bins]
    return sum(gaps) / decisions if decisions else None
