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

    def score(
        self, pairs: NDArray[np.int64], own: NDArray[np.float32], earlier: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Return (pairs, roles): the probability of each role, each on its own.

        Parameters
        ----------
        pairs:
            Pairs of one trigger, as :func:`trainer.modeling.argument_pairs.pairs_of_trigger` gives them.
        own, earlier:
            (words, 4 * size): the projections of the words of the trigger's sentence and of the one before it.
        """
        w = self.weights
        size = w["output"].shape[1]
        first, last = pairs[0, COLUMN.trigger_first], pairs[0, COLUMN.trigger_last]
        trigger = own[first:last, :size].mean(0)
        fillers = np.empty((len(pairs), size), dtype=np.float32)
        around = np.zeros((len(pairs), size), dtype=np.float32)
        start, stop = first, last
        for row, (first, last) in enumerate(pairs[:, COLUMN.filler_first : COLUMN.filler_last + 1]):
            words = own
            if first < 0 and earlier is not None:
                words, first, last = earlier, first + len(earlier), last + len(earlier)
            elif between := len(own[stop:first] if first >= stop else own[last:start]):
                begin = stop if first >= stop else last
                around[row] = own[begin : begin + between, 3 * size :].mean(0)
            fillers[row] = words[first:last, size : 2 * size].mean(0)
            if first > 0:
                around[row] += words[first - 1, 2 * size : 3 * size]
        hidden = trigger + fillers + around
        for name in ("trigger_type", "filler_type", "distance", "between", "triggers_between"):
            hidden += w[name][pairs[:, getattr(COLUMN, name)]]
        logits = np.maximum(hidden, 0) @ w["output"].T + (trigger * fillers) @ w["product"].T
        logits += w["types"][pairs[:, COLUMN.trigger_type], pairs[:, COLUMN.filler_type]]
        # The exponent is never positive, so that no logit overflows.
        small = np.exp(-np.abs(logits))
        probabilities: NDArray[np.float32] = np.where(logits >= 0, 1, small) / (1 + small)
        return probabilities
