"""Documents as doccano's JSON Lines, and what they lose there (``docs/formats.md``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from trainer.documents import Document
from trainer.formats.doccano_lines import ID, READ_KEYS, RELATIONS, SPANS
from trainer.formats.doccano_offsets import OffsetUnit, utf16_offsets
from trainer.formats.jsonl import strict_json
from trainer.text.surrogates import without_pairs

Report = Callable[[str, str], None]


def write_doccano(
    documents: Iterable[Document], path: str | Path, report: Report, *, unit: OffsetUnit = "code points"
) -> None:
    """Write a line a document: entities and triggers as spans, arguments as relations, metadata as other keys.

    The whole file has one of doccano's forms: ``entities`` and ``relations`` with ids if an event has an argument,
    ``entities`` and ``cats`` if event types of sentences have no triggers to say them, else ``label`` with spans, or
    with the event types of the text if there is nothing else.

    Parameters
    ----------
    report:
        Called with the file and what it cannot say, once a kind with its number.
    unit:
        What offsets count: code points, as most programs do, or UTF-16 code units, as doccano's own page does. The two
        differ behind characters such as emoji.

    Raises
    ------
    ValueError
        If an argument of an event points to no entity. Nothing is written then.
    """
    documents = list(documents)
    with_relations = any(event.arguments for document in documents for event in document.events)
    with_spans = any({"entities", "triggers"} & set(document.layers) for document in documents)
    with_categories = any(map(_has_categories, documents))
    # Of nothing but empty lists under "label" nobody could tell what they are lists of.
    any_category = any(_types_of_sentences(document) for document in documents if _has_categories(document))
    category_key = "label" if any_category and not with_spans else "cats"
    losses: Counter[str] = Counter()
    lines = []
    for document in documents:
        losses.update(_losses(document))
        record: dict[str, Any] = {ID: document.id, "text": document.text}
        if {"entities", "triggers"} & set(document.layers):
            spans, relations = _spans_and_relations(document, unit)
            if with_relations:
                record |= {SPANS: spans, RELATIONS: relations}
            else:
                key = SPANS if with_categories else "label"
                record[key] = [[span["start_offset"], span["end_offset"], span["label"]] for span in spans]
        if _has_categories(document):
            record[category_key] = _types_of_sentences(document)
        record |= {key: value for key, value in document.metadata.items() if key not in READ_KEYS}
        line = without_pairs(strict_json(record)).encode("utf-8", errors="backslashreplace")
        lines.append(line + b"\n")
    Path(path).write_bytes(b"".join(lines))
    for loss, number in losses.items():
        report(str(path), f"{loss} ({number}) are not written: doccano's lines cannot say them")


def _has_categories(document: Document) -> bool:
    """Whether event types are said by sentences alone: those of triggers are read from the triggers."""
    return "event_types" in document.layers and "triggers" not in document.layers


def _types_of_sentences(document: Document) -> list[str]:
    return list(dict.fromkeys(type for sentence in document.sentences for type in sentence.event_types))


def _spans_and_relations(document: Document, unit: OffsetUnit) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    offsets = utf16_offsets(document.text) if unit == "UTF-16" else range(len(document.text) + 1)
    entities = [(entity.start, entity.end, entity.label) for entity in document.entities]
    triggers = [(event.trigger.start, event.trigger.end, event.type) for event in document.events]
    spans = [
        {ID: number, "label": label, "start_offset": offsets[start], "end_offset": offsets[end]}
        for number, (start, end, label) in enumerate(entities + triggers, start=1)
    ]
    number_of = {entity.id: number for number, entity in enumerate(document.entities, start=1)}
    arguments = [
        (number, argument)
        for number, event in enumerate(document.events, start=1 + len(entities))
        for argument in event.arguments
    ]
    for _, argument in arguments:
        if argument.entity not in number_of:
            raise ValueError(
                f"document {document.id!r}: {argument.role} points to {argument.entity}, which is no entity"
            )
    relations = [
        {ID: number, "from_id": event, "to_id": number_of[argument.entity], "type": argument.role}
        for number, (event, argument) in enumerate(arguments, start=1)
    ]
    return spans, relations


def _losses(document: Document) -> Iterator[str]:
    scores = [entity.score for entity in document.entities]
    for event in document.events:
        scores += [event.score, *(argument.score for argument in event.arguments)]
    yield from ("scores" for score in scores if score is not None)
    yield from ("attributes of events" for event in document.events for _ in event.attributes)
    if document.model:
        yield "names of models"
    if document.duplicate_of:
        yield "duplicates"
    yield from (f"metadata under the key '{key}'" for key in document.metadata if key in READ_KEYS)
    if _has_categories(document) and len(document.sentences) > 1:
        yield "the sentences that have the event types"
    if "triggers" in document.layers and "event_types" in document.layers:
        of_triggers = {(document.sentence_index(event.trigger.start), event.type) for event in document.events}
        for index, sentence in enumerate(document.sentences):
            yield from (
                "event types without a trigger" for type in sentence.event_types if (index, type) not in of_triggers
            )
