"""Rewrite a trained head as the plain Transformers class of its encoder's architecture."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import cast

import torch
from torch import Tensor
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PretrainedConfig,
    PreTrainedModel,
)

from trainer.export.architectures import CLASSIFIER, DenseNorm, PostNorm, architecture_of
from trainer.export.extra_layer import NormScales, add_standardising_layer
from trainer.modeling.argument_head import ArgumentHead
from trainer.modeling.heads import Head, SentenceTypeHead
from trainer.modeling.model import MarsadModel

# A dense layer that multiplies by this makes the activation behind it linear: tanh and gelu of such a number are the
# number times their slope, to the last of 32 bits.
_SMALL = 2.0**-30


def plain_model(model: MarsadModel, head_name: str) -> PreTrainedModel:
    """Return a token or sequence classifier whose logits are those of one head of ``model``.

    A tag head becomes a token classifier: the logits of a subword are the head's for a word of that one subword. The
    head for a sentence's types becomes a sequence classifier for several labels.

    Raises
    ------
    ValueError
        If the model has no such head, or its encoder's architecture is not known.
    """
    head = _head(model, head_name)
    config = model.config.encoder_config()
    parts = architecture_of(config.model_type)
    of_sentence = isinstance(head, SentenceTypeHead)
    _describe_labels(config, model.config.layout.labels_of(head_name), of_sentence)
    if isinstance(parts, PostNorm):
        return _behind_extra_layer(model, head, config, parts, of_sentence)
    return _behind_dense_and_norm(model, head, config, parts, of_sentence)


def _head(model: MarsadModel, name: str) -> Head:
    if name not in model.heads:
        raise ValueError(f"the model has no head {name!r}; it has {', '.join(model.heads)}")
    head = cast(Head, model.heads[name])
    if isinstance(head, ArgumentHead):
        raise ValueError(
            f"the head {name!r} scores pairs of words, which no plain Transformers class does; export the whole model "
            "with --to openvino or --to onnx"
        )
    return head


def _describe_labels(config: PretrainedConfig, labels: list[str], of_sentence: bool) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: index for index, label in enumerate(labels)}
    if of_sentence:
        config.problem_type = "multi_label_classification"


def _behind_extra_layer(
    model: MarsadModel, head: Head, config: PretrainedConfig, parts: PostNorm, of_sentence: bool
) -> PreTrainedModel:
    layers = config.num_hidden_layers
    config.num_hidden_layers = layers + 1
    if of_sentence:
        config.update(dict(parts.settings))
    plain = _empty(config, of_sentence)
    prefix = f"{plain.base_model_prefix}."
    names = [name.removeprefix(prefix) for name in plain.state_dict() if name.startswith(prefix)]
    scales = NormScales.of(getattr(config, parts.norm_eps), head.norm.eps)
    encoder = add_standardising_layer(
        model.encoder.state_dict(), names, layers, parts, scales, mean_of_sentence=of_sentence
    )
    weights = {prefix + name: tensor for name, tensor in encoder.items()}
    weight, bias = _folded_classifier(head)
    if of_sentence:
        size = weight.size(1)
        weights |= {f"{parts.dense}.weight": _SMALL * torch.eye(size), f"{parts.dense}.bias": torch.zeros(size)}
        weight = weight / (_SMALL * parts.slope)
    classifier = parts.classifier if of_sentence else CLASSIFIER
    return _filled(plain, {**weights, f"{classifier}.weight": weight, f"{classifier}.bias": bias})


def _behind_dense_and_norm(
    model: MarsadModel, head: Head, config: PretrainedConfig, parts: DenseNorm, of_sentence: bool
) -> PreTrainedModel:
    config.update({**parts.settings, **(parts.sentence_settings if of_sentence else {})})
    plain = _empty(config, of_sentence)
    weights = {f"{plain.base_model_prefix}.{name}": tensor for name, tensor in model.encoder.state_dict().items()}
    weight, bias = _folded_classifier(head)
    size = weight.size(1)
    # The LayerNorm of a scaled state is that of the state itself with a smaller or larger epsilon.
    scale = sqrt(getattr(config, parts.norm_eps) / head.norm.eps)
    head_weights = {
        f"{parts.dense}.weight": scale * torch.eye(size),
        f"{parts.dense}.bias": torch.zeros(size),
        f"{parts.norm}.weight": torch.ones(size),
        f"{parts.norm}.bias": torch.zeros(size),
        f"{CLASSIFIER}.weight": weight,
        f"{CLASSIFIER}.bias": bias,
    }
    # Some configurations have no biases there.
    used = plain.state_dict()
    return _filled(plain, {**weights, **{name: tensor for name, tensor in head_weights.items() if name in used}})


def _folded_classifier(head: Head) -> tuple[Tensor, Tensor]:
    """Return weight (labels, hidden) and bias (labels,) of the head's classifier for states that are only
    standardised: the weight and bias of the head's LayerNorm are multiplied in."""
    weight, bias = head.classifier.weight.detach().double(), head.classifier.bias.detach().double()
    folded = weight * head.norm.weight.detach().double()
    return folded.float(), (bias + weight @ head.norm.bias.detach().double()).float()


def _empty(config: PretrainedConfig, of_sentence: bool) -> PreTrainedModel:
    factory = AutoModelForSequenceClassification if of_sentence else AutoModelForTokenClassification
    return factory.from_config(config, dtype=torch.float32)


def _filled(plain: PreTrainedModel, weights: Mapping[str, Tensor]) -> PreTrainedModel:
    plain.load_state_dict(dict(weights), strict=True)
    return plain.eval()
