"""Run the model over sentences and put what overlapping windows say back together."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.features import Neighbours, SentenceEncoder, Window, central_windows
from trainer.modeling.model import MarsadModel

# Batches are padded to a multiple of this. The CPU's kernels are made anew for every shape and kept, and the allocator
# finds no room of the right size: with all widths that there are, memory would grow through thousands of articles.
_WIDTH_STEP = 16


@dataclass(frozen=True)
class SentenceScores:
    """What the heads say of one sentence.

    ``entity`` and ``trigger`` are (words, tags) log probabilities, ``event_type`` is (types,)
    probabilities, each type on its own; ``None`` where the model has no such head.
    """

    entity: NDArray[np.float32] | None = None
    trigger: NDArray[np.float32] | None = None
    event_type: NDArray[np.float32] | None = None


class Scorer:
    """Scores sentences in batches of similar length.

    Threads that share a scorer take turns, batch by batch: together they would wait for the same cores, each with
    the memory of a batch.

    Parameters
    ----------
    model, tokenizer:
        A trained model and its tokenizer.
    batch_tokens:
        Most subwords in a batch, padding included.
    """

    def __init__(self, model: MarsadModel, tokenizer: Tokenizer, batch_tokens: int = 2048) -> None:
        self.model = model
        self.encoder = SentenceEncoder(tokenizer, model.config.window, model.config.context)
        self.collate = BatchCollator(model.config.pad_token_id, self.encoder.affixes)
        self.batch_tokens = batch_tokens
        self._turn = threading.Lock()

    def score(
        self,
        sentences: Sequence[str],
        words: Sequence[Sequence[tuple[int, int]]],
        neighbours: Neighbours | None = None,
    ) -> list[SentenceScores | None]:
        """Score sentences, given with the offsets of their words; ``None`` for one without words."""
        windows = self.encoder.windows(sentences, words, neighbours)
        scored = self._score_windows(windows)
        by_sentence: list[list[int]] = [[] for _ in sentences]
        for position, window in enumerate(windows):
            by_sentence[window.sentence].append(position)
        return [
            _merge([windows[p] for p in positions], [scored[p] for p in positions], len(words[index]))
            if positions
            else None
            for index, positions in enumerate(by_sentence)
        ]

    def _score_windows(self, windows: Sequence[Window]) -> list[SentenceScores]:
        scored: dict[int, SentenceScores] = {}
        self.model.eval()
        for positions in self._batches(windows):
            tags, types = self._score_batch([windows[position] for position in positions])
            for row, position in enumerate(positions):
                count = len(windows[position].word_tokens)
                scored[position] = SentenceScores(
                    **{head: scores[row, :count] for head, scores in tags.items()},
                    event_type=types[row] if types is not None else None,
                )
        return [scored[position] for position in range(len(windows))]

    def _score_batch(
        self, windows: Sequence[Window]
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32] | None]:
        """Return by head the (windows, words, tags) log probabilities, and the (windows, types) probabilities."""
        rows = [
            {
                "input_ids": window.input_ids,
                "word_tokens": window.word_tokens,
                "word_ends": window.word_ends,
                "context": window.context,
            }
            for window in windows
        ]
        batch = {name: self._widened(name, tensor) for name, tensor in self.collate(rows).items()}
        with self._turn, torch.inference_mode():
            device = self.model.device
            logits = self.model(**{name: tensor.to(device) for name, tensor in batch.items()}).logits
            tags = {
                head: torch.log_softmax(logits[head].float(), -1).cpu().numpy()
                for head in (ENTITY, TRIGGER)
                if head in logits
            }
            types = torch.sigmoid(logits[EVENT_TYPE].float()).cpu().numpy() if EVENT_TYPE in logits else None
        return tags, types

    def _widened(self, name: str, rows: Tensor) -> Tensor:
        """Pad ``rows`` (windows, subwords or words) on to the next round width."""
        width = _round_width(rows.size(1))
        if not name.startswith("word_"):
            width = max(rows.size(1), min(width, self.model.config.window))
        padding = self.model.config.pad_token_id if name == "input_ids" else 0
        return functional.pad(rows, (0, width - rows.size(1)), value=padding)

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[int]]:
        """Yield positions of windows of similar length, at most ``batch_tokens`` with padding."""
        # Words of no subwords of their own take as much memory as others.
        lengths = [_round_width(max(len(window.input_ids), len(window.word_tokens))) for window in windows]
        batch: list[int] = []
        for position in sorted(range(len(windows)), key=lengths.__getitem__, reverse=True):
            longest = lengths[batch[0]] if batch else 0
            if batch and longest * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(position)
        if batch:
            yield batch


def _round_width(width: int) -> int:
    return -(-width // _WIDTH_STEP) * _WIDTH_STEP


def _merge(windows: Sequence[Window], scores: Sequence[SentenceScores], word_count: int) -> SentenceScores:
    if len(windows) == 1:
        return scores[0]
    chosen = np.array(central_windows(windows, word_count))

    def of_words(parts: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
        present = [part for part in parts if part is not None]
        if not present:
            return None
        merged = np.empty((word_count, present[0].shape[1]), dtype=np.float32)
        for position, (window, part) in enumerate(zip(windows, present, strict=True)):
            words = slice(window.first_word, window.last_word)
            believed = chosen[words] == position
            merged[words][believed] = part[believed]
        return merged

    types = [score.event_type for score in scores if score.event_type is not None]
    return SentenceScores(
        entity=of_words([score.entity for score in scores]),
        trigger=of_words([score.trigger for score in scores]),
        # An event told in any part of the sentence is told in the sentence.
        event_type=np.max(types, axis=0) if types else None,
    )
