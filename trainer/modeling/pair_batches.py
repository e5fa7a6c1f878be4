"""The pairs of a batch's rows for the argument head, and the rows that hold the fillers of sentences before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from trainer.modeling.argument_head import ROLES
from trainer.modeling.argument_pairs import COLUMN
from trainer.modeling.heads import IGNORED

# The columns of a training row: the pairs (columns of a pair, weight, 0 or 1 for every role), and the inputs of the
# window of the sentence before, where some of the fillers stand in it.
PAIRS = "argument_pairs"
EARLIER = ("earlier_input_ids", "earlier_word_tokens", "earlier_word_ends")
_INPUTS = ("input_ids", "word_tokens", "word_ends")
_TAG_COLUMNS = ("entity_tags", "trigger_tags")


def rows_with_earlier(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``rows``, and behind them a row for each sentence before that holds fillers; it has no labels."""
    return [*rows, *(_earlier(row) for row in rows if row[EARLIER[0]])]


def batched_pairs(rows: Sequence[dict[str, Any]]) -> Tensor:
    """Return the labels of :class:`trainer.modeling.argument_head.ArgumentHead` for ``rows_with_earlier(rows)``."""
    behind = len(rows)
    found: list[list[int]] = []
    for index, row in enumerate(rows):
        length = len(row[EARLIER[1]])
        for pair in row[PAIRS]:
            if pair[COLUMN.filler_first] >= 0:
                found.append([index, index, *pair])
                continue
            moved = list(pair)
            moved[COLUMN.filler_first] += length
            moved[COLUMN.filler_last] += length
            found.append([index, behind, *moved])
        behind += bool(length)
    width = len(found[0]) if found else ROLES
    return torch.tensor(found, dtype=torch.long).reshape(-1, width)


def _earlier(row: dict[str, Any]) -> dict[str, Any]:
    inputs = {name: row[column] for name, column in zip(_INPUTS, EARLIER, strict=True)}
    tags = {column: [IGNORED] * len(inputs["word_tokens"]) for column in _TAG_COLUMNS}
    return {
        **inputs,
        **tags,
        "event_types": [IGNORED] * len(row.get("event_types", ())),
        "context": [0, 0],
        "weight": 1.0,
    }
