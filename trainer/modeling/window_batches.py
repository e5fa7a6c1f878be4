"""Windows as padded arrays, in batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.modeling.features import Window
from trainer.modeling.layout import ModelLayout
from trainer.modeling.runtime import Batch


def batches_of(windows: Sequence[Window], batch_tokens: int, step: int) -> Iterator[list[int]]:
    """Yield positions of windows of similar length, longest first, at most ``batch_tokens`` with padding.

    Widths are rounded up to a multiple of ``step``. A width always has the same number of rows, the last batch apart,
    so that few shapes occur: kernels are made anew for each.
    """
    # Words of no subwords of their own take as much memory as others.
    widths = [_rounded(max(len(window.input_ids), len(window.word_tokens)), step) for window in windows]
    batch: list[int] = []
    for position in sorted(range(len(windows)), key=widths.__getitem__, reverse=True):
        widest = widths[batch[0]] if batch else 0
        if batch and widest * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def padded_batch(windows: Sequence[Window], layout: ModelLayout, affixes: tuple[int, int], step: int) -> Batch:
    """Return the arrays of :data:`trainer.modeling.runtime.INPUTS` for ``windows``.

    Parameters
    ----------
    affixes:
        How many special subwords a window begins and ends with.
    step:
        Widths are multiples of this, as long as that is no wider than the model's window.
    """
    longest = max(len(window.input_ids) for window in windows)
    tokens = max(longest, min(_rounded(longest, step), layout.window))
    # As wide as the subwords, though words are fewer: with a width of their own there would be many more shapes.
    words = max(tokens, _rounded(max(len(window.word_tokens) for window in windows), step))
    lengths = np.array([len(window.input_ids) for window in windows])
    positions = np.arange(tokens)
    attention_mask = positions < lengths[:, None]
    batch = {
        "input_ids": _padded([window.input_ids for window in windows], tokens, layout.pad_token_id),
        "attention_mask": attention_mask.astype(np.int64),
        "word_tokens": _padded([window.word_tokens for window in windows], words, 0),
        "word_ends": _padded([window.word_ends for window in windows], words, 0),
    }
    batch["sentence_mask"] = batch["attention_mask"]
    if any(any(window.context) for window in windows):
        # The subwords of neighbouring sentences stand between the special ones and the sentence's own.
        prefix, suffix = affixes
        left = np.array([window.context[0] for window in windows])[:, None]
        right = np.array([window.context[1] for window in windows])[:, None]
        end = lengths[:, None] - suffix
        neighbours = ((positions >= prefix) & (positions < prefix + left)) | (
            (positions >= end - right) & (positions < end)
        )
        batch["sentence_mask"] = (attention_mask & ~neighbours).astype(np.int64)
    return batch


def _padded(rows: Sequence[Sequence[int]], width: int, value: int) -> NDArray[np.int64]:
    return np.array([[*row, *([value] * (width - len(row)))] for row in rows], dtype=np.int64)


def _rounded(width: int, step: int) -> int:
    return -(-width // step) * step
