"""Documents as an Arrow table with one schema whatever they hold, so that tables can be put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from trainer.documents import FORMAT_VERSION, Document, Entity, Event, Sentence
from trainer.formats.jsonl import strict_json
from trainer.text.surrogates import encodable

_SPAN = [("start", pa.int32()), ("end", pa.int32()), ("text", pa.string())]
_ENTITY = pa.struct(
    [("id", pa.string()), ("label", pa.string()), *_SPAN, ("name", pa.string()), ("score", pa.float64())]
)
_ARGUMENT = pa.struct([("role", pa.string()), ("entity", pa.string()), ("score", pa.float64())])
_EVENT = pa.struct(
    [
        ("id", pa.string()),
        ("type", pa.string()),
        ("score", pa.float64()),
        ("trigger", pa.struct(_SPAN)),
        ("arguments", pa.list_(_ARGUMENT)),
        ("attributes", pa.list_(pa.string())),
    ]
)
_EVENT_TYPE = pa.struct([("type", pa.string()), ("score", pa.float64())])
_SENTENCE = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("event_types", pa.list_(_EVENT_TYPE))])

DOCUMENT_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        # As JSON: other columns in every archive, other types in every document.
        ("metadata", pa.string()),
        ("model", pa.struct([("name", pa.string()), ("fingerprint", pa.string())])),
        ("duplicate_of", pa.struct([("id", pa.string()), ("similarity", pa.float64())])),
        ("entities", pa.list_(_ENTITY)),
        ("events", pa.list_(_EVENT)),
        ("sentences", pa.list_(_SENTENCE)),
    ],
    metadata={"marsad_version": str(FORMAT_VERSION)},
)


def documents_table(documents: Iterable[Document]) -> pa.Table:
    """Return a row for each document, in the columns of ``DOCUMENT_SCHEMA``.

    A layer that a document does not have is null; an empty list says that nothing was found. Arrow holds no lone
    surrogates: they become U+FFFD, and offsets stay.
    """
    return pa.Table.from_pylist([_row(document) for document in documents], schema=DOCUMENT_SCHEMA)


def _row(document: Document) -> dict[str, Any]:
    duplicate = document.duplicate_of
    has_types = "event_types" in document.layers
    return {
        "id": encodable(document.id),
        "text": encodable(document.text),
        "metadata": encodable(strict_json(document.metadata)),
        "model": document.model,
        "duplicate_of": {"id": encodable(duplicate.id), "similarity": duplicate.similarity} if duplicate else None,
        "entities": [_entity(entity) for entity in document.entities] if "entities" in document.layers else None,
        "events": [_event(event) for event in document.events] if "triggers" in document.layers else None,
        "sentences": [_sentence(sentence, has_types) for sentence in document.sentences],
    }


def _entity(entity: Entity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "label": entity.label,
        "start": entity.start,
        "end": entity.end,
        "text": encodable(entity.text),
        "name": encodable(entity.name),
        "score": entity.score,
    }


def _event(event: Event) -> dict[str, Any]:
    trigger = event.trigger
    return {
        "id": event.id,
        "type": event.type,
        "score": event.score,
        "trigger": {"start": trigger.start, "end": trigger.end, "text": encodable(trigger.text)},
        "arguments": [{"role": a.role, "entity": a.entity, "score": a.score} for a in event.arguments],
        "attributes": event.attributes,
    }


def _sentence(sentence: Sentence, has_types: bool) -> dict[str, Any]:
    types = [{"type": type, "score": score} for type, score in sentence.event_types.items()]
    return {"start": sentence.start, "end": sentence.end, "event_types": types if has_types else None}
