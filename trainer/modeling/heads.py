"""The outputs of the model. A new output is a new class here and a row in ``HEADS``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

IGNORED = -100


@dataclass
class EncodedBatch:
    """What the encoder gives to the heads.

    ``tokens`` is (batch, tokens, hidden), ``token_mask`` (batch, tokens); ``words`` is
    (batch, words, hidden), the mean state of each word's subwords, and ``word_mask`` (batch, words).
    """

    tokens: Tensor
    token_mask: Tensor
    words: Tensor
    word_mask: Tensor


class Head(nn.Module, ABC):
    """Scores from an encoded batch, and the loss of these scores against labels.

    Every head normalises its input first: sentence encoders such as E5 give all words nearly the
    same small vector, and a linear layer on that learns many times more slowly.
    """

    def __init__(self, hidden_size: int, labels: list[str], dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(hidden_size, len(labels))

    def classify(self, states: Tensor) -> Tensor:
        """Return logits (..., labels) of states (..., hidden)."""
        logits: Tensor = self.classifier(self.dropout(self.norm(states)))
        return logits

    @abstractmethod
    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the head's logits."""

    @abstractmethod
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean loss over the labels that are not ``IGNORED``."""


class WordTagHead(Head):
    """One tag a word; logits are (batch, words, tags), labels (batch, words)."""

    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the tag logits of every word."""
        return self.classify(batch.words)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the cross-entropy over the labelled words."""
        if not bool((labels != IGNORED).any()):
            return logits.sum() * 0.0
        return functional.cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED)


class SentenceTypeHead(Head):
    """Several types a sentence; logits and labels (0 or 1) are (batch, types).

    The sentence is the mean of its subword states, the pooling that E5 encoders were trained with.
    """

    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the type logits of every sentence."""
        mask = batch.token_mask.unsqueeze(-1).to(batch.tokens.dtype)
        pooled = (batch.tokens * mask).sum(1) / mask.sum(1).clamp(min=1)
        return self.classify(pooled)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the mean binary cross-entropy over types and labelled sentences."""
        labelled = (labels != IGNORED).any(-1)
        if not bool(labelled.any()):
            return logits.sum() * 0.0
        return functional.binary_cross_entropy_with_logits(logits[labelled].float(), labels[labelled].float())


HEADS: dict[str, type[Head]] = {"word_tags": WordTagHead, "sentence_types": SentenceTypeHead}


def build_head(spec: dict[str, Any], hidden_size: int, dropout: float) -> Head:
    """Build the head that an item of ``MarsadConfig.heads`` describes."""
    kind = HEADS[spec["kind"]]
    return kind(hidden_size, list(spec["labels"]), dropout)


def word_states(tokens: Tensor, word_tokens: Tensor, word_ends: Tensor) -> Tensor:
    """Average ``tokens`` (batch, tokens, hidden) from ``word_tokens`` to ``word_ends`` (batch, words).

    Returns (batch, words, hidden). The mean of a range is the difference of two cumulative sums,
    taken in 32 bits because bfloat16 would lose the small difference of large sums.
    """
    sums = functional.pad(tokens.float().cumsum(1), (0, 0, 1, 0))
    ends = torch.maximum(word_ends, word_tokens + 1)  # padding has no subwords

    def upto(position: Tensor) -> Tensor:
        return torch.gather(sums, 1, position.unsqueeze(-1).expand(-1, -1, sums.size(-1)))

    return ((upto(ends) - upto(word_tokens)) / (ends - word_tokens).unsqueeze(-1)).to(tokens.dtype)
