"""Attention for graphs that are traced, as one more implementation that Transformers can be told to use.

It is written out as products, an addition and a softmax: what runs a graph finds its fast kernels in these, and there
is no operation that only newer runtimes know. Only the small query is scaled, not the scores, and where a mask only
hides padding it is one row a window, not one a subword.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, bidirectional_mask_function
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

TRACED_ATTENTION = "marsad_traced"

# Added to the score of what is hidden: its weight is then 0, and bfloat16 and 8 bits can still hold it, which they
# cannot the lowest number of 32 bits.
_HIDDEN = -10_000.0


def traced_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attend with ``query``, ``key`` and ``value`` of (batch, heads, tokens, head size), without dropout.

    Returns
    -------
    (Tensor, None)
        (batch, tokens, heads, head size), and no weights.
    """
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query * scaling, key.transpose(2, 3))
    if attention_mask is not None:
        scores = scores + attention_mask
    attended = torch.matmul(torch.softmax(scores, -1), value)
    return attended.transpose(1, 2).contiguous(), None


def traced_mask(
    batch_size: int,
    q_length: int,
    kv_length: int,
    mask_function: Any,
    attention_mask: Tensor | None = None,
    dtype: torch.dtype = torch.float32,
    **options: Any,
) -> Tensor:
    """Return what is added to the scores: (batch, 1, 1, tokens), or (batch, 1, tokens, tokens) where not every subword
    sees the same ones."""
    if mask_function is bidirectional_mask_function and attention_mask is not None:
        return (1.0 - attention_mask[:, None, None, :].to(dtype)) * _HIDDEN
    # Never left out: a graph that was traced without a mask would have none.
    options["allow_is_bidirectional_skip"] = False
    visible = ALL_MASK_ATTENTION_FUNCTIONS["sdpa"](
        batch_size=batch_size,
        q_length=q_length,
        kv_length=kv_length,
        mask_function=mask_function,
        attention_mask=attention_mask,
        **options,
    )
    return (1.0 - visible.to(dtype)) * _HIDDEN


ALL_ATTENTION_FUNCTIONS.register(TRACED_ATTENTION, traced_attention)
ALL_MASK_ATTENTION_FUNCTIONS.register(TRACED_ATTENTION, traced_mask)
