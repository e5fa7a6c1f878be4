"""Configuration of a Marsad model: its encoder's configuration and the heads on top of it."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PretrainedConfig

from trainer.data.tags import bio_tags
from trainer.schema import Schema

# The names of the heads, which are the names of the layers that they predict.
ENTITY, TRIGGER, EVENT_TYPE = "entity", "trigger", "event_type"


class MarsadConfig(PretrainedConfig):
    """Configuration of :class:`trainer.modeling.model.MarsadModel`.

    Parameters
    ----------
    encoder:
        The encoder's own configuration as a dict with its ``model_type``.
    heads:
        One dict a head: ``name`` (the layer it predicts), ``kind`` (a key of
        :data:`trainer.modeling.heads.HEADS`), ``labels``, and the ``weight`` of its loss.
    dropout:
        Dropout before each head.
    window:
        The window: most subwords of one input, special tokens included.
    """

    model_type = "marsad"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        heads: list[dict[str, Any]] | None = None,
        dropout: float = 0.1,
        window: int = 256,
        **kwargs: Any,
    ) -> None:
        self.encoder = encoder or {}
        self.heads = heads or []
        self.dropout = dropout
        self.window = window
        super().__init__(**kwargs)

    def encoder_config(self) -> PretrainedConfig:
        """Return the encoder's configuration as the class that Transformers knows it by."""
        values = dict(self.encoder)
        return AutoConfig.for_model(values.pop("model_type"), **values)

    def labels_of(self, head: str) -> list[str]:
        """Return the labels of the head that is called ``head``."""
        for item in self.heads:
            if item["name"] == head:
                return list(item["labels"])
        raise KeyError(head)


def heads_for_schema(schema: Schema, weights: dict[str, float] | None = None) -> list[dict[str, Any]]:
    """Return the heads for the layers of ``schema``: entity tags, trigger tags, event types."""
    weights = weights or {}
    heads = [
        {"name": ENTITY, "kind": "word_tags", "labels": bio_tags(schema.entity_types)},
        {"name": TRIGGER, "kind": "word_tags", "labels": bio_tags(schema.event_types)},
        {"name": EVENT_TYPE, "kind": "sentence_types", "labels": schema.event_types},
    ]
    return [{**head, "weight": weights.get(str(head["name"]), 1.0)} for head in heads]
