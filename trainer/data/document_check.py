"""Validate the annotation of one document against its text and a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trainer.documents import Document, Event
from trainer.schema import Schema
from trainer.text.words import is_word_character


def document_problems(document: Document, schema: Schema) -> Iterator[str]:
    """Yield what is wrong with the annotation of ``document``."""
    entities = [(e.id, e.label, e.start, e.end) for e in document.entities]
    triggers = [(e.id, e.type, e.trigger.start, e.trigger.end) for e in document.events]
    for layer, known in ((entities, schema.entity_types), (triggers, schema.event_types)):
        for id, label, start, end in layer:
            named = f"{id} {label} {document.text[start:end]!r} ({start}..{end})"
            if label not in known:
                yield f"{named}: the schema has no label {label}"
            yield from (f"{named}: {problem}" for problem in _span_problems(document, start, end))
        yield from _overlaps(document, layer)
    for event in document.events:
        named = f"{event.id} {event.type} {event.trigger.text!r}"
        yield from (f"{named}: {problem}" for problem in _argument_problems(document, event, schema))
        for attribute in event.attributes:
            if attribute not in schema.attribute_names:
                yield f"{named}: the schema has no attribute {attribute}"


def _argument_problems(document: Document, event: Event, schema: Schema) -> Iterator[str]:
    entities = {entity.id: entity for entity in document.entities}
    fillers: dict[str, list[str]] = {role.name: role.details.get("fillers") or [] for role in schema.roles}
    given = [(argument.role, argument.entity) for argument in event.arguments]
    for role, id in sorted({pair for pair in given if given.count(pair) > 1}):
        yield f"{role} {entities[id].text if id in entities else id!r} is given twice"
    for role, id in given:
        if role not in schema.role_names:
            yield f"the schema has no role {role}"
        elif id not in entities:
            yield f"{role} points to {id}, which does not exist"
        elif fillers[role] and entities[id].label not in fillers[role]:
            filler = entities[id]
            yield f"{role} is filled by {filler.label} {filler.text!r}; the schema takes {', '.join(fillers[role])}"


def _span_problems(document: Document, start: int, end: int) -> Iterator[str]:
    text = document.text
    if text[start].isspace() or text[end - 1].isspace():
        yield "begins or ends with white space"
    for edge in (start, end):
        if 0 < edge < len(text) and is_word_character(text[edge - 1]) and is_word_character(text[edge]):
            yield f"cuts a word in two at {edge}"
    sentence = document.sentence_index(start)
    if sentence is None or end > document.sentences[sentence].end:
        yield "runs over the end of its sentence"


def _overlaps(document: Document, layer: Iterable[tuple[str, str, int, int]]) -> Iterator[str]:
    widest, reached = "", 0
    for id, label, start, end in sorted(layer, key=lambda span: (span[2], span[3])):
        named = f"{id} {label} {document.text[start:end]!r} ({start}..{end})"
        if start < reached:
            yield f"{named}: overlaps {widest}"
        if end > reached:
            widest, reached = named, end
