"""Sentences with labels, a row each: ``.csv``, ``.tsv`` and ``.jsonl`` (``docs/one-file-corpora.md``)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import regex

from trainer.documents import Document, Origin, Sentence, Span
from trainer.text.words import word_offsets

Report = Callable[[str, str], None]
# The number of a row's line, the row's number, and its values by column.
_Row = tuple[int, int, Mapping[str, Any]]

DELIMITERS = {".csv": ",", ".tsv": "\t"}
TEXT, ID = "text", "id"
LABEL_COLUMNS = ("labels", "label", "event_types")
_LABEL_SEPARATOR = regex.compile(r"[|;]")
_INVISIBLE_EDGES = regex.compile(r"\A[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+\Z")
# What bytes that are no UTF-8 become when they are decoded with ``surrogateescape``.
_UNDECODED = regex.compile(r"[\udc80-\udcff]")
_LOOKED_AT_BYTES = 1 << 20
# The most characters of a cell. The library's own limit, one for the whole process, is 131,072: some texts are longer.
LONGEST_CELL = 24_000_000
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))


def read_sentence_labels(path: str | Path, report: Report) -> list[Document]:
    """Read a file of labelled sentences, in UTF-8; each row is a document of one sentence.

    A table has a header with the columns ``text`` and ``labels`` (or ``label``, ``event_types``), and several
    labels in a cell stand between ``|`` or ``;``. In JSON Lines labels are such a string or a list of strings.
    Empty means no label. The sentence is the whole text, from its first word to its last, however many full
    stops and line breaks there are in it. Other columns become metadata.

    Parameters
    ----------
    path:
        The file. The ids of the documents are those in a column ``id``, or its stem and the row (``stem-1``).
    report:
        Called with a place (``file:line``), and what is wrong there and what was made of it. Rows that cannot
        be read are left out.

    Raises
    ------
    ValueError
        If the file is none of the three kinds or its header lacks a column.
    """
    path = Path(path)
    content = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")

    def tell(line: int, problem: str) -> None:
        report(f"{path}:{line}", problem)

    documents: list[Document] = []
    line_of: dict[str, int] = {}
    for line, row, fields in _rows(path, content, tell):
        name = f"{path.stem}-{row}"
        try:
            document = _document(fields)
        except ValueError as error:
            tell(line, f"{error}; the row is left out")
            continue
        # Exporters write null and empty cells for "no id".
        document.id = name if fields.get(ID) in (None, "") else str(fields[ID])
        if document.id in line_of:
            document.metadata[ID], taken = document.id, line_of[document.id]
            while document.id in line_of:
                document.id += f"-{row}"
            tell(line, f"id {document.metadata[ID]!r} stands in line {taken} already; read as {document.id!r}")
        line_of[document.id] = line
        document.origin = Origin(str(path), ((0, line),))
        documents.append(document)
    return documents


def is_sentence_labels(path: str | Path) -> bool:
    """Whether ``path`` is such a file: by its suffix, and the columns in its header or first line."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (*DELIMITERS, ".jsonl") or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT_BYTES).decode("utf-8-sig", "replace")
    first = head.lstrip("\r\n").partition("\n")[0]
    try:
        if suffix == ".jsonl":
            found = json.loads(first)
        else:
            found = _names(next(csv.reader([first], delimiter=DELIMITERS[suffix])))
    except (ValueError, RecursionError, csv.Error):
        return False
    return isinstance(found, (dict, list)) and TEXT in found and any(name in found for name in LABEL_COLUMNS)


def _rows(path: Path, content: str, tell: Callable[[int, str], None]) -> Iterator[_Row]:
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return _json_rows(content, tell)
    if suffix in DELIMITERS:
        return _table_rows(path, content, DELIMITERS[suffix], tell)
    raise ValueError(f"{path} is no file of labelled sentences; these end in .jsonl, {' or '.join(DELIMITERS)}")


