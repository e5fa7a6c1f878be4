"""Configuration of a Marsad model: its encoder's configuration and the heads on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoConfig, PretrainedConfig

from trainer.data.tags import bio_tags
from trainer.documents import LAYERS
from trainer.modeling.layout import ARGUMENT, ENTITY, EVENT_TYPE, HEAD_OF_LAYER, TRIGGER, ModelLayout
from trainer.schema import Schema

# Width of the argument head's projections.
_PAIR_SIZE = 96


class MarsadConfig(PretrainedConfig):
    """Configuration of :class:`trainer.modeling.model.MarsadModel`.

    Parameters
    ----------
    encoder:
        The encoder's own configuration as a dict with its ``model_type``.
    heads:
        One dict a head: ``name`` (the layer it predicts), ``kind`` (a key of
        :data:`trainer.modeling.head_kinds.HEADS`), ``labels``, the ``weight`` of its loss, and, where labels
        weigh differently, ``label_weights``.
    dropout:
        Dropout before each head.
    window:
        The window: most subwords of one input, special tokens included.
    context:
        Most subwords of the sentence before, and of the one after, that a window holds as well.
    """

    model_type = "marsad"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        heads: list[dict[str, Any]] | None = None,
        dropout: float = 0.1,
        window: int = 256,
        context: int = 0,
        **kwargs: Any,
    ) -> None:
        self.encoder = encoder or {}
        self.heads = heads or []
        self.dropout = dropout
        self.window = window
        self.context = context
        super().__init__(**kwargs)

    def encoder_config(self) -> PretrainedConfig:
        """Return the encoder's configuration as the class that Transformers knows it by."""
        values = dict(self.encoder)
        return AutoConfig.for_model(values.pop("model_type"), **values)

    @property
    def layout(self) -> ModelLayout:
        """Return what labelling must know of the model."""
        return ModelLayout(self.heads, self.window, self.context, self.pad_token_id)


def heads_for_schema(
    schema: Schema, weights: dict[str, float] | None = None, layers: Sequence[str] = LAYERS
) -> list[dict[str, Any]]:
    """Return the heads for those ``layers`` for which ``schema`` has labels.

    Parameters
    ----------
    weights:
        By head, the weight of its loss; 1 without it. A head of weight 0 is left out.
    """
    weights = weights or {}
    heads = [
        {"name": ENTITY, "kind": "word_tags", "labels": bio_tags(schema.entity_types)},
        {"name": TRIGGER, "kind": "word_tags", "labels": bio_tags(schema.event_types)},
        {"name": EVENT_TYPE, "kind": "sentence_types", "labels": schema.event_types},
    ]
    present = {HEAD_OF_LAYER[layer] for layer in schema.layers if layer in layers}
    weighted = [{**head, "weight": weights.get(str(head["name"]), 1.0)} for head in heads if head["name"] in present]
    return [head for head in weighted if head["weight"]]


def argument_head(schema: Schema, weight: float) -> dict[str, Any]:
    """Return the head for the roles of ``schema``, of the given weight in the loss."""
    return {
        "name": ARGUMENT,
        "kind": "argument_pairs",
        "labels": schema.role_names,
        "trigger_types": schema.event_types,
        "filler_types": schema.entity_types,
        "size": _PAIR_SIZE,
        "weight": weight,
    }
