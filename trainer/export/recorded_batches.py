"""What goes into a model, and comes out of it, while it labels documents."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.modeling.runtime import Batch, Logits, Runtime
from trainer.modeling.tagger import Tagger


class RecordingRuntime:
    """A :class:`trainer.modeling.runtime.Runtime` that hands on to another one and keeps batches and logits.

    Parameters
    ----------
    runtime:
        What scores.
    batch_tokens:
        At 1 every window is a batch of its own, without padding.
    """

    def __init__(self, runtime: Runtime, batch_tokens: int) -> None:
        self.name = runtime.name
        self.layout = runtime.layout
        self.batch_tokens = batch_tokens
        self.width_step = 1
        self.pair_scorer = runtime.pair_scorer
        self.recorded: list[tuple[Batch, Logits]] = []
        self._runtime = runtime

    @property
    def device(self) -> str:
        """That of what scores."""
        return self._runtime.device

    @property
    def precision(self) -> str:
        """That of what scores."""
        return self._runtime.precision

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Score ``batch`` and keep it."""
        scored = self._runtime.start(batch, alone=alone)
        self.recorded.append((batch, scored.result()))
        return scored


def recorded_batches(
    runtime: Runtime, tokenizer: Tokenizer, documents: Sequence[Document], batch_tokens: int
) -> list[tuple[Batch, Logits]]:
    """Return the batches that ``documents`` make, of at most ``batch_tokens`` subwords, and what ``runtime`` says."""
    recording = RecordingRuntime(runtime, batch_tokens)
    Tagger(recording, tokenizer).score(documents)
    return recording.recorded
