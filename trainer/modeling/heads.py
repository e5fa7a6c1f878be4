"""The outputs of the model for words and sentences. The kinds of heads are in :mod:`trainer.modeling.head_kinds`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

IGNORED = -100


@dataclass
class EncodedBatch:
    """What the encoder gives to the heads.

    ``tokens`` is (batch, tokens, hidden) and ``token_mask`` (batch, tokens), 1 for what belongs to the
    sentence; ``words`` is (batch, words, hidden), the mean state of each word's subwords.
    """

    tokens: Tensor
    token_mask: Tensor
    words: Tensor


class Head(nn.Module, ABC):
    """Scores from an encoded batch, and the loss of these scores against labels.

    Every head normalises its input first: sentence encoders such as E5 give all words nearly the
    same small vector, and a linear layer on that learns many times more slowly.

    Parameters
    ----------
    hidden_size:
        Width of the encoder's states.
    labels:
        What the head tells apart.
    dropout:
        Dropout before the classifier.
    label_weights:
        Weight of each label's examples in the loss; all alike without it.
    """

    def __init__(
        self, hidden_size: int, labels: list[str], dropout: float, label_weights: list[float] | None = None
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(hidden_size, len(labels))
        self.label_weights = label_weights

    @classmethod
    def of(cls, spec: Mapping[str, Any], hidden_size: int, dropout: float) -> Head:
        """Build the head that an item of ``MarsadConfig.heads`` describes."""
        return cls(hidden_size, list(spec["labels"]), dropout, spec.get("label_weights"))

    def classify(self, states: Tensor) -> Tensor:
        """Return logits (..., labels) of states (..., hidden)."""
        logits: Tensor = self.classifier(self.dropout(self.norm(states)))
        return logits

    @abstractmethod
    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the head's logits."""

    @abstractmethod
    def count(self, labels: Tensor) -> Tensor:
        """Return how many items of a batch are labelled: what the sum of their losses is divided by."""

    @abstractmethod
    def row_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return (batch,): for each row the summed loss of its items, 0 where nothing is labelled."""

    def loss(
        self, logits: Tensor, labels: Tensor, row_weights: Tensor | None = None, count: Tensor | None = None
    ) -> Tensor:
        """Return the mean loss over the labels that are not ``IGNORED``.

        Parameters
        ----------
        row_weights:
            (batch,): how much each row's loss weighs.
        count:
            What to divide by where the batch is a part of a larger one, such as one process's part: the
            number of labelled items in all of it.
        """
        losses = self.row_losses(logits, labels)
        if row_weights is not None:
            losses = losses * row_weights
        divisor = self.count(labels) if count is None else count
        return losses.sum() / divisor.clamp(min=1)

    def _weights(self, like: Tensor) -> Tensor | None:
        return None if self.label_weights is None else like.new_tensor(self.label_weights, dtype=torch.float32)


class WordTagHead(Head):
    """One tag a word; logits are (batch, words, tags), labels (batch, words)."""

    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the tag logits of every word."""
        return self.classify(batch.words)

    def count(self, labels: Tensor) -> Tensor:
        """Return the number of labelled words."""
        return (labels != IGNORED).sum()

    def row_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return each row's cross-entropy, summed over its labelled words."""
        losses = functional.cross_entropy(
            logits.flatten(0, 1).float(),
            labels.flatten(),
            weight=self._weights(logits),
            ignore_index=IGNORED,
            reduction="none",
        )
        return losses.view_as(labels).sum(1)


class SentenceTypeHead(Head):
    """Several types a sentence; logits and labels (0 or 1) are (batch, types).

    The sentence is the mean of its subword states, the pooling that E5 encoders were trained with.
    """

    def forward(self, batch: EncodedBatch) -> Tensor:
        """Return the type logits of every sentence."""
        mask = batch.token_mask.unsqueeze(-1).to(batch.tokens.dtype)
        pooled = (batch.tokens * mask).sum(1) / mask.sum(1).clamp(min=1)
        return self.classify(pooled)

    def count(self, labels: Tensor) -> Tensor:
        """Return the number of labelled sentences."""
        return (labels != IGNORED).any(-1).sum()

    def row_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return each sentence's binary cross-entropy, averaged over the types."""
        labelled = (labels != IGNORED).any(-1)
        losses = functional.binary_cross_entropy_with_logits(
            logits.float(), labels.clamp(min=0).float(), pos_weight=self._weights(logits), reduction="none"
        )
        return torch.where(labelled, losses.mean(-1), 0.0)


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
