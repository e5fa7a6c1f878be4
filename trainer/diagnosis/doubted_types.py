"""Sentences whose event types models that did not see them speak against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.baselines.tfidf import TfidfBaseline
from trainer.documents import Document


@dataclass(frozen=True, slots=True)
class DoubtedType:
    """A type that the sentence with the index ``sentence`` is ``given`` and should not have, or the other way round.

    ``probability`` is that of what is suggested: that it has the type, or that it has not.
    """

    sentence: int
    type: str
    given: bool
    probability: float


def doubted_types(
    documents: Sequence[Document], types: Sequence[str], fold_of: NDArray[np.int64], done: Callable[[], None]
) -> Iterator[DoubtedType]:
    """Yield the types of sentences that confident learning doubts, type by type.

    The probabilities are those of classifiers over weighted words and letters that learnt from the other folds: they
    found more of the errors that were injected than a model over an encoder's states (``docs/corpus-care.md``).

    Parameters
    ----------
    types:
        Those that occur in ``documents``.
    fold_of:
        (documents,).
    done:
        Called when a fold is through.
    """
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    given = [set(sentence.event_types) for document in documents for sentence in document.sentences]
    has = np.array([[type in own for type in types] for own in given], dtype=np.int64)
    fold_of_sentence = np.repeat(fold_of, [len(document.sentences) for document in documents])
    probabilities = np.zeros(has.shape, dtype=np.float32)
    for fold in np.unique(fold_of).tolist():
        learnt = [document for document, own in zip(documents, fold_of, strict=True) if own != fold]
        asked = [document for document, own in zip(documents, fold_of, strict=True) if own == fold]
        # The solver of the classifiers draws nothing at random.
        labelled = TfidfBaseline(learnt, types, seed=1).predict(asked)
        scores = [[s.type_scores[type] for type in types] for document in labelled for s in document.sentences]
        probabilities[fold_of_sentence == fold] = scores
        done()
    issues, _, _ = find_multilabel_issues_per_class(
        [np.flatnonzero(row).tolist() for row in has],
        probabilities,
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    for column, found in enumerate(issues):
        for index in found:
            own = bool(has[index, column])
            probability = float(probabilities[index, column])
            # What is doubted may still be the more probable: then there is nothing to suggest.
            if own != (probability >= 0.5):
                yield DoubtedType(int(index), types[column], own, 1 - probability if own else probability)
