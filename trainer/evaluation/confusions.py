"""Which type was taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.documents import Document
from trainer.evaluation.span_counts import SPAN_LAYERS, require_layer
from trainer.evaluation.span_errors import span_errors
from trainer.evaluation.type_intervals import type_counts


@dataclass(frozen=True)
class Confusions:
    """How often spans of one type were found as another, summed over runs.

    ``counts`` is (labels + 1, labels + 1): a row for each gold type, a column for each predicted one, and last
    in both "nothing", for spans that were missed or invented. The matrix asks for types only: on its diagonal
    are the hits, and also spans that were found with the right type and wrong ends.
    """

    labels: tuple[str, ...]
    counts: NDArray[np.int64]


def count_confusions(
    gold: Sequence[Document], runs: Sequence[Sequence[Document]], layer: str, labels: Sequence[str]
) -> Confusions:
    """Count which type of span was found as which.

    Parameters
    ----------
    gold, runs, labels:
        As for :func:`trainer.evaluation.type_intervals.type_counts`.
    layer:
        One of ``SPAN_LAYERS``: of the several event types that a sentence has, none was taken for another.

    Returns
    -------
    Confusions
        The labels are those that gold or some run has, in the order of ``labels``.

    Raises
    ------
    ValueError
        As ``type_counts`` does, and if the layer has no spans.
    """
    require_layer(layer, SPAN_LAYERS)
    nothing = len(labels)
    position = {label: index for index, label in enumerate(labels)}
    hits = type_counts(gold, runs, layer, labels)[..., 0].sum((1, 2))
    counts = np.diag(np.append(hits, 0))
    for documents in runs:
        for expected, found in zip(gold, documents, strict=True):
            for error in (error for sentence in span_errors(expected, found, [layer]) for error in sentence):
                row, column = (nothing if span is None else position[span[2]] for span in (error.gold, error.predicted))
                counts[row, column] += 1
    present = np.flatnonzero(counts[:nothing].any(1) | counts[:, :nothing].any(0)).tolist()
    kept = [*present, nothing]
    return Confusions(tuple(labels[index] for index in present), counts[np.ix_(kept, kept)])
