"""Annotation projects for the tests of what comes back: suggestions of a model, and what people make of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from conftest import SCHEMA, TRAINING, marked_document

from trainer.documents import Document
from trainer.formats.brat import write_brat_file
from trainer.formats.label_studio_writer import write_label_studio
from trainer.projects.project import Kind, write_project
from trainer.schema import Schema, load_schema

ROLES = """\
roles:
  - {name: AGENT, arabic: فاعل, definition: Who did it.}
  - {name: PLACE, arabic: مكان, definition: Where it was.}
attributes:
  - {name: Disputed, arabic: مختلف فيه, definition: Sources do not agree.}
"""
MODEL = {"name": "marsad-tiny", "fingerprint": "0f1e"}
Change = Callable[[Document], object]


def schema_with_roles(folder: Path) -> Schema:
    """Write the schema of the tiny corpus with roles and attributes, and load it."""
    (folder / "labels.yaml").write_text(SCHEMA + ROLES, encoding="utf-8")
    return load_schema(folder / "labels.yaml")


def suggestions(sentences: Sequence[str] = (*TRAINING[:3], TRAINING[5])) -> list[Document]:
    """Return a suggested document for each sentence, as of one article: ``a-0``, ``a-1`` …"""
    return [suggestion(sentence, f"a-{number}") for number, sentence in enumerate(sentences)]


def suggestion(marked: str, id: str) -> Document:
    """Return a sentence, in the notation of the guidelines, as a model suggests it."""
    document = marked_document([marked], id)
    document.model = dict(MODEL)
    document.metadata = {
        "article": id.rpartition("-")[0],
        "start": 7,
        "source": "وكالة",
        "before": "قبلها.",
        "after": "",
        "uncertainty": 0.4,
    }
    for item in (*document.entities, *document.events):
        item.score = 0.75
    for sentence in document.sentences:
        sentence.event_types = dict.fromkeys(sentence.event_types, 0.75)
    return document


def corrected(document: Document, change: Change | None = None) -> Document:
    """Return what a person made of a suggestion: a copy without model and scores, changed by ``change``."""
    done = copy.deepcopy(document)
    done.model = None
    for item in (*done.entities, *done.events, *(a for event in done.events for a in event.arguments)):
        item.score = None
    for sentence in done.sentences:
        sentence.event_types = dict.fromkeys(sentence.event_types, 1.0)
    if change:
        change(done)
    return done


def project(folder: Path, documents: Iterable[Document], schema: Schema, kind: Kind = "label-studio") -> Path:
    """Write a project and return its folder."""
    write_project(documents, folder, schema, kind, _untold)
    return folder


def export(folder: Path, documents: Iterable[Document], schema: Schema) -> Path:
    """Write corrected documents as Label Studio exports them; return the file."""
    write_label_studio(documents, folder, schema, _untold)
    (folder / "config.xml").unlink()  # an export has none
    return folder / "tasks.json"


def saved_by_brat(folder: Path, documents: Iterable[Document]) -> Path:
    """Write corrected documents over the files of a project for brat; return the folder."""
    folder.mkdir(exist_ok=True)
    for document in documents:
        write_brat_file(document, folder / f"{document.id}.txt")
    return folder


def without_trace(document: Document) -> dict[str, Any]:
    """Return what is to be left of a suggestion that nobody changed."""
    done = corrected(document)
    done.metadata = {key: document.metadata[key] for key in ("article", "start", "source")}
    return done.to_dict()


def _untold(place: str, loss: str) -> None:
    """Take no notice of what a project does not say: a label that people may not use, all that is known of a model."""
