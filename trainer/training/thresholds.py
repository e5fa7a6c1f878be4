"""Choose the decision threshold on validation documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.documents import Document
from trainer.modeling.tagger import Tagger, Thresholds

_CANDIDATES = np.round(np.arange(0.1, 0.91, 0.05), 2)


def choose_thresholds(tagger: Tagger, validation: Sequence[Document]) -> Thresholds:
    """Return the event type threshold with the best micro F1 on ``validation``.

    One threshold serves all types: a validation set of one article has too few examples a type for
    thresholds of their own. Among equals the middle one is taken, the least likely to be luck. Documents
    that were not annotated for event types say nothing of it.
    """
    annotated = [document for document in validation if "event_types" in document.layers]
    if not annotated or not tagger.event_types:
        return Thresholds()
    gold = [sentence.event_types for document in annotated for sentence in document.sentences]
    scores = tagger.score(annotated)
    found = np.array([tagger.event_type_scores(s) if s else np.zeros(len(tagger.event_types)) for s in scores])
    expected = np.array([[name in types for name in tagger.event_types] for types in gold])
    if not expected.any():
        return Thresholds()
    values = np.array([_micro_f1(expected, found >= candidate) for candidate in _CANDIDATES])
    best = np.flatnonzero(values == values.max())
    return Thresholds(event_type=float(_CANDIDATES[best[len(best) // 2]]))


def _micro_f1(expected: np.ndarray, found: np.ndarray) -> float:
    hits = int((expected & found).sum())
    total = int(expected.sum() + found.sum())
    return 2 * hits / total if total else 0.0
