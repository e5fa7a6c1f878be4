"""doccano's JSON Lines: a text a line, its labelled spans, relations between them, and labels of the whole text.

The exports of doccano 1.x and their relatives are read: ``label`` (or ``labels``, ``entities``) with spans
``[start, end, label]`` or ``{"start_offset": …, "end_offset": …, "label": …, "id": …}``, ``relations`` between such
ids, and labels of the text in ``label``, ``cats`` or ``accept``. Other keys are metadata.
:mod:`trainer.formats.doccano_writer` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from trainer.documents import LAYERS, Argument, Document, Entity, Event, Sentence, in_order
from trainer.formats.doccano_lines import (
    CATEGORY_KEYS,
    LABEL_KEYS,
    RELATIONS,
    SPANS,
    LabelledLine,
    is_marsads_own,
    is_of_spans,
    read_lines,
    text_key,
)
from trainer.formats.doccano_offsets import OffsetUnit, code_points, offset_unit
from trainer.schema import Schema

Report = Callable[[str, str], None]

_SUFFIXES = (".jsonl", ".json", ".json1")
_LOOKED_AT_BYTES = 1 << 20


def is_doccano(path: str | Path) -> bool:
    """Whether ``path`` is such a file with more than labels of texts, by its suffix and its beginning.

    A file with nothing but strings in ``label`` is a table of sentences
    (:func:`trainer.formats.sentence_labels.is_sentence_labels`), which gives the same documents. That function takes
    spans for labels, too: ask this one first.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT_BYTES)
    lines = head.decode("utf-8-sig", errors="replace").split("\n")
    if len(head) == _LOOKED_AT_BYTES:
        lines.pop()  # may be cut
    for line in filter(str.strip, lines):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if text_key(record) is None or is_marsads_own(record):
            return False
        if any(isinstance(record.get(key), (list, dict)) for key in (SPANS, RELATIONS, *CATEGORY_KEYS)):
            return True
        labels = [record[key] for key in LABEL_KEYS if key in record]
        if any(map(is_of_spans, labels)):
            return True
        if any(labels):
            return False
    return False  # no line has a label


def read_doccano(
    path: str | Path, report: Report, schema: Schema | None = None, *, unit: OffsetUnit | None = None
) -> list[Document]:
    """Read a file, in UTF-8; a line is a document, and its text stays as it is.

    Spans whose label is an event type of ``schema`` become triggers, all others entities; relations from a trigger to
    an entity become arguments. A layer of which no line of the file has a span is not annotated, and neither is one of
    a line without the key. Labels of the text become the event types of its one sentence, which goes from the first
    word to the last. Words, other sentences, and the ids of spans are made anew.

    Parameters
    ----------
    path:
        The file. The ids of the documents are those in ``id``, or its stem and the line (``stem-1``).
    report:
        Called with a place (``file:line``), and what is wrong there or left out.
    schema:
        Tells triggers from entities; without it all spans are entities.
    unit:
        What offsets count. Without it they are code points, unless these cut words where UTF-16 code units, which
        doccano's page counts, do not (``report`` is told). It only matters behind characters such as emoji. A span
        that gives its text is read by that.

    Raises
    ------
    ValueError
        If the file is no UTF-8, is Marsad's own JSON Lines, or no line of it can be read.
    """
    lines = read_lines(Path(path), report)
    if unit is None:
        unit = offset_unit((line.text, line.spans) for line in lines if line.spans)
        if unit == "UTF-16":
            report(str(path), "offsets are read as UTF-16 code units: as code points they would cut words")
    event_types = frozenset(schema.event_types if schema else ())
    labels = {span.label for line in lines for span in line.spans or ()}
    found = {"entities": labels - event_types, "triggers": labels & event_types}
    layers = {layer for layer, labels in found.items() if labels}
    documents = [_document(line, layers, event_types, unit, report) for line in lines]
    _make_ids_unique(documents, [line.place for line in lines], report)
    return documents


def _make_ids_unique(documents: Iterable[Document], places: Iterable[str], report: Report) -> None:
    place_of: dict[str, str] = {}
    for document, place in zip(documents, places, strict=True):
        id = document.id
        if id in place_of:
            while document.id in place_of:
                document.id += f"-{place.rpartition(':')[2]}"
            report(place, f"id {id!r} stands at {place_of[id]} already; read as {document.id!r}")
        place_of[document.id] = place


def _document(
    line: LabelledLine, layers: Set[str], event_types: Set[str], unit: OffsetUnit, report: Report
) -> Document:
    document = Document.from_text(line.text, line.id, line.metadata)
    document.origin = line.origin
    annotated: set[str] = set()
    if line.spans is not None:
        annotated |= layers
        added = _add_spans(document, line, event_types, unit, report)
        _add_arguments(line, added, report)
        document.entities = in_order(document.entities)
        document.events.sort(key=lambda event: (event.trigger.start, event.trigger.end))
        document.set_event_types_from_triggers()
        if "triggers" in annotated:
            annotated.add("event_types")
    if line.categories is not None:
        annotated.add("event_types")
        _set_event_types(document, line, line.categories, report)
    document.layers = tuple(layer for layer in LAYERS if layer in annotated)
    return document


def _set_event_types(document: Document, line: LabelledLine, categories: Iterable[str], report: Report) -> None:
    """Make one sentence of all, with the labels of the text beside the types of its triggers."""
    types = dict.fromkeys(categories, 1.0)
    if document.sentences:
        for sentence in document.sentences:
            types |= sentence.event_types
        document.sentences = [Sentence(document.sentences[0].start, document.sentences[-1].end, types)]
    elif types:
        report(line.place, f"labels of a text without words ({', '.join(types)}); they are left out")


def _add_spans(
    document: Document, line: LabelledLine, event_types: Set[str], unit: OffsetUnit, report: Report
) -> dict[int | str, Entity | Event]:
    """Add the spans of a line; return those that have an id in the file by that."""
    added: dict[int | str, Entity | Event] = {}
    spans = line.spans or []
    for span, place in zip(spans, code_points(line.text, spans, unit), strict=True):
        if place is None:
            says = "" if span.text is None else f" that reads {span.text!r}"
            report(
                line.place,
                f"{span.label} at {span.start}..{span.end} is no span of the text of {len(line.text)} characters"
                f"{says}; it is left out",
            )
            continue
        add = document.add_event if span.label in event_types else document.add_entity
        item = add(*place, span.label)
        if isinstance(span.id, (int, str)) and added.setdefault(span.id, item) is not item:
            report(line.place, f"two spans have the id {span.id!r}; relations go to the first")
    return added


def _add_arguments(line: LabelledLine, added: Mapping[int | str, Entity | Event], report: Report) -> None:
    for relation in line.relations:
        role, event, entity = _relation(relation, added)
        if role and isinstance(event, Event) and isinstance(entity, Entity):
            event.arguments.append(Argument(role, entity.id))
            continue
        named = json.dumps(relation, ensure_ascii=False)
        report(line.place, f"relation {named} does not lead from a trigger to an entity; it is left out")


def _relation(
    relation: Any, added: Mapping[int | str, Entity | Event]
) -> tuple[str, Entity | Event | None, Entity | Event | None]:
    if not isinstance(relation, dict) or not isinstance(relation.get("type"), str):
        return "", None, None
    ends = [relation.get(key) for key in ("from_id", "to_id")]
    source, target = (added.get(end) if isinstance(end, (int, str)) else None for end in ends)
    return relation["type"], source, target
