"""The head's LayerNorm as one more layer of the encoder.

A plain classifier puts a linear layer on the encoder's states; Marsad's heads standardise the states first. A layer
that normalises behind its sublayers can do that: its attention gives nothing, or the mean of the sentence, its
feed-forward part gives nothing, and its two LayerNorms stand one behind the other.

Two LayerNorms in a row are one. Let x have the mean m and the variance v, let both have the epsilon e, let x be scaled
by S before them and let the first have the weight c. With k = e / c² the second then returns

    (x - m) / sqrt(v + k / (1 + k) · e / S²) / sqrt(1 + k)

so S and the second's weight can be chosen such that this is a LayerNorm with any other epsilon h. That matters: the
bundled encoder's states have variances from 0.015, which e = 1e-12 and h = 1e-5 turn into logits that differ by 0.006.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from trainer.export.architectures import PostNorm

# How much louder the mean of the sentence is than the state it is added to: at 2^24 what is added to a 32-bit number is
# lost in its rounding.
_MEAN_GAIN = 2.0**24


@dataclass(frozen=True)
class NormScales:
    """S (``states``), c (``first``) and the weight of the second LayerNorm (``second``), as above."""

    states: float
    first: float
    second: float

    @classmethod
    def of(cls, layer_eps: float, head_eps: float) -> NormScales:
        """Return the scales with which LayerNorms of ``layer_eps`` compute one of ``head_eps``."""
        # Any k would do; this one makes S and c about the same, so that neither is smaller than it need be.
        k = sqrt(head_eps)
        return cls(states=sqrt(layer_eps / head_eps * k / (1 + k)), first=sqrt(layer_eps / k), second=sqrt(1 + k))


def add_standardising_layer(
    weights: Mapping[str, Tensor],
    names: Iterable[str],
    layers: int,
    parts: PostNorm,
    scales: NormScales,
    *,
    mean_of_sentence: bool,
) -> dict[str, Tensor]:
    """Return an encoder's weights with one more layer, which standardises the states.

    Parameters
    ----------
    weights:
        The encoder's parameters by name.
    names:
        What the parameters of the longer encoder are called.
    layers:
        How many layers the encoder has.
    mean_of_sentence:
        Standardise the mean of all states instead, the same for every subword.
    """
    longer = dict(weights)
    last, added = (parts.layer.format(index=index) for index in (layers - 1, layers))
    size = weights[f"{last}.{parts.output_norm}.weight"].numel()
    template = {
        name.removeprefix(added): weights[name.replace(added, last)] for name in names if name.startswith(added)
    }
    longer |= {added + name: torch.zeros_like(tensor) for name, tensor in template.items()}
    gain = _MEAN_GAIN if mean_of_sentence else 1.0
    for part in ("weight", "bias"):
        name = f"{last}.{parts.output_norm}.{part}"
        longer[name] = (weights[name].double() * (scales.states / gain)).to(weights[name].dtype)
    if mean_of_sentence:
        # Queries and keys of nothing attend to all subwords alike.
        longer[f"{added}.{parts.value}.weight"] = torch.eye(size)
        longer[f"{added}.{parts.attended}.weight"] = gain * torch.eye(size)
    longer[f"{added}.{parts.attention_norm}.weight"] = torch.full((size,), scales.first)
    longer[f"{added}.{parts.output_norm}.weight"] = torch.full((size,), scales.second)
    return longer
