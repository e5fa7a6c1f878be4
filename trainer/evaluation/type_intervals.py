"""How well each type is found, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.documents import Document
from trainer.evaluation.bootstrap import estimates
from trainer.evaluation.span_counts import Counts, sentence_counts
from trainer.evaluation.span_errors import common_layers


@dataclass(frozen=True)
class TypeScore:
    """Strict scores of one type, means over the runs; ``low`` and ``high`` are the 95% interval of F1.

    ``support`` is the number of gold items and ``predicted`` of those found, both in one run.
    """

    f1: float
    low: float
    high: float
    precision: float
    recall: float
    support: float
    predicted: float


def type_scores(
    gold: Sequence[Document],
    runs: Sequence[Sequence[Document]],
    layer: str,
    labels: Sequence[str],
    groups: Sequence[int],
) -> dict[str, TypeScore]:
    """Score each type that gold or some run has, in the order of ``labels``.

    Parameters
    ----------
    gold, runs, layer, labels:
        As for :func:`type_counts`.
    groups:
        (sentences,): the group that resampling keeps at its size, see :mod:`trainer.evaluation.bootstrap`.

    Raises
    ------
    ValueError
        As :func:`type_counts` does.
    """
    counts = type_counts(gold, runs, layer, labels)
    present = np.flatnonzero(counts.any(axis=(1, 2, 3))).tolist()
    counts = counts[present]
    scores = {}
    for index, rows, estimate in zip(present, counts.sum(2), estimates(counts, groups), strict=True):
        of_runs = [Counts(*map(int, row)).scores() for row in rows]
        scores[labels[index]] = TypeScore(
            f1=estimate.mean,
            low=estimate.low,
            high=estimate.high,
            precision=float(np.mean([run["precision"] for run in of_runs])),
            recall=float(np.mean([run["recall"] for run in of_runs])),
            support=float(rows[:, 2].mean()),
            predicted=float(rows[:, 1].mean()),
        )
    return scores


def type_counts(
    gold: Sequence[Document], runs: Sequence[Sequence[Document]], layer: str, labels: Sequence[str]
) -> NDArray[np.int64]:
    """Count the items of each type in each sentence by each run.

    Parameters
    ----------
    gold:
        The documents as they should be.
    runs:
        For each run the same documents, in the same order, as it predicted them.
    layer:
        One of ``ITEM_LAYERS``. A document without it on either side counts nothing.
    labels:
        All types that the layer can have.

    Returns
    -------
    NDArray
        (labels, runs, sentences, 3): hits, predicted and gold items.

    Raises
    ------
    ValueError
        If documents differ in number, text or sentences, there is no such layer, or an item has another type.
    """
    position = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(runs), sum(len(document.sentences) for document in gold), 3), dtype=np.int64)
    for run, documents in enumerate(runs):
        first = 0
        for expected, found in zip(gold, documents, strict=True):
            tables = sentence_counts(expected, found, layer) if common_layers(expected, found, [layer]) else []
            for sentence, table in enumerate(tables, first):
                for name, one in table.items():
                    if name not in position:
                        raise ValueError(
                            f"document {expected.id!r} has the type {name} in the layer {layer}, "
                            f"which is none of {', '.join(labels)}"
                        )
                    counts[position[name], run, sentence] = one.hits, one.predicted, one.gold
            first += len(expected.sentences)
    return counts
