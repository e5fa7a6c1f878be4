"""A Marsad model in the form in which it is traced: tensors in, the heads' logits out."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from trainer.encoders.loading import quiet_loading
from trainer.export.traced_attention import TRACED_ATTENTION
from trainer.modeling.heads import EncodedBatch, Head
from trainer.modeling.model import MarsadModel


class TracedModel(nn.Module):
    """A copy of ``model`` whose attention is written out and whose words are means by a matrix product.

    Its inputs are those of :data:`trainer.modeling.runtime.INPUTS`, its outputs the logits of ``heads``. Encoders with
    attention of their own (DeBERTa-v2) keep it.

    Parameters
    ----------
    model:
        A trained model in 32 bits; it is left as it is.
    """

    def __init__(self, model: MarsadModel) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).eval()
        self.heads = tuple(self.model.heads)
        if self.model.encoder._can_set_attn_implementation():
            self.model.encoder.set_attn_implementation(TRACED_ATTENTION)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, word_tokens: Tensor, word_ends: Tensor, sentence_mask: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the logits of every head; the arguments are those of :meth:`MarsadModel.forward`."""
        tokens = self.model.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        batch = EncodedBatch(tokens, sentence_mask, _word_states(tokens, word_tokens, word_ends))
        return tuple(cast(Head, self.model.heads[name])(batch) for name in self.heads)

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs to trace with.

        Three windows with padding, in subwords and in words: with one window, or without padding, parts of the model
        would be traced for that alone.
        """
        lengths, words = torch.tensor([[16], [13], [9]]), torch.tensor([[11], [7], [4]])
        position, word = torch.arange(16), torch.arange(11)
        mask = (position < lengths).long()
        padding = self.model.config.pad_token_id or 0
        # Any subwords do that are no padding, by which some encoders count positions.
        ids = torch.where(mask.bool(), (position + padding + 1) % self.model.encoder.config.vocab_size, padding)
        present = (word < words).long()
        starts = (word + 1) * present
        return ids, mask, starts, starts + present, mask.clone()


@contextmanager
def quiet_tracing() -> Iterator[None]:
    """Trace without gradients and without the advice of PyTorch, which the comparison with the model makes needless."""
    with torch.no_grad(), warnings.catch_warnings(), quiet_loading():
        warnings.simplefilter("ignore")
        yield


def _word_states(tokens: Tensor, word_tokens: Tensor, word_ends: Tensor) -> Tensor:
    """Return what :func:`trainer.modeling.heads.word_states` does: (batch, words, hidden).

    As a product with a matrix of 0 and 1 (batch, words, tokens), which graphs compute faster than sums and gathers.
    """
    first, behind = word_tokens.unsqueeze(-1), torch.maximum(word_ends, word_tokens + 1).unsqueeze(-1)
    position = torch.arange(tokens.size(1), device=tokens.device)
    chosen = ((position >= first) & (position < behind)).to(tokens.dtype)
    return torch.matmul(chosen, tokens) / (behind - first).to(tokens.dtype)
