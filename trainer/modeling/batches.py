"""Windows as padded tensors, with or without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from trainer.modeling.configuration import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.heads import IGNORED

# Columns of a training row that hold labels, by the head that learns from them.
LABEL_COLUMNS = {ENTITY: "entity_tags", TRIGGER: "trigger_tags", EVENT_TYPE: "event_types"}


class BatchCollator:
    """Pads rows to the longest of the batch; a ``data_collator`` for ``transformers.Trainer``.

    A row is a dict with ``input_ids``, ``word_tokens``, ``word_ends`` and, for training, the label
    columns: tag ids for every word, and 0 or 1 for every event type.
    """

    def __init__(self, pad_token_id: int) -> None:
        self.pad_token_id = pad_token_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return ``input_ids``, ``attention_mask``, ``word_tokens``, ``word_ends``, ``word_mask``, ``labels``."""
        inputs = [row["input_ids"] for row in rows]
        words = [row["word_tokens"] for row in rows]
        batch: dict[str, Any] = {
            "input_ids": _padded(inputs, self.pad_token_id),
            "attention_mask": _padded([[1] * len(ids) for ids in inputs], 0),
            "word_tokens": _padded(words, 0),
            "word_ends": _padded([row["word_ends"] for row in rows], 0),
            "word_mask": _padded([[1] * len(tokens) for tokens in words], 0),
        }
        labels = {
            head: _padded([row[column] for row in rows], IGNORED)
            for head, column in LABEL_COLUMNS.items()
            if all(column in row for row in rows)
        }
        if labels:
            batch["labels"] = labels
        return batch


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    width = max((len(row) for row in rows), default=0)
    return torch.tensor([[*row, *([value] * (width - len(row)))] for row in rows], dtype=torch.long)
