"""The pairs of a batch's rows, as the labels that the argument head learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from trainer.modeling.argument_head import ROLES
from trainer.modeling.argument_pairs import COLUMN

# The columns of a training row: the pairs (columns of a pair, 0 or 1 for every role), and the number of the row of the
# sentence before where some of the fillers stand in it, else -1.
PAIRS = "argument_pairs"
EARLIER = "earlier_row"


def batched_pairs(rows: Sequence[dict[str, Any]], earlier: Sequence[tuple[int, int] | None] = ()) -> Tensor:
    """Return the labels of :class:`trainer.modeling.argument_head.ArgumentHead` for ``rows``.

    Parameters
    ----------
    earlier:
        For each row, where in the batch the row of the sentence before it is, and how many words that has. Pairs with
        fillers of a sentence that is not there are left out.
    """
    found: list[list[int]] = []
    for index, row in enumerate(rows):
        before = earlier[index] if earlier else None
        for pair in row[PAIRS]:
            if pair[COLUMN.filler_first] >= 0:
                found.append([index, index, *pair])
            elif before is not None:
                position, words = before
                moved = list(pair)
                moved[COLUMN.filler_first] += words
                moved[COLUMN.filler_last] += words
                found.append([index, position, *moved])
    width = len(found[0]) if found else ROLES
    return torch.tensor(found, dtype=torch.long).reshape(-1, width)
