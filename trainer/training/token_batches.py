"""Batches of rows, by length or at random, dealt out to the processes of a run."""

from __future__ import annotations

import heapq
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

# Rows whose lengths differ by less than this factor are taken for equally long, and so are the costs of batches: the
# larger, the more the batches differ from epoch to epoch, and the more padding or waiting there is.
_SIMILAR = 1.1
# More than any run has, so that no epoch of one seed has the order of an epoch of another.
_EPOCHS = 100_000


class StepBatchSampler(Sampler[list[int]], ABC):
    """Yields the positions of the rows of one process's batches; over all processes, each row once an epoch.

    An optimiser's step takes ``processes * accumulation`` batches. Which batches these are depends on
    nothing but that product, the rows, the seed and the epoch: two processes learn from the same batches
    as one that accumulates two. No row is repeated to fill the last step; batches are split instead.
    Every epoch has the same number of batches.

    Parameters
    ----------
    seed:
        Together with the epoch it decides the order.
    processes, process:
        How many processes train together, and which of them this is, from 0.
    accumulation:
        Batches of one process in a step of the optimiser.

    Raises
    ------
    ValueError
        If there are too few rows to give every process a batch in every step.
    """

    def __init__(self, seed: int, *, processes: int = 1, process: int = 0, accumulation: int = 1) -> None:
        self.seed = seed
        self.processes = processes
        self.process = process
        self.step = processes * accumulation
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of ``epoch``; must be called before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches of an epoch that this process gets."""
        return self._count() // self.processes

    def __iter__(self) -> Iterator[list[int]]:
        """Yield this process's share of every step, step by step."""
        generator = torch.Generator().manual_seed(self.seed * _EPOCHS + self.epoch)
        yield from self._batches(generator)[self.process :: self.processes]

    @abstractmethod
    def _count(self) -> int:
        """Return the number of batches of an epoch over all processes: a multiple of ``step``."""

    @abstractmethod
    def _batches(self, generator: torch.Generator) -> list[list[int]]:
        """Return an epoch's batches for all processes, ``step`` by ``step``."""

    def _whole_steps(self, batches: int, rows: int) -> int:
        """Return the next number from ``batches`` on that fills whole steps; ``ValueError`` if too few rows."""
        count = math.ceil(batches / self.step) * self.step
        if count > rows:
            raise ValueError(
                f"{rows} training rows are too few for {count} batches: every step takes {self.step} (processes times "
                "gradient_accumulation_steps); make steps smaller or batches larger"
            )
        return count


