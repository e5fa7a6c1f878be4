"""The head that says who takes part in an event: a score for every role of every pair of a trigger and an entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from trainer.modeling.argument_pairs import COLUMN, DISTANCES, MOST_BETWEEN
from trainer.modeling.heads import EncodedBatch, Head
from trainer.modeling.pair_scorer import PROJECTIONS, PairScorer

# The columns of the head's labels: rows of the batch that hold trigger and filler, the columns of a pair with words
# counted in these rows; then 0 or 1 for every role.
TRIGGER_ROW, FILLER_ROW = 0, 1
_PAIR = 2
ROLES = _PAIR + len(COLUMN)


class ArgumentHead(Head):
    """Scores pairs for each role on its own: an entity may play two (شخصان are the victims and their number).

    Its logits are the projections of every word, (batch, words, 4 * size), of which :meth:`pair_logits` and
    :class:`trainer.modeling.pair_scorer.PairScorer` make the scores of pairs; labels are (pairs, ``ROLES`` + roles).

    Parameters
    ----------
    labels:
        The roles.
    size:
        Width of the projections.
    trigger_types, filler_types:
        How many event types and entity types there are.
    """

    def __init__(
        self, hidden_size: int, labels: list[str], dropout: float, *, size: int, trigger_types: int, filler_types: int
    ) -> None:
        super().__init__(hidden_size, labels, dropout)
        self.size = size
        self.classifier = nn.Linear(hidden_size, PROJECTIONS * size)
        between = MOST_BETWEEN + 1
        counts = {
            "trigger_type": trigger_types,
            "filler_type": filler_types,
            "distance": DISTANCES,
            "between": between,
            "triggers_between": between,
        }
        self.embeddings = nn.ModuleDict({name: nn.Embedding(count, size) for name, count in counts.items()})
        self.output = nn.Linear(size, len(labels), bias=False)
        self.product = nn.Linear(size, len(labels), bias=False)
        self.filler_types = filler_types
        # The bias of every combination of types.
        self.types = nn.Embedding(trigger_types * filler_types, len(labels))

    @classmethod
    def of(cls, spec: Mapping[str, Any], hidden_size: int, dropout: float) -> Head:
        """Build the head that an item of ``MarsadConfig.heads`` describes."""
        return cls(
            hidden_size,
            list(spec["labels"]),
            dropout,
            size=spec["size"],
            trigger_types=len(spec["trigger_types"]),
            filler_types=len(spec["filler_types"]),
        )

    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the projections of every word."""
        return self.classify(batch.words)

    def pair_logits(self, projections: Tensor, pairs: Tensor) -> Tensor:
        """Return (pairs, roles) for the pairs in the rows of ``labels``."""
        size = self.size
        column = pairs[:, _PAIR:].unbind(1)
        sums = functional.pad(projections.float().cumsum(1), (0, 0, 1, 0))

        def mean(row: Tensor, first: Tensor, last: Tensor, part: slice) -> Tensor:
            # Looked up, not indexed: several threads add up the gradient of indexing in whatever order they come.
            table, beginning = sums[..., part].reshape(-1, size), row * sums.shape[1]
            total = functional.embedding(beginning + last, table) - functional.embedding(beginning + first, table)
            return total / (last - first).clamp(min=1).unsqueeze(-1)

        rows, filler_rows = pairs[:, TRIGGER_ROW], pairs[:, FILLER_ROW]
        start, stop = column[COLUMN.trigger_first], column[COLUMN.trigger_last]
        first, last = column[COLUMN.filler_first], column[COLUMN.filler_last]
        trigger = mean(rows, start, stop, slice(0, size))
        filler = mean(filler_rows, first, last, slice(size, 2 * size))
        # There may be no word before the filler, and none between the two, or they may stand in different sentences.
        lead = mean(filler_rows, (first - 1).clamp(min=0), first, slice(2 * size, 3 * size))
        behind = first >= stop
        begin, end = torch.where(behind, stop, last), torch.where(behind, first, start)
        begin = torch.where((rows == filler_rows) & (begin < end), begin, end)
        between = mean(rows, begin, end, slice(3 * size, 4 * size))
        hidden = trigger + filler + lead + between
        for name, embedding in self.embeddings.items():
            hidden = hidden + embedding(column[getattr(COLUMN, name)])
        # In 32 bits: each batch has another number of pairs, and CPUs' kernels in 16 bits are made anew for each.
        with torch.autocast(projections.device.type, enabled=False):
            hidden, product = (part.to(self.output.weight.dtype) for part in (hidden, trigger * filler))
            logits: Tensor = self.output(functional.relu(self.dropout(hidden))) + self.product(product)
        combination = column[COLUMN.trigger_type] * self.filler_types + column[COLUMN.filler_type]
        return logits + self.types(combination)

    def count(self, labels: Tensor) -> Tensor:
        """Return the number of pairs."""
        return torch.tensor(len(labels))

    def row_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return each row's binary cross-entropy, summed over its triggers' pairs and the roles."""
        found = self.pair_logits(logits, labels)
        losses = functional.binary_cross_entropy_with_logits(
            found, labels[:, ROLES:].float().reshape(found.shape), reduction="none"
        )
        return losses.new_zeros(len(logits)).index_add(0, labels[:, TRIGGER_ROW], losses.sum(1))

    def pair_scorer(self) -> PairScorer:
        """Return the half of the head behind the projections, in NumPy and 32 bits."""

        def array(tensor: Tensor) -> NDArray[np.float32]:
            # With FSDP each process has a part: all of them ask together, and get the whole.
            whole = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
            found: NDArray[np.float32] = whole.detach().to("cpu", torch.float32, copy=True).numpy()
            return found

        weights: dict[str, Any] = {
            name: array(cast(nn.Embedding, module).weight) for name, module in self.embeddings.items()
        }
        types = array(self.types.weight)
        return PairScorer(
            {
                **weights,
                "output": array(self.output.weight),
                "product": array(self.product.weight),
                "types": types.reshape(-1, self.filler_types, types.shape[-1]),
            }
        )
