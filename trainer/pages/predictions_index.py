"""The page that links to the pages of an archive, and finds a document in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from jinja2.utils import htmlsafe_json_dumps

from trainer.documents import Document
from trainer.pages.counted_nouns import DOCUMENTS, ENTITIES, EVENTS, PAGES
from trainer.pages.document_view import headline
from trainer.pages.label_looks import entity_looks, event_looks
from trainer.pages.predictions import label_counts
from trainer.pages.rendering import render, shown

# What can be searched lies in the index itself, some 200 bytes a document. A browser opens 10 MB in a second.
MOST_SEARCHED = 50_000


class ListedDocument(NamedTuple):
    """What the index knows of a document: how many entities and events it has, and what to find it by."""

    id: str
    headline: str
    entities: int
    events: int


@dataclass(frozen=True)
class PageSummary:
    """What the index says of one page: its documents in order, and how often each label is there."""

    documents: list[ListedDocument]
    entities: dict[str, int]
    events: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> PageSummary:
        """Count what is in ``documents``."""
        entities, events = label_counts(documents)
        listed = [
            ListedDocument(document.id, headline(document), len(document.entities), len(document.events))
            for document in documents
        ]
        return cls(listed, dict(entities), dict(events))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PageSummary:
        """Rebuild a summary from ``asdict``, also when it has been JSON."""
        return cls([ListedDocument(*listed) for listed in data["documents"]], data["entities"], data["events"])


@dataclass(frozen=True)
class _Row:
    """A page in the table of pages."""

    address: str
    documents: int
    first_id: str
    last_id: str
    entities: int
    events: int


class PredictionsIndex:
    """The index of an archive, of which the pages are added one by one: an archive can have thousands.

    Above ``MOST_SEARCHED`` documents it forgets the single ones, and has the table of pages alone.
    """

    def __init__(self, arabic_names: Mapping[str, str]) -> None:
        self._names = arabic_names
        self._entities: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._rows: list[_Row] = []
        self._listed: list[list[ListedDocument]] = []
        self._documents = 0

    def add(self, address: str, summary: PageSummary) -> None:
        """Add the page at ``address``, which has a document at least."""
        self._entities.update(summary.entities)
        self._events.update(summary.events)
        self._rows.append(
            _Row(
                address,
                len(summary.documents),
                summary.documents[0].id,
                summary.documents[-1].id,
                sum(summary.entities.values()),
                sum(summary.events.values()),
            )
        )
        self._documents += len(summary.documents)
        if self._documents > MOST_SEARCHED:
            self._listed = []
        else:
            self._listed.append(summary.documents)

    def page(self, title: str) -> str:
        """Return the index as a self-contained page."""
        searched = self._documents <= MOST_SEARCHED
        return render(
            "index.html.j2",
            scripts=["arabic_search.js", "index_search.js"] if searched else [],
            title=title,
            entity_looks=entity_looks(self._entities, self._names),
            event_looks=event_looks(self._events, self._names),
            totals=[
                DOCUMENTS.counted(self._documents),
                PAGES.counted(len(self._rows)),
                ENTITIES.counted(self._entities.total()),
                EVENTS.counted(self._events.total()),
            ],
            rows=self._rows,
            listed=self._listed_as_json() if searched else None,
            most_searched=MOST_SEARCHED,
        )

    def _listed_as_json(self) -> str:
        # Arabic letters as they are: escaped, as the filter ``tojson`` does it, they would take three times the space.
        pages = [
            {
                "address": row.address,
                "documents": [
                    [shown(listed.id), shown(listed.headline), listed.entities, listed.events] for listed in page
                ],
            }
            for row, page in zip(self._rows, self._listed, strict=True)
        ]
        return htmlsafe_json_dumps(pages, ensure_ascii=False, separators=(",", ":"))
