"""Batches of rows of similar length, filled up to a number of subwords."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

# Rows whose lengths differ by less than this factor are taken for equally long: the larger, the more the batches
# differ from epoch to epoch, and the more padding they hold.
_SIMILAR = 1.1
# More than any run has, so that no epoch of one seed has the order of an epoch of another.
_EPOCHS = 100_000


class TokenBatchSampler(Sampler[list[int]]):
    """Yields the positions of the rows of each batch; each row once an epoch.

    A batch costs what it pads to, rows times the longest, so batches of a fixed number of rows are
    mostly padding where lengths differ. Every epoch has the same number of batches.

    Parameters
    ----------
    lengths:
        Subwords of each row.
    batch_tokens:
        Most subwords of a batch, padding included. A longer row is a batch of its own.
    seed:
        Together with the epoch it decides the order.
    """

    def __init__(self, lengths: Sequence[int], batch_tokens: int, seed: int) -> None:
        self.lengths = list(lengths)
        self.seed = seed
        self.epoch = 0
        self._grades = [round(math.log(max(length, 1), _SIMILAR)) for length in self.lengths]
        longest = dict.fromkeys(self._grades, 0)
        for grade, length in zip(self._grades, self.lengths, strict=True):
            longest[grade] = max(longest[grade], length)
        # Sizes come from grades alone, which every epoch sorts the same way: their number never changes.
        self._sizes: list[int] = []
        width = 0
        for grade in sorted(self._grades, reverse=True):
            if self._sizes and width * (self._sizes[-1] + 1) <= batch_tokens:
                self._sizes[-1] += 1
            else:
                self._sizes.append(1)
                width = longest[grade]

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of ``epoch``; ``transformers.Trainer`` calls it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return len(self._sizes)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the batches in random order; rows of similar length change places between epochs."""
        generator = torch.Generator().manual_seed(self.seed * _EPOCHS + self.epoch)
        shuffled = torch.randperm(len(self.lengths), generator=generator).tolist()
        rows = sorted(shuffled, key=lambda row: -self._grades[row])
        batches = []
        for size in self._sizes:
            batches.append(rows[:size])
            rows = rows[size:]
        for position in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[position]
