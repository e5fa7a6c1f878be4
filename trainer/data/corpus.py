"""A labelled corpus: a ``dataset.yaml`` that names its texts, annotation, schema, groups and splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from trainer.data.labelled_files import read_labelled_file, schema_of
from trainer.documents import LAYERS, Document
from trainer.formats.brat import read_brat_file
from trainer.formats.inline import is_inline, read_inline
from trainer.schema import Schema, load_schema

# The split of a dataset that holds the documents for training only.
TRAINING_ONLY = "training_only"


@dataclass(frozen=True)
class Corpus:
    """The documents of a corpus by split, and the schema that labels them.

    ``groups`` are articles that copy each other, ``stories`` articles that tell the same events.
    ``training_only`` are documents that are never tested or chosen on, such as text written to learn from;
    ``outside`` are documents of another corpus that models of this one are tested on, never trained; ``notes``
    are sentences for the card of a model that learnt from it.
    """

    name: str
    schema: Schema
    splits: dict[str, list[Document]]
    groups: list[list[str]]
    stories: list[list[str]] = field(default_factory=list)
    training_only: list[Document] = field(default_factory=list)
    outside: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """All documents of the splits, one split after the other; not those for training only."""
        return [document for documents in self.splits.values() for document in documents]


def load_corpus(path: str | Path) -> Corpus:
    """Read the corpus that ``path``, a ``dataset.yaml``, describes; paths in it are relative to it.

    Raises
    ------
    ValueError
        If the file lacks a key, a document stands in two splits or in two groups, or a group of
        near-duplicate articles is torn between splits or stories.
    """
    path = Path(path)
    data = read_corpus_file(path)
    listed = {name: ids for name, ids in data["splits"].items() if isinstance(ids, list)}
    problems = chain(split_problems(listed, data["groups"]), group_problems(data["groups"], data["stories"]))
    for problem in problems:
        raise ValueError(f"{path}: {problem}")
    splits = _split_documents(path, data)
    documents = {document.id: document for group in splits.values() for document in group}
    for id, facts in _metadata(path.parent / data["metadata"]).items() if data.get("metadata") else ():
        if id in documents:
            documents[id].metadata = facts
    training_only = training_only_documents(path, data)
    if double := [document.id for document in training_only if document.id in documents]:
        raise ValueError(f"{path}: document {double[0]} stands in a split and in what is for training only")
    everything = [*documents.values(), *training_only]
    if data.get("layers") is not None:
        _keep_layers(path, data["layers"], everything)
    return Corpus(
        str(data["name"]),
        load_schema(path.parent / data["schema"]) if "schema" in data else schema_of(str(data["name"]), everything),
        splits,
        data["groups"],
        data["stories"],
        training_only,
        notes=corpus_notes(path, data),
    )


def corpus_notes(path: Path, data: dict[str, Any]) -> list[str]:
    """Return what the card of a model that learns from the corpus should tell; ``ValueError`` for another shape."""
    notes = data.get("notes") or []
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise ValueError(f"{path}: 'notes' must be a list of sentences for model cards")
    return notes


def _split_documents(path: Path, data: dict[str, Any]) -> dict[str, list[Document]]:
    """Read the documents of each split: those whose ids it lists, or all of the labelled text that it names."""
    listed = {name: ids for name, ids in data["splits"].items() if isinstance(ids, list)}
    documents: dict[str, Document] = {}
    if listed:
        documents = annotated_documents(path.parent / data["annotations"], chain(*listed.values()))
    schema = load_schema(path.parent / data["schema"]) if "schema" in data else None
    splits = {
        name: [documents[id] for id in ids] if name in listed else read_labelled_file(path.parent / ids, schema=schema)
        for name, ids in data["splits"].items()
    }
    # Of ids that are listed it is known by now that each stands once.
    problems = split_problems({name: [document.id for document in group] for name, group in splits.items()}, [])
    for problem in problems:
        raise ValueError(f"{path}: {problem}; documents of labelled files are called by the file, or by a column 'id'")
    return splits


def _keep_layers(path: Path, named: Any, documents: Iterable[Document]) -> None:
    """Forget the annotation of all but the layers that the corpus file names; a labelled file may lack some of them."""
    if not isinstance(named, list) or not named or any(layer not in LAYERS for layer in named):
        raise ValueError(f"{path}: 'layers' must be a list with some of {', '.join(LAYERS)}, not {named!r}")
    for document in documents:
        has = ", ".join(document.layers)
        document.keep_layers(named)
        if not document.layers:
            raise ValueError(f"{path}: 'layers' names {', '.join(named)}, but document {document.id} has only {has}")


def annotated_documents(source: Path, ids: Iterable[str]) -> dict[str, Document]:
    """Read the documents ``ids`` from ``source``: a brat folder, a ``.marked`` file or a folder of them.

    Raises
    ------
    FileNotFoundError
        If one of them is missing.
    """
    if not is_inline(source):
        return {id: _brat_document(source, id) for id in ids}
    documents = {document.id: document for document in read_inline(source)}
    wanted = list(ids)
    if missing := [id for id in wanted if id not in documents]:
        raise FileNotFoundError(f"{source} has no document {', '.join(missing)}")
    return {id: documents[id] for id in wanted}


def training_only_documents(path: Path, data: dict[str, Any]) -> list[Document]:
    """Read what the corpus file ``path`` names for training only: marked files."""
    return read_inline(path.parent / data["training_only"]) if data.get("training_only") else []


def read_corpus_file(path: Path) -> dict[str, Any]:
    """Return the content of a ``dataset.yaml``, document ids as strings; ``ValueError`` for another shape."""
    data = _read_yaml(path)
    splits = data.get("splits", {})
    if not isinstance(splits, dict) or not all(isinstance(ids, list | str) for ids in splits.values()):
        raise ValueError(f"{path}: 'splits' must map each split to a list of document ids, or to a labelled file")
    if TRAINING_ONLY in splits:
        raise ValueError(f"{path}: no split can be called '{TRAINING_ONLY}'; that is a key of the corpus file")
    files = bool(splits) and all(isinstance(ids, str) for ids in splits.values())
    # Labelled files bring their annotation and their labels along.
    needed = ("name", "splits") if files else ("name", "schema", "annotations", "splits")
    missing = [key for key in needed if key not in data]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}")
    return {
        **data,
        "splits": {str(name): ids if isinstance(ids, str) else [str(id) for id in ids] for name, ids in splits.items()},
        "groups": _groups(path, "groups", data.get("groups") or []),
        "stories": _groups(path, "stories", data.get("stories") or []),
    }


def _groups(path: Path, key: str, groups: Any) -> list[list[str]]:
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise ValueError(f"{path}: '{key}' must be a list of lists of document ids")
    return [[str(id) for id in group] for group in groups]


def _read_yaml(path: Path) -> dict[Any, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path} must be a mapping, not {type(data).__name__}")
    return data


def _brat_document(folder: Path, id: str) -> Document:
    path = folder / f"{id}.txt"
    if not path.is_file():
        raise FileNotFoundError(f"document {id} has no text: {path} is missing")
    return read_brat_file(path)


def _metadata(path: Path) -> dict[str, dict[str, Any]]:
    documents = _read_yaml(path).get("documents")
    if not isinstance(documents, dict):
        raise ValueError(f"{path} lacks 'documents', a mapping from document ids to what is known of them")
    return {str(id): dict(values or {}) for id, values in documents.items()}


def split_problems(splits: dict[str, list[str]], groups: list[list[str]]) -> Iterator[str]:
    """Yield every document that stands twice, and every group of near-duplicates that is torn apart."""
    split_of: dict[str, str] = {}
    for name, ids in splits.items():
        for id in ids:
            if id in split_of:
                yield f"document {id} stands in {split_of[id]} and in {name}"
            split_of[id] = name
    for group in groups:
        found = {split_of[id] for id in group if id in split_of}
        if len(found) > 1:
            yield (
                f"the near-duplicates {', '.join(group)} lie in {' and '.join(sorted(found))}; "
                "a group must sit together, or the model is tested on what it was trained on"
            )


def group_problems(groups: list[list[str]], stories: list[list[str]]) -> Iterator[str]:
    """Yield every document that stands in two groups or stories, and every group torn between stories."""
    for name, listed in (("groups", groups), ("stories", stories)):
        ids = [id for group in listed for id in group]
        for id in sorted({id for id in ids if ids.count(id) > 1}):
            yield f"document {id} stands more than once in '{name}'"
    story_of = {id: position for position, story in enumerate(stories) for id in story}
    for group in groups:
        if stories and len({story_of.get(id, id) for id in group}) > 1:
            yield f"the near-duplicates {', '.join(group)} lie in different stories; copies tell the same story"
