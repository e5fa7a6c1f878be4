"""Annotation without text: a JSONL row a sentence, with its place in an article, its hash and its labels.

For texts that may not be passed on. :func:`attach` puts text and annotation together again; a row is

``{"article": "…", "facts": {…}, "start": 358, "end": 590, "sha256": "…", "entities": […], "events": []}``

with entities ``{"id": "T1", "start": 5, "end": 12, "label": "PER"}`` and events ``{"id": "E1", "type": "KILL",
"start": 0, "end": 4, "arguments": [{"role": "TARGET", "entity": "T1"}], "attributes": []}``.
``start`` and ``end`` of the sentence count code points of the article's text, those of spans count from the start of
the sentence, ``sha256`` is of the sentence in UTF-8. An argument may name an entity of another row of the article.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from trainer.documents import Argument, Document, Sentence

Row = dict[str, Any]


class _Argument(TypedDict):
    role: str
    entity: str


class _Entity(TypedDict):
    id: str
    start: int
    end: int
    label: str


class _Event(TypedDict):
    id: str
    type: str
    start: int
    end: int
    arguments: list[_Argument]
    attributes: list[str]


class _Row(TypedDict):
    article: str
    facts: dict[str, Any]
    start: int
    end: int
    sha256: str
    entities: list[_Entity]
    events: list[_Event]


_SHAPE = TypeAdapter(_Row)


class StandoffError(ValueError):
    """Rows that cannot be read, or that do not belong to the text they are put to."""


def sentence_hash(sentence: str) -> str:
    """Return the SHA-256 of a sentence, as rows have it."""
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).hexdigest()


def detach(document: Document, offset: int = 0) -> list[Row]:
    """Return the rows of ``document``, whose text begins at ``offset`` of its article.

    Raises
    ------
    StandoffError
        If a span runs over the end of its sentence.
    """
    entities: dict[int, list[Row]] = defaultdict(list)
    events: dict[int, list[Row]] = defaultdict(list)
    for entity in document.entities:
        index, place = _place(document, entity.id, entity.start, entity.end)
        entities[index].append({"id": entity.id, **place, "label": entity.label})
    for event in document.events:
        index, place = _place(document, event.id, event.trigger.start, event.trigger.end)
        arguments = [{"role": argument.role, "entity": argument.entity} for argument in event.arguments]
        attributes = list(event.attributes)
        row = {"id": event.id, "type": event.type, **place, "arguments": arguments, "attributes": attributes}
        events[index].append(row)
    return [
        {
            "article": document.id,
            "facts": dict(document.metadata),
            "start": offset + sentence.start,
            "end": offset + sentence.end,
            "sha256": sentence_hash(document.text[sentence.start : sentence.end]),
            "entities": entities[index],
            "events": events[index],
        }
        for index, sentence in enumerate(document.sentences)
    ]


def _place(document: Document, id: str, start: int, end: int) -> tuple[int, dict[str, int]]:
    index = document.sentence_index(start)
    if index is None or end > document.sentences[index].end:
        raise StandoffError(f"document {document.id}: {id} runs over the end of its sentence")
    begin = document.sentences[index].start
    return index, {"start": start - begin, "end": end - begin}


def write_standoff(rows: Iterable[Row], path: str | Path) -> None:
    """Write rows as JSONL."""
    Path(path).write_bytes("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8"))


def read_standoff(path: str | Path) -> dict[str, list[Row]]:
    """Read the rows of each article, in the order of their sentences.

    Raises
    ------
    StandoffError
        Naming the line that is no row.
    """
    articles: dict[str, list[Row]] = defaultdict(list)
    try:
        content = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StandoffError(f"{path}: not UTF-8 (byte {error.start})") from error
    # Not splitlines: JSON leaves U+2028 and the like as they are.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = _SHAPE.validate_json(line, strict=True)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"]))
            raise StandoffError(
                f"{path}:{number}: no row of annotation: {place or 'the line'}: {problem['msg']}"
            ) from error
        articles[str(row["article"])].append(dict(row))
    return {id: sorted(rows, key=lambda row: row["start"]) for id, rows in articles.items()}


def attach(rows: list[Row], article: str) -> Document:
    """Put the rows of one article to its text: a document of the stretch that they annotate.

    Parameters
    ----------
    rows:
        All rows of the article, in order; between their sentences stands nothing but white space.
    article:
        The text of the article.

    Raises
    ------
    StandoffError
        If a sentence is another than the one that was annotated, or something stands between two.
    """
    id, start, end = str(rows[0]["article"]), rows[0]["start"], rows[-1]["end"]
    reached = start
    for row in rows:
        if sentence_hash(article[row["start"] : row["end"]]) != row["sha256"]:
            raise StandoffError(f"article {id}: the text at {row['start']}..{row['end']} is not the annotated sentence")
        if row["start"] < reached or article[reached : row["start"]].strip():
            raise StandoffError(f"article {id}: the sentences up to {reached} and from {row['start']} do not adjoin")
        reached = row["end"]
    document = Document.from_text(article[start:end], id, {**rows[0]["facts"], "start": start})
    document.sentences = []
    for row in rows:
        _annotate(document, row, row["start"] - start)
    document.set_event_types_from_triggers()
    return document


def _annotate(document: Document, row: Mapping[str, Any], begin: int) -> None:
    document.sentences.append(Sentence(begin, begin + row["end"] - row["start"]))
    for item in row["entities"]:
        document.add_entity(begin + item["start"], begin + item["end"], item["label"], id=item["id"])
    for item in row["events"]:
        event = document.add_event(begin + item["start"], begin + item["end"], item["type"], id=item["id"])
        event.arguments = [Argument(argument["role"], argument["entity"]) for argument in item["arguments"]]
        event.attributes = list(item["attributes"])
