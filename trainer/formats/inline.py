"""Inline markup, read: ``.marked`` files with ``[entities|LABEL]``, ``{triggers|TYPE}`` and ``= event`` lines.

The format is described in ``docs/inline-markup.md``; :mod:`trainer.formats.inline_writer` writes it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import regex

from trainer.documents import Argument, Document, Entity, Event, Origin, in_order

SUFFIX = ".marked"
CLOSING = {"[": "]", "{": "}"}
_FORGOTTEN_SPACE = regex.compile(r"##\S|=\S[^:]*:")
_ESCAPED = {"n": "\n", "r": "\r"}
_LABEL = regex.compile(r"\|([^\s\[\]{}|;:\\]+)([\]}])")
_REFERENCE = regex.compile(r"(?P<words>(?:\\.|[^\\#@])+)(?:#(?P<nth>\d{1,4}))?(?:@(?P<line>[+-]?\d{1,4}))?")


class InlineError(ValueError):
    """Something in a ``.marked`` file that cannot be read, or in a document that cannot be written as one."""


@dataclass
class MarkedDocument:
    """A document of a ``.marked`` file and where its text stands: the number of each of its lines in the file."""

    document: Document
    line_numbers: list[int] = field(default_factory=list)
    line_starts: list[int] = field(default_factory=list)

    def line_of(self, offset: int) -> int:
        """Return the number of the line in the file that holds ``offset`` of the document's text."""
        earlier = [number for number, start in zip(self.line_numbers, self.line_starts, strict=True) if start <= offset]
        return earlier[-1]


@dataclass
class _Line:
    """A text line: its number in the file, its text, its marks in opening order, and its event lines."""

    number: int
    text: str
    marks: list[tuple[str, int, int, str]]
    event_lines: list[tuple[int, str]] = field(default_factory=list)
    broken: bool = False


def read_inline(path: str | Path) -> list[Document]:
    """Read a ``.marked`` file, or every one in a folder, in the order of their names.

    Raises
    ------
    InlineError
        Naming every line that cannot be read.
    FileNotFoundError
        If there is no such file.
    """
    documents: list[Document] = []
    problems: list[str] = []
    file_of: dict[str, Path] = {}
    for file in inline_files(path):
        marked, found = parse_inline_file(file)
        documents += [item.document for item in marked]
        problems += found
        for id in (item.document.id for item in marked):
            if id in file_of:
                problems.append(f"{file}: document {id} stands in {file_of[id]} already")
            file_of.setdefault(id, file)
    if problems:
        raise InlineError("\n".join(problems))
    return documents


def is_inline(path: Path) -> bool:
    """Whether ``path`` is a ``.marked`` file or a folder that has some."""
    return path.suffix == SUFFIX or (path.is_dir() and any(path.glob(f"*{SUFFIX}")))


def inline_files(path: str | Path) -> list[Path]:
    """Return ``path`` itself, or the ``.marked`` files of the folder ``path``."""
    path = Path(path)
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise FileNotFoundError(f"{path} " + (f"has no {SUFFIX} files" if path.is_dir() else "does not exist"))
    return files


