"""Agreement of a dataset with a second annotation of some of its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trainer.documents import LAYERS, Document, Sentence
from trainer.evaluation.agreement import agreement
from trainer.schema import Schema

# What the scores of each layer are called by :func:`trainer.evaluation.agreement.agreement`.
_KEYS = {
    "entities": ("entities",),
    "triggers": ("triggers", "arguments", "arguments_of_shared_triggers", "attributes"),
    "event_types": ("kappa",),
}
_NAMED = 5


def shared_agreement(first: Sequence[Document], second: Sequence[Document], schema: Schema) -> dict[str, Any]:
    """Compare the documents that both annotations have.

    Sentences are those of the first; the second's event types are those of its triggers.

    Returns
    -------
    dict
        The scores of :func:`trainer.evaluation.agreement.agreement`, without the layers that some of these documents
        lack in either annotation, and without arguments and attributes that neither has.

    Raises
    ------
    ValueError
        If they have no document in common, or one with different texts.
    """
    known = {document.id for document in second}
    ours = [document for document in first if document.id in known]
    if not ours:
        raise ValueError(
            f"the second annotation has no document of the first: it has {_some(second)}, the first has "
            f"{_some(first)}; documents are paired by their ids"
        )
    shared = {document.id for document in ours}
    sentences = {document.id: document.sentences for document in ours}
    theirs = [_cut_like(sentences[document.id], document) for document in second if document.id in shared]
    scores = agreement(ours, theirs, schema)
    layers = [layer for layer in LAYERS if all(layer in document.layers for document in (*ours, *theirs))]
    kept = {key: scores[key] for layer in layers for key in _KEYS[layer]}
    if "arguments" in kept and not _any(kept["arguments"]["strict"]):
        del kept["arguments"], kept["arguments_of_shared_triggers"]
    if "attributes" in kept:
        kept["attributes"] = {name: found for name, found in kept["attributes"].items() if _any(found)}
    return {"documents": scores["documents"], "sentences": scores["sentences"], **kept}


def _cut_like(sentences: Sequence[Sentence], document: Document) -> Document:
    """Return a copy with ``sentences``: a table of sentences may cut a text in other places than Marsad."""
    copy = replace(document, sentences=[Sentence(sentence.start, sentence.end) for sentence in sentences])
    copy.set_event_types_from_triggers()
    return copy


def _any(scores: dict[str, float]) -> bool:
    return bool(scores["support"] or scores["predicted"])


def _some(documents: Sequence[Document]) -> str:
    names = ", ".join(repr(document.id) for document in documents[:_NAMED])
    return names + (" …" if len(documents) > _NAMED else "")
