"""Run the model over sentences and put what overlapping windows say back together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.features import SentenceEncoder, Window, central_windows
from trainer.modeling.model import MarsadModel


@dataclass(frozen=True)
class SentenceScores:
    """What the heads say of one sentence.

    ``entity`` and ``trigger`` are (words, tags) log probabilities, ``event_type`` is (types,)
    probabilities, each type on its own.
    """

    entity: NDArray[np.float32]
    trigger: NDArray[np.float32]
    event_type: NDArray[np.float32]


class Scorer:
    """Scores sentences in batches of similar length.

    Parameters
    ----------
    model, tokenizer:
        A trained model and its tokenizer.
    batch_tokens:
        Most subwords in a batch, padding included.
    """

    def __init__(self, model: MarsadModel, tokenizer: Tokenizer, batch_tokens: int = 4096) -> None:
        self.model = model
        self.encoder = SentenceEncoder(tokenizer, model.config.window)
        self.collate = BatchCollator(model.config.pad_token_id)
        self.batch_tokens = batch_tokens

    def score(
        self, sentences: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]
    ) -> list[SentenceScores | None]:
        """Score sentences, given with the offsets of their words; ``None`` for one without words."""
        windows = self.encoder.windows(sentences, words)
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
        device = self.model.device
        self.model.eval()
        with torch.inference_mode():
            for positions in self._batches(windows):
                rows = [
                    {
                        "input_ids": windows[p].input_ids,
                        "word_tokens": windows[p].word_tokens,
                        "word_ends": windows[p].word_ends,
                    }
                    for p in positions
                ]
                batch = {name: tensor.to(device) for name, tensor in self.collate(rows).items()}
                logits = self.model(**batch).logits
                entity = torch.log_softmax(logits[ENTITY].float(), -1).cpu().numpy()
                trigger = torch.log_softmax(logits[TRIGGER].float(), -1).cpu().numpy()
                types = torch.sigmoid(logits[EVENT_TYPE].float()).cpu().numpy()
                for row, position in enumerate(positions):
                    count = len(windows[position].word_tokens)
                    scored[position] = SentenceScores(entity[row, :count], trigger[row, :count], types[row])
        return [scored[position] for position in range(len(windows))]

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[int]]:
        """Yield positions of windows of similar length, at most ``batch_tokens`` with padding."""
        order = sorted(range(len(windows)), key=lambda p: len(windows[p].input_ids), reverse=True)
        batch: list[int] = []
        for position in order:
            longest = len(windows[batch[0]].input_ids) if batch else 0
            if batch and longest * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(position)
        if batch:
            yield batch


def _merge(windows: Sequence[Window], scores: Sequence[SentenceScores], word_count: int) -> SentenceScores:
    if len(windows) == 1:
        return scores[0]
    chosen = central_windows(windows, word_count)
    rows = [(scores[p], word - windows[p].first_word) for word, p in enumerate(chosen)]
    return SentenceScores(
        entity=np.stack([score.entity[row] for score, row in rows]),
        trigger=np.stack([score.trigger[row] for score, row in rows]),
        # An event told in any part of the sentence is told in the sentence.
        event_type=np.max([score.event_type for score in scores], axis=0),
    )
