"""Pairs of triggers and entities for training rows: what the argument head learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from trainer.data.argument_column import ARGUMENTS, SPANS
from trainer.data.tags import OUTSIDE, spans_of_tags
from trainer.modeling.argument_pairs import COLUMN, Spans, pairs_of_trigger
from trainer.modeling.features import Window


class ArgumentRows:
    """The pairs of every sentence of ``dataset``, whose rows are sentences in the order of their documents.

    A row of pairs has the columns of :class:`trainer.modeling.argument_pairs.PairColumns`, and 0 or 1 for every role.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._documents = dataset["document_id"][:]
        self._starts = dataset["word_starts"][:]
        self._ends = dataset["word_ends"][:]
        self._arguments = dataset[ARGUMENTS][:]
        self._entities = _spans_of_column(dataset, "entity_tags")
        self._triggers = _spans_of_column(dataset, "trigger_tags")
        self._roles = len(dataset.features[ARGUMENTS].feature["role"].names)

    def pairs_in(self, window: Window, *, with_earlier: bool) -> tuple[list[list[int]], bool]:
        """Return the pairs whose words ``window`` shows, and whether fillers of the sentence before are among them.

        Words are counted from the beginning of the window, those of the sentence before from the beginning of the
        sentence: -1 is its last. Nothing is said of a document that was not annotated for arguments.

        Parameters
        ----------
        with_earlier:
            Whether to look at fillers of the sentence before at all.
        """
        pairs = self._pairs(window.sentence)
        own = pairs[:, COLUMN.filler_first] >= 0
        shown = (pairs[:, COLUMN.trigger_first] >= window.first_word) & (
            pairs[:, COLUMN.trigger_last] <= window.last_word
        )
        inside = (pairs[:, COLUMN.filler_first] >= window.first_word) & (
            pairs[:, COLUMN.filler_last] <= window.last_word
        )
        kept, behind = pairs[shown & own & inside], pairs[shown & ~own & with_earlier]
        kept[:, [COLUMN.filler_first, COLUMN.filler_last]] -= window.first_word
        kept = np.concatenate([kept, behind])
        kept[:, [COLUMN.trigger_first, COLUMN.trigger_last]] -= window.first_word
        return kept.tolist(), len(behind) > 0

    def _pairs(self, row: int) -> NDArray[np.int64]:
        """Return all pairs of the triggers of a sentence, with their roles."""
        width = len(COLUMN) + self._roles
        if self._arguments[row] is None:
            return np.empty((0, width), dtype=np.int64)
        entities, triggers = self._entities[row], self._triggers[row]
        if row and self._documents[row - 1] == self._documents[row]:
            shift = np.array([len(self._starts[row - 1])] * 2 + [0])
            entities = np.concatenate([self._entities[row - 1] - shift, entities])
            triggers = np.concatenate([self._triggers[row - 1] - shift, triggers])
        roles = self._roles_of(row)
        found = [np.empty((0, width), dtype=np.int64)]
        for trigger in triggers[triggers[:, 0] >= 0]:
            pairs = pairs_of_trigger(trigger, entities, triggers)
            labels = np.zeros((len(pairs), self._roles), dtype=np.int64)
            for position, (first, last) in enumerate(pairs[:, COLUMN.filler_first : COLUMN.filler_last + 1]):
                offsets = (*self._offsets(row, *trigger[:2]), *self._offsets(row, first, last))
                labels[position, roles.get(offsets, [])] = 1
            found.append(np.concatenate([pairs, labels], axis=1))
        return np.concatenate(found)

    def _roles_of(self, row: int) -> Mapping[tuple[int, ...], list[int]]:
        roles: dict[tuple[int, ...], list[int]] = {}
        for argument in self._arguments[row]:
            offsets = tuple(argument[name] for name in SPANS)
            roles.setdefault(offsets, []).append(argument["role"])
        return roles

    def _offsets(self, row: int, first: int, last: int) -> tuple[int, int]:
        """Return where the words from ``first`` to ``last``, counted from the beginning of ``row``, lie in the text."""
        if first < 0:
            row -= 1
            first, last = first + len(self._starts[row]), last + len(self._starts[row])
        return self._starts[row][first], self._ends[row][last - 1]


def _spans_of_column(dataset: Dataset, column: str) -> list[Spans]:
    names = dataset.features[column].feature.names
    types = {name: number for number, name in enumerate(dict.fromkeys(tag[2:] for tag in names if tag != OUTSIDE))}

    def spans(tags: Sequence[int] | None) -> Iterator[tuple[int, int, int]]:
        for first, last, label in spans_of_tags([names[tag] for tag in tags or ()]):
            yield first, last, types[label]

    return [np.array(list(spans(tags)), dtype=np.int64).reshape(-1, 3) for tags in dataset[column][:]]
