"""Labels that a model can hardly learn: few examples, examples in one document only, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from trainer.data.corpus import TRAINING_ONLY
from trainer.data.label_counts import event_types_of, has_layer
from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Splits, all_documents, marks_of
from trainer.documents import Document
from trainer.schema import Schema

# Of the types of the corpus that Marsad ships, those with fewer examples in training were hardly ever found; see the
# weak types in docs/decisions.md.
FEW = 20
_TRAINING = ("train", TRAINING_ONLY)
# What a label of each table is called.
_TABLES = {"entities": "entity type", "triggers": "event type", "event_types": "event type", "roles": "role"}
_Place = tuple[Document, int, int]


def rare_labels(splits: Splits, schema: Schema) -> Iterator[Finding]:
    """Yield a finding for every label of ``schema`` that has fewer than 20 training examples or all in one document.

    Training examples are those of the split ``train`` and of what is for training only; without such splits all are.
    Labels of layers that nobody annotated are left out.
    """
    learnt = {name: documents for name, documents in splits.items() if name in _TRAINING} or splits
    documents = list(all_documents(learnt))
    for table, labels in _labels(schema).items():
        # Roles are annotated where events have arguments; who has triggers alone has no roles.
        if not any(_annotated(document, table) for document in documents):
            continue
        places = _places(documents, table)
        for label in labels:
            yield from _rare(label, table, places.get(label, []), len(documents), schema)


def _labels(schema: Schema) -> Mapping[str, list[str]]:
    return {
        "entities": schema.entity_types,
        "triggers": schema.event_types,
        "event_types": schema.event_types,
        "roles": schema.role_names,
    }


def _annotated(document: Document, table: str) -> bool:
    if table == "roles":
        return any(event.arguments for event in document.events)
    # Where there are triggers, the types of sentences are theirs and are not told twice.
    return has_layer(document, table) and not (table == "event_types" and "triggers" in document.layers)


def _places(documents: list[Document], table: str) -> dict[str, list[_Place]]:
    """Return where each label of ``table`` stands."""
    places: dict[str, list[_Place]] = defaultdict(list)
    for document in documents:
        if not _annotated(document, table):
            continue
        if table == "event_types":
            for sentence, types in zip(document.sentences, event_types_of(document) or (), strict=False):
                for type in sorted(types):
                    places[type].append((document, sentence.start, sentence.end))
        elif table == "roles":
            for event in document.events:
                for argument in event.arguments:
                    places[argument.role].append((document, event.trigger.start, event.trigger.end))
        else:
            for mark in marks_of(document):
                if mark.layer == table:
                    places[mark.label].append((document, mark.start, mark.end))
    return places


def _rare(label: str, table: str, places: list[_Place], documents: int, schema: Schema) -> Iterator[Finding]:
    named = f"the {_TABLES[table]} {label}"
    if not places:
        message = f"{named} is in the schema and in no training document; annotate some, or take it out"
        yield Finding("rare-label", f"schema {schema.name}", "", 0, 0, "", message, label=label)
        return
    document, start, end = places[0]
    found_in = {id(place[0]) for place in places}
    examples = f"{len(places)} training example{'s' if len(places) > 1 else ''}"
    if len(places) < FEW:
        where = f"in {len(found_in)} document{'s' if len(found_in) > 1 else ''}"
        message = f"{named} has {examples}, {where}; fewer than {FEW} teach a model little"
    elif len(found_in) == 1 and documents > 1:
        message = (
            f"{named} has {examples}, all in document {document.id}; a model may learn that document, not the label"
        )
    else:
        return
    yield Finding.at("rare-label", document, start, end, message, label=label)
