"""Validate ``.marked`` files against a schema, each problem with its line, and count what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.document_check import document_problems
from trainer.data.label_counts import ATTRIBUTES, ROLES, label_strings
from trainer.documents import Document
from trainer.formats.inline import MarkedDocument, inline_files, parse_inline_file
from trainer.schema import Schema

_TABLE_NAMES = {"entities": "entities", "triggers": "event triggers", ROLES: "arguments", ATTRIBUTES: "attributes"}


@dataclass
class InlineReport:
    """What :func:`check_inline` found: problems with file and line, and the documents that could be read."""

    schema: Schema
    problems: list[str] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    lines: int = 0


def check_inline(paths: Iterable[str | Path], schema: Schema) -> InlineReport:
    """Check every ``.marked`` file among ``paths``, which are files or folders.

    Raises
    ------
    FileNotFoundError
        If a path does not exist or is a folder without such files.
    """
    report = InlineReport(schema)
    files_of: dict[str, list[Path]] = defaultdict(list)
    for file in dict.fromkeys(file for path in paths for file in inline_files(path)):
        marked, problems = parse_inline_file(file)
        if not marked and not problems:
            problems.append(f"{file}: no documents; begin one with '## ID'")
        for item in marked:
            problems += [f"{file}:{line}: {problem}" for line, problem in _located_problems(item, schema)]
            files_of[item.document.id].append(file)
        report.problems += sorted(problems, key=_line_number)
        report.documents += [item.document for item in marked]
        report.lines += sum(len(item.line_numbers) for item in marked)
    for id, found in files_of.items():
        if len(found) > 1:
            report.problems.append(f"{found[1]}: document {id} stands in {found[0]} already")
    return report


def _located_problems(marked: MarkedDocument, schema: Schema) -> Iterator[tuple[int, str]]:
    document = marked.document
    starts = {e.id: e.start for e in document.entities} | {e.id: e.trigger.start for e in document.events}
    for problem in document_problems(document, schema):
        id, _, told = problem.partition(" ")
        yield marked.line_of(starts[id]), told


def _line_number(problem: str) -> int:
    """Return the line of 'file:line: what is wrong', 0 where none is told."""
    number = problem.split(": ")[0].rpartition(":")[2]
    return int(number) if number.isdigit() else 0


def label_table(documents: Iterable[Document]) -> dict[str, dict[str, tuple[int, int]]]:
    """Count for every layer and label how often it occurs, and with how many different strings.

    Entities are told apart by their name without clitics, triggers by the words as they stand in the text.
    """
    found = label_strings(documents)
    return {
        name: {label: (strings.total(), len(strings)) for label, strings in found[table].items()}
        for table, name in _TABLE_NAMES.items()
    }
