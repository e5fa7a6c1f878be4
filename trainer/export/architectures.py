"""What each encoder architecture calls the parts that an exported head is made of.

This is the one place that knows parameter names. An architecture that normalises behind each sublayer gets one more
layer, which does the head's LayerNorm (:mod:`trainer.export.extra_layer`); ModernBERT, which normalises before, has
dense layer and LayerNorm in its plain classes already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLASSIFIER = "classifier"


@dataclass(frozen=True)
class PostNorm:
    """An architecture whose layers are attention, LayerNorm, feed-forward, LayerNorm.

    Names below ``layer`` are relative to a layer, the others to the plain model. ``slope`` is the derivative at 0 of
    the activation behind ``dense``; ``settings`` goes into the configuration of a sentence classifier.
    """

    dense: str
    classifier: str = CLASSIFIER
    slope: float = 1.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    layer: str = "encoder.layer.{index}"
    value: str = "attention.self.value"
    attended: str = "attention.output.dense"
    attention_norm: str = "attention.output.LayerNorm"
    output_norm: str = "output.LayerNorm"
    norm_eps: str = "layer_norm_eps"


@dataclass(frozen=True)
class DenseNorm:
    """An architecture whose plain classes have dense layer, activation and LayerNorm before the classifier."""

    dense: str
    norm: str
    settings: Mapping[str, Any]
    sentence_settings: Mapping[str, Any]
    norm_eps: str = "norm_eps"


_TANH, _GELU = 1.0, 0.5
_ROBERTA = PostNorm(dense="classifier.dense", classifier="classifier.out_proj", slope=_TANH)

# By ``model_type``.
ARCHITECTURES: Mapping[str, PostNorm | DenseNorm] = {
    "bert": PostNorm(dense="bert.pooler.dense", slope=_TANH),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "electra": PostNorm(dense="classifier.dense", classifier="classifier.out_proj", slope=_GELU),
    "deberta-v2": PostNorm(
        dense="pooler.dense", value="attention.self.value_proj", settings={"pooler_hidden_act": "linear"}
    ),
    "modernbert": DenseNorm(
        dense="head.dense",
        norm="head.norm",
        settings={"classifier_activation": "linear"},
        sentence_settings={"classifier_pooling": "mean"},
    ),
}


def architecture_of(model_type: str) -> PostNorm | DenseNorm:
    """Return the names of an encoder's parts.

    Raises
    ------
    ValueError
        If its heads cannot be exported; the message names the architectures whose heads can.
    """
    if model_type not in ARCHITECTURES:
        raise ValueError(
            f"the heads of a {model_type!r} encoder cannot be exported; those of {', '.join(ARCHITECTURES)} can"
        )
    return ARCHITECTURES[model_type]
