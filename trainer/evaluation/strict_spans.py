"""Precision, recall and F1 of labelled spans: a span counts when both ends and the type agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import datasets
import evaluate
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from trainer.evaluation.offline_metric import OfflineMetric

_KEYS = {"precision": "precision", "recall": "recall", "f1-score": "f1", "support": "support"}


class SeqevalSpanMetric(OfflineMetric):
    """``seqeval`` in one of its modes; what the modes have in common.

    ``compute(predictions=…, references=…)`` takes one list of tags a sentence and returns
    ``{"per_type": {type: scores}, "micro": scores, "macro": scores}``, where ``scores`` has
    ``precision``, ``recall``, ``f1`` and ``support``. The macro average is over the types that the
    references have.
    """

    mode_description: ClassVar[str]
    mode_options: ClassVar[Mapping[str, Any]]

    def _info(self) -> evaluate.MetricInfo:
        tags = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description=self.mode_description,
            citation="Nakayama 2018, seqeval: a Python framework for sequence labeling evaluation",
            inputs_description="predictions, references: IOB2 tags, one list a sentence",
            features=datasets.Features({"predictions": tags, "references": tags}),
        )

    def _compute(self, predictions: list[list[str]], references: list[list[str]]) -> dict[str, Any]:
        if not any(tag != "O" for tags in (*predictions, *references) for tag in tags):
            empty = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
            return {"per_type": {}, "micro": empty, "macro": dict(empty)}
        report = classification_report(references, predictions, output_dict=True, zero_division=0, **self.mode_options)
        rows = {name: _plain(row) for name, row in report.items()}
        averages = {name: rows.pop(name) for name in ("micro avg", "macro avg", "weighted avg")}
        return {"per_type": rows, "micro": averages["micro avg"], "macro": macro_average(rows)}


class StrictSpanMetric(SeqevalSpanMetric):
    """``seqeval`` in strict mode over IOB2 tags.

    Only a B tag begins a span: an I tag that continues no span of its type is not counted. Inputs
    and result: see :class:`SeqevalSpanMetric`.
    """

    mode_description = "Strict span precision, recall and F1 (seqeval, mode strict, scheme IOB2)."
    mode_options: ClassVar[Mapping[str, Any]] = {"mode": "strict", "scheme": IOB2}


def macro_average(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    """Average per-type scores over the types with support."""
    present = [row for row in rows.values() if row["support"] > 0]
    support = sum(int(row["support"]) for row in present)
    if not present:
        return {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    means = {key: sum(row[key] for row in present) / len(present) for key in ("precision", "recall", "f1")}
    return {**means, "support": support}


def _plain(row: dict[str, Any]) -> dict[str, float]:
    """Rename seqeval's keys and turn numpy numbers into Python's."""
    scores = {new: float(row[old]) for old, new in _KEYS.items()}
    return {**scores, "support": int(row["support"])}
