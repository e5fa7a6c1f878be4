"""A right-to-left page of documents with entities and triggers highlighted in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    labels = sorted({entity.label for document in documents for entity in document.entities})
    order = list(arabic_names or {})
    labels.sort(key=lambda label: order.index(label) if label in order else len(order))
    environment = Environment(
        loader=PackageLoader("trainer.formats"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = _shown
    page = environment.get_template("predictions.html.j2").render(
        title=title or (documents[0].id if len(documents) == 1 else f"{len(documents)} documents"),
        views=[_view(document) for document in documents],
        hues={label: _HUES[index % len(_HUES)] for index, label in enumerate(labels)},
        names=dict(arabic_names or {}),
        entity_counts=Counter(entity.label for document in documents for entity in document.entities),
        event_counts=Counter(event.type for document in documents for event in document.events),
    )
    return page + "\n"


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
    blocks, position = [], 0
    for sentence in document.sentences:
        if document.text[position : sentence.start].strip():
            blocks.append(_Block([_Piece(document.text[position : sentence.start], None, None, False, False)], None))
        blocks.append(_Block(_pieces(document, sentence), sentence))
        position = sentence.end
    if document.text[position:].strip():
        blocks.append(_Block([_Piece(document.text[position:], None, None, False, False)], None))
    return blocks


def _pieces(document: Document, sentence: Sentence) -> list[_Piece]:
    entities = [e for e in document.entities if e.start < sentence.end and sentence.start < e.end]
    events = [e for e in document.events if e.trigger.start < sentence.end and sentence.start < e.trigger.end]
    edges = {sentence.start, sentence.end}
    edges.update(edge for e in entities for edge in (e.start, e.end))
    edges.update(edge for e in events for edge in (e.trigger.start, e.trigger.end))
    cuts = sorted(edge for edge in edges if sentence.start <= edge <= sentence.end)
    pieces = []
    for start, end in pairwise(cuts):
        entity = next((e for e in entities if e.start <= start and end <= e.end), None)
        event = next((e for e in events if e.trigger.start <= start and end <= e.trigger.end), None)
        pieces.append(
            _Piece(
                text=document.text[start:end],
                entity=entity,
                event=event,
                ends_entity=entity is not None and entity.end == end,
                ends_event=event is not None and event.trigger.end == end,
            )
        )
    return pieces
