"""The kinds of heads by the name that ``config.json`` has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.modeling.argument_head import ArgumentHead
from trainer.modeling.heads import Head, SentenceTypeHead, WordTagHead

HEADS: dict[str, type[Head]] = {
    "word_tags": WordTagHead,
    "sentence_types": SentenceTypeHead,
    "argument_pairs": ArgumentHead,
}


def build_head(spec: Mapping[str, Any], hidden_size: int, dropout: float) -> Head:
    """Build the head that an item of ``MarsadConfig.heads`` describes."""
    return HEADS[spec["kind"]].of(spec, hidden_size, dropout)
