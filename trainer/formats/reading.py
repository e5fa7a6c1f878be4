"""Readers of all formats in one shape: ``read(path, report, schema)``, with what a reader needs to know found out.

doccano and Label Studio do not say which labels are of events. A schema says it; without one it is decided here, and
told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trainer.documents import Document
from trainer.formats.brat import read_brat_file
from trainer.formats.doccano import read_doccano
from trainer.formats.inline import read_inline
from trainer.formats.iob2 import read_iob2
from trainer.formats.jsonl import read_jsonl
from trainer.formats.label_studio import read_label_studio
from trainer.formats.notes import Note
from trainer.formats.sentence_labels import read_sentence_labels
from trainer.formats.utf8_text import read_utf8
from trainer.schema import Schema, load_schema

Report = Callable[[str, str], None]


def read_brat(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read a folder; a text without an ``.ann`` file beside it is told, and has no layers: nobody has annotated it.

    Raises
    ------
    ValueError
        If ``path`` is no folder, or a line of an ``.ann`` file is wrong.
    """
    if not path.is_dir():
        raise ValueError(f"{path} is no folder; brat keeps a .txt and an .ann file of each document in one")
    documents = []
    for text in sorted(path.glob("*.txt")):
        document = read_brat_file(text, report)
        if not text.with_suffix(".ann").is_file():
            report(str(text), f"no {text.stem}.ann beside it; taken as not annotated")
            document.layers = ()
        documents.append(document)
    for annotation in sorted(path.glob("*.ann")):
        if not annotation.with_suffix(".txt").is_file():
            report(str(annotation), f"no {annotation.stem}.txt beside it; it is left out")
    return documents


def read_marked(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read a ``.marked`` file or a folder of them; ``InlineError`` names every line that is wrong."""
    return read_inline(path)


def read_columns(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read words and tags."""
    return read_iob2(path, report)


def read_rows(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read labelled sentences."""
    return read_sentence_labels(path, report)


def read_hub(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read all splits of a folder; ``metadata["split"]`` names the split of each document."""
    # pyarrow takes as long to import as everything else that a small file needs.
    from trainer.formats.hub_dataset import read_hub_dataset

    return read_hub_dataset(path, report)


def read_marsad(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read Marsad's own JSON Lines; ``ValueError`` for a line that is none, and for two documents with one id."""
    # Not splitlines: JSON leaves U+2028 and the like as they are.
    documents = list(read_jsonl(read_utf8(path).split("\n"), str(path)))
    found: dict[str, Document] = {}
    for document in documents:
        if document.id in found:
            places = [d.origin.place() if d.origin else str(path) for d in (document, found[document.id])]
            raise ValueError(
                f"{places[0]}: document {document.id!r} stands at {places[1]} already; give one another id"
            )
        found[document.id] = document
    return documents


def read_doccano_lines(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read doccano's JSON Lines; see :func:`_with_triggers` for what is a trigger."""
    return _with_triggers(path, report, schema, lambda told, labels: read_doccano(path, told, labels))


def read_tasks(path: Path, report: Report, schema: Schema | None) -> list[Document]:
    """Read Label Studio's tasks: annotations, or, if no task has any, the predictions, which is told."""

    def read(told: Report, labels: Schema | None) -> list[Document]:
        trigger_labels = labels.event_types if labels else ()
        messages: list[tuple[str, str]] = []
        documents = read_label_studio(path, _into(messages), trigger_labels=trigger_labels)
        if not documents:
            of_models: list[tuple[str, str]] = []
            documents = read_label_studio(path, _into(of_models), which="predictions", trigger_labels=trigger_labels)
            if documents:
                messages = [(str(path), Note("nobody has annotated a task; what models predicted is read")), *of_models]
        for message in messages:
            told(*message)
        return documents

    return _with_triggers(path, report, schema, read)


def _with_triggers(
    path: Path, report: Report, schema: Schema | None, read: Callable[[Report, Schema | None], list[Document]]
) -> list[Document]:
    """Read with the event types of ``schema`` as labels of triggers.

    Without a schema those of Marsad's own are, if more than half of the labels are labels of it; else all labels of
    which the format does not say it are of entities.
    """
    if schema is not None:
        return read(report, schema)
    messages: list[tuple[str, str]] = []
    documents = read(_into(messages), None)
    labels = {entity.label for document in documents for entity in document.entities}
    own = load_schema()
    known = labels & {*own.entity_types, *own.event_types}
    triggers = sorted(labels & set(own.event_types))
    mostly_own = 2 * len(known) > len(labels)
    if triggers and mostly_own:
        told = f"{len(known)} of {len(labels)} labels are of Marsad's own schema; spans of {', '.join(triggers)} are"
        report(str(path), Note(f"{told} read as triggers of events"))
        return read(report, own)
    if labels and not mostly_own:
        told = f"spans of {', '.join(sorted(labels))} are read as entities"
        messages.insert(0, (str(path), Note(f"{told}; a schema with event types says which are triggers of events")))
    for message in messages:
        report(*message)
    return documents


def _into(messages: list[tuple[str, str]]) -> Report:
    return lambda place, problem: messages.append((place, problem))
