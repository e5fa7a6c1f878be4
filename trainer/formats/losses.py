"""What is lost where documents are written as marks in a text (brat, inline markup), and labels that fit nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import regex

from trainer.documents import LAYERS, Document
from trainer.schema import Schema
from trainer.text.surrogates import encodable

# White space ends a label in both formats; the other characters mean something in one of them.
_UNWRITABLE = regex.compile(r"[\s\[\]{}|;:\\]")


def losses_of_marks(documents: Iterable[Document], *, metadata: bool) -> Counter[str]:
    """Count what marks in a text do not say of ``documents``.

    Parameters
    ----------
    metadata:
        Whether metadata are written, as strings.
    """
    losses: Counter[str] = Counter()
    for document in documents:
        losses.update(_losses(document, metadata))
    return losses


def _losses(document: Document, metadata: bool) -> Iterator[str]:
    if missing := [layer for layer in LAYERS if layer not in document.layers]:
        layers = ", ".join(missing)
        yield f"that documents were not annotated for {layers}; read back, they count as annotated without any"
    scores = [entity.score for entity in document.entities]
    for event in document.events:
        scores += [event.score, *(argument.score for argument in event.arguments)]
    yield from ("scores" for score in scores if score is not None)
    if document.model:
        yield "names of models"
    if document.duplicate_of:
        yield "marks of copies"
    if metadata:
        yield from (
            f"that {key!r} is no text" for key, value in document.metadata.items() if not isinstance(value, str)
        )
    else:
        yield from (f"metadata {key!r}" for key in document.metadata)
    of_triggers = {(document.sentence_index(event.trigger.start), event.type) for event in document.events}
    for index, sentence in enumerate(document.sentences):
        yield from (
            "event types of sentences without a trigger"
            for type in sentence.event_types
            if (index, type) not in of_triggers
        )


def unknown_labels(documents: Iterable[Document], schema: Schema) -> Counter[str]:
    """Count the marks of each label, role and attribute of ``documents`` that ``schema`` has not."""
    known = {*schema.entity_types, *schema.event_types, *schema.role_names, *schema.attribute_names}
    return Counter(label for document in documents for label in _labels(document) if label not in known)


def _labels(document: Document) -> Iterator[str]:
    yield from (entity.label for entity in document.entities)
    for event in document.events:
        yield from (event.type, *event.attributes, *(argument.role for argument in event.arguments))


def require_writable(documents: Iterable[Document]) -> None:
    """Raise ``ValueError`` for a label that no mark can have, and for a text that no UTF-8 file can hold."""
    for document in documents:
        if encodable(document.text) != document.text:
            raise ValueError(
                f"document {document.id!r} has half a character (a lone surrogate), which no file can hold"
            )
        if bad := [label for label in _labels(document) if not label or _UNWRITABLE.search(label)]:
            raise ValueError(
                f"document {document.id!r} has the label {bad[0]!r}, which cannot be written: labels are without white "
                r"space and [ ] { } | ; : \ there; give it another name with a label mapping"
            )
