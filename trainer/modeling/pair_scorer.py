"""The second half of the argument head in NumPy: what the words' projections say of a trigger and an entity.

The first half, four projections of every word's state, is part of the model's graph, so every runtime computes it in
the one forward pass. Pairs are formed behind that, of the words of different windows, too, with weights of a few
kilobytes: no runtime needs a graph of its own for them. :class:`trainer.modeling.argument_head.ArgumentHead` learns the
weights and computes the same in PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from trainer.modeling.argument_pairs import COLUMN
from trainer.modeling.layout import ARGUMENT, ModelLayout

# In the folder of an exported model.
PAIR_SCORER_FILE = "pair_scorer.safetensors"
# A word's projections: as a part of a trigger, as a part of a filler, as the word before a filler, as one of the words
# between a trigger and a filler.
PROJECTIONS = 4


class SummedWords:
    """The projections of the words of a sentence and of the one before it, as the means that pairs are scored by.

    They are added up once: on a page without full stops, what stands between the two of a pair can be all of it.

    Parameters
    ----------
    own, earlier:
        (words, 4 * size): of the sentence and of the one before it, if that was scored.
    """

    def __init__(self, own: NDArray[np.float32], earlier: NDArray[np.float32] | None = None) -> None:
        self.earlier = 0 if earlier is None else len(earlier)
        words = own if earlier is None else np.concatenate([earlier, own])
        # Sums of long sentences are many times larger than their differences.
        self._sums = np.zeros((len(words) + 1, words.shape[1]), dtype=np.float64)
        np.cumsum(words, axis=0, out=self._sums[1:])

    def mean(self, first: NDArray[np.int64], last: NDArray[np.int64], projection: int) -> NDArray[np.float32]:
        """Return (spans, size): the mean of one of the projections over each span, 0 for an empty one.

        Words are counted from the beginning of the sentence before.
        """
        size = self._sums.shape[1] // PROJECTIONS
        columns = slice(projection * size, (projection + 1) * size)
        total = self._sums[last, columns] - self._sums[first, columns]
        return (total / np.maximum(last - first, 1)[:, None]).astype(np.float32)


@dataclass(frozen=True)
class PairScorer:
    """Scores pairs.

    In ``weights`` are ``trigger_type``, ``filler_type``, ``distance``, ``between`` and ``triggers_between``, each
    (classes, size), ``output`` and ``product``, (roles, size), and ``types``, (trigger types, filler types, roles).
    """

    weights: Mapping[str, NDArray[np.float32]]

    @classmethod
    def of_export(cls, folder: Path, layout: ModelLayout) -> PairScorer | None:
        """Read what :meth:`save` wrote into the folder of an export; ``None`` if the model has no argument head.

        Raises
        ------
        ValueError
            If it has one, and the file is missing or no such file.
        """
        if not layout.head(ARGUMENT):
            return None
        path = folder / PAIR_SCORER_FILE
        try:
            return cls(load_file(path))
        except (OSError, SafetensorError) as error:
            raise ValueError(f"{path} cannot be loaded, export the model again: {error}") from error

    def save(self, folder: Path) -> None:
        """Write the weights into the folder of an export."""
        weights = {name: np.ascontiguousarray(array) for name, array in self.weights.items()}
        save_file(weights, folder / PAIR_SCORER_FILE)

    def score(self, pairs: NDArray[np.int64], words: SummedWords) -> NDArray[np.float32]:
        """Return (pairs, roles): the probability of each role, each on its own.

        Parameters
        ----------
        pairs:
            Pairs of triggers of one sentence, as :func:`trainer.modeling.argument_pairs.pairs_of_trigger` gives them.
        words:
            What the words of that sentence and of the one before it project.
        """
        w = self.weights
        mean, begin_own = words.mean, words.earlier
        in_words = pairs[:, : COLUMN.distance] + begin_own
        start, stop = in_words[:, COLUMN.trigger_first], in_words[:, COLUMN.trigger_last]
        first, last = in_words[:, COLUMN.filler_first], in_words[:, COLUMN.filler_last]
        trigger, fillers = mean(start, stop, 0), mean(first, last, 1)
        is_own = first >= begin_own
        # There may be no word before the filler, and none between the two, or they may stand in different sentences.
        lead = mean(np.maximum(first - 1, np.where(is_own, begin_own, 0)), first, 2)
        behind = first >= stop
        begin, end = np.where(behind, stop, last), np.where(behind, first, start)
        between = mean(np.where(is_own & (begin < end), begin, end), end, 3)
        hidden = trigger + fillers + lead + between
        for name in ("trigger_type", "filler_type", "distance", "between", "triggers_between"):
            hidden += w[name][pairs[:, getattr(COLUMN, name)]]
        logits = np.maximum(hidden, 0) @ w["output"].T + (trigger * fillers) @ w["product"].T
        logits += w["types"][pairs[:, COLUMN.trigger_type], pairs[:, COLUMN.filler_type]]
        # The exponent is never positive, so that no logit overflows.
        small = np.exp(-np.abs(logits))
        probabilities: NDArray[np.float32] = np.where(logits >= 0, 1, small) / (1 + small)
        return probabilities
