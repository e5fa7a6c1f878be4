"""The arguments of events as a column of a dataset: for each sentence those of its triggers.

An argument is given by the spans of its trigger and its filler, in code points of the document's text, and its role.
The spans are of whole words, as those that the columns of tags give.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from datasets import ClassLabel, List, Value

from trainer.documents import Argument, Document, Entity, Span
from trainer.schema import Schema

ARGUMENTS = "arguments"
SPANS = ("trigger_start", "trigger_end", "filler_start", "filler_end")


def argument_feature(schema: Schema) -> List:
    """Return the type of the column; null in the rows of documents that were not annotated for arguments."""
    spans = {name: Value("int32") for name in SPANS}
    return List({**spans, "role": ClassLabel(names=schema.role_names)})


def is_annotated_for_arguments(document: Document) -> bool:
    """Whether ``document`` says who takes part in its events.

    Formats without arguments give events that have none. A document without any is taken for one of these: to learn
    from it that nobody takes part in anything would be worse than to learn nothing.
    """
    return any(event.arguments for event in document.events)


def arguments_of_sentences(document: Document, roles: Sequence[str]) -> list[list[dict[str, int]]]:
    """Return for each sentence of ``document`` the arguments of its triggers, as the column has them.

    Raises
    ------
    ValueError
        If an argument has a role that is not among ``roles``, or an entity that the document has not.
    """
    number = {role: position for position, role in enumerate(roles)}
    entities = {entity.id: entity for entity in document.entities}
    found: list[list[dict[str, int]]] = [[] for _ in document.sentences]
    for event in document.events:
        index = document.sentence_index(event.trigger.start)
        if index is None:
            continue
        for argument in event.arguments:
            if argument.role not in number or argument.entity not in entities:
                what = f"role {argument.role}" if argument.role not in number else f"entity {argument.entity}"
                raise ValueError(f"document {document.id}: an argument of event {event.id} has an unknown {what}")
            filler = entities[argument.entity]
            offsets = (*_on_words(document, event.trigger), *_on_words(document, filler))
            found[index].append({**dict(zip(SPANS, offsets, strict=True)), "role": number[argument.role]})
    return found


def add_arguments(document: Document, rows: Sequence[Mapping[str, Any]], roles: Sequence[str]) -> None:
    """Give the events of ``document`` the arguments of ``rows`` of the column.

    Of spans that overlap others the tags have no trace, and neither have their arguments.
    """
    entities = {(entity.start, entity.end): entity.id for entity in document.entities}
    events = {(event.trigger.start, event.trigger.end): event for event in document.events}
    for row in rows:
        event = events.get((row["trigger_start"], row["trigger_end"]))
        filler = entities.get((row["filler_start"], row["filler_end"]))
        if event is not None and filler is not None:
            event.arguments.append(Argument(roles[row["role"]], filler))


def _on_words(document: Document, span: Span | Entity) -> tuple[int, int]:
    """Return where the words begin and end that ``span`` touches."""
    first = bisect_right(document.words, span.start, key=lambda word: word.end)
    last = bisect_left(document.words, span.end, key=lambda word: word.start) - 1
    if last < first:
        return span.start, span.end
    return document.words[first].start, document.words[last].end
