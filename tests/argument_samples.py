"""Documents whose events have arguments, and a corpus of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from conftest import SCHEMA, marked_document

from trainer.documents import Argument, Document
from trainer.formats.brat import write_brat_file

ROLES = """\
roles:
  - {name: AGENT, arabic: الفاعل, definition: Who does it., fillers: [ARMED]}
  - {name: PLACE, arabic: المكان, definition: Where it happens., fillers: [GPE]}
"""
# The role that an entity of each label plays in all events of its sentence.
ROLE_OF = {"ARMED": "AGENT", "GPE": "PLACE"}


def with_arguments(document: Document, roles: Mapping[str, str] = ROLE_OF) -> Document:
    """Give every event the entities of its sentence as arguments, by their labels."""
    for event in document.events:
        event.arguments = [
            Argument(roles[entity.label], entity.id)
            for entity in document.entities
            if entity.label in roles
            and document.sentence_index(entity.start) == document.sentence_index(event.trigger.start)
        ]
    return document


def told(document: Document) -> list[tuple[str, str, str, str]]:
    """Return type, trigger, role and filler of every argument, as words."""
    texts = {entity.id: entity.text for entity in document.entities}
    return [
        (event.type, event.trigger.text, argument.role, texts[argument.entity])
        for event in document.events
        for argument in event.arguments
    ]


def write_argument_corpus(
    folder: Path, articles: Mapping[str, Sequence[str]], splits: Mapping[str, Iterable[str]], **keys: Any
) -> Path:
    """Write articles with arguments as a corpus, its file with ``keys`` such as groups; return its ``dataset.yaml``."""
    (folder / "gold").mkdir(parents=True)
    (folder / "schema.yaml").write_text(SCHEMA + ROLES, encoding="utf-8")
    for id, sentences in articles.items():
        write_brat_file(with_arguments(marked_document(sentences, id)), folder / "gold" / f"{id}.txt")
    metadata = {"documents": {id: {"source": "invented"} for id in articles}}
    (folder / "metadata.yaml").write_text(yaml.safe_dump(metadata, allow_unicode=True), encoding="utf-8")
    corpus = {"name": "tiny", "schema": "schema.yaml", "annotations": "gold", "metadata": "metadata.yaml"}
    content = {**corpus, "splits": {name: list(ids) for name, ids in splits.items()}, **keys}
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
