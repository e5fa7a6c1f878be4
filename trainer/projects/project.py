"""The folder of an annotation project: suggestions to correct, in Label Studio or in brat.

Whatever its kind, it holds ``suggestions.jsonl``, the documents as they were given to people with scores and model, so
that what comes back can be compared with it, and ``schema.yaml`` with the labels. A project for Label Studio has
``tasks.json`` and ``config.xml`` beside them, one for brat a ``.txt`` and an ``.ann`` file for each document and
``annotation.conf``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from trainer.documents import Document, Span
from trainer.formats.brat import annotation_conf, write_brat_file
from trainer.formats.jsonl import read_jsonl, write_jsonl
from trainer.formats.label_studio_writer import write_label_studio
from trainer.schema import Schema
from trainer.text.surrogates import encodable
from trainer.writers.file_names import safe_name

SUGGESTIONS_FILE, SCHEMA_FILE = "suggestions.jsonl", "schema.yaml"
Kind = Literal["label-studio", "brat"]
KINDS: tuple[str, ...] = get_args(Kind)
Report = Callable[[str, str], None]


def write_project(
    documents: Iterable[Document], folder: str | Path, schema: Schema, kind: Kind, report: Report
) -> None:
    """Write a project of ``kind`` into ``folder``, which is made if it is not there.

    Parameters
    ----------
    documents:
        With different ids that can name files. Lone surrogates in their texts, which no file can hold, become U+FFFD.
    report:
        Called with a file, or a task in it, and what it does not say of the documents; ``suggestions.jsonl`` does.

    Raises
    ------
    ValueError
        If ids are the same or can name no files, or ``kind`` is none of :data:`KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"there are no projects of kind {kind!r}; give {' or '.join(KINDS)}")
    documents = [_encodable(document) for document in documents]
    _require_file_names([document.id for document in documents])
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SUGGESTIONS_FILE).open("w", encoding="utf-8", newline="\n") as file:
        write_jsonl(documents, file)
    schema.save(folder / SCHEMA_FILE)
    if kind == "label-studio":
        write_label_studio(documents, folder, schema, report)
        return
    for document in documents:
        # Not with_suffix: an id may have dots.
        write_brat_file(document, folder / f"{document.id}.txt")
    (folder / "annotation.conf").write_text(annotation_conf(schema), encoding="utf-8", newline="")


def is_project(folder: str | Path) -> bool:
    """Whether ``folder`` holds what :func:`write_project` wrote."""
    return (Path(folder) / SUGGESTIONS_FILE).is_file()


def read_suggestions(folder: str | Path) -> list[Document]:
    """Read the documents of a project as they were given to people.

    Raises
    ------
    FileNotFoundError
        If ``folder`` is no project.
    ValueError
        For a line that cannot be read, which the message names, or a document that stands there twice.
    """
    path = Path(folder) / SUGGESTIONS_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{folder} is no annotation project: it has no {SUGGESTIONS_FILE}")
    with path.open(encoding="utf-8", newline="\n") as lines:
        documents = list(read_jsonl(lines, str(path)))
    if twice := [id for id, count in Counter(document.id for document in documents).items() if count > 1]:
        raise ValueError(f"{path} has document {twice[0]} twice; leave the file as it was written")
    return documents


def _require_file_names(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id != safe_name(id):
            raise ValueError(f"the id {id!r} can name no file of a project; {safe_name(id)!r} could")
        # Some systems do not tell names by their case.
        if id.casefold() in seen:
            raise ValueError(f"two documents of a project would have files called {id!r}; ids must differ")
        seen.add(id.casefold())


def _encodable(document: Document) -> Document:
    """Return ``document``, or a copy that a UTF-8 file can hold; offsets stay."""
    text = encodable(document.text)
    if text == document.text:
        return document
    entities = [
        replace(entity, text=text[entity.start : entity.end], name=encodable(entity.name))
        for entity in document.entities
    ]
    events = [
        replace(event, trigger=Span(event.trigger.start, event.trigger.end, encodable(event.trigger.text)))
        for event in document.events
    ]
    words = [replace(word, text=encodable(word.text)) for word in document.words]
    return replace(document, text=text, words=words, entities=entities, events=events)
