"""All that an evaluation page shows of predictions: scores of the types, what was confused, every wrong sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trainer.documents import Document
from trainer.evaluation.confusions import Confusions, count_confusions
from trainer.evaluation.reliability import Reliability, measure_reliability
from trainer.evaluation.span_counts import SPAN_LAYERS
from trainer.evaluation.span_errors import SpanError, span_errors
from trainer.evaluation.type_intervals import TypeScore, type_scores
from trainer.schema import Schema

# By layer and then "seen" or "unseen": precision, recall, F1 and support.
SeenScores = Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True)
class WrongSentence:
    """A sentence in which a run made errors: the numbers of its document and, within that, of the sentence."""

    run: str
    document: int
    sentence: int
    errors: list[SpanError]


@dataclass(frozen=True)
class Inspection:
    """What a system predicted, compared with gold.

    ``runs`` has the predicted documents by the name of the run: a seed, or ``""`` where there is one run.
    ``by_type``, ``confusions`` and ``reliability`` are by layer and of all runs together, ``confusions`` for
    entities and triggers only. ``seen`` scores spans by whether training documents have them. ``wrong`` goes run by
    run, in the order of the documents.
    """

    name: str
    gold: list[Document]
    runs: dict[str, list[Document]]
    layers: tuple[str, ...]
    by_type: dict[str, dict[str, TypeScore]]
    confusions: dict[str, Confusions]
    reliability: dict[str, Reliability]
    seen: dict[str, dict[str, dict[str, float]]]
    wrong: list[WrongSentence]


def inspect_predictions(
    name: str,
    gold: Sequence[Document],
    runs: Mapping[str, Sequence[Document]],
    layers: Sequence[str],
    groups: Sequence[int],
    schema: Schema,
    seen: SeenScores,
) -> Inspection:
    """Compare predictions with gold in every way that an evaluation page shows.

    Parameters
    ----------
    name:
        What to call the system.
    gold:
        The documents as they should be.
    runs:
        By name, the same documents in the same order as each run predicted them.
    layers:
        The layers to compare. A document without one on either side counts nothing in it.
    groups:
        (sentences,): the group that resampling keeps at its size, see :mod:`trainer.evaluation.bootstrap`.
    schema:
        Has all labels of gold and predictions, and their order.
    seen:
        Scores by whether training documents have the span, ready made: folds were trained on different documents.
        Layers that are not compared are left out.

    Raises
    ------
    ValueError
        If there is no run, documents differ in number, text or sentences, a label is none of the schema's, or a
        score is not a number from 0 to 1.
    """
    if not runs:
        raise ValueError(f"there are no predictions of {name} to compare with gold")
    predicted = list(runs.values())
    return Inspection(
        name=name,
        gold=list(gold),
        runs={run: list(documents) for run, documents in runs.items()},
        layers=tuple(layers),
        by_type={layer: type_scores(gold, predicted, layer, schema.labels_of(layer), groups) for layer in layers},
        confusions={
            layer: count_confusions(gold, predicted, layer, schema.labels_of(layer))
            for layer in layers
            if layer in SPAN_LAYERS
        },
        reliability={layer: measure_reliability(gold, predicted, layer, schema.labels_of(layer)) for layer in layers},
        seen={
            layer: {bucket: dict(scores) for bucket, scores in buckets.items()}
            for layer, buckets in seen.items()
            if layer in layers
        },
        wrong=list(_wrong_sentences(gold, runs, layers)),
    )


def _wrong_sentences(
    gold: Sequence[Document], runs: Mapping[str, Sequence[Document]], layers: Sequence[str]
) -> Iterator[WrongSentence]:
    for run, documents in runs.items():
        for number, (expected, found) in enumerate(zip(gold, documents, strict=True)):
            for position, errors in enumerate(span_errors(expected, found, layers)):
                if errors:
                    yield WrongSentence(run, number, position, errors)
