"""Labelled data on disk: build the dataset folder, load whatever a user names, fingerprint it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from datasets import DatasetDict, load_from_disk

from trainer.data.corpus import TRAINING_ONLY, Corpus, corpus_notes, load_corpus, read_corpus_file
from trainer.data.dataset import dataset_to_documents, documents_to_dataset_dict
from trainer.data.dataset_folder import SCHEMA_FILE, SPLITS_FILE, is_dataset_folder
from trainer.data.division import divided, share_of
from trainer.data.labelled_files import has_splits, read_labelled_file, read_labelled_splits, schema_of
from trainer.documents import Document
from trainer.formats.catalogue import recognise, unknown
from trainer.schema import Schema, load_schema

_NOTES_FILE = "notes.json"


def build_dataset(corpus_file: str | Path, output: str | Path) -> DatasetDict:
    """Write the corpus that ``corpus_file`` describes as a ``DatasetDict`` folder with its schema.

    The folder is made anew and is the same byte for byte whenever the corpus is.

    Raises
    ------
    FileExistsError
        If ``output`` exists and is no dataset folder: it would be overwritten.
    ValueError
        If the corpus cannot be read or has a label that its schema has not; an earlier folder stays.
    """
    corpus = load_corpus(corpus_file)
    dataset = _dataset_of(corpus)
    output = Path(output)
    if output.exists():
        if any(output.iterdir()) and not (output / SPLITS_FILE).is_file():
            raise FileExistsError(f"{output} exists and is no dataset folder; choose another output")
        shutil.rmtree(output)
    # Without a number a split that has no sentences gets no file, and ``datasets`` cannot load it again.
    dataset.save_to_disk(str(output), num_shards=dict.fromkeys(dataset, 1))
    corpus.schema.save(output / SCHEMA_FILE)
    if corpus.notes:
        (output / _NOTES_FILE).write_text(json.dumps(corpus.notes, ensure_ascii=False) + "\n", encoding="utf-8")
    return dataset


def load_data(path: str | Path, validation_share: float = 0.1) -> tuple[DatasetDict, Schema]:
    """Load a dataset folder, the corpus that a ``dataset.yaml`` describes, or labelled text of any format.

    The folder of a Hugging Face dataset with words and tags keeps its splits.

    Parameters
    ----------
    validation_share:
        How much of labelled text without splits, or of a training split without one to choose on beside it, becomes
        ``validation``.

    Raises
    ------
    FileNotFoundError
        If ``path`` is not there, or none of these.
    """
    path = Path(path)
    if is_dataset_folder(path):
        return load_from_disk(str(path)), load_schema(path / SCHEMA_FILE)
    if path.is_file() and path.suffix in (".yaml", ".yml"):
        corpus = load_corpus(path)
        return _dataset_of(corpus), corpus.schema
    if has_splits(path):
        splits = read_labelled_splits(path)
        schema = schema_of(path.name, [document for documents in splits.values() for document in documents])
        if "train" in splits and "validation" not in splits:
            splits |= divided(splits["train"], validation_share)
        return documents_to_dataset_dict(splits, schema), schema
    if recognise(path):
        documents = read_labelled_file(path)
        schema = schema_of(path.stem, documents)
        return documents_to_dataset_dict(divided(documents, validation_share), schema), schema
    raise FileNotFoundError(
        f"{path} is neither a dataset folder (made by 'marsad data build') nor a corpus file (dataset.yaml) nor "
        f"labelled text{unknown(path)}"
    )


def data_notes(path: str | Path) -> list[str]:
    """Return what the card of a model that learns from ``path`` (see :func:`load_data`) should tell of it."""
    path = Path(path)
    if path.is_dir():
        file = path / _NOTES_FILE
        return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []
    return corpus_notes(path, read_corpus_file(path)) if path.suffix in (".yaml", ".yml") else []


def _dataset_of(corpus: Corpus) -> DatasetDict:
    """Return the splits of a corpus; what is for training only is a split of its own."""
    extra = {TRAINING_ONLY: corpus.training_only} if corpus.training_only else {}
    return documents_to_dataset_dict({**corpus.splits, **extra}, corpus.schema)


def training_sources(dataset: DatasetDict, share: float = 1.0) -> dict[str, list[Document]]:
    """Return what a run is trained on, by split: ``train`` and the given share of what is for training only."""
    sources = {"train": dataset_to_documents(dataset["train"])}
    if TRAINING_ONLY in dataset and share > 0:
        sources[TRAINING_ONLY] = share_of(dataset_to_documents(dataset[TRAINING_ONLY]), share)
    return sources


def data_fingerprint(dataset: DatasetDict) -> dict[str, Any]:
    """Return the SHA-256 of every split and of each of its documents' sentences."""
    fingerprint: dict[str, Any] = {}
    for split, rows in dataset.items():
        documents: dict[str, Any] = defaultdict(hashlib.sha256)
        whole = hashlib.sha256()
        for row in rows:
            content = repr(sorted(row.items())).encode("utf-8", "surrogatepass")
            whole.update(content)
            documents[row["document_id"]].update(content)
        fingerprint[str(split)] = {
            "sha256": whole.hexdigest(),
            "documents": {id: digest.hexdigest() for id, digest in documents.items()},
        }
    return fingerprint
