"""From doubtful words to doubtful spans: where models that did not see a sentence speak against its annotation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from trainer.data.tags import OUTSIDE, spans_of_tags
from trainer.diagnosis.word_probabilities import label_of

# Of cleanlab's filters, which hardly differ in the first 200 findings, one of the two with the shortest lists: a word
# must be doubtful both for its own label and for the one that it seems to have.
_FILTER = "both"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words in a row of one sentence that all have one label and should, it seems, all have another.

    ``first`` up to ``last`` (exclusive) are words of the sentence with the index ``sentence``. ``given`` and
    ``suggested`` are labels, ``""`` for none; ``probability`` is that of the suggested one, the mean over the words.
    ``span`` is the annotated span that the words are of, its first word and the one behind its last; of words without a
    label, a span beside them that has the suggested one, and ``None`` where there is none.
    """

    sentence: int
    first: int
    last: int
    given: str
    suggested: str
    probability: float
    span: tuple[int, int] | None

    @property
    def whole(self) -> bool:
        """Whether the words are all of a span, and not some of its words or some beside it."""
        return self.span in (None, (self.first, self.last))


def doubts(
    tags: Sequence[Sequence[str]], probabilities: Sequence[NDArray[np.float32]], labels: Sequence[str]
) -> Iterator[Doubt]:
    """Yield the spans that confident learning doubts, sentence by sentence.

    It counts how sure the models are of each label where it is given, and doubts the words of which they are as sure
    that they have another. Words in a row that are one in all this are one doubt.

    Parameters
    ----------
    tags:
        The IOB2 tags of every sentence, one a word.
    probabilities:
        For every sentence (words, labels), from models that have not seen it.
    labels:
        The columns: ``O``, then every label that occurs in ``tags``.
    """
    from cleanlab.token_classification.filter import find_label_issues

    column = {label: index for index, label in enumerate(labels)}
    given = [[column[label_of(tag)] for tag in sentence] for sentence in tags]
    # One job: processes of its own would take longer to start than the work takes.
    issues = find_label_issues(given, list(probabilities), filter_by=_FILTER, n_jobs=1)
    doubted: dict[int, set[int]] = {}
    for sentence, word in issues:
        doubted.setdefault(sentence, set()).add(word)
    for sentence in sorted(doubted):
        yield from _of_sentence(sentence, doubted[sentence], tags[sentence], probabilities[sentence], labels)


def _of_sentence(
    sentence: int, doubted: set[int], tags: Sequence[str], probabilities: NDArray[np.float32], labels: Sequence[str]
) -> Iterator[Doubt]:
    spans = spans_of_tags(tags)
    span_of = {word: (first, last) for first, last, _ in spans for word in range(first, last)}
    best = [labels[column] for column in probabilities.argmax(1)]
    for (span, suggested), run in groupby(range(len(tags)), lambda word: (span_of.get(word), best[word])):
        words = list(run)
        first, last = words[0], words[-1] + 1
        given = label_of(tags[first])
        # A word may be doubted although its own label is still the most probable one: then there is nothing to suggest.
        if suggested == given or not doubted.intersection(words):
            continue
        beside = [(start, end) for start, end, label in spans if label == suggested and (end == first or start == last)]
        yield Doubt(
            sentence=sentence,
            first=first,
            last=last,
            given=_named(given),
            suggested=_named(suggested),
            probability=float(probabilities[words, labels.index(suggested)].mean()),
            span=span or (beside[0] if beside else None),
        )


def _named(label: str) -> str:
    return "" if label == OUTSIDE else label
