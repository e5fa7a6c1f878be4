"""A labelled corpus: a ``dataset.yaml`` that names its texts, annotation, schema, groups and splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from trainer.documents import Document
from trainer.formats.brat import read_brat_file
from trainer.schema import Schema, load_schema


@dataclass(frozen=True)
class Corpus:
    """The documents of a corpus by split, and the schema that labels them."""

    name: str
    schema: Schema
    splits: dict[str, list[Document]]
    groups: list[list[str]]

    @property
    def documents(self) -> list[Document]:
        """All documents, split after split."""
        return [document for documents in self.splits.values() for document in documents]


def load_corpus(path: str | Path) -> Corpus:
    """Read the corpus that ``path``, a ``dataset.yaml``, describes; paths in it are relative to it.

    Raises
    ------
    ValueError
        If the file lacks a key, a document stands in two splits, or a group of near-duplicate
        articles is torn between splits.
    """
    path = Path(path)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    missing = [key for key in ("name", "schema", "annotations", "metadata", "splits") if key not in (data or {})]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}")
    groups = [[str(id) for id in group] for group in data.get("groups", [])]
    split_ids = {name: [str(id) for id in ids] for name, ids in data["splits"].items()}
    _check_splits(path, split_ids, groups)
    metadata = _metadata(path.parent / data["metadata"])
    folder = path.parent / data["annotations"]
    splits = {name: [_document(folder, id, metadata) for id in ids] for name, ids in split_ids.items()}
    return Corpus(str(data["name"]), load_schema(path.parent / data["schema"]), splits, groups)


def _document(folder: Path, id: str, metadata: dict[str, dict[str, Any]]) -> Document:
    path = folder / f"{id}.txt"
    if not path.is_file():
        raise FileNotFoundError(f"document {id} has no text: {path} is missing")
    document = read_brat_file(path)
    document.metadata = dict(metadata.get(id, {}))
    return document


def _metadata(path: Path) -> dict[str, dict[str, Any]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {str(id): dict(values) for id, values in data["documents"].items()}


def _check_splits(path: Path, splits: dict[str, list[str]], groups: list[list[str]]) -> None:
    split_of: dict[str, str] = {}
    for name, ids in splits.items():
        for id in ids:
            if id in split_of:
                raise ValueError(f"{path}: document {id} stands in {split_of[id]} and in {name}")
            split_of[id] = name
    for group in groups:
        found = {split_of[id] for id in group if id in split_of}
        if len(found) > 1:
            raise ValueError(
                f"{path}: the near-duplicates {', '.join(group)} lie in {' and '.join(sorted(found))}; "
                "a group must sit together, or the model is tested on what it was trained on"
            )
