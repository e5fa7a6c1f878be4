"""Scores that give credit for spans found with wrong ends, in the sense of MUC-5 and SemEval-2013 task 9."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
from nervaluate import Evaluator
from nervaluate.entities import EvaluationResult

from trainer.evaluation.offline_metric import OfflineMetric

# The names of the two schemas in this package and in nervaluate.
_SCHEMAS = {"partial": "partial", "type": "ent_type"}


class OverlapSpanMetric(OfflineMetric):
    """Span precision, recall and F1 with credit for overlap, counted by ``nervaluate``.

    ``compute(predictions=…, references=…)`` takes one list of IOB2 tags a sentence, the same number
    of tags on both sides, and returns ``{"partial": {"micro": scores, "per_type": {type: scores}},
    "type": {"micro": scores, "per_type": {type: scores}}}``, where ``scores`` has ``precision``,
    ``recall``, ``f1`` (0.0 where undefined) and ``support``, the number of gold spans. Types are
    sorted; there is one row for each type that either side has. ``ValueError`` if a sentence has
    another number of tags on the other side, or a span begins with a tag that is not B or I.

    - ``partial``: the same ends count 1, overlap with other ends counts ½.
    - ``type``: any overlap with a span of the same type counts 1.

    How ``nervaluate`` (1.2) counts, where it is not obvious:

    - Tags are read as conlleval reads them: an I tag after O, after another type, or first in its
      sentence begins a span. That is the reading of
      :class:`trainer.evaluation.lenient_spans.LenientSpanMetric`, not the strict one.
    - A predicted span is paired with at most one gold span, and each gold span with at most one
      predicted span. What is left over is missed or spurious: of two predicted halves of a span, one
      counts.
    - Predicted spans choose in the order of the text. ``partial`` takes the same ends or else the
      first gold span that overlaps; ``type`` takes the one of its own type with the closest ends, or
      else uses up the first that overlaps, as wrong. So a prediction of the wrong type can take the
      gold span from a later one of the right type, and exchanging gold and predicted can change
      the numbers.
    - The row of a type sees that type's spans only. So ``partial`` ignores types in ``micro`` but not
      in ``per_type``, and a gold span that a wrong type took in ``micro`` can still be found in the row
      of its own type: what the types found need not add up to what ``micro`` found. Supports do.
    - Overlap has to be at least 1 % of the gold span: one word of a span of more than 100 is none.
    """

    def _info(self) -> evaluate.MetricInfo:
        tags = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description="Span precision, recall and F1 with credit for overlap (nervaluate, partial and ent_type).",
            citation="Segura-Bedmar et al. 2013, SemEval-2013 Task 9: Extraction of Drug-Drug Interactions",
            inputs_description="predictions, references: IOB2 tags, one list a sentence",
            features=datasets.Features({"predictions": tags, "references": tags}),
        )

    def _compute(self, predictions: list[list[str]], references: list[list[str]]) -> dict[str, Any]:
        types = sorted({tag[2:] for tags in (*predictions, *references) for tag in tags if tag != "O"})
        # The loader is named because nervaluate guesses it from the first tag, which an empty sentence lacks.
        results = Evaluator(references, predictions, tags=types, loader="list").evaluate()
        return {
            ours: {
                # Without any sentence nervaluate has no overall result.
                "micro": _scores(results["overall"].get(theirs, EvaluationResult())),
                "per_type": {name: _scores(results["entities"][name][theirs]) for name in types},
            }
            for ours, theirs in _SCHEMAS.items()
        }


def _scores(result: EvaluationResult) -> dict[str, float]:
    # Every gold span is correct, incorrect, partial or missed, once: their sum is the number of gold spans.
    return {
        "precision": float(result.precision),
        "recall": float(result.recall),
        "f1": float(result.f1),
        "support": int(result.possible),
    }
