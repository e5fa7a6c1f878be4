"""What a run is trained and chosen on: one corpus, or several with different layers and weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from datasets import Dataset, concatenate_datasets

from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.division import without_repeats
from trainer.data.storage import data_fingerprint, data_notes, load_data, training_sources
from trainer.documents import LAYERS, Document
from trainer.schema import Schema, merged_schema

# The column that says how much a row weighs in the loss.
WEIGHT = "weight"


@dataclass(frozen=True)
class TrainingData:
    """The documents of a run.

    ``sources`` are what it is trained on, by name (``train``, ``training_only``; behind the corpus where there
    are several), ``weights`` says how much each weighs, ``fingerprint`` what exactly it is, ``notes`` what a
    model card should tell of it.
    """

    schema: Schema
    sources: dict[str, list[Document]]
    weights: dict[str, float]
    validation: list[Document]
    fingerprint: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers that some training document was annotated for."""
        known = {layer for document in self.training for layer in document.layers}
        return tuple(layer for layer in LAYERS if layer in known)

    @property
    def training(self) -> list[Document]:
        """Return all training documents."""
        return [document for documents in self.sources.values() for document in documents]

    def rows(self) -> Dataset:
        """Return a row for every training sentence, with its weight where weights differ."""
        parts = {name: documents_to_dataset(documents, self.schema) for name, documents in self.sources.items()}
        if len(set(self.weights.values())) > 1:
            parts = {name: part.add_column(WEIGHT, [self.weights[name]] * len(part)) for name, part in parts.items()}
        return concatenate_datasets(list(parts.values()))


def load_training_data(
    corpora: Mapping[str, float], *, training_only_share: float = 1.0, validation_share: float = 0.1
) -> TrainingData:
    """Load what ``corpora`` (names as for :func:`trainer.data.storage.load_data`, with weights) train on.

    Where there are several, the ids of documents and the sources begin with the name of the corpus' file. Each needs
    training sentences; validation sentences may be those of some of them alone, as of a corpus that grows from
    corrected suggestions beside a finished one. A validation sentence that repeats a training sentence of another
    corpus is left out.

    Raises
    ------
    ValueError
        If there is no corpus, one lacks training sentences or is named twice, none has validation sentences, two have
        different labels for one layer, or nothing is left to choose on.
    """
    if not corpora:
        raise ValueError("'data' names no corpus")
    several = len(corpora) > 1
    schemas: dict[str, Schema] = {}
    sources: dict[str, list[Document]] = {}
    weights: dict[str, float] = {}
    validation: dict[str, list[Document]] = {}
    fingerprint: dict[str, Any] = {}
    for (path, weight), name in zip(corpora.items(), _names(corpora), strict=True):
        dataset, schema = load_data(path, validation_share)
        if "train" not in dataset or not len(dataset["train"]):
            raise ValueError(f"{path} has no sentences in its 'train' split")
        mark = f"{name}: " if several else ""
        found = training_sources(dataset, training_only_share)
        for source, documents in found.items():
            sources[mark + source], weights[mark + source] = _marked(documents, mark), weight
        chosen_on = dataset_to_documents(dataset["validation"]) if "validation" in dataset else []
        validation[mark] = _marked(chosen_on, mark)
        fingerprint[name] = data_fingerprint(dataset)
        known = chain(validation[mark], *found.values())
        schemas[name] = schema.only({layer for document in known for layer in document.layers})
    if not any(validation.values()):
        have, their = ("have", "their") if several else ("has", "its")
        raise ValueError(
            f"{' and '.join(corpora)} {have} no sentences in {their} 'validation' split, to choose on; add some, or "
            "name a corpus that has some, too, under 'data'"
        )
    if several:
        for mark, documents in validation.items():
            others = (group for source, group in sources.items() if not source.startswith(mark))
            validation[mark] = without_repeats(documents, [*chain(*others)])
    if not any(validation.values()):
        raise ValueError("every validation sentence repeats a training sentence; nothing is left to choose on")
    data = TrainingData(
        schema=merged_schema(schemas),
        sources=sources,
        weights=weights,
        validation=[document for documents in validation.values() for document in documents],
        fingerprint=fingerprint if several else next(iter(fingerprint.values())),
        notes=[note for path in corpora for note in data_notes(path)],
    )
    if not any(layer in data.layers for document in data.validation for layer in document.layers):
        raise ValueError(
            f"the training documents are annotated for {', '.join(data.layers)} and those to choose on for something "
            "else: there is nothing to score"
        )
    return data


def _marked(documents: list[Document], mark: str) -> list[Document]:
    return [replace(document, id=mark + document.id) for document in documents] if mark else documents


def _names(paths: Iterable[str]) -> list[str]:
    """Return what each corpus is called: its file without the ending, or with the folders that tell it from others."""
    resolved = [Path(path).resolve() for path in paths]
    if twice := [path for path in resolved if resolved.count(path) > 1]:
        raise ValueError(f"{twice[0]} is named twice; give it one weight")
    names, parts = [path.stem for path in resolved], 1
    while len(set(names)) < len(names):
        parts += 1
        names = [
            name if names.count(name) == 1 else "/".join(path.parts[-parts:])
            for name, path in zip(names, resolved, strict=True)
        ]
    return names
