"""Dropout whose random numbers cost little on a CPU.

PyTorch draws one number of 32 bits or more for every element, on one thread, and works with boolean
masks, which its CPU kernels do not vectorise: with dropout in its usual places an encoder of this size
spends about a third of a training step on it. Here one draw of 64 bits decides over eight elements.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_LEVELS = 256
_LOWEST_INT64 = -(2**63)
_LOWEST_INT8 = -128


class CheapDropout(nn.Dropout):
    """``nn.Dropout`` with the probability rounded to a multiple of 1/256 (0.1 becomes 26/256).

    What is kept is scaled by the rounded probability, so the expected value is exact. Masks come from
    PyTorch's global generator: a seed and a checkpoint's random state decide them.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return ``input`` with a random share of its elements zeroed, in training only."""
        if not self.training or _dropped_levels(self.p) == 0:
            return input
        dropped: Tensor = _Dropout.apply(input, self.p)
        return dropped


def keep_mask(shape: torch.Size, p: float, device: torch.device | None = None) -> Tensor:
    """Return an int8 tensor of ``shape`` with 1 for what is kept and 0 for what is dropped."""
    count = shape.numel()
    draws = torch.empty((count + 7) // 8, dtype=torch.int64, device=device).random_(_LOWEST_INT64, None)
    levels = draws.view(torch.int8)[:count].view(shape)
    # Arithmetic instead of a comparison: a boolean tensor would leave the fast path of the CPU kernels.
    first_kept = _LOWEST_INT8 + _dropped_levels(p)
    if first_kept == _LOWEST_INT8:
        return levels.fill_(1)
    if first_kept > 127:
        return levels.zero_()
    return levels.clamp_(first_kept - 1, first_kept).sub_(first_kept - 1)


def keep_scale(p: float) -> float:
    """Return the factor that makes up for what :func:`keep_mask` drops; 0 if it drops everything."""
    kept = _LEVELS - _dropped_levels(p)
    return _LEVELS / kept if kept else 0.0


def _dropped_levels(p: float) -> int:
    return round(p * _LEVELS)


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, p: float) -> Tensor:
        mask = keep_mask(input.shape, p, input.device)
        ctx.save_for_backward(mask)
        ctx.scale = keep_scale(p)
        return (input * mask).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor, None]:
        (mask,) = ctx.saved_tensors
        return (grad_outputs[0] * mask).mul_(ctx.scale), None
