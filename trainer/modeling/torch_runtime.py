"""Score batches with PyTorch: the model as it was trained, on a CPU or a GPU."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import torch

from trainer.modeling.argument_head import ArgumentHead
from trainer.modeling.hardware import precision_name
from trainer.modeling.model import MarsadModel
from trainer.modeling.pair_scorer import PairScorer
from trainer.modeling.runtime import Batch, Logits


class TorchRuntime:
    """A :class:`trainer.modeling.runtime.Runtime` around a model in memory; where that lies, and its type, are its own.

    Threads take turns, batch by batch: together they would wait for the same cores, each with the memory of a batch.
    """

    name = "torch"
    batch_tokens = 2048
    # The CPU's kernels are made anew for every shape and kept, and the allocator finds no room of the right size: with
    # all widths that there are, memory would grow through thousands of articles.
    width_step = 16

    def __init__(self, model: MarsadModel) -> None:
        self.model = model
        self.layout = model.config.layout
        self._turn = threading.Lock()

    @property
    def device(self) -> str:
        """Where the model lies."""
        return str(self.model.device)

    @property
    def precision(self) -> str:
        """The type of the weights."""
        return precision_name(self.model.dtype)

    @property
    def pair_scorer(self) -> PairScorer | None:
        """The half of the argument head that is not in the forward pass, with the weights of now."""
        heads = (head for head in self.model.heads.values() if isinstance(head, ArgumentHead))
        return next((head.pair_scorer() for head in heads), None)

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Score ``batch`` in this thread: the settings of PyTorch that a caller made are those of its thread."""
        scored: Future[Logits] = Future()
        scored.set_result(self._score(batch))
        return scored

    def _score(self, batch: Batch) -> Logits:
        with self._turn, torch.inference_mode():
            self.model.eval()
            tensors = {name: torch.from_numpy(array).to(self.model.device) for name, array in batch.items()}
            logits = self.model(**tensors).logits
            return {name: scores.float().cpu().numpy() for name, scores in logits.items()}
