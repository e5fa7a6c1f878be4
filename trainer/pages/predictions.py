"""The page of predictions: documents with entities, triggers and event types marked in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from trainer.documents import Document
from trainer.pages.counted_nouns import DOCUMENTS
from trainer.pages.document_view import document_view
from trainer.pages.label_looks import entity_looks, event_looks
from trainer.pages.rendering import render

# The first defines what the others use.
_SCRIPTS = ("label_filter.js", "scores.js")
_SEARCH = ("arabic_search.js", "document_search.js")


def predictions_page(
    documents: Sequence[Document], arabic_names: Mapping[str, str] | None = None, title: str = ""
) -> str:
    """Return one self-contained page.

    Parameters
    ----------
    documents:
        Documents with or without annotation.
    arabic_names:
        Display names of labels in the schema's order; a label without one is shown by its own name.
    title:
        The page's title; by default the id of a single document or the number of documents.
    """
    names = arabic_names or {}
    entity_counts, event_counts = label_counts(documents)
    entities, events = entity_looks(entity_counts, names), event_looks(event_counts, names)
    several = len(documents) > 1
    own_title = documents[0].id if len(documents) == 1 else ""
    return render(
        "predictions.html.j2",
        scripts=_SCRIPTS + (_SEARCH if several else ()),
        title=title or own_title or DOCUMENTS.counted(len(documents)),
        entity_looks=entities,
        event_looks=events,
        several=several,
        views=[
            document_view(number, document, names, entities, events)
            for number, document in enumerate(documents, start=1)
        ],
    )


def write_predictions_page(
    documents: Sequence[Document], path: Path, arabic_names: Mapping[str, str] | None = None
) -> None:
    """Write :func:`predictions_page` to ``path``."""
    path.write_text(predictions_page(documents, arabic_names), encoding="utf-8", newline="\n")


def label_counts(documents: Sequence[Document]) -> tuple[Counter[str], Counter[str]]:
    """Count the entities and the events of ``documents`` by label; types that only sentences have count 0 events."""
    entities = Counter(entity.label for document in documents for entity in document.entities)
    events = Counter(event.type for document in documents for event in document.events)
    for document in documents:
        for sentence in document.sentences:
            for label in sentence.event_types:
                events.setdefault(label, 0)
    return entities, events
