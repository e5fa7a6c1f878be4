"""Documents in folds, so that no model that judges a document has learnt from a copy of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.folds import grouped_folds
from trainer.data.near_duplicates import LONG_SHARED, MINIMUM_WORDS, SHINGLE_WORDS, SentenceFingerprints, folded_words
from trainer.documents import Document


def copy_safe_folds(documents: Sequence[Document], count: int, seed: int) -> NDArray[np.int64]:
    """Return for each document the number of its fold, from 0; documents that copy each other share one.

    Parameters
    ----------
    count:
        How many folds; fewer where there are fewer groups of documents.
    seed:
        Which documents of the same length meet in a fold.

    Raises
    ------
    ValueError
        If there are no two documents that do not copy each other.
    """
    # By position: ids may stand twice where a corpus is broken, which is what its check is to say.
    sizes = {str(position): len(document.sentences) for position, document in enumerate(documents)}
    names = list(sizes)
    random.Random(seed).shuffle(names)
    groups = [[str(position) for position in group] for group in _copies(documents)]
    separate = len(documents) - sum(len(group) - 1 for group in groups)
    if separate < 2:
        raise ValueError(
            f"label errors are looked for by models that learn from the other documents, and here {_only(documents)}; "
            "give at least two, better twenty"
        )
    folds = grouped_folds({name: sizes[name] for name in names}, groups, groups, count=min(count, separate))
    number = {name: position for position, fold in enumerate(folds) for name in fold.test}
    return np.array([number[name] for name in sizes])


def _only(documents: Sequence[Document]) -> str:
    return "all of them copy each other" if len(documents) > 1 else "is only one" if documents else "is none"


def _copies(documents: Sequence[Document]) -> list[list[int]]:
    """Return the positions of documents that share more than a formula, also by way of a third, in groups."""
    group_of = {position: [position] for position in range(len(documents))}
    for (one, other), shingles in _shared_shingles(documents).items():
        if shingles >= LONG_SHARED and group_of[one] is not group_of[other]:
            group_of[one] += group_of[other]
            for position in group_of[other]:
                group_of[position] = group_of[one]
    return [group for position, group in group_of.items() if len(group) > 1 and group[0] == position]


def _shared_shingles(documents: Sequence[Document]) -> Counter[tuple[int, int]]:
    """Return for two positions how many runs of words their repeated sentences share."""
    shared: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    kept = []
    for position, document in enumerate(documents):
        new = Document(document.text, str(position))
        for sentence in document.sentences:
            words = tuple(folded_words(document.text[sentence.start : sentence.end]))
            if len(words) < MINIMUM_WORDS:
                continue
            # Compared with each other, a sentence that stands a thousand times would make a million pairs.
            if first.setdefault(words, position) == position:
                new.sentences.append(sentence)
            else:
                shared[first[words], position] += len(words) - SHINGLE_WORDS + 1
        kept.append(new)
    for match in SentenceFingerprints.of(kept).matches(kept):
        pair = int(match.training_document), int(match.document)
        if pair[0] < pair[1]:  # both directions are found
            shared[pair] += match.shared
    return shared
