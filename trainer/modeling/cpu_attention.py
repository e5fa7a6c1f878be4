"""Attention for training on a CPU, as one more implementation that Transformers can be told to use.

The fused kernel behind ``sdpa`` has a slow backward pass on CPUs, and ``eager`` computes the softmax in
32 bits under autocast and spends most of its time on dropout. This one multiplies in the precision of
its inputs, draws cheap masks and keeps only what the backward pass needs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from trainer.modeling.cheap_dropout import keep_mask, keep_scale

CPU_ATTENTION = "marsad_cpu"


def cpu_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attend with ``query``, ``key`` and ``value`` of (batch, heads, tokens, head size).

    Outside training it is ``sdpa``, whose forward pass is the faster one. ``attention_mask`` is what
    ``eager`` takes: added to the scores, or ``None``.

    Returns
    -------
    (Tensor, None)
        (batch, tokens, heads, head size), and no weights.
    """
    if not module.training or key.shape[1] != query.shape[1]:
        output, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
        return output, None
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    # Autocast would take the softmax to 32 bits; a softmax over bfloat16 is computed in 32 bits inside anyway.
    with torch.autocast(query.device.type, enabled=False):
        attended: Tensor = _Attention.apply(query, key, value, attention_mask, scaling, dropout)
    return attended.transpose(1, 2).contiguous(), None


class _Attention(torch.autograd.Function):
    """softmax(q kᵀ · scaling + mask), dropout, times v; everything per head, as (batch · heads, …)."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float, dropout: float
    ) -> Tensor:
        batch, heads, tokens, size = query.shape
        query = (query * scaling).reshape(batch * heads, tokens, size)
        key, value = key.reshape(batch * heads, -1, size), value.reshape(batch * heads, -1, value.size(-1))
        scores = torch.bmm(query, key.transpose(1, 2))
        if mask is not None:
            # The lowest 32-bit number is -inf in bfloat16, and a row of nothing but -inf has no softmax.
            mask = mask.clamp(min=torch.finfo(scores.dtype).min).to(scores.dtype)
            scores = (scores.view(batch, heads, tokens, -1) + mask).view_as(scores)
        weights = torch.softmax(scores, -1)
        kept = keep_mask(weights.shape, dropout, weights.device) if dropout > 0 else None
        ctx.keep_scale = keep_scale(dropout) if dropout > 0 else 1.0
        ctx.scaling = scaling
        ctx.save_for_backward(query, key, value, weights, kept)
        # The factor of dropout goes to the output, which is smaller than the weights.
        output = torch.bmm(weights if kept is None else weights * kept, value).mul_(ctx.keep_scale)
        return output.view(batch, heads, tokens, -1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:
        query, key, value, weights, kept = ctx.saved_tensors
        batch, heads, tokens, _ = grad_outputs[0].shape
        grad = grad_outputs[0].reshape(batch * heads, tokens, -1) * ctx.keep_scale
        grad_value = torch.bmm((weights if kept is None else weights * kept).transpose(1, 2), grad)
        grad_weights = torch.bmm(grad, value.transpose(1, 2))
        if kept is not None:
            grad_weights = grad_weights * kept
        grad_scores = torch._softmax_backward_data(grad_weights, weights, -1, weights.dtype)
        grad_query = torch.bmm(grad_scores, key).mul_(ctx.scaling)
        grad_key = torch.bmm(grad_scores.transpose(1, 2), query)
        per_head = (batch, heads, -1)
        return (
            grad_query.view(*per_head, grad_query.size(-1)),
            grad_key.view(*per_head, grad_key.size(-1)),
            grad_value.view(*per_head, grad_value.size(-1)),
            None,
            None,
            None,
        )


ALL_ATTENTION_FUNCTIONS.register(CPU_ATTENTION, cpu_attention)
ALL_MASK_ATTENTION_FUNCTIONS.register(CPU_ATTENTION, ALL_MASK_ATTENTION_FUNCTIONS["eager"])
