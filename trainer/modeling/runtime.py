"""What runs a model: the one thing in which PyTorch, OpenVINO and ONNX Runtime differ."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.modeling.layout import ModelLayout
from trainer.modeling.pair_scorer import PairScorer

# The arrays of a batch, all int64, in the order in which exported models take them.
INPUTS = ("input_ids", "attention_mask", "word_tokens", "word_ends", "sentence_mask")

Batch = Mapping[str, NDArray[np.int64]]
# By head: (windows, words, tags), (windows, types) or (windows, words, 4 * size), float32.
Logits = dict[str, NDArray[np.float32]]


class Runtime(Protocol):
    """A loaded model that scores batches.

    ``batch_tokens`` is how many subwords, padding included, a batch best has; its widths are best multiples of
    ``width_step``. ``device`` and ``precision`` say where and in what it computes.
    """

    name: str
    layout: ModelLayout
    batch_tokens: int
    width_step: int

    @property
    def device(self) -> str:
        """``cpu``, ``cuda:0`` and so on."""
        ...

    @property
    def precision(self) -> str:
        """``fp32`` or ``bf16``."""
        ...

    @property
    def pair_scorer(self) -> PairScorer | None:
        """What scores pairs behind the argument head's projections; ``None`` for a model without that head."""
        ...

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Begin to score a batch of :data:`INPUTS`; safe to call from several threads.

        A runtime that works in threads of its own returns at once, so that the caller can prepare what comes next.
        ``alone`` says that no other batch comes with this one: it may have all processors.
        """
        ...
