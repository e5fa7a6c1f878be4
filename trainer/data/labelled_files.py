"""Labelled text in one file, without a corpus file around it: its documents and its labels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from trainer.documents import Document
from trainer.formats.inline import is_inline, read_inline
from trainer.formats.iob2 import is_iob2, read_iob2
from trainer.formats.sentence_labels import is_sentence_labels, read_sentence_labels
from trainer.schema import Schema, schema_of_labels

logger = logging.getLogger(__name__)

_NAMED_PROBLEMS = 5


def is_labelled_file(path: str | Path) -> bool:
    """Whether ``path`` is IOB2 text or a table of sentences with labels."""
    return Path(path).is_file() and (is_iob2(path) or is_sentence_labels(path))


def read_labelled_file(path: str | Path, report: Callable[[str, str], None] | None = None) -> list[Document]:
    """Read the documents of such a file, or of a ``.marked`` file.

    Parameters
    ----------
    report:
        Called with the place and the nature of everything that is wrong in the file; without it the number
        and the first of them are logged as warnings.

    Raises
    ------
    ValueError
        If the file cannot be read, or has no sentences.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no labelled file {path}")
    if is_inline(Path(path)):
        return read_inline(path)
    problems: list[str] = []
    told = report or (lambda place, problem: problems.append(f"{place}: {problem}"))
    read = read_iob2 if is_iob2(path) else read_sentence_labels
    documents = read(path, told)
    for problem in problems[:_NAMED_PROBLEMS]:
        logger.warning("%s", problem)
    if len(problems) > _NAMED_PROBLEMS:
        logger.warning(
            "%s: %d more lines like these; 'marsad data check' lists all", path, len(problems) - _NAMED_PROBLEMS
        )
    if not any(document.sentences for document in documents):
        raise ValueError(f"{path} has no labelled sentences")
    return documents


def schema_of(name: str, documents: Iterable[Document]) -> Schema:
    """Return the schema that has the labels of ``documents``, in the order of their names."""
    entities: set[str] = set()
    events: set[str] = set()
    for document in documents:
        entities.update(entity.label for entity in document.entities)
        events.update(event.type for event in document.events)
        events.update(type for sentence in document.sentences for type in sentence.event_types)
    return schema_of_labels(name, sorted(entities), sorted(events))
