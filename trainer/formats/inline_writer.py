"""Inline markup, written: documents as ``.marked`` text (``docs/inline-markup.md``)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import regex

from trainer.documents import Document, Entity, Event
from trainer.formats.inline import CLOSING, InlineError

_PLAIN = {"\\": "\\\\", "\r": "\\r"} | {mark: f"\\{mark}" for mark in "[]{}|"}
Marked = Entity | Event
_IN_REFERENCES = _PLAIN | {mark: f"\\{mark}" for mark in ";:#@"} | {"\n": "\\n"}
_BEGINS_LIKE_ANOTHER_LINE = regex.compile(r"##|# |#$|=")


def write_inline_file(documents: Iterable[Document], path: str | Path) -> None:
    """Write ``documents`` one after the other as a ``.marked`` file.

    Raises
    ------
    InlineError
        For spans that cross each other, which inline marks cannot show, and for lone surrogates.
    """
    pages = []
    for document in documents:
        try:
            pages.append(marked_text(document).encode("utf-8"))
        except UnicodeEncodeError as error:
            raise InlineError(f"document {document.id!r} has half a character (a lone surrogate): {error}") from error
    Path(path).write_bytes(b"\n".join(pages))


def marked_text(document: Document) -> str:
    """Return ``document`` as inline markup. Scores and word names are not kept, metadata come back as strings."""
    facts = [document.id, *(f"{key}={value}" for key, value in document.metadata.items())]
    if any("\n" in fact for fact in facts):
        raise InlineError(f"document {document.id!r}: id and metadata must be without line breaks in inline markup")
    lines = _marked_lines(document)
    places = {id(span): (index, nth) for index, line in enumerate(lines) for span, nth in _numbered(line[1])}
    rows = [f"## {' '.join(shlex.quote(fact) for fact in facts)}"]
    for index, (text, spans) in enumerate(lines):
        empty = not text.strip() and "\\" not in text
        rows.append("\\" + text if empty or _BEGINS_LIKE_ANOTHER_LINE.match(text) else text)
        for span in spans:
            if isinstance(span, Event) and (span.arguments or span.attributes):
                rows.append(_event_line(document, span, index, places))
    return "".join(row + "\n" for row in rows)


def _marked_lines(document: Document) -> list[tuple[str, list[Marked]]]:
    """Return each line of the text with its marks, and the spans that begin in it in the order of their marks."""
    spans: list[Marked] = sorted([*document.events, *document.entities], key=_opening_order)
    lines: list[tuple[list[str], list[Marked]]] = [([], [])]
    open_spans: list[Marked] = []
    following = 0
    for offset in range(len(document.text) + 1):
        while open_spans and _extent(open_spans[-1])[1] == offset:
            span = open_spans.pop()
            bracket = "{" if isinstance(span, Event) else "["
            lines[-1][0].append(f"|{span.type if isinstance(span, Event) else span.label}{CLOSING[bracket]}")
        while following < len(spans) and _extent(spans[following])[0] == offset:
            span = spans[following]
            if open_spans and _extent(open_spans[-1])[1] < _extent(span)[1]:
                raise InlineError(
                    f"document {document.id}: {_words(open_spans[-1])!r} and {_words(span)!r} cross each other; "
                    "inline marks can only lie side by side or in each other"
                )
            open_spans.append(span)
            lines[-1][0].append("{" if isinstance(span, Event) else "[")
            lines[-1][1].append(span)
            following += 1
        character = document.text[offset : offset + 1]
        if character == "\n" and not open_spans:
            lines.append(([], []))
        else:
            lines[-1][0].append("\\n" if character == "\n" else _PLAIN.get(character, character))
    return [("".join(pieces), begun) for pieces, begun in lines]


def _numbered(spans: Sequence[Marked]) -> Iterable[tuple[Marked, int]]:
    """Yield each span with its number among the spans of its layer that have the same words."""
    counts: dict[tuple[bool, str], int] = {}
    for span in spans:
        key = isinstance(span, Event), _words(span)
        counts[key] = counts.get(key, 0) + 1
        yield span, counts[key]


def _event_line(document: Document, event: Event, index: int, places: dict[int, tuple[int, int]]) -> str:
    entities = {entity.id: entity for entity in document.entities}
    parts = []
    for argument in event.arguments:
        if argument.entity not in entities:
            raise InlineError(
                f"document {document.id}: {argument.role} of {event.trigger.text!r} points to {argument.entity}, "
                "which does not exist"
            )
        entity = entities[argument.entity]
        line, nth = places[id(entity)]
        parts.append(f"{argument.role} {_reference(entity, nth, line - index)}")
    return f"= {_reference(event, places[id(event)][1], 0)}: {'; '.join([*parts, *event.attributes])}"


def _reference(span: Marked, nth: int, distance: int) -> str:
    words = "".join(_IN_REFERENCES.get(character, character) for character in _words(span))
    # A space at an edge belongs to the words.
    words = regex.sub(r"^ | $", r"\\ ", words)
    return words + (f"#{nth}" if nth > 1 else "") + (f"@{distance:+}" if distance else "")


def _opening_order(span: Marked) -> tuple[int, int]:
    start, end = _extent(span)
    return start, -end


def _extent(span: Marked) -> tuple[int, int]:
    return (span.trigger.start, span.trigger.end) if isinstance(span, Event) else (span.start, span.end)


def _words(span: Marked) -> str:
    return span.trigger.text if isinstance(span, Event) else span.text