class TokenBatchSampler(StepBatchSampler):
    """Batches of rows of similar length, filled up to a number of subwords.

    A batch costs what it pads to, rows times the longest, so batches of a fixed number of rows are
    mostly padding where lengths differ.

    The batches of a step cost about the same, so that processes don't wait for each other. They are alike
    in cost and not in length: nearly all are filled, and a step has short and long rows as before.

    Parameters
    ----------
    lengths:
        Subwords of each row.
    batch_tokens:
        Most subwords of a batch, padding included. A longer row is a batch of its own.
    seed, share:
        As for :class:`StepBatchSampler`.
    """

    def __init__(self, lengths: Sequence[int], batch_tokens: int, seed: int, **share: int) -> None:
        super().__init__(seed, **share)
        self._grades = [_grade(length) for length in lengths]
        longest = dict.fromkeys(self._grades, 0)
        for grade, length in zip(self._grades, lengths, strict=True):
            longest[grade] = max(longest[grade], length)
        # Sizes come from grades alone, which every epoch sorts the same way: their number never changes.
        widths = [longest[grade] for grade in sorted(self._grades, reverse=True)]
        sizes: list[int] = []
        widest = 0
        for width in widths:
            if sizes and widest * (sizes[-1] + 1) <= batch_tokens:
                sizes[-1] += 1
            else:
                sizes.append(1)
                widest = width
        self._slices = _split(sizes, widths, self._whole_steps(len(sizes), len(widths)))
        self._costs = [_grade((part.stop - part.start) * widths[part.start]) for part in self._slices]

    def _count(self) -> int:
        return len(self._slices)

    def _batches(self, generator: torch.Generator) -> list[list[int]]:
        """Put the batches in random order; rows of similar length change places between epochs."""
        rows = sorted(_shuffled(len(self._grades), generator), key=lambda row: -self._grades[row])
        batches = [rows[part] for part in self._slices]
        if self.step > 1:
            alike = sorted(_shuffled(len(batches), generator), key=lambda batch: -self._costs[batch])
            batches = [batches[batch] for batch in alike]
        steps = _shuffled(len(batches) // self.step, generator)
        return [batch for step in steps for batch in batches[step * self.step : (step + 1) * self.step]]


class RowBatchSampler(StepBatchSampler):
    """Batches of rows at random, all of the same number of rows or one less.

    Parameters
    ----------
    rows:
        Number of rows.
    batch_rows:
        Most rows of a batch.
    seed, share:
        As for :class:`StepBatchSampler`.
    """

    def __init__(self, rows: int, batch_rows: int, seed: int, **share: int) -> None:
        super().__init__(seed, **share)
        self._rows = rows
        self._number = self._whole_steps(math.ceil(rows / batch_rows), rows)

    def _count(self) -> int:
        return self._number

    def _batches(self, generator: torch.Generator) -> list[list[int]]:
        rows = _shuffled(self._rows, generator)
        # A step weighs as much as any other however few rows it has, so none is left with the remainder alone.
        ends = [self._rows * batch // max(self._number, 1) for batch in range(self._number + 1)]
        return [rows[start:end] for start, end in pairwise(ends)]


class BatchLoader(DataLoader[Any]):
    """Loads the batches of a sampler that knows the processes, as they are.

    ``accelerate`` must not prepare it: that would deal the batches out to the processes once more.

    Parameters
    ----------
    dataset, collate_fn, options:
        As for ``DataLoader``.
    sampler:
        Yields the batches of this process.
    """

    def __init__(
        self, dataset: Dataset[Any], sampler: StepBatchSampler, collate_fn: Callable[..., Any], **options: Any
    ) -> None:
        super().__init__(dataset, batch_sampler=sampler, collate_fn=collate_fn, **options)
        self._step_sampler = sampler

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of ``epoch``; ``transformers.Trainer`` calls it before each.

        (It resumes within an epoch with a plain ``DataLoader`` around ``SkipBatchSampler``, and then calls
        ``set_epoch`` of the sampler inside.)
        """
        self._step_sampler.set_epoch(epoch)


def _grade(size: int) -> int:
    return round(math.log(max(size, 1), _SIMILAR))


def _shuffled(count: int, generator: torch.Generator) -> list[int]:
    order: list[int] = torch.randperm(count, generator=generator).tolist()
    return order


def _split(sizes: list[int], widths: list[int], count: int) -> list[slice]:
    """Halve the batches that cost most until there are ``count``.

    Parameters
    ----------
    sizes:
        Rows of each batch.
    widths:
        Length of each row, longest first; a batch's first row is its longest.

    Returns
    -------
    list of slice
        Where each batch's rows are, in order.
    """

    def by_cost(start: int, size: int) -> tuple[bool, int, int, int]:
        return size == 1, -size * widths[start], start, size  # a single row cannot be halved, so it comes last

    starts = accumulate(sizes, initial=0)
    batches = [by_cost(start, size) for start, size in zip(starts, sizes, strict=False)]
    heapq.heapify(batches)
    while len(batches) < count:
        _, _, start, size = heapq.heappop(batches)
        half = (size + 1) // 2
        heapq.heappush(batches, by_cost(start, half))
        heapq.heappush(batches, by_cost(start + half, size - half))
    return sorted((slice(start, start + size) for _, _, start, size in batches), key=lambda part: part.start)