def parse_inline_file(path: Path) -> tuple[list[MarkedDocument], list[str]]:
    """Read what can be read of ``path``; every problem is told with file and line."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again"]
    problems: list[str] = []
    marked: list[MarkedDocument] = []
    ids: set[str] = set()
    for number, header, lines in _documents(content, path, problems):
        try:
            id, metadata = _parse_header(header)
            if id in ids:
                raise InlineError(f"a document {id} stands already in this file")
        except InlineError as error:
            problems.append(f"{path}:{number}: {error}")
            continue
        ids.add(id)
        item = _marked_document(id, metadata, lines, path, problems)
        # A document without text has no line but its header.
        places = zip(item.line_starts, item.line_numbers, strict=True) if lines else [(0, number)]
        item.document.origin = Origin(str(path), tuple(places))
        marked.append(item)
    return marked, problems


def _documents(content: str, path: Path, problems: list[str]) -> Iterator[tuple[int, str, list[_Line]]]:
    """Yield each document's line number, header and text lines; lines that belong nowhere become problems."""
    current: tuple[int, str, list[_Line]] | None = None
    for number, line in enumerate(content.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.startswith("## "):
            if current:
                yield current
            current = number, line[3:], []
        elif not line.strip() or line == "#" or line.startswith("# "):
            continue
        elif current is None:
            problems.append(f"{path}:{number}: text before the first document; begin one with '## ID'")
        elif line.startswith("= "):
            if current[2]:
                current[2][-1].event_lines.append((number, line[2:]))
            else:
                problems.append(f"{path}:{number}: an event line needs the text line it speaks of above it")
        else:
            if _FORGOTTEN_SPACE.match(line):
                problems.append(
                    f"{path}:{number}: a space is missing after {line[:2].rstrip()!r}…; or write \\ before it"
                )
            try:
                current[2].append(_parse_text(number, "" if line == "\\" else line))
            except InlineError as error:
                problems.append(f"{path}:{number}: {error}")
                # Keeps its place, so that the event lines below it do not go to the line above.
                current[2].append(_Line(number, "", [], broken=True))
    if current:
        yield current


def _parse_header(header: str) -> tuple[str, dict[str, str]]:
    try:
        id, *facts = shlex.split(header)
    except ValueError as error:
        raise InlineError(f"expected '## ID key=value …', found {header!r}") from error
    pairs = [fact.partition("=") for fact in facts]
    if bad := [key for key, sign, _ in pairs if not key or not sign]:
        raise InlineError(f"expected '## ID key=value …', found {bad[0]!r}, which is no key=value")
    return id, {key: value for key, _, value in pairs}


def _parse_text(number: int, line: str) -> _Line:
    text: list[str] = []
    marks: list[tuple[str, int, int, str]] = []
    open_marks: list[tuple[str, int, int]] = []  # bracket, offset, place in ``marks``
    position = 0
    while position < len(line):
        character = line[position]
        position += 1
        if character == "\\":
            if position == len(line):
                raise InlineError(r"a backslash at the end of the line escapes nothing; write \\ for a backslash")
            text.append(_ESCAPED.get(line[position], line[position]))
            position += 1
        elif character in CLOSING:
            open_marks.append((character, len(text), len(marks)))
            marks.append((character, len(text), len(text), ""))
        elif character in "]}" or (character == "|" and open_marks):
            label = _LABEL.match(line, position - 1)
            before = line[max(0, position - 16) : position]
            if not open_marks:
                raise InlineError(rf"{character!r} after {before!r} belongs to no mark; write \{character} for itself")
            bracket, start, place = open_marks.pop()
            if not label or label[2] != CLOSING[bracket]:
                raise InlineError(f"the mark that ends at {before!r} should end in |LABEL{CLOSING[bracket]}")
            if start == len(text):
                raise InlineError(f"the mark that ends at {before!r} is empty")
            marks[place] = (bracket, start, len(text), label[1])
            position = label.end()
        else:
            text.append(character)
    if open_marks:
        bracket, start, _ = open_marks[-1]
        raise InlineError(
            rf"{bracket}{''.join(text[start : start + 16])!r} … is never closed; write \{bracket} for itself"
        )
    return _Line(number, "".join(text), marks)


def _marked_document(
    id: str, metadata: dict[str, str], lines: list[_Line], path: Path, problems: list[str]
) -> MarkedDocument:
    document = Document.from_text("\n".join(line.text for line in lines), id, metadata)
    marked = MarkedDocument(document, [line.number for line in lines])
    entities: list[list[Entity]] = []
    events: list[list[Event]] = []
    offset = 0
    for line in lines:
        marked.line_starts.append(offset)
        spans = [(mark, offset + start, offset + end, label) for mark, start, end, label in line.marks]
        entities.append([document.add_entity(start, end, label) for mark, start, end, label in spans if mark == "["])
        events.append([document.add_event(start, end, label) for mark, start, end, label in spans if mark == "{"])
        offset += len(line.text) + 1
    for index, line in enumerate(lines):
        described: set[str] = set()
        for number, content in () if line.broken else line.event_lines:
            try:
                _describe(content, index, entities, events, described)
            except InlineError as error:
                problems.append(f"{path}:{number}: {error}")
    document.entities = in_order(document.entities)
    document.events.sort(key=lambda event: (event.trigger.start, event.trigger.end))
    document.set_event_types_from_triggers()
    return marked


def _describe(
    content: str, index: int, entities: list[list[Entity]], events: list[list[Event]], described: set[str]
) -> None:
    """Give the event that an event line names its arguments and attributes."""
    head, colon, rest = _partition(content, ":")
    if not colon or not rest.strip():
        raise InlineError(f"expected '= TRIGGER: ROLE filler; …', found {content!r}")
    words, nth, distance = _reference(head)
    if distance:
        raise InlineError("the trigger of an event line is in the text line above it, without @")
    found = [event for event in events[index] if event.trigger.text == words]
    if nth > len(found):
        raise InlineError(_no_such("trigger", words, nth, [event.trigger.text for event in events[index]]))
    event = found[nth - 1]
    if event.id in described:
        raise InlineError(f"the trigger {head.strip()} has an event line already; for another one write {words}#2")
    described.add(event.id)
    for part in _split(rest, ";"):
        role, space, filler = _stripped(part).partition(" ")
        if not role:
            raise InlineError(f"nothing between two separators ';' in {content!r}")
        if not space:
            event.attributes.append(role)
            continue
        words, nth, distance = _reference(filler)
        if not 0 <= index + distance < len(entities):
            raise InlineError(f"{role} {filler}: the document has no text line at @{distance:+}")
        there = entities[index + distance]
        matching = [entity for entity in there if entity.text == words]
        if nth > len(matching):
            raise InlineError(f"{role}: " + _no_such("entity", words, nth, [entity.text for entity in there]))
        event.arguments.append(Argument(role, matching[nth - 1].id))


def _reference(text: str) -> tuple[str, int, int]:
    """Return the words, the number among equal words, and the distance in lines that a reference gives."""
    match = _REFERENCE.fullmatch(_stripped(text))
    if not match or match["nth"] == "0":
        raise InlineError(rf"{text.strip()!r} is no reference; it is words#2@-1, with \ before a # or @ of the words")
    words = regex.sub(r"\\(.)", lambda escape: _ESCAPED.get(escape[1], escape[1]), match["words"])
    return words, int(match["nth"] or 1), int(match["line"] or 0)


def _stripped(text: str) -> str:
    """Return ``text`` without spaces around it; one that a backslash escapes stays."""
    return regex.sub(r"^ +|(?<!\\)((?:\\\\)*) +$", r"\1", text)


def _no_such(what: str, words: str, nth: int, there: list[str]) -> str:
    number = f" number {nth}" if nth > 1 else ""
    return f"the line has no {what}{number} {words!r}; it has {'، '.join(dict.fromkeys(there)) or 'none'}"


def _partition(text: str, separator: str) -> tuple[str, str, str]:
    parts = _split(text, separator)
    return (parts[0], separator, separator.join(parts[1:])) if len(parts) > 1 else (text, "", "")


def _split(text: str, separator: str) -> list[str]:
    """Split at every ``separator`` that no backslash escapes."""
    return regex.split(rf"(?:\\.|[^\\{separator}])*+\K{separator}", text)
