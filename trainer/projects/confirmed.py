"""What people left of a suggested document, as a document that is annotated by them: without scores and model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from trainer.documents import LAYERS, Argument, Document, in_order
from trainer.schema import Schema

# What a project tells annotators of a sentence and nobody needs to know later.
_FOR_ANNOTATORS = ("before", "after", "uncertainty")


def confirmed(read: Document, suggested: Document, schema: Schema, *, types_shown: bool) -> Document:
    """Return the annotation of ``read`` over the text, words, sentences and metadata of ``suggested``.

    Entities and events are in the order of the text and numbered anew: ``T1``, ``T2`` …, ``E1`` …

    Parameters
    ----------
    read:
        What a project or an export holds of the document now; the same text.
    schema:
        The labels of the project: where the suggestion names no layers, all that they are for were annotated.
    types_shown:
        Whether people saw the event types of sentences, and could change them; else they are those of the triggers.
    """
    document = suggested.without_annotations()
    document.metadata = {key: value for key, value in document.metadata.items() if key not in _FOR_ANNOTATORS}
    document.origin = read.origin
    document.layers = _layers(read, suggested, schema, types_shown)
    _copy_spans(read, document)
    if types_shown and "event_types" in read.layers:
        for sentence in read.sentences:
            index = document.sentence_index(sentence.start)
            if index is not None:
                document.sentences[index].event_types.update(dict.fromkeys(sentence.event_types, 1.0))
    elif "triggers" in document.layers:
        document.set_event_types_from_triggers()
    return document


def with_types_of_triggers(document: Document, suggested: Document) -> Document:
    """Return a copy of a confirmed document whose event types are those of its triggers, but for what people changed.

    Models suggest types of sentences that their own triggers do not have, and people who correct triggers seldom look
    at them. Types that people gave or took away themselves stay as they left them.
    """
    copy = replace(document, sentences=[replace(sentence) for sentence in document.sentences])
    if "triggers" not in document.layers:
        return copy
    copy.set_event_types_from_triggers()
    for sentence, left, before in zip(copy.sentences, document.sentences, suggested.sentences, strict=True):
        added = left.event_types.keys() - before.event_types.keys()
        removed = before.event_types.keys() - left.event_types.keys()
        sentence.event_types = dict.fromkeys(sorted((sentence.event_types.keys() | added) - removed), 1.0)
    return copy


def unknown_labels(documents: Iterable[Document], schema: Schema) -> list[str]:
    """Return the entity and event types of ``documents`` that ``schema`` has not, sorted: no model could learn them."""
    entities: set[str] = set()
    types: set[str] = set()
    for document in documents:
        entities.update(entity.label for entity in document.entities)
        types.update(event.type for event in document.events)
        types.update(type for sentence in document.sentences for type in sentence.event_types)
    return sorted((entities - set(schema.entity_types)) | (types - set(schema.event_types)))


def _layers(read: Document, suggested: Document, schema: Schema, types_shown: bool) -> tuple[str, ...]:
    layers = set(read.layers if types_shown else suggested.layers or schema.layers)
    layers |= {layer for layer, items in (("entities", read.entities), ("triggers", read.events)) if items}
    if "triggers" in layers:
        layers.add("event_types")
    elif not types_shown:
        layers.discard("event_types")
    return tuple(layer for layer in LAYERS if layer in layers)


def _copy_spans(read: Document, document: Document) -> None:
    ids: dict[str, str] = {}
    for entity in in_order(read.entities):
        ids[entity.id] = document.add_entity(entity.start, entity.end, entity.label).id
    for event in sorted(read.events, key=lambda event: (event.trigger.start, event.trigger.end)):
        copy = document.add_event(event.trigger.start, event.trigger.end, event.type)
        copy.attributes = list(event.attributes)
        # Readers leave out arguments that point to nothing.
        copy.arguments = [Argument(argument.role, ids[argument.entity]) for argument in event.arguments]
