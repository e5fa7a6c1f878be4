"""Evaluate a trained model on a split, with baselines, as one report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trainer.baselines.baseline import fit_baselines
from trainer.data.dataset import dataset_to_documents
from trainer.data.storage import data_fingerprint, load_data
from trainer.evaluation.leaks import check_leaks
from trainer.evaluation.scores import score_documents
from trainer.inference.predictor import Predictor

REPORT_VERSION = 1
_BASELINE_SEED = 0


def evaluate_model(
    model: str | Path, data: str | Path, split: str = "test", *, baselines: bool = False, allow_leaks: bool = False
) -> dict[str, Any]:
    """Tag the documents of a split and score the result.

    Parameters
    ----------
    model:
        A model folder.
    data:
        A dataset folder or ``dataset.yaml``.
    split:
        Which split to score on.
    baselines:
        Fit the baselines on the ``train`` split and score them as well.
    allow_leaks:
        Score sentences that the model was trained or chosen on, and say so in the report.

    Returns
    -------
    dict
        ``model``, ``data``, ``split``, ``documents``, ``fingerprint`` of the split, ``leaks`` (see
        :func:`trainer.evaluation.leaks.check_leaks`), ``scores`` (see
        :func:`trainer.evaluation.scores.score_documents`) and, if asked for, ``baselines``: the scores
        of each by name, only for the layers that it predicts.

    Raises
    ------
    ValueError
        If the data has no such split, its labels are not the model's, or it has sentences that the model was
        trained or chosen on.
    """
    predictor = Predictor(model)
    dataset, schema = load_data(data)
    for needed in (split, "train") if baselines else (split,):
        if needed not in dataset:
            raise ValueError(f"{data} has no split '{needed}'; it has {', '.join(map(str, dataset))}")
    ours, theirs = predictor.schema, schema
    if (ours.entity_types, ours.event_types) != (theirs.entity_types, theirs.event_types):
        raise ValueError(f"the model's schema '{ours.name}' and the data's '{theirs.name}' have different labels")
    gold = dataset_to_documents(dataset[split])
    leaks = check_leaks(model, gold, allow_leaks)
    report: dict[str, Any] = {
        "version": REPORT_VERSION,
        "model": dict(predictor.info),
        "data": str(data),
        "split": split,
        "documents": [document.id for document in gold],
        "fingerprint": data_fingerprint(dataset)[split]["sha256"],
        **leaks,
        "scores": score_documents(gold, predictor.predict([d.without_annotations() for d in gold]), schema),
    }
    if baselines:
        training = dataset_to_documents(dataset["train"])
        for baseline in fit_baselines(training, schema, _BASELINE_SEED):
            scores = score_documents(gold, baseline.predict(gold), schema)
            report.setdefault("baselines", {})[baseline.name] = {layer: scores[layer] for layer in baseline.layers}
    return report


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write a report as JSON, making the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
