"""Does a model that was exported for a fast runtime say what the model says that it was made of?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.documents import Document
from trainer.export.pipeline_results import Agreement, labelled_sentences
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import choose
from trainer.modeling.layout import EVENT_TYPE, HEAD_OF_LAYER
from trainer.modeling.runtime import Batch, Logits, Runtime

# Far above what 32 bits round a logit of 10 to, far below what changes a tag.
TOLERANCE = 1e-3
# Of every layer an export in 8 bits must find this share of what it or the model finds.
LEAST_IDENTICAL = 0.9


@dataclass(frozen=True)
class FastParity:
    """The result of a check.

    ``largest_difference`` is between any two logits in 32 bits, ``None`` for an export in 8 bits; ``identical`` has by
    layer the agreement of what is found, by the export in ``precision``.
    """

    sentences: int
    largest_difference: float | None
    identical: Mapping[str, Agreement]
    precision: str


def check_same_logits(exported: Runtime, recorded: Sequence[tuple[Batch, Logits]]) -> float:
    """Return the largest difference between logits of ``exported`` and those that were ``recorded``.

    Raises
    ------
    ValueError
        If it is more than ``TOLERANCE``.
    """
    difference = max(_difference(batch, logits, exported.start(batch).result()) for batch, logits in recorded)
    # Not the other way round: a difference that is no number is one as well.
    if not difference <= TOLERANCE:
        raise ValueError(
            f"the export for {exported.name} differs from the model by {difference:.2g} in a logit, more than "
            f"{TOLERANCE}; nothing was written. Please report it with the model's config.json"
        )
    return difference


def _difference(batch: Batch, ours: Logits, theirs: Logits) -> float:
    # What is said of padding means nothing.
    words = batch["word_ends"] > 0
    differences = [
        np.abs(ours[head] - theirs[head])[... if head == EVENT_TYPE else words].max(initial=0.0) for head in ours
    ]
    return float(np.max(differences))


def compare_labels(
    exported: Path, reference: Predictor, documents: Sequence[Document]
) -> tuple[dict[str, Agreement], str]:
    """Label ``documents`` with both; return how often by layer they agree, and the precision of ``exported``."""
    predictor = Predictor(exported, choose(ModelFiles.of(exported), device="cpu"))
    ours = labelled_sentences(reference.predict(list(documents)))
    theirs = labelled_sentences(predictor.predict(list(documents)))
    agreement = {layer: Agreement() for layer in reference.layers}
    for mine, other in zip(ours, theirs, strict=True):
        for layer, so_far in agreement.items():
            head = HEAD_OF_LAYER[layer]
            agreement[layer] = so_far.with_items(mine.found[head], other.found[head])
    return agreement, predictor.precision


def require_mostly_identical(identical: Mapping[str, Agreement]) -> None:
    """Refuse an export in 8 bits that labels too much otherwise.

    Raises
    ------
    ValueError
        If a layer has less than ``LEAST_IDENTICAL``.
    """
    for layer, agreement in identical.items():
        if agreement.share is not None and agreement.share < LEAST_IDENTICAL:
            raise ValueError(
                f"in 8 bits only {agreement.share:.2f} of the {layer.replace('_', ' ')} are those of the model, less "
                f"than {LEAST_IDENTICAL}; nothing was written. Leave out --int8, or give more text with --input"
            )
