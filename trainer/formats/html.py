"""A right-to-left page of documents with entities and triggers highlighted in the text."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import regex
from jinja2 import Environment, PackageLoader, StrictUndefined

from trainer.documents import Document, Entity, Event, Sentence

# What HTML cannot show: control characters but tab and line ends, and lone surrogates.
_UNSHOWABLE = regex.compile(r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# Bidi controls could reorder the page around the text: they are shown as symbols.
_BIDI_CONTROLS = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Background hues, far from each other in a row; entity types take them in the schema's order.
_HUES = (210, 20, 130, 290, 55, 175, 330, 95, 250, 0, 155, 35)


@dataclass(frozen=True)
class _Piece:
    """A stretch of text inside the same spans."""

    text: str
    entity: Entity | None
    event: Event | None
    ends_entity: bool
    ends_event: bool


@dataclass(frozen=True)
class _Block:
    """A sentence, or text between sentences."""

    pieces: list[_Piece]
    sentence: Sentence | None


@dataclass(frozen=True)
class PageSummary:
    """What the index of several pages says of one: its documents, and how often each label is there."""

    documents: int
    first_id: str
    last_id: str
    entities: dict[str, int]
    events: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> PageSummary:
        """Count what is in ``documents``."""
        ids = [document.id for document in documents] or [""]
        entities, events = _counts(documents)
        return cls(len(documents), ids[0], ids[-1], dict(entities), dict(events))


def render_html(documents: Sequence[Document], arabic_names: Mapping[str, str] | None = None, title: str = "") -> str:
    """Return one self-contained page.

    Parameters
    ----------
    documents:
        Documents with or without annotation.
    arabic_names:
        Display names of labels; a label without one is shown by its own name.
    title:
        The page's title; by default the id of a single document or their number.
    """
    return _page(
        "predictions.html.j2",
        title or (documents[0].id if len(documents) == 1 else f"{len(documents)} documents"),
        arabic_names or {},
        *_counts(documents),
        views=[_view(document) for document in documents],
    )


def render_index(pages: Mapping[str, PageSummary], arabic_names: Mapping[str, str], title: str) -> str:
    """Return the page that links to ``pages``, which are given by their addresses."""
    entities: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for summary in pages.values():
        entities.update(summary.entities)
        events.update(summary.events)
    return _page("index.html.j2", title, arabic_names, entities, events, pages=pages)


def _page(
    template: str, title: str, names: Mapping[str, str], entities: Counter[str], events: Counter[str], **content: Any
) -> str:
    page = _environment().get_template(template)
    hues = _hues(entities, names)
    return (
        page.render(title=title, names=names, hues=hues, entity_counts=entities, event_counts=events, **content) + "\n"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("trainer.formats"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = _shown
    return environment


def _counts(documents: Sequence[Document]) -> tuple[Counter[str], Counter[str]]:
    """Count the entities and the events of ``documents`` by label."""
    entities = Counter(entity.label for document in documents for entity in document.entities)
    events = Counter(event.type for document in documents for event in document.events)
    return entities, events


def _hues(labels: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    """Return the hue of each label, in the schema's order; a label of the schema has the same hue on every page."""
    order = [*names, *sorted(set(labels) - set(names))]
    return {label: _HUES[index % len(_HUES)] for index, label in enumerate(order) if label in labels}


def write_html(documents: Sequence[Document], path: Path, arabic_names: Mapping[str, str] | None = None) -> None:
    """Write :func:`render_html`'s page to ``path``."""
    path.write_text(render_html(documents, arabic_names), encoding="utf-8", newline="\n")


def _shown(value: Any) -> str:
    """Return text that a browser shows as it is: controls become visible, nothing acts."""
    text = _UNSHOWABLE.sub("\ufffd", str(value))
    return _BIDI_CONTROLS.sub("\u2423", text)


def _view(document: Document) -> dict[str, Any]:
    return {
        "document": document,
        "blocks": _blocks(document),
        "events": sorted(document.events, key=lambda event: event.trigger.start),
    }


def _blocks(document: Document) -> list[_Block]:
    """Cut the text into sentences and what is between them, and those into pieces at the edges of spans.

    Takes time in the number of spans, however they lie: a document may be a book.
    """
    spans = [(entity.start, entity.end) for entity in document.entities]
    trigger_spans = [(event.trigger.start, event.trigger.end) for event in document.events]
    sentence_spans = [(sentence.start, sentence.end) for sentence in document.sentences]
    cuts = sorted({edge for span in (*spans, *trigger_spans, *sentence_spans) for edge in span})
    entities = _covering(cuts, spans)
    triggers = _covering(cuts, trigger_spans)
    blocks, position = [], 0
    for sentence in document.sentences:
        if document.text[position : sentence.start].strip():
            blocks.append(_outside(document.text[position : sentence.start]))
        pieces = []
        for index in range(bisect_left(cuts, sentence.start), bisect_left(cuts, sentence.end)):
            end = cuts[index + 1]
            entity = document.entities[entities[index]] if index in entities else None
            event = document.events[triggers[index]] if index in triggers else None
            pieces.append(
                _Piece(
                    text=document.text[cuts[index] : end],
                    entity=entity,
                    event=event,
                    ends_entity=entity is not None and entity.end == end,
                    ends_event=event is not None and event.trigger.end == end,
                )
            )
        blocks.append(_Block(pieces, sentence))
        position = sentence.end
    if document.text[position:].strip():
        blocks.append(_outside(document.text[position:]))
    return blocks


def _outside(text: str) -> _Block:
    return _Block([_Piece(text, None, None, False, False)], None)


def _covering(cuts: Sequence[int], spans: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Map the index of each stretch from one of ``cuts`` to the next to the index of the first span that covers it.

    All edges of ``spans`` are among ``cuts``, which are in order.
    """
    by_start = sorted(range(len(spans)), key=lambda index: spans[index])
    covering: dict[int, int] = {}
    # Spans that have begun, the first of the list on top; those that have ended lie around until they are on top.
    begun: list[int] = []
    following = 0
    for position, cut in enumerate(cuts):
        while following < len(by_start) and spans[by_start[following]][0] <= cut:
            heappush(begun, by_start[following])
            following += 1
        while begun and spans[begun[0]][1] <= cut:
            heappop(begun)
        if begun:
            covering[position] = begun[0]
    return covering
