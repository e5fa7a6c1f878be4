"""One encoder, one forward pass, several heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils import ModelOutput

from trainer.encoders.loading import without_pooler
from trainer.modeling.configuration import MarsadConfig
from trainer.modeling.head_kinds import build_head
from trainer.modeling.heads import EncodedBatch, Head, word_states


@dataclass
class MarsadOutput(ModelOutput):
    """The loss (with labels only) and the logits of each head by its name."""

    loss: Tensor | None = None
    logits: dict[str, Tensor] | None = None


class MarsadModel(PreTrainedModel):
    """Any Transformers encoder with Marsad's heads on top.

    Use :meth:`with_encoder` to put fresh heads on a pretrained encoder and ``from_pretrained`` to
    load a trained model.
    """

    config_class = MarsadConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True

    def __init__(self, config: MarsadConfig) -> None:
        super().__init__(config)
        encoder_config = config.encoder_config()
        self.encoder = without_pooler(AutoModel.from_config(encoder_config))
        self.heads = nn.ModuleDict(
            {item["name"]: build_head(item, encoder_config.hidden_size, config.dropout) for item in config.heads}
        )
        self.post_init()

    @classmethod
    def with_encoder(cls, encoder: PreTrainedModel, heads: list[dict[str, Any]], **options: Any) -> MarsadModel:
        """Put freshly drawn heads on ``encoder``; ``options`` go to :class:`MarsadConfig`."""
        special = {
            f"{role}_token_id": getattr(encoder.config, f"{role}_token_id", None) for role in ("bos", "eos", "pad")
        }
        # Not where the encoder lay: the same run on another machine gives the same model folder.
        values = {key: value for key, value in encoder.config.to_dict().items() if key != "_name_or_path"}
        config = MarsadConfig(encoder=values, heads=heads, **{**special, **options})
        model = cls(config)
        model.encoder = encoder
        return model

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        word_tokens: Tensor,
        word_ends: Tensor,
        labels: dict[str, Tensor] | None = None,
        row_weights: Tensor | None = None,
        sentence_mask: Tensor | None = None,
        counts: dict[str, Tensor] | None = None,
    ) -> MarsadOutput:
        """Score a batch of windows.

        Parameters
        ----------
        input_ids, attention_mask:
            (batch, tokens).
        word_tokens, word_ends:
            (batch, words): where each word's subwords begin and end.
        labels:
            By head: (batch, words) tag ids or (batch, types) 0/1, -100 where nothing is known; or the pairs of
            :class:`trainer.modeling.argument_head.ArgumentHead`.
        row_weights:
            (batch,): how much each window's loss weighs.
        sentence_mask:
            (batch, tokens): 0 for padding and for the subwords of neighbouring sentences; without it
            ``attention_mask``.
        counts:
            By head: labelled items of the whole batch of which this one is a part (see :meth:`Head.loss`).
        """
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask if sentence_mask is None else sentence_mask
        batch = EncodedBatch(tokens, mask, word_states(tokens, word_tokens, word_ends))
        logits = {name: head(batch) for name, head in self.heads.items()}
        loss: Tensor | None = None
        for spec in self.config.heads if labels is not None else ():
            name = spec["name"]
            if labels is not None and name in labels:
                head = cast(Head, self.heads[name])
                count = counts[name] if counts is not None else None
                weighted = spec["weight"] * head.loss(logits[name], labels[name], row_weights, count)
                loss = weighted if loss is None else loss + weighted
        return MarsadOutput(loss=loss, logits=logits)


AutoConfig.register(MarsadConfig.model_type, MarsadConfig)
AutoModel.register(MarsadConfig, MarsadModel)
