"""Documents as a ``datasets.DatasetDict``: one row a sentence, labels as ``ClassLabel`` features."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import xxhash
from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

from trainer.data.argument_column import (
    ARGUMENTS,
    add_arguments,
    argument_feature,
    arguments_of_sentences,
    is_annotated_for_arguments,
)
from trainer.data.tags import bio_tags, spans_of_tags, tags_of_sentences
from trainer.documents import LAYERS, Document, Sentence, Span
from trainer.schema import Schema

# The column of each layer of annotation.
COLUMN_OF_LAYER = dict(zip(LAYERS, ("entity_tags", "trigger_tags", "event_types"), strict=True))


def dataset_features(schema: Schema) -> Features:
    """Return the columns of a Marsad dataset; offsets are code points of the document's text.

    A layer has a column where the schema has labels for it; the column is null in the rows of a document
    that was not annotated for it. So it is with arguments, where the schema has roles.
    """
    labels = {
        "entities": Sequence(ClassLabel(names=bio_tags(schema.entity_types))),
        "triggers": Sequence(ClassLabel(names=bio_tags(schema.event_types))),
        "event_types": Sequence(ClassLabel(names=schema.event_types)),
    }
    return Features(
        {
            "document_id": Value("string"),
            "sentence": Value("int32"),
            "start": Value("int32"),
            "end": Value("int32"),
            "text": Value("string"),
            "words": Sequence(Value("string")),
            "word_starts": Sequence(Value("int32")),
            "word_ends": Sequence(Value("int32")),
            **{COLUMN_OF_LAYER[layer]: labels[layer] for layer in schema.layers},
            **({ARGUMENTS: argument_feature(schema)} if _can_have_arguments(schema) else {}),
        }
    )


def _can_have_arguments(schema: Schema) -> bool:
    return bool(schema.roles and schema.entities and schema.events)


def documents_to_dataset(documents: Iterable[Document], schema: Schema) -> Dataset:
    """Make one row of every sentence, in the order of the documents.

    Raises
    ------
    ValueError
        If a document has a label that ``schema`` has not.
    """
    order = {name: index for index, name in enumerate(schema.event_types)}
    rows: list[dict[str, Any]] = []
    for document in documents:
        _check_labels(document, schema)
        labels: dict[str, list[Any]] = {
            COLUMN_OF_LAYER[layer]: _labels(document, layer, order)
            for layer in schema.layers
            if layer in document.layers
        }
        if _can_have_arguments(schema) and is_annotated_for_arguments(document):
            labels[ARGUMENTS] = arguments_of_sentences(document, schema.role_names)
        for index, sentence in enumerate(document.sentences):
            words = document.words_of(sentence)
            rows.append(
                {
                    "document_id": document.id,
                    "sentence": index,
                    "start": sentence.start,
                    "end": sentence.end,
                    "text": document.text[sentence.start : sentence.end],
                    "words": [word.text for word in words],
                    "word_starts": [word.start for word in words],
                    "word_ends": [word.end for word in words],
                    **{column: of_sentences[index] for column, of_sentences in labels.items()},
                }
            )
    features = dataset_features(schema)
    dataset = Dataset.from_dict({name: [row.get(name) for row in rows] for name in features}, features=features)
    # The fingerprint is written to disk. By default it is a hash of the library's own pickled objects; the content
    # alone gives it here, so that a dataset reproduces itself byte for byte.
    return Dataset(dataset.data, info=dataset.info, fingerprint=_fingerprint(rows))


def _labels(document: Document, layer: str, order: Mapping[str, int]) -> list[list[str]]:
    if layer == "event_types":
        return [sorted(sentence.event_types, key=order.__getitem__) for sentence in document.sentences]
    return tags_of_sentences(document, layer)


def _check_labels(document: Document, schema: Schema) -> None:
    types = {type for sentence in document.sentences for type in sentence.event_types}
    types |= {event.type for event in document.events}
    unknown = {entity.label for entity in document.entities} - set(schema.entity_types)
    unknown |= types - set(schema.event_types)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"document {document.id} has labels that schema '{schema.name}' has not: {names}")


def _fingerprint(rows: list[dict[str, Any]]) -> str:
    digest = xxhash.xxh64()
    for row in rows:
        digest.update(repr(sorted(row.items())).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def documents_to_dataset_dict(splits: Mapping[str, Iterable[Document]], schema: Schema) -> DatasetDict:
    """Make a ``DatasetDict`` with one dataset a split."""
    return DatasetDict({name: documents_to_dataset(documents, schema) for name, documents in splits.items()})


def dataset_to_documents(dataset: Dataset) -> list[Document]:
    """Rebuild documents from rows, with the offsets they had.

    Between two sentences stands only white space, which rows do not keep: it comes back as spaces.
    """
    documents: dict[str, Document] = {}
    # Only when all is there: a filler may stand in another sentence.
    arguments: dict[str, list[Any]] = defaultdict(list)
    # Once: every look at a data set's features copies them all.
    features = dataset.features
    for row in dataset:
        known = tuple(layer for layer in LAYERS if row.get(COLUMN_OF_LAYER[layer]) is not None)
        document = documents.setdefault(row["document_id"], Document(text="", id=row["document_id"], layers=known))
        document.text += " " * (row["start"] - len(document.text)) + row["text"]
        words = list(zip(row["word_starts"], row["word_ends"], strict=True))
        document.words += [Span(s, e, t) for (s, e), t in zip(words, row["words"], strict=True)]
        document.sentences.append(Sentence(row["start"], row["end"]))
        if "event_types" in known:
            type_names = features["event_types"].feature.names
            document.sentences[-1].event_types = {type_names[index]: 1.0 for index in row["event_types"]}
        if "entities" in known:
            for first, last, label in _spans(features, row, "entity_tags"):
                document.add_entity(words[first][0], words[last - 1][1], label)
        if "triggers" in known:
            for first, last, type in _spans(features, row, "trigger_tags"):
                document.add_event(words[first][0], words[last - 1][1], type)
        arguments[row["document_id"]] += row.get(ARGUMENTS) or []
    if ARGUMENTS in features:
        roles = features[ARGUMENTS].feature["role"].names
        for id, rows in arguments.items():
            add_arguments(documents[id], rows, roles)
    return list(documents.values())


def _spans(features: Features, row: Mapping[str, Any], column: str) -> list[tuple[int, int, str]]:
    names = features[column].feature.names
    return spans_of_tags([names[tag] for tag in row[column]])
