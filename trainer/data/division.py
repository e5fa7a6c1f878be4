"""Take a part of documents: by a share of them, to choose on, and without what repeats other text."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import xxhash

from trainer.data.near_duplicates import SentenceFingerprints
from trainer.documents import Document

logger = logging.getLogger(__name__)

# So that a share of the documents is close to that share of the sentences.
_FEWEST_PARTS = 10


def share_of(documents: Sequence[Document], share: float) -> list[Document]:
    """Return about ``share`` (0 to 1) of ``documents``, in their order: those whose ids hash lowest.

    A larger share holds every smaller one.
    """
    ranked = sorted(
        documents, key=lambda document: xxhash.xxh64_intdigest(document.id.encode("utf-8", "surrogatepass"))
    )
    kept = {document.id for document in ranked[: round(share * len(ranked))]}
    return [document for document in documents if document.id in kept]


def divided(documents: Sequence[Document], share: float) -> dict[str, list[Document]]:
    """Keep about ``share`` of the documents back as ``validation``; the others are ``train``.

    Which ones depends on their ids alone. A kept-back sentence that repeats a training sentence is left out.

    Raises
    ------
    ValueError
        If there are too few sentences to divide, or all that were kept back repeat training sentences.
    """
    parts = list(documents)
    if len(parts) < _FEWEST_PARTS:
        parts = [part for document in parts for part in _parts(document)]
    if len(parts) < 2:
        raise ValueError(f"{documents[0].id}: one sentence is too little to train on and to keep some back")
    share = min(max(share, 1 / len(parts)), 1 - 1 / len(parts))
    validation = share_of(parts, share)
    kept_back = {document.id for document in validation}
    training = [document for document in parts if document.id not in kept_back]
    kept = without_repeats(validation, training)
    if not kept:
        raise ValueError(
            f"{documents[0].id}: every sentence that was kept back to choose on repeats one to train on; keep more "
            "back (validation_share), or take text that repeats itself less"
        )
    return {"train": training, "validation": kept}


def without_repeats(validation: Sequence[Document], training: Sequence[Document]) -> list[Document]:
    """Return ``validation`` without the sentences that repeat one of ``training``, and say how many those are."""
    repeated = {(match.document, match.sentence) for match in SentenceFingerprints.of(training).find(validation)}
    if not repeated:
        return list(validation)
    logger.warning("%d validation sentences repeat training sentences and are left out", len(repeated))
    kept = [
        replace(
            document,
            sentences=[s for index, s in enumerate(document.sentences) if (document.id, index) not in repeated],
        )
        for document in validation
    ]
    return [document for document in kept if document.sentences]


def _parts(document: Document) -> list[Document]:
    """Cut a document into about ``_FEWEST_PARTS`` documents of neighbouring sentences."""
    size = max(1, len(document.sentences) // _FEWEST_PARTS)
    starts = range(0, len(document.sentences), size)
    return [
        replace(document, id=f"{document.id}-{number}", sentences=document.sentences[start : start + size])
        for number, start in enumerate(starts, start=1)
    ]
