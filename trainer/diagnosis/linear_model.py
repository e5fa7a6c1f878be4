"""Logistic regression on an encoder's states, as the search for label errors needs it: strongly regularised."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The penalty is what keeps a model from learning the errors that it is to find: of 1, 0.1, 0.01, 0.001 and 0.0003 the
# one with the most injected errors among its first findings (docs/corpus-care.md).
_C = 0.001
_ITERATIONS = 100


def standardised(states: NDArray[Any]) -> NDArray[np.float32]:
    """Return ``states`` (n, width) with mean 0 and deviation 1 in every column.

    Over all folds at once: no label goes into it.
    """
    values = states.astype(np.float32)
    deviation = values.std(0)
    deviation[deviation == 0] = 1.0
    scaled: NDArray[np.float32] = (values - values.mean(0)) / deviation
    return scaled


def fit_linear(
    known: NDArray[np.float32], given: NDArray[np.int64], asked: NDArray[np.float32], classes: int
) -> NDArray[np.float32]:
    """Learn from ``known`` (n, width) and its classes ``given`` (n,); return what it says of ``asked`` (m, width).

    The result is (m, classes); a class without an example has the probability 0.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    probabilities = np.zeros((len(asked), classes), dtype=np.float32)
    present = np.unique(given)
    if len(present) < 2 or not len(asked):
        probabilities[:, present] = 1.0
        return probabilities
    model = LogisticRegression(C=_C, max_iter=_ITERATIONS, tol=1e-3)
    with warnings.catch_warnings():
        # What the last iterations would change is far below what tells a label from another.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        model.fit(known, given)
    probabilities[:, model.classes_] = model.predict_proba(asked)
    return probabilities
