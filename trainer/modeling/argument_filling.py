"""Give the events of a document their arguments: every trigger with the entities of its sentence and the one before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from trainer.documents import Argument, Document
from trainer.modeling.argument_pairs import Spans, pairs_of_trigger
from trainer.modeling.layout import ARGUMENT, ModelLayout
from trainer.modeling.pair_scorer import PairScorer, SummedWords

# Pairs that are scored at once: enough to be quick, few enough to be held.
_PAIRS_AT_ONCE = 4096
# By sentence the projections of its words, ``None`` where there is nothing to score.
Projections = Sequence[NDArray[np.float32] | None]
_Item = TypeVar("_Item")
# By sentence its entities or triggers, each with its span in words of the sentence and the number of its type.
_BySentence = Mapping[int, list[tuple[_Item, tuple[int, int, int]]]]


class ArgumentFiller:
    """Fills in arguments by the scores of ``scorer``; types are numbered as in ``layout``."""

    def __init__(self, layout: ModelLayout, scorer: PairScorer) -> None:
        head = layout.head(ARGUMENT)
        self.roles: list[str] = list(head["labels"])
        self._trigger_types = {name: number for number, name in enumerate(head["trigger_types"])}
        self._filler_types = {name: number for number, name in enumerate(head["filler_types"])}
        self._scorer = scorer

    def fill(self, document: Document, projections: Projections, least: Callable[[str], float]) -> None:
        """Set the arguments of all events of ``document``; those of types that the model does not know get none.

        Parameters
        ----------
        projections:
            (words, 4 * size) for each sentence.
        least:
            Gives for a role the score from which an entity plays it.
        """
        for event in document.events:
            event.arguments = []
        events = ((e, e.trigger.start, e.trigger.end, self._trigger_types.get(e.type)) for e in document.events)
        entities = ((e, e.start, e.end, self._filler_types.get(e.label)) for e in document.entities)
        triggers, fillers = _by_sentence(document, events), _by_sentence(document, entities)
        bars = np.array([least(role) for role in self.roles])
        for index, own in triggers.items():
            words, before = projections[index], projections[index - 1] if index else None
            candidates, spans = _with_sentence_before(fillers, index, before)
            if words is None or not candidates:
                continue
            around = _with_sentence_before(triggers, index, before)[1]
            summed = SummedWords(words, before)
            step = max(_PAIRS_AT_ONCE // len(candidates), 1)
            for part in (own[at : at + step] for at in range(0, len(own), step)):
                pairs = np.concatenate([pairs_of_trigger(trigger, spans, around) for _, trigger in part])
                scores = self._scorer.score(pairs, summed)
                for pair, role in zip(*np.nonzero(scores >= bars), strict=True):
                    number, filler = divmod(int(pair), len(candidates))
                    score = round(float(scores[pair, role]), 4)
                    part[number][0].arguments.append(Argument(self.roles[role], candidates[filler].id, score))


def _by_sentence(document: Document, items: Iterable[tuple[_Item, int, int, int | None]]) -> _BySentence[_Item]:
    """Sort ``items``, given with their offsets and the number of their type, into sentences, in order of their words.

    Left out are those of no known type, and those outside of all sentences and words.
    """
    found: dict[int, list[tuple[_Item, tuple[int, int, int]]]] = defaultdict(list)
    words_of: dict[int, list[tuple[int, int]]] = {}
    for item, start, end, type in items:
        index = document.sentence_index(start)
        if index is None or type is None:
            continue
        if index not in words_of:
            words_of[index] = [(word.start, word.end) for word in document.words_of(document.sentences[index])]
        words = words_of[index]
        first = bisect_right(words, start, key=lambda word: word[1])
        last = bisect_left(words, end, key=lambda word: word[0])
        if first < last:
            found[index].append((item, (first, last, type)))
    return {index: sorted(group, key=lambda pair: pair[1]) for index, group in found.items()}


def _with_sentence_before(
    items: _BySentence[_Item], index: int, before: NDArray[np.float32] | None
) -> tuple[list[_Item], Spans]:
    """Return the items of the sentence before ``index``, if it was scored, and of ``index``, with their spans."""
    own = items.get(index, [])
    earlier = items.get(index - 1, []) if before is not None else []
    spans = np.array([span for _, span in (*earlier, *own)], dtype=np.int64).reshape(-1, 3)
    if before is not None:
        spans[: len(earlier), :2] -= len(before)
    return [item for item, _ in (*earlier, *own)], spans