def _json_rows(content: str, tell: Callable[[int, str], None]) -> Iterator[_Row]:
    row = 0
    # Not splitlines: JSON leaves U+2028 and the like as they are.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        row += 1
        try:
            if _UNDECODED.search(line):
                raise ValueError("not UTF-8")
            fields = json.loads(line)
            if not isinstance(fields, dict):
                raise ValueError(f"expected a JSON object with '{TEXT}', found {type(fields).__name__}")
        except json.JSONDecodeError as error:
            tell(number, f"broken JSON ({error.msg} at character {error.pos + 1}); the row is left out")
        except RecursionError:
            tell(number, "JSON nested too deeply; the row is left out")
        except ValueError as error:
            tell(number, f"{error}; the row is left out")
        else:
            yield number, row, fields


def _table_rows(path: Path, content: str, delimiter: str, tell: Callable[[int, str], None]) -> Iterator[_Row]:
    names: list[str] = []
    row = 0
    for line, cells in _records(content, delimiter, tell):
        if not names:
            names = _names(cells)
            _check_header(f"{path}:{line}", names)
            continue
        row += 1
        if len(cells) != len(names):
            tell(line, f"{len(cells)} columns where the header has {len(names)}; the row is left out")
        elif any(map(_UNDECODED.search, cells)):
            tell(line, "not UTF-8; the row is left out")
        else:
            yield line, row, dict(zip(names, cells, strict=True))
    if not names:
        raise ValueError(f"{path} has no header; its first line should name the columns '{TEXT}' and 'labels'")


def _records(content: str, delimiter: str, tell: Callable[[int, str], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each record; after a broken one, go on with the next line.

    One reader a record: a quote that is never closed takes its own line along, not the rest of the file.
    """
    lines = io.StringIO(content, newline="").readlines()
    position = 0
    while position < len(lines):
        reader = csv.reader((lines[i] for i in range(position, len(lines))), delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
            if delimiter == "\t" and any("\t" in cell and "\n" in cell for cell in cells):
                raise csv.Error("a quoted cell runs over tabs and line ends")
        except csv.Error as error:
            tell(
                position + 1,
                f"broken quotes ({error}); the row is left out. A cell that begins with a quote mark "
                "must end with one, and those inside it are doubled",
            )
            position += 1
            continue
        if cells:
            yield position + 1, cells
        position += reader.line_num


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def _check_header(place: str, names: Sequence[str]) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{place}: the header names column {repeated[0]!r} twice")
    if TEXT not in names:
        raise ValueError(f"{place}: the header has no column '{TEXT}', only {', '.join(map(repr, names))}")
    _label_column(names, f"{place}: the header")


def _label_column(names: Sequence[str], named: str) -> str:
    found = [name for name in LABEL_COLUMNS if name in names]
    if len(found) != 1:
        raise ValueError(
            f"{named} has {' and '.join(found) or 'no labels'}; it needs one of {', '.join(LABEL_COLUMNS)}"
        )
    return found[0]


def _document(fields: Mapping[str, Any]) -> Document:
    """Return a row as a document without an id; ``ValueError`` says what is wrong with the row."""
    text = fields.get(TEXT)
    if not isinstance(text, str):
        raise ValueError(f"no '{TEXT}' string")
    column = _label_column(list(fields), "the row")
    labels = _labels(fields[column], column)
    words = [Span(start, end, text[start:end]) for start, end in word_offsets(text)]
    if not words:
        raise ValueError(f"no word in the {TEXT}")
    return Document(
        text,
        metadata={name: value for name, value in fields.items() if name not in (TEXT, ID, column)},
        words=words,
        sentences=[Sentence(words[0].start, words[-1].end, dict.fromkeys(labels, 1.0))],
        layers=("event_types",),
    )


def _labels(value: Any, column: str) -> list[str]:
    """Return the labels of a row without what is invisible around them."""
    if isinstance(value, str):
        value = _LABEL_SEPARATOR.split(value)
    elif value is None:
        value = []
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise ValueError(f"'{column}' is neither a string nor a list of strings")
    labels = [_INVISIBLE_EDGES.sub("", label) for label in value]
    return [label for label in labels if label]
