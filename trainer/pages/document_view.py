"""What a page shows of a document, ready for a template: metadata, marked text, the list of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.annotations import LAYERS, Event
from trainer.documents import Document
from trainer.pages.annotated_text import Block, blocks
from trainer.pages.counted_nouns import ENTITIES, EVENTS
from trainer.pages.label_looks import Look

# Keys of metadata that come first, and what a reader calls them; other keys are shown as they are.
_KNOWN_KEYS = {"title": "العنوان", "date": "التاريخ", "source": "المصدر"}
_NOT_LOOKED_FOR = {
    "entities": "لم يُبحث عن الكيانات",
    "triggers": "لم يُبحث عن ألفاظ الأحداث",
    "event_types": "لم يُبحث عن أنواع أحداث الجمل",
}
# A title or a mention of more characters is cut where it is repeated.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class SpanView:
    """A marked span: its label's look, the text that a mouse over it shows, its score in two digits or nothing.

    ``anchor`` is the id of a trigger's first mark, empty for entities and for what is nowhere on the page.
    """

    look: Look
    title: str
    score: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event in the list beside the text; ``arguments`` are roles with the text of the entity."""

    span: SpanView
    text: str
    arguments: list[tuple[str, str]]
    attributes: list[str]


@dataclass(frozen=True, slots=True)
class TypeView:
    """An event type of a sentence."""

    look: Look
    title: str
    score: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document on a page; ``number`` counts from 1, ``size`` says how many entities and events it has."""

    number: int
    name: str
    headline: str
    size: str
    metadata: list[tuple[str, Any]]
    blocks: list[Block]
    types: list[list[TypeView]]
    entities: list[SpanView]
    triggers: list[SpanView]
    events: list[ListedEvent]


def document_view(
    number: int,
    document: Document,
    names: Mapping[str, str],
    entity_looks: Mapping[str, Look],
    event_looks: Mapping[str, Look],
) -> DocumentView:
    """Prepare a document; every label in it has a look, and ``names`` holds display names of labels and roles."""
    cut = blocks(document)
    shown = {end.span for block in cut for piece in block.pieces for end in piece.ended_triggers}
    in_text = sorted(range(len(document.events)), key=lambda index: document.events[index].trigger.start)
    # Ids of events can be any text, and the same in every document: the place in the list is what links use.
    places = {index: place for place, index in enumerate(in_text, start=1)}
    triggers = [
        SpanView(
            event_looks[event.type],
            _title(event_looks[event.type], event.score),
            shown_score(event.score),
            f"d{number}-e{places[index]}" if index in shown else "",
        )
        for index, event in enumerate(document.events)
    ]
    entities = [
        SpanView(
            entity_looks[entity.label],
            _title(entity_looks[entity.label], entity.score, shortened(entity.name)),
            shown_score(entity.score),
        )
        for entity in document.entities
    ]
    mentions = {entity.id: entity.text for entity in document.entities}
    return DocumentView(
        number=number,
        name=document.id or f"النص {number}",
        headline=headline(document),
        size=f"{ENTITIES.counted(len(entities))} · {EVENTS.counted(len(triggers))}",
        metadata=_metadata(document),
        blocks=cut,
        types=[
            [
                TypeView(event_looks[label], _title(event_looks[label], score), shown_score(score))
                for label, score in (block.sentence.event_types if block.sentence else {}).items()
            ]
            for block in cut
        ],
        entities=entities,
        triggers=triggers,
        events=[_listed(document.events[index], triggers[index], mentions, names) for index in in_text],
    )


def headline(document: Document) -> str:
    """Return the title of a document, or how its text begins, on one line of at most 80 characters."""
    title = document.metadata.get("title")
    if isinstance(title, str) and title.strip():
        return shortened(title)
    # Many more characters than are shown, since white space is not.
    return shortened(document.text[: 10 * _LONGEST])


def shortened(text: str) -> str:
    """Return ``text`` on one line of at most 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def shown_score(score: float | None) -> str:
    """Return a score in two digits, nothing where a person annotated."""
    return "" if score is None else f"{score:.2f}"


def _title(look: Look, score: float | None, *more: str) -> str:
    name = look.label if look.name == look.label else f"{look.label} {look.name}"
    return " · ".join([name, *more, *([] if score is None else [str(score)])])


def _metadata(document: Document) -> list[tuple[str, Any]]:
    filled = {key: value for key, value in document.metadata.items() if value is not None and value != ""}
    order = [*(key for key in _KNOWN_KEYS if key in filled), *(key for key in filled if key not in _KNOWN_KEYS)]
    found = [(_KNOWN_KEYS.get(key, key), filled[key]) for key in order]
    if document.duplicate_of:
        copied = document.duplicate_of
        found.append(("نسخة من", f"{copied.id} (التشابه {shown_score(copied.similarity)})"))
    if document.model:
        found.append(("النموذج", f"{document.model['name']} ({document.model['fingerprint']})"))
    if missing := [_NOT_LOOKED_FOR[layer] for layer in LAYERS if layer not in document.layers]:
        found.append(("الطبقات", "، ".join(missing)))
    return found


def _listed(event: Event, span: SpanView, mentions: Mapping[str, str], names: Mapping[str, str]) -> ListedEvent:
    return ListedEvent(
        span=span,
        text=shortened(event.trigger.text),
        arguments=[
            (names.get(argument.role, argument.role), shortened(mentions.get(argument.entity, argument.entity)))
            for argument in event.arguments
        ],
        attributes=[names.get(attribute, attribute) for attribute in event.attributes],
    )
