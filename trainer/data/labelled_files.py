"""Labelled text without a corpus file around it, in any format that Marsad knows: its documents and its labels."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import yaml

from trainer.data.reader_notes import is_note
from trainer.documents import Document
from trainer.formats.catalogue import recognise, recognised
from trainer.formats.notes import Note
from trainer.schema import LabelType, Schema, schema_of_labels

logger = logging.getLogger(__name__)

Report = Callable[[str, str], None]

_NAMED_PROBLEMS = 5
# Files and folders of which several make one corpus.
_MARKED = "marked"
# The folder that has splits of its own.
_HUB = "hub"


def is_labelled_file(path: str | Path) -> bool:
    """Whether ``path`` is labelled text that is read alone, as one split.

    It is a file or folder of any format in :mod:`trainer.formats.catalogue` but ``.marked`` files, of which several are
    read together, and Hugging Face folders, which have splits (:func:`has_splits`).
    """
    found = recognise(path)
    return found is not None and found.format.name not in (_MARKED, _HUB)


def has_splits(path: str | Path) -> bool:
    """Whether ``path`` is the folder of a Hugging Face dataset with words and tags."""
    found = recognise(path)
    return found is not None and found.format.name == _HUB


def read_labelled_file(path: str | Path, report: Report | None = None, schema: Schema | None = None) -> list[Document]:
    """Read the annotated documents of a file or folder of any format in :mod:`trainer.formats.catalogue`.

    Documents without any layer, which nobody has annotated, are left out and reported.

    Parameters
    ----------
    report:
        Called with the place and the nature of everything that is wrong there, and how it was read; the latter as a
        :class:`trainer.formats.notes.Note` or as :func:`trainer.data.reader_notes.is_note` knows it. Without it the
        number and the first of them are logged as warnings.
    schema:
        Tells triggers from entities where the format does not (doccano, Label Studio).

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If it is of no format, cannot be read, or has no labelled sentences.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no labelled file {path}")
    told = _Told(path, report)
    documents = recognised(path).format.read(path, told, schema)
    annotated = annotated_only(path, documents, told)
    told.close(annotated)
    return annotated


def read_labelled_splits(path: str | Path, report: Report | None = None) -> dict[str, list[Document]]:
    """Read the folder of a Hugging Face dataset, by split; what is reported and raised is as for the other function."""
    from trainer.formats.hub_dataset import read_hub_splits  # see trainer.formats.reading

    told = _Told(Path(path), report)
    splits = read_hub_splits(path, told)
    told.close(document for documents in splits.values() for document in documents)
    return splits


def annotated_only(path: Path, documents: list[Document], report: Report) -> list[Document]:
    """Return the documents that somebody annotated, and report how many others there are."""
    annotated = [document for document in documents if document.layers]
    if left_out := len(documents) - len(annotated):
        report(str(path), Note(f"{left_out} of {len(documents)} documents are not annotated; they are left out"))
    return annotated


class _Told:
    """A report that passes on what it is told; without another report it logs the first and counts the rest."""

    def __init__(self, path: Path, report: Report | None) -> None:
        self._path = path
        self._report = report
        self._number = 0
        self._first_problem = ""

    def __call__(self, place: str, problem: str) -> None:
        self._number += 1
        if not self._first_problem and not is_note(problem):
            self._first_problem = f"{place}: {problem}"
        if self._report is not None:
            self._report(place, problem)
        elif self._number <= _NAMED_PROBLEMS:
            logger.warning("%s: %s", place, problem)

    def close(self, documents: Iterable[Document]) -> None:
        """End the log; ``ValueError`` with the first problem if ``documents``, which were read, have no sentences."""
        if self._report is None and (others := self._number - _NAMED_PROBLEMS) > 0:
            logger.warning("%s: %d more lines like these; 'marsad data check' lists all", self._path, others)
        if not any(document.sentences for document in documents):
            why = f"; {self._first_problem}" if self._first_problem else ""
            raise ValueError(f"{self._path} has no labelled sentences{why}")


def schema_of(name: str, documents: Iterable[Document]) -> Schema:
    """Return the schema that has the labels of ``documents``, in the order of their names."""
    labels: dict[str, set[str]] = {key: set() for key in ("entities", "events", "roles", "attributes")}
    for document in documents:
        labels["entities"].update(entity.label for entity in document.entities)
        labels["events"].update(type for sentence in document.sentences for type in sentence.event_types)
        for event in document.events:
            labels["events"].add(event.type)
            labels["roles"].update(argument.role for argument in event.arguments)
            labels["attributes"].update(event.attributes)
    schema = schema_of_labels(name, sorted(labels["entities"]), sorted(labels["events"]))
    if not labels["roles"] and not labels["attributes"]:
        return schema
    of_events = {key: sorted(labels[key]) for key in ("roles", "attributes") if labels[key]}
    items = {key: [{"name": label} for label in names] for key, names in of_events.items()}
    return replace(
        schema,
        roles=tuple(LabelType(label, label, "") for label in of_events.get("roles", ())),
        attributes=tuple(LabelType(label, label, "") for label in of_events.get("attributes", ())),
        source=schema.source + yaml.safe_dump(items, allow_unicode=True, sort_keys=False),
    )
