"""Windows as padded tensors, with or without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from trainer.modeling.heads import IGNORED
from trainer.modeling.layout import ARGUMENT, ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.pair_batches import PAIRS, batched_pairs

# Columns of a training row that hold labels, by the head that learns from them.
LABEL_COLUMNS = {ENTITY: "entity_tags", TRIGGER: "trigger_tags", EVENT_TYPE: "event_types"}


class BatchCollator:
    """Pads rows to the longest of the batch; a ``data_collator`` for ``transformers.Trainer``.

    A row is a dict with ``input_ids``, ``word_tokens``, ``word_ends``, ``context`` (how many subwords at the
    beginning and at the end, special ones apart, are of neighbouring sentences) and, for training, ``weight``
    and the label columns: tag ids for every word, 0 or 1 for every event type, -100 where it is not known, and the
    pairs of :mod:`trainer.modeling.pair_batches`, of which those that reach into another sentence are left out.

    Parameters
    ----------
    pad_token_id:
        What ``input_ids`` are padded with.
    affixes:
        How many special subwords a window begins and ends with.
    """

    def __init__(self, pad_token_id: int, affixes: tuple[int, int] = (0, 0)) -> None:
        self.pad_token_id = pad_token_id
        self.affixes = affixes

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the arguments of :meth:`trainer.modeling.model.MarsadModel.forward`."""
        inputs = [row["input_ids"] for row in rows]
        batch: dict[str, Any] = {
            "input_ids": _padded(inputs, self.pad_token_id),
            "attention_mask": _padded([[1] * len(ids) for ids in inputs], 0),
            "word_tokens": _padded([row["word_tokens"] for row in rows], 0),
            "word_ends": _padded([row["word_ends"] for row in rows], 0),
        }
        if any(any(row.get("context", ())) for row in rows):
            batch["sentence_mask"] = _padded([self._sentence_mask(row) for row in rows], 0)
        if any(row.get("weight", 1.0) != 1.0 for row in rows):
            batch["row_weights"] = torch.tensor([row["weight"] for row in rows], dtype=torch.float32)
        labels = {
            head: _padded([row[column] for row in rows], IGNORED)
            for head, column in LABEL_COLUMNS.items()
            if all(column in row for row in rows)
        }
        if all(PAIRS in row for row in rows):
            labels[ARGUMENT] = batched_pairs(rows)
        if labels:
            batch["labels"] = labels
        return batch

    def _sentence_mask(self, row: dict[str, Any]) -> list[int]:
        """Return 0 for the subwords of neighbouring sentences, 1 for the others."""
        (prefix, suffix), (left, right) = self.affixes, row["context"]
        inside = len(row["input_ids"]) - prefix - left - right - suffix
        return [1] * prefix + [0] * left + [1] * inside + [0] * right + [1] * suffix


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    width = max((len(row) for row in rows), default=0)
    return torch.tensor([[*row, *([value] * (width - len(row)))] for row in rows], dtype=torch.long)
