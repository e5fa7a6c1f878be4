"""How often every label of a dataset occurs, and with which strings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer.documents import LAYERS, Document
from trainer.schema import LabelType, Schema

# What is labelled: the layers, and what hangs on the triggers.
ROLES, ATTRIBUTES = "roles", "attributes"
TABLES = (*LAYERS, ROLES, ATTRIBUTES)
FREQUENT = 8


@dataclass(frozen=True)
class LabelCount:
    """How often a label occurs.

    Attributes
    ----------
    by_part:
        The number of spans (event types: sentences; roles: arguments; attributes: events) in each part.
    per_1000_words:
        The same number in 1,000 words of the documents that have the layer, for each part that has such words.
    different:
        With how many different strings, and ``frequent``: the most frequent of them. Entities and arguments count by
        the mention's name without clitics, triggers and attributes by the trigger as it stands. Event types of
        sentences have no string: ``None``.
    """

    label: LabelType
    by_part: dict[str, int]
    per_1000_words: dict[str, float]
    different: int | None
    frequent: list[tuple[str, int]]

    @property
    def total(self) -> int:
        """Return the number in all parts."""
        return sum(self.by_part.values())


def label_counts(
    parts: Mapping[str, Sequence[Document]], schema: Schema, layers: Sequence[str]
) -> dict[str, list[LabelCount]]:
    """Return for each table that ``layers`` have its labels, the most frequent first.

    Those of the schema that never occur are at the end; those that it lacks have no definition. There are no tables
    of roles and attributes unless some occur.
    """
    known = {
        "entities": schema.entities,
        "triggers": schema.events,
        "event_types": schema.events,
        ROLES: schema.roles,
        ATTRIBUTES: schema.attributes,
    }
    strings = {name: label_strings(documents) for name, documents in parts.items()}
    words = {layer: {name: words_with(documents, layer) for name, documents in parts.items()} for layer in LAYERS}
    tables: dict[str, list[LabelCount]] = {}
    for table in TABLES:
        found = sorted({label for part in strings.values() for label in part[table]})
        if table not in layers and not (table in (ROLES, ATTRIBUTES) and found):
            continue
        described = {label.name: label for label in known[table]}
        types = [*described.values(), *(LabelType(name, name, "") for name in found if name not in described)]
        counts = [_label_count(label, table, strings, words.get(table, words["triggers"])) for label in types]
        tables[table] = sorted(counts, key=lambda count: -count.total)
    return tables


def has_layer(document: Document, layer: str) -> bool:
    """Whether ``document`` was annotated for ``layer``; event types of sentences follow from triggers."""
    return layer in document.layers or (layer == "event_types" and "triggers" in document.layers)


def words_with(documents: Iterable[Document], layer: str) -> int:
    """Return the number of words in the documents that have ``layer``."""
    return sum(len(document.words) for document in documents if has_layer(document, layer))


def event_types_of(document: Document) -> list[set[str]] | None:
    """Return the event types of every sentence: its own, else those of its triggers; ``None`` if neither was annotated.

    A corpus file may keep the triggers alone.
    """
    if "event_types" in document.layers:
        return [set(sentence.event_types) for sentence in document.sentences]
    if "triggers" not in document.layers:
        return None
    types: list[set[str]] = [set() for _ in document.sentences]
    for event in document.events:
        if (index := document.sentence_index(event.trigger.start)) is not None:
            types[index].add(event.type)
    return types


def label_strings(documents: Iterable[Document]) -> dict[str, dict[str, Counter[str]]]:
    """Count the strings of every label of every table (see :class:`LabelCount`); event types have the string ``""``."""
    found: dict[str, dict[str, Counter[str]]] = {table: {} for table in TABLES}

    def add(table: str, label: str, string: str) -> None:
        found[table].setdefault(label, Counter())[string] += 1

    for document in documents:
        names = {entity.id: entity.name for entity in document.entities}
        for entity in document.entities:
            add("entities", entity.label, entity.name)
        for event in document.events:
            add("triggers", event.type, event.trigger.text)
            for argument in event.arguments:
                add(ROLES, argument.role, names.get(argument.entity, argument.entity))
            for attribute in event.attributes:
                add(ATTRIBUTES, attribute, event.trigger.text)
        for types in event_types_of(document) or ():
            for type in types:
                add("event_types", type, "")
    return found


def _label_count(
    label: LabelType,
    table: str,
    strings: Mapping[str, Mapping[str, Mapping[str, Counter[str]]]],
    words: Mapping[str, int],
) -> LabelCount:
    by_part = {name: found[table].get(label.name, Counter()) for name, found in strings.items()}
    pooled: Counter[str] = Counter()
    for counter in by_part.values():
        pooled.update(counter)
    # Among equally frequent ones the order of the alphabet decides, not that of the documents.
    frequent = sorted(pooled.items(), key=lambda item: (-item[1], item[0]))[:FREQUENT]
    return LabelCount(
        label=label,
        by_part={name: counter.total() for name, counter in by_part.items()},
        per_1000_words={name: 1000 * counter.total() / words[name] for name, counter in by_part.items() if words[name]},
        different=None if table == "event_types" else len(pooled),
        frequent=[] if table == "event_types" else frequent,
    )
