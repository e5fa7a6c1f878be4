"""Evaluate a trained model on a split, with baselines, as one report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.baselines.baseline import fit_baselines
from trainer.baselines.nearest_entity import NearestEntityBaseline
from trainer.data.dataset import dataset_to_documents, documents_to_dataset_dict
from trainer.data.labelled_files import has_splits, is_labelled_file, read_labelled_file, read_labelled_splits
from trainer.data.storage import data_fingerprint, load_data, training_sources
from trainer.documents import LAYERS, Document
from trainer.evaluation.argument_results import MODEL, argument_results
from trainer.evaluation.arguments import GOLD, PREDICTED, has_arguments, without_arguments
from trainer.evaluation.bootstrap import METHOD, estimate
from trainer.evaluation.detailed import counts_by_sentence, detailed_scores, sentence_groups
from trainer.evaluation.leaks import check_leaks
from trainer.evaluation.seen_spans import load_seen_spans
from trainer.formats.inline import is_inline
from trainer.inference.predictor import Predictor
from trainer.schema import Schema

REPORT_VERSION = 2
_BASELINE_SEED = 0


@dataclass(frozen=True)
class Evaluation:
    """What :func:`evaluate_split` measured, and what it measured it on.

    ``report`` is the value of :func:`evaluate_model`; ``gold`` and ``predicted`` are the same documents in the same
    order, and ``layers`` what both have. ``schema`` is the data's.
    """

    report: dict[str, Any]
    schema: Schema
    layers: list[str]
    gold: list[Document]
    predicted: list[Document]


def evaluate_model(
    model: str | Path, data: str | Path, split: str = "test", *, baselines: bool = False, allow_leaks: bool = False
) -> dict[str, Any]:
    """Tag the documents of a split and score the result.

    Parameters
    ----------
    model:
        A model folder.
    data:
        A dataset folder, a ``dataset.yaml``, a Hugging Face folder with splits, or labelled text in any other format
        of ``docs/formats.md``, which is scored as a whole.
    split:
        Which split to score on.
    baselines:
        Fit the baselines on the ``train`` split and what is for training only, and score them as well.
    allow_leaks:
        Score sentences that the model was trained or chosen on, and say so in the report.

    Returns
    -------
    dict
        ``model``, ``data``, ``split``, ``documents``, ``fingerprint`` of the split, ``leaks`` (see
        :func:`trainer.evaluation.leaks.check_leaks`), ``scores`` (see
        :func:`trainer.evaluation.detailed.detailed_scores`), ``in_training`` (for every source that the model was
        trained on, how many of the gold spans of each layer it has, see
        :class:`trainer.evaluation.seen_spans.Share`), ``intervals`` of the micro F1s (see
        :class:`trainer.evaluation.bootstrap.Estimate`) with the ``groups`` that they resample in (see
        :func:`trainer.evaluation.detailed.sentence_groups`), ``counts`` of each sentence, and, if asked for,
        ``baselines``: by name the ``scores`` and ``counts`` of each, only for the layers that it predicts. Where the
        data has arguments and the model predicts them, ``arguments`` has their scores, with one run called ``""``
        (see :func:`trainer.evaluation.argument_results.argument_results`).

    Raises
    ------
    ValueError
        If the data has no such split, its labels are not the model's, or it has sentences that the model was
        trained or chosen on.
    """
    return evaluate_split(model, data, split, baselines=baselines, allow_leaks=allow_leaks).report


def evaluate_split(
    model: str | Path, data: str | Path, split: str = "test", *, baselines: bool = False, allow_leaks: bool = False
) -> Evaluation:
    """Do as :func:`evaluate_model`, and hand out the documents, too."""
    predictor = Predictor(model)
    # Labelled text without a corpus file has only those labels that happen to stand in it; the model's are meant.
    schema = predictor.schema
    if is_labelled_file(data) or is_inline(Path(data)):
        dataset = documents_to_dataset_dict({split: read_labelled_file(data, schema=schema)}, schema)
    elif has_splits(data):
        dataset = documents_to_dataset_dict(read_labelled_splits(data), schema)
    else:
        dataset, schema = load_data(data)
    for needed in (split, "train") if baselines else (split,):
        if needed not in dataset:
            raise ValueError(f"{data} has no split '{needed}'; it has {', '.join(map(str, dataset))}")
    gold = dataset_to_documents(dataset[split])
    layers = _common_layers(predictor, schema, gold, data)
    leaks = check_leaks(model, gold, allow_leaks)
    predicted = predictor.predict([document.without_annotations() for document in gold])
    groups = sentence_groups(gold)
    counts = counts_by_sentence(gold, predicted, layers)
    report: dict[str, Any] = {
        "version": REPORT_VERSION,
        "model": dict(predictor.info),
        "data": str(data),
        "split": split,
        "documents": [document.id for document in gold],
        "fingerprint": data_fingerprint(dataset)[split]["sha256"],
        **leaks,
        "scores": detailed_scores(gold, predicted, schema),
        "in_training": {
            source: {layer: share.told() for layer, share in seen.share(gold).items() if layer in layers}
            for source, seen in load_seen_spans(model).items()
        },
        "intervals": {
            layer: asdict(estimate(np.array(rows).reshape(1, -1, 3), groups)) for layer, rows in counts.items()
        },
        "interval_method": METHOD,
        "groups": groups,
        "counts": counts,
    }
    sources = training_sources(dataset).values() if baselines else ()
    training = [document for documents in sources for document in documents]
    if predictor.roles and has_arguments(gold):
        nearest = NearestEntityBaseline(training) if baselines else None
        report["arguments"] = argument_results(gold, _arguments(predictor, gold, predicted, nearest), groups)
    if baselines:
        report["baselines"] = {}
        for baseline in fit_baselines(training, schema, _BASELINE_SEED):
            found = baseline.predict(gold)
            predicts = [layer for layer in baseline.layers if layer in layers]
            scores, counts = detailed_scores(gold, found, schema), counts_by_sentence(gold, found, predicts)
            report["baselines"][baseline.name] = {
                "scores": {layer: scores[layer] for layer in predicts},
                "counts": counts,
            }
    return Evaluation(report, schema, layers, gold, predicted)


def _arguments(
    predictor: Predictor, gold: list[Document], predicted: list[Document], baseline: NearestEntityBaseline | None
) -> dict[str, dict[str, dict[str, list[Document]]]]:
    """Return by setting and system the arguments of the model and of the baseline, if there is one, as one run."""
    given = [without_arguments(document) for document in gold]
    found = {PREDICTED: {MODEL: {"": predicted}}, GOLD: {MODEL: {"": predictor.fill_arguments(given)}}}
    if baseline is not None:
        found[PREDICTED][baseline.name] = {"": baseline.fill(predicted)}
        found[GOLD][baseline.name] = {"": baseline.fill(given)}
    return found


def _common_layers(predictor: Predictor, schema: Schema, gold: list[Document], data: str | Path) -> list[str]:
    """Return the layers that the model predicts and the data has; ``ValueError`` if their labels differ or none is."""
    ours, theirs = predictor.schema, schema
    annotated = {layer for document in gold for layer in document.layers} if gold else set(LAYERS)
    layers = [layer for layer in theirs.layers if layer in annotated and layer in predictor.layers]
    if not layers:
        raise ValueError(
            f"the model predicts {', '.join(predictor.layers)}, and {data} is annotated for "
            f"{', '.join(layer for layer in theirs.layers if layer in annotated) or 'nothing'}: nothing can be scored"
        )
    if any(set(ours.labels_of(layer)) != set(theirs.labels_of(layer)) for layer in layers):
        raise ValueError(f"the model's schema '{ours.name}' and the data's '{theirs.name}' have different labels")
    return layers


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write a report as JSON, making the folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
