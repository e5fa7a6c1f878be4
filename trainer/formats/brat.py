"""brat standoff: a ``.txt`` file and an ``.ann`` file with spans, events, roles and attributes.

Offsets count code points, files are read and written without newline translation, as in brat itself.
An ``annotation.conf`` made from the schema makes the folder open in brat as it is.

brat says more than a document holds: relations, equivalences, normalisations, notes, attributes with values or of
entities, events as fillers of roles, spans in several pieces. A reader that is given a ``report`` tells of them and
goes on; without one they are errors, so that nothing is left out unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

import regex

from trainer.documents import Argument, Document, Event, Origin, in_order
from trainer.schema import Schema

# brat numbers the second and further fillers of a role: AGENT:T1 AGENT2:T2.
_NUMBERED_ROLE = regex.compile(r"(?P<role>.*\D)(?:[2-9]|[1-9]\d+)")
# What stands in an .ann file and in no document, by the first character of its id.
_NOT_KEPT = {"R": "a relation", "*": "an equivalence", "N": "a normalisation"}

Report = Callable[[str, str], None]


class BratError(ValueError):
    """A line of an ``.ann`` file that cannot be read; the message names file, line and cause."""


@dataclass
class _Lines:
    spans: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    events: dict[str, tuple[str, str, list[tuple[str, str]]]] = field(default_factory=dict)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    # Ids of lines that are well formed but say what a document cannot hold: what points to them goes, too.
    left_out: set[str] = field(default_factory=set)


def read_brat_file(text_path: str | Path, report: Report | None = None) -> Document:
    """Read ``NNN.txt`` and, if it is there, ``NNN.ann``; the document's id is the file's stem.

    A span that is the trigger of an event (an ``E`` line) becomes the event's trigger, every other span an entity.
    A span in several pieces with nothing but white space between them is one span, from the first to the last.

    Parameters
    ----------
    report:
        Called with a place (``file:line``) and what is left out there: spans in pieces that other words part, events
        and arguments that need one of them, relations (``R``), equivalences (``*``), normalisations (``N``), attributes
        with a value or of an entity, arguments that are events, and, once a file, notes (``#``). Without it all of
        these but notes are errors, and notes are skipped.

    Raises
    ------
    BratError
        For a malformed line, a span whose text is not the text at its offsets, or a reference to
        an id that does not exist; for what a document cannot hold, too, if there is no ``report``.
    """
    text_path = Path(text_path)
    text = _read(text_path)
    document = Document.from_text(text, id=text_path.stem)
    line_starts = [0, *(match.end() for match in regex.finditer("\n", text))]
    document.origin = Origin(str(text_path), tuple(zip(line_starts, count(1), strict=False)))
    annotations = text_path.with_suffix(".ann")
    if annotations.is_file():
        told = report or _refuse
        _annotate(document, _parse(annotations, text, told, counts_notes=report is not None), told)
    document.set_event_types_from_triggers()
    return document


def read_brat_folder(folder: str | Path, report: Report | None = None) -> list[Document]:
    """Read every ``.txt`` file of ``folder``, in the order of their names, as :func:`read_brat_file` does."""
    paths = sorted(Path(folder).glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"{folder} has no .txt files")
    return [read_brat_file(path, report) for path in paths]


def _refuse(place: str, problem: str) -> None:
    raise BratError(f"{place}: {problem}")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BratError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error


def _parse(path: Path, text: str, report: Report, *, counts_notes: bool) -> _Lines:
    lines = _Lines()
    notes: list[str] = []
    for number, line in enumerate(_read(path).split("\n"), start=1):
        line = line.rstrip("\r")
        place = f"{path}:{number}"
        if line.startswith("#"):
            notes.append(place)
            continue
        if not line.strip():
            continue
        id, _, rest = line.partition("\t")
        if not id or not rest:
            raise BratError(f"{place}: expected an id, a tab and its content, found {line!r}")
        if id in lines.places:
            raise BratError(f"{place}: {id} stands already at {lines.places[id]}")
        kind = id[:1]
        if kind != "*":  # equivalences have no number
            lines.places[id] = place
        if kind == "T":
            _add_span(lines, id, rest, text, report)
        elif kind == "E":
            lines.events[id] = _parse_event(place, rest)
        elif kind in "AM":
            _add_attribute(lines, place, rest, report)
        elif kind in _NOT_KEPT:
            report(place, f"{_NOT_KEPT[kind]} ({rest}), which no document holds; it is left out")
        else:
            raise BratError(f"{place}: {id} is none of the annotations that brat has (T, E, A, M, R, N, *, #)")
    if notes and counts_notes:
        report(notes[0], f"a note; notes ({len(notes)} in this file) are left out")
    return lines


def _add_span(lines: _Lines, id: str, rest: str, text: str, report: Report) -> None:
    label, pieces, covered = _parse_span(lines.places[id], rest, len(text))
    place = lines.places[id]
    # The carriage returns at the end of a line are gone, whether they ended the line or the span.
    found = " ".join(text[start:end] for start, end in pieces)
    if found.replace("\n", " ").rstrip("\r") != covered:
        where = ";".join(f"{start}..{end}" for start, end in pieces)
        raise BratError(f"{place}: the text at {where} is {found!r}, the line says {covered!r}")
    gaps = [text[end:start] for (_, end), (start, _) in pairwise(pieces)]
    if any(gap.strip() for gap in gaps):
        lines.left_out.add(id)
        report(place, f"{label} in {len(pieces)} pieces with other words between them, {covered!r}; it is left out")
    else:
        lines.spans[id] = pieces[0][0], pieces[-1][1], label


def _parse_span(place: str, rest: str, length: int) -> tuple[str, list[tuple[int, int]], str]:
    """Return a span's label, the offsets of its pieces in the order of the text, and the text that its line gives."""
    header, tab, covered = rest.partition("\t")
    label, _, offsets = header.strip().partition(" ")
    pairs = [piece.split() for piece in offsets.split(";")]
    if not tab or any(len(pair) != 2 or not all(map(str.isdecimal, pair)) for pair in pairs):
        raise BratError(f"{place}: expected 'LABEL START END<tab>text', found {rest!r}")
    pieces = [(int(start), int(end)) for start, end in pairs]
    reached = 0
    for start, end in pieces:
        if not start < end <= length:
            raise BratError(f"{place}: span {start}..{end} does not lie in the text of {length} characters")
        if start < reached:
            raise BratError(
                f"{place}: the pieces of a span must follow each other, but one begins at {start}, before {reached}"
            )
        reached = end
    return label, pieces, covered


def _add_attribute(lines: _Lines, place: str, rest: str, report: Report) -> None:
    parts = rest.split()
    if len(parts) == 2:
        lines.attributes.append((place, parts[0], parts[1]))
    elif len(parts) == 3:
        report(
            place,
            f"attribute {parts[0]} with a value, {parts[2]}: "
            "expected 'Attribute EVENT-ID' without a value; it is left out",
        )
    else:
        raise BratError(f"{place}: expected 'Attribute EVENT-ID', found {rest!r}")


def _parse_event(place: str, rest: str) -> tuple[str, str, list[tuple[str, str]]]:
    pairs = [(name, target) for name, _, target in (part.partition(":") for part in rest.split())]
    if not pairs or any(not name or not target for name, target in pairs):
        raise BratError(f"{place}: expected 'TYPE:TRIGGER ROLE:ID …', found {rest!r}")
    (type, trigger), *arguments = pairs
    roles = {role for role, _ in arguments}
    return type, trigger, [(_unnumbered(role, roles), target) for role, target in arguments]


def _unnumbered(role: str, roles: set[str]) -> str:
    numbered = _NUMBERED_ROLE.fullmatch(role)
    return numbered["role"] if numbered and numbered["role"] in roles else role


def _annotate(document: Document, lines: _Lines, report: Report) -> None:
    triggers = {trigger for _, trigger, _ in lines.events.values()}
    for id, (start, end, label) in lines.spans.items():
        if id not in triggers:
            document.add_entity(start, end, label, id=id)
    for id, (type, trigger, arguments) in lines.events.items():
        place = lines.places[id]
        if trigger in lines.left_out:
            lines.left_out.add(id)
            report(place, f"event {type}, whose trigger {trigger} is left out; it is left out, too")
            continue
        if trigger not in lines.spans:
            raise BratError(f"{place}: trigger {trigger} does not exist")
        start, end, label = lines.spans[trigger]
        if label != type:
            raise BratError(f"{place}: the event is {type}, its trigger {trigger} is {label}")
        event = document.add_event(start, end, type, id=id)
        for role, target in arguments:
            if target in lines.spans and target not in triggers:
                event.arguments.append(Argument(role, target))
            elif target in lines.places:
                report(place, f"{role} points to {target}, which is no entity of the document; it is left out")
            else:
                raise BratError(f"{place}: {role} points to {target}, which does not exist")
    events = {event.id: event for event in document.events}
    for place, name, target in lines.attributes:
        if target in events:
            events[target].attributes.append(name)
        elif target in lines.places:
            report(place, f"attribute {name} points to {target}, which is no event of the document; it is left out")
        else:
            raise BratError(f"{place}: attribute {name} points to {target}, which does not exist")
    document.entities = in_order(document.entities)
    document.events.sort(key=lambda event: (event.trigger.start, event.trigger.end))


def write_brat_file(document: Document, text_path: str | Path) -> None:
    """Write ``document`` as ``text_path`` and the ``.ann`` file beside it.

    Ids are given anew, in the order of the text, so that equal annotation gives equal files.
    """
    text_path = Path(text_path)
    text_path.write_bytes(document.text.encode("utf-8"))
    text_path.with_suffix(".ann").write_bytes(brat_annotations(document).encode("utf-8"))


def brat_annotations(document: Document) -> str:
    """Return the content of the ``.ann`` file of ``document``.

    Raises
    ------
    ValueError
        If an argument of an event points to no entity.
    """
    _require_fillers(document)
    entities = in_order(document.entities)
    events = sorted(document.events, key=lambda event: (event.trigger.start, event.trigger.end))
    ids = {entity.id: f"T{number}" for number, entity in enumerate(entities, start=1)}
    rows = [_span_row(ids[e.id], e.label, e.start, e.end, e.text) for e in entities]
    rows += [
        _span_row(f"T{number}", e.type, e.trigger.start, e.trigger.end, e.trigger.text)
        for number, e in enumerate(events, start=len(entities) + 1)
    ]
    rows += [_event_row(number, len(entities), event, ids) for number, event in enumerate(events, start=1)]
    attributes = [(name, f"E{number}") for number, event in enumerate(events, start=1) for name in event.attributes]
    rows += [f"A{number}\t{name} {target}" for number, (name, target) in enumerate(attributes, start=1)]
    return "".join(row + "\n" for row in rows)


def _require_fillers(document: Document) -> None:
    ids = {entity.id for entity in document.entities}
    for event in document.events:
        for argument in event.arguments:
            if argument.entity not in ids:
                raise ValueError(
                    f"document {document.id!r}: {argument.role} of event {event.id} ({event.type}, "
                    f"{event.trigger.text!r}) points to {argument.entity}, which is no entity of the document"
                )


def _span_row(id: str, label: str, start: int, end: int, text: str) -> str:
    return f"{id}\t{label} {start} {end}\t{text.replace(chr(10), ' ')}"


def _event_row(number: int, entity_count: int, event: Event, ids: dict[str, str]) -> str:
    arguments = "".join(f" {argument.role}:{ids[argument.entity]}" for argument in event.arguments)
    return f"E{number}\t{event.type}:T{entity_count + number}{arguments}"


def annotation_conf(schema: Schema) -> str:
    """Return brat's ``annotation.conf`` for ``schema``."""
    roles = ", ".join(f"{role.name}*:{'|'.join(role.details.get('fillers', ['<ENTITY>']))}" for role in schema.roles)
    sections: Iterable[tuple[str, list[str]]] = (
        ("entities", schema.entity_types),
        ("relations", []),
        ("events", [f"{name}\t{roles}" if roles else name for name in schema.event_types]),
        ("attributes", [f"{name}\tArg:<EVENT>" for name in schema.attribute_names]),
    )
    return "\n".join(f"[{title}]\n" + "".join(row + "\n" for row in rows) for title, rows in sections)
