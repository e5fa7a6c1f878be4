"""Which labels of a dataset occur together: in one sentence, or as role and filler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer.data.label_counts import ROLES, LabelCount, event_types_of
from trainer.documents import Document
from trainer.schema import LabelType


@dataclass(frozen=True)
class Together:
    """How often the labels of two kinds occur together; the most frequent labels first, those that occur."""

    rows: list[LabelType]
    columns: list[LabelType]
    counts: list[list[int]]


@dataclass(frozen=True)
class Cooccurrence:
    """What occurs together in a dataset; ``None`` where the layers for it are missing or nothing does.

    Attributes
    ----------
    event_types:
        Sentences with both event types; on the diagonal all sentences with the type.
    entities_with_event_types:
        Sentences with an entity of the one type and an event of the other.
    roles_with_entities:
        Arguments of a role that an entity of a type fills.
    """

    event_types: Together | None
    entities_with_event_types: Together | None
    roles_with_entities: Together | None


def cooccurrence(documents: Sequence[Document], labels: Mapping[str, Sequence[LabelCount]]) -> Cooccurrence:
    """Count what occurs together in ``documents``; ``labels`` are their counts, by table."""
    return Cooccurrence(
        event_types=_together(_type_pairs(documents), "event_types", "event_types", labels),
        entities_with_event_types=_together(_entity_pairs(documents), "entities", "event_types", labels),
        roles_with_entities=_together(_role_pairs(documents), ROLES, "entities", labels),
    )


def _together(
    pairs: Mapping[tuple[str, str], int], rows: str, columns: str, labels: Mapping[str, Sequence[LabelCount]]
) -> Together | None:
    """Put ``pairs`` into the order of ``labels``; ``None`` where nothing occurs together."""
    if not pairs:
        return None
    row_types = [count.label for count in labels[rows] if count.total]
    column_types = [count.label for count in labels[columns] if count.total]
    return Together(
        row_types,
        column_types,
        [[pairs.get((row.name, column.name), 0) for column in column_types] for row in row_types],
    )


def _type_pairs(documents: Iterable[Document]) -> Counter[tuple[str, str]]:
    return Counter(
        (one, other)
        for document in documents
        for types in event_types_of(document) or ()
        for one in types
        for other in types
    )


def _entity_pairs(documents: Iterable[Document]) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for document in documents:
        types_of = event_types_of(document)
        if types_of is None:
            continue
        labels: list[set[str]] = [set() for _ in document.sentences]
        for entity in document.entities:
            if (index := document.sentence_index(entity.start)) is not None:
                labels[index].add(entity.label)
        pairs.update(
            (label, type) for found, types in zip(labels, types_of, strict=True) for label in found for type in types
        )
    return pairs


def _role_pairs(documents: Iterable[Document]) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for document in documents:
        label_of = {entity.id: entity.label for entity in document.entities}
        for event in document.events:
            pairs.update((a.role, label_of[a.entity]) for a in event.arguments if a.entity in label_of)
    return pairs
