"""Does an exported folder say what the Marsad model says?

Logits must be the same. Spans and types need not be, because a pipeline puts subwords together in its own way: how
often they are is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import Pipeline, pipeline

from trainer.encoders.loading import quiet_loading
from trainer.export.pipeline_results import Agreement, LabelledSentence, tag_agreement, type_agreement
from trainer.modeling.heads import EncodedBatch, Head, SentenceTypeHead
from trainer.modeling.model import MarsadModel

# Far above what 32 bits round a logit of 10 to, far below what changes a tag.
TOLERANCE = 1e-3
_BATCH = 16


@dataclass(frozen=True)
class Parity:
    """The result of a check.

    ``largest_difference`` is between any two logits; ``identical`` has the agreement of what was found by the way the
    pipeline was called.
    """

    sentences: int
    largest_difference: float
    identical: dict[str, Agreement]


def check_parity(
    folder: Path,
    model: MarsadModel,
    tokenizer: Tokenizer,
    head_name: str,
    sentences: Sequence[LabelledSentence],
    threshold: float,
) -> Parity:
    """Load an exported folder and compare it with the model that it was made from.

    Parameters
    ----------
    model, tokenizer:
        The Marsad model and its tokenizer.
    sentences:
        What to compare on, as Marsad labels it.
    threshold:
        The score from which a sentence's type counts.

    Raises
    ------
    ValueError
        If there is no sentence, or the two differ in subwords or by more than ``TOLERANCE`` in a logit.
    """
    if not sentences:
        raise ValueError("there is no sentence to compare the exported head with the model on")
    head = cast(Head, model.heads[head_name])
    of_sentence = isinstance(head, SentenceTypeHead)
    task = "text-classification" if of_sentence else "token-classification"
    with quiet_loading():
        exported = pipeline(task, model=str(folder), device="cpu")
        _require_same_subwords(exported, tokenizer, sentences)
        difference = max(
            _largest_difference(
                exported, model, head, [sentence.text for sentence in sentences[first : first + _BATCH]]
            )
            for first in range(0, len(sentences), _BATCH)
        )
        # Not the other way round: a difference that is no number is one as well.
        if not difference <= TOLERANCE:
            raise ValueError(
                f"the exported head {head_name!r} differs from the model's by {difference:.2g} in a logit, more than "
                f"{TOLERANCE}; nothing was written. Please report it with the encoder's config.json"
            )
        if of_sentence:
            identical = type_agreement(exported, sentences, head_name, threshold)
        else:
            identical = tag_agreement(exported, sentences, head_name)
    return Parity(len(sentences), difference, identical)


def _require_same_subwords(exported: Pipeline, tokenizer: Tokenizer, sentences: Sequence[LabelledSentence]) -> None:
    tokenizer.encode_special_tokens = True
    for sentence in sentences:
        if exported.tokenizer(sentence.text)["input_ids"] != tokenizer.encode(sentence.text).ids:
            raise ValueError(
                f"Transformers loads the tokenizer as {type(exported.tokenizer).__name__}, which splits "
                f"{sentence.text[:40]!r} into other subwords than the model's; nothing was written"
            )


def _largest_difference(exported: Pipeline, model: MarsadModel, head: Head, texts: list[str]) -> float:
    inputs = exported.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    mask: Tensor = inputs["attention_mask"]
    with torch.inference_mode():
        theirs = exported.model(**inputs).logits
        tokens = model.encoder(**inputs).last_hidden_state
        if isinstance(head, SentenceTypeHead):
            difference = (theirs - head(EncodedBatch(tokens, mask, tokens))).abs()
        else:
            difference = (theirs - head.classify(tokens)).abs()[mask.bool()]
    return float(difference.max())
