"""Sentences with their event types, a row each: ``.csv``, ``.tsv`` and ``.jsonl`` (``docs/one-file-corpora.md``)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import regex

from trainer.documents import Document, Sentence
from trainer.formats.doccano_lines import READ_KEYS
from trainer.formats.jsonl import strict_json
from trainer.formats.sentence_labels import DELIMITERS, ID, LABEL_COLUMNS, LONGEST_CELL, TEXT
from trainer.text.surrogates import encodable, without_pairs

Report = Callable[[str, str], None]

LABELS = LABEL_COLUMNS[0]
# What else means something in such a file, or makes doccano's of it.
_TAKEN = READ_KEYS | {TEXT, ID, *LABEL_COLUMNS}
_SEPARATORS = regex.compile(r"[|;]")
# Around a label, readers take these for dirt.
_EDGES = regex.compile(r"\A[\s\p{Cc}\p{Cf}]|[\s\p{Cc}\p{Cf}]\Z")


def write_sentence_labels(documents: Iterable[Document], path: str | Path, report: Report) -> None:
    """Write a row for each sentence of the documents that were annotated for event types.

    A document of one sentence is a row with its whole text and its id, so that
    :func:`~trainer.formats.sentence_labels.read_sentence_labels` gives it back. Of a document of several each sentence
    is a row, called by the document's id and its number. Metadata are columns; in tables everything in them is text.

    Parameters
    ----------
    path:
        The file, a table or JSON Lines by its ending.
    report:
        Called with the file and with what it does not say, once a kind with its number.

    Raises
    ------
    ValueError
        If the ending is none of the three, or a row cannot be written: a label with ``|`` or ``;`` in a table, a text
        with tabs and line breaks in ``.tsv``, half a character in a table. Nothing is written then.
    """
    path = Path(path)
    documents = list(documents)
    losses: Counter[str] = Counter()
    rows = [row for document in documents for row in _rows(document, losses)]
    if path.suffix.lower() == ".jsonl":
        lines = [without_pairs(strict_json(row)) for row in rows]
        content = "".join(line + "\n" for line in lines).encode("utf-8", errors="backslashreplace")
    elif path.suffix.lower() in DELIMITERS:
        # With a byte order mark, without which spreadsheets do not take a table for UTF-8.
        content = _table(rows, DELIMITERS[path.suffix.lower()], losses).encode("utf-8-sig")
    else:
        raise ValueError(f"{path}: labelled sentences are written as .jsonl, {' or '.join(DELIMITERS)}")
    path.write_bytes(content)
    for loss, number in losses.items():
        report(str(path), f"not written: {loss} ({number})")


def _rows(document: Document, losses: Counter[str]) -> Iterator[dict[str, Any]]:
    if "event_types" not in document.layers:
        losses["documents that were not annotated for event types"] += 1
        return
    losses.update(_losses(document))
    with_words = [sentence for sentence in document.sentences if document.words_of(sentence)]
    losses["sentences without words"] += len(document.sentences) - len(with_words)
    losses["documents without words"] += not with_words
    losses += Counter()  # no kinds of which there is none
    metadata = {key: value for key, value in document.metadata.items() if key not in _TAKEN}
    for number, sentence in enumerate(with_words, start=1):
        alone = len(with_words) == 1
        text = document.text if alone else document.text[sentence.start : sentence.end]
        id = document.id if alone else f"{document.id}-{number}"
        yield {ID: id, TEXT: text, LABELS: _labels(document, sentence), **metadata}


def _losses(document: Document) -> Iterator[str]:
    yield from ("entities" for _ in document.entities)
    yield from ("triggers of events" for _ in document.events)
    yield from ("scores" for s in document.sentences for score in s.event_types.values() if score != 1.0)
    yield from (f"metadata {key!r}, which is a key of the format" for key in document.metadata if key in _TAKEN)
    if document.model:
        yield "names of models"
    if document.duplicate_of:
        yield "marks of copies"
    if len(document.sentences) > 1:
        yield "which sentences make a document, and what stands between them"


def _labels(document: Document, sentence: Sentence) -> list[str]:
    labels = list(sentence.event_types)
    if bad := [label for label in labels if not label or _EDGES.search(label)]:
        raise ValueError(f"document {document.id!r}: the label {bad[0]!r} would be read back as another one")
    return labels


def _table(rows: Sequence[dict[str, Any]], delimiter: str, losses: Counter[str]) -> str:
    keys = dict.fromkeys(key for row in rows for key in row if key not in (ID, TEXT, LABELS))
    columns = [ID, TEXT, LABELS, *(key for key in keys if key and key == encodable(key.strip()))]
    for key in keys:
        if key not in columns:
            losses[f"metadata {key!r}, which can be no column"] += sum(key in row for row in rows)
    file = io.StringIO(newline="")
    # Both characters of the line end, so that the writer puts texts with either of them into quotes.
    table = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    table.writerow(columns)
    for row in rows:
        cells = [_cell(row, column, losses) for column in columns]
        _require_readable(row, cells, delimiter)
        table.writerow(cells)
    return file.getvalue()


def _cell(row: dict[str, Any], column: str, losses: Counter[str]) -> str:
    value = row.get(column, "")
    if column == LABELS:
        if bad := [label for label in value if _SEPARATORS.search(label)]:
            raise ValueError(f"document {row[ID]!r}: the label {bad[0]!r} has a | or ;, which part labels in a table")
        return "|".join(value)
    if isinstance(value, str):
        return value
    losses[f"that {column!r} is no text"] += 1
    return "" if value is None else strict_json(value)


def _require_readable(row: dict[str, Any], cells: Sequence[str], delimiter: str) -> None:
    named = f"document {row[ID]!r}"
    if any(encodable(cell) != cell for cell in cells):
        raise ValueError(f"{named} has half a character (a lone surrogate), which no table can hold; write .jsonl")
    if delimiter == "\t" and any("\t" in cell and "\n" in cell for cell in cells):
        raise ValueError(f"{named} has tabs and line breaks in one text, which .tsv cannot hold; write .csv or .jsonl")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise ValueError(f"{named} is too long for a cell of a table; write .jsonl")
