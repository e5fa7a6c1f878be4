"""CSV for people with spreadsheets: a table of entities, one of events, one of the event types of sentences.

Every row stands alone, with the sentence and all columns of the input, so that it can be filtered and counted without
looking anything up. A part holds each table as lines of JSON, since its columns are known only at the end.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from trainer.documents import Document
from trainer.writers.csv_cells import cell, input_cell, input_columns
from trainer.writers.whole_outputs import replacing, require_no_folder

# Characters of a sentence in a cell. Newspapers print sentences of a thousand, and each stands in the rows of all its
# entities: with whole ones the table of 1,536 articles took 118 MB, three times the JSON with the articles in it.
_SHOWN = 300
_SENTENCE = ("sentence", "sentence_start", "sentence_end", "sentence_text")
# The columns of each table; those of the input follow.
TABLES = {
    "entities": ("document_id", "start", "end", "label", "text", "name", "score", *_SENTENCE, "duplicate_of"),
    "events": ("document_id", "start", "end", "type", "trigger", "score", *_SENTENCE, "duplicate_of"),
    "event_types": ("document_id", "type", "score", *_SENTENCE, "duplicate_of"),
}
# A column of the input has the same name in all tables.
_OWN_COLUMNS = frozenset(column for columns in TABLES.values() for column in columns)


class CsvWriter:
    """Writes ``x.entities.csv``, ``x.events.csv`` and ``x.event_types.csv`` for an output ``x.csv``."""

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write the rows of each table; the first line has the columns of the input, as the input names them."""
        inputs = [{str(key): input_cell(value) for key, value in document.metadata.items()} for document in documents]
        columns = list(dict.fromkeys(column for cells in inputs for column in cells))
        with ExitStack() as stack:
            files = {
                table: stack.enter_context(_part(folder, table).open("w", encoding="utf-8", newline="\n"))
                for table in TABLES
            }
            for file in files.values():
                # Escaped: names may have surrogates.
                file.write(json.dumps(columns) + "\n")
            for document, cells in zip(documents, inputs, strict=True):
                from_input = [cells.get(column, "") for column in columns]
                for table, row in _rows(document):
                    own = [cell(row[column]) for column in TABLES[table]]
                    files[table].write(_json_line([*own, *from_input]))

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write each table with the columns of all parts, in the order in which they came first."""
        columns = list(dict.fromkeys(column for part in parts for column in _columns(part)))
        names = input_columns(columns, _OWN_COLUMNS)
        with replacing(*self.files(target)) as paths:
            for (table, own), path in zip(TABLES.items(), paths, strict=True):
                # Excel takes a file without the mark of UTF-8 for one in the code page of the machine.
                with path.open("w", encoding="utf-8-sig", newline="") as file:
                    rows = csv.writer(file)
                    rows.writerow([*own, *names])
                    for part in parts:
                        rows.writerows(_with_columns(_part(part, table), len(own), columns))

    def files(self, target: Path) -> list[Path]:
        """Return the files of the three tables."""
        return [target.with_name(f"{target.stem}.{table}{target.suffix}") for table in TABLES]

    def check(self, target: Path) -> None:
        """Refuse folders."""
        require_no_folder(*self.files(target))


def _rows(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of ``document``, each with the name of its table."""
    common = {"document_id": document.id, "duplicate_of": document.duplicate_of and document.duplicate_of.id}
    for entity in document.entities:
        own = {"start": entity.start, "end": entity.end, "label": entity.label, "text": entity.text}
        place = _sentence_at(document, entity.start)
        yield "entities", {**common, **own, "name": entity.name, "score": entity.score, **place}
    for event in document.events:
        own = {"start": event.trigger.start, "end": event.trigger.end, "trigger": event.trigger.text}
        place = _sentence_at(document, event.trigger.start)
        yield "events", {**common, **own, "type": event.type, "score": event.score, **place}
    for sentence in document.sentences:
        for type, score in sentence.event_types.items():
            yield "event_types", {**common, "type": type, "score": score, **_sentence_at(document, sentence.start)}


def _sentence_at(document: Document, offset: int) -> dict[str, Any]:
    """Return the cells on the sentence that holds ``offset``; empty ones outside every sentence."""
    index = document.sentence_index(offset)
    if index is None:
        return dict.fromkeys(_SENTENCE)
    sentence = document.sentences[index]
    first = max(sentence.start, min(offset - _SHOWN // 2, sentence.end - _SHOWN))
    shown = document.text[first : min(first + _SHOWN, sentence.end)]
    # People count from 1.
    return dict(zip(_SENTENCE, (index + 1, sentence.start, sentence.end, shown), strict=True))


def _part(folder: Path, table: str) -> Path:
    return folder / f"table.{table}.jsonl"


def _json_line(cells: Sequence[str]) -> str:
    return json.dumps(cells, ensure_ascii=False) + "\n"


def _columns(part: Path) -> list[str]:
    with _part(part, next(iter(TABLES))).open(encoding="utf-8") as file:
        return json.loads(file.readline())


def _with_columns(path: Path, own: int, columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of a table of a part: its ``own`` cells, then those of ``columns``, empty where it has none."""
    with path.open(encoding="utf-8", newline="\n") as file:
        found = json.loads(file.readline())
        if found == list(columns):
            yield from map(json.loads, file)
            return
        positions = {column: own + index for index, column in enumerate(found)}
        for line in file:
            cells = json.loads(line)
            yield [*cells[:own], *(cells[positions[column]] if column in positions else "" for column in columns)]
