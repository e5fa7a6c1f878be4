"""Precision, recall and F1 of the event types of sentences (several types a sentence)."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from trainer.evaluation.offline_metric import OfflineMetric
from trainer.evaluation.strict_spans import macro_average


class EventTypeMetric(OfflineMetric):
    """Multi-label precision, recall and F1.

    ``compute(predictions=…, references=…, labels=…)`` takes one list of types a sentence and
    returns ``per_type``, ``micro`` and ``macro`` in the shape of
    :class:`trainer.evaluation.strict_spans.StrictSpanMetric`.
    """

    def _info(self) -> evaluate.MetricInfo:
        types = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description="Event types of sentences: multi-label precision, recall and F1.",
            citation="Pedregosa et al. 2011, Scikit-learn: Machine Learning in Python",
            inputs_description="predictions, references: event types, one list a sentence; labels: all types",
            features=datasets.Features({"predictions": types, "references": types}),
        )

    def _compute(self, predictions: list[list[str]], references: list[list[str]], labels: list[str]) -> dict[str, Any]:
        if not references:
            empty = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
            return {"per_type": {}, "micro": empty, "macro": dict(empty)}
        gold, found = _multi_hot(references, labels), _multi_hot(predictions, labels)
        precision, recall, f1, support = precision_recall_fscore_support(gold, found, average=None, zero_division=0)
        per_type = {
            name: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, name in enumerate(labels)
            if support[i] or found[:, i].any()
        }
        micro = precision_recall_fscore_support(gold, found, average="micro", zero_division=0)
        names = ("precision", "recall", "f1")
        return {
            "per_type": per_type,
            "micro": {
                **{name: float(value) for name, value in zip(names, micro, strict=False)},
                "support": int(support.sum()),
            },
            "macro": macro_average(per_type),
        }


def _multi_hot(rows: list[list[str]], labels: list[str]) -> np.ndarray:
    column = {name: index for index, name in enumerate(labels)}
    # Two columns that no label has: scikit-learn takes a single column for a binary problem, and then counts the
    # sentences without the type as well.
    matrix = np.zeros((len(rows), len(labels) + 2), dtype=np.int64)
    for index, types in enumerate(rows):
        for name in types:
            if name not in column:
                raise ValueError(f"event type {name} is none of the labels {', '.join(labels)}")
            matrix[index, column[name]] = 1
    return matrix
