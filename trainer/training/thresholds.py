"""Choose the decision thresholds on validation documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.data.argument_column import is_annotated_for_arguments
from trainer.documents import Document
from trainer.modeling.strictness import Strictness
from trainer.modeling.tagger import Tagger, Thresholds

_CANDIDATES = np.round(np.arange(0.1, 0.91, 0.05), 2)
# Micro F1 that a threshold for arguments may lack of the best.
_NEARLY = 0.02


def choose_thresholds(tagger: Tagger, validation: Sequence[Document]) -> Thresholds:
    """Return the thresholds with the best micro F1 on ``validation``: for event types, and for arguments."""
    return Thresholds(_event_type_threshold(tagger, validation), _argument_threshold(tagger, validation))


def _event_type_threshold(tagger: Tagger, validation: Sequence[Document]) -> float:
    """Return the event type threshold with the best micro F1 on ``validation``.

    One threshold serves all types: a validation set of one article has too few examples a type for
    thresholds of their own. Among equals the middle one is taken, the least likely to be luck. Documents
    that were not annotated for event types say nothing of it.
    """
    annotated = [document for document in validation if "event_types" in document.layers]
    if not annotated or not tagger.event_types:
        return Thresholds().event_type
    gold = [sentence.event_types for document in annotated for sentence in document.sentences]
    scores = tagger.score(annotated)
    found = np.array([tagger.event_type_scores(s) if s else np.zeros(len(tagger.event_types)) for s in scores])
    expected = np.array([[name in types for name in tagger.event_types] for types in gold])
    return _best_threshold(expected, found, Thresholds().event_type)


def _argument_threshold(tagger: Tagger, validation: Sequence[Document]) -> float:
    """Return the argument threshold for ``validation``, whose triggers and entities are given.

    It leaves the default only for one that is clearly better: over a range of them micro F1 hardly differs, and which
    is the best on one article is luck. Documents without any argument say nothing of it: whether they were looked for
    is not known.
    """
    annotated = [document for document in validation if is_annotated_for_arguments(document)]
    if not annotated or not tagger.roles:
        return Thresholds().argument
    everything = Strictness(dict.fromkeys(tagger.roles, 0.0))
    expected: list[bool] = []
    found: list[float] = []
    for gold, filled in zip(annotated, tagger.fill_arguments(annotated, everything), strict=True):
        for event, scored in zip(gold.events, filled.events, strict=True):
            known = {(argument.role, argument.entity) for argument in event.arguments}
            scores = {(argument.role, argument.entity): argument.score or 0.0 for argument in scored.arguments}
            for argument in sorted(known | scores.keys()):
                expected.append(argument in known)
                # What the model cannot find it does not find with any threshold.
                found.append(scores.get(argument, 0.0))
    return _nearest_good_threshold(np.array(expected), np.array(found), Thresholds().argument)


def _best_threshold(expected: np.ndarray, found: np.ndarray, default: float) -> float:
    """Return the threshold with which ``found`` is most like ``expected``; of several, the middle one."""
    if not expected.any():
        return default
    values = np.array([_micro_f1(expected, found >= candidate) for candidate in _CANDIDATES])
    best = np.flatnonzero(values == values.max())
    return float(_CANDIDATES[best[len(best) // 2]])


def _nearest_good_threshold(expected: np.ndarray, found: np.ndarray, default: float) -> float:
    """Return the threshold nearest to ``default`` of those that are nearly as good as the best."""
    values = np.array([_micro_f1(expected, found >= candidate) for candidate in _CANDIDATES])
    good = _CANDIDATES[values >= values.max() - _NEARLY]
    return float(min(good, key=lambda candidate: (round(abs(candidate - default), 2), candidate)))


def _micro_f1(expected: np.ndarray, found: np.ndarray) -> float:
    hits = int((expected & found).sum())
    total = int(expected.sum() + found.sum())
    return 2 * hits / total if total else 0.0
