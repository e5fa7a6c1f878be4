"""Foreign labels as those of a schema: a YAML file that names every label of another corpus and what it becomes.

.. code-block:: yaml

    from: ANERcorp
    entities: {PERS: PER, MISC: null}   # null: no label of the schema fits, the span is dropped
    events: {}                          # triggers, and event types of sentences
    roles: {}
    attributes: {}
    other: drop                         # instead of an error for labels that are not named here

Dropping some labels of a layer leaves it incomplete: what they marked is in the text and no longer in the annotation,
and so is what the corpus never marked. The counts name the labels of the schema that no foreign label becomes; do not
train or score those on the mapped corpus. A layer of which no label at all is mapped says nothing any more: the
documents no longer have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from trainer.documents import LAYERS, Argument, Document, Event, Sentence
from trainer.resources import resource_names, resource_path
from trainer.schema import Schema

# The sections of a mapping, in the order in which they are told of.
SECTIONS = ("entities", "events", "roles", "attributes")
_FOLDER, _SUFFIX = "mappings", ".yaml"
# The sections that a layer's labels are in; the layer stands or falls with the first.
_SECTIONS_OF_LAYER = {
    "entities": ("entities",),
    "triggers": ("events", "roles", "attributes"),
    "event_types": ("events",),
}


@dataclass(frozen=True)
class LabelMapping:
    """What each foreign label becomes, by section; ``None`` drops it, and ``drops_others`` those that are not named."""

    name: str
    source: str
    labels: Mapping[str, Mapping[str, str | None]]
    drops_others: bool = False

    def targets(self, section: str) -> set[str]:
        """Return the labels of the schema that some label of a section becomes."""
        return {target for target in self.labels.get(section, {}).values() if target is not None}


@dataclass
class MappedCounts:
    """How often each foreign label was mapped and dropped, by section, and what the schema has beside that."""

    mapped: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: {name: Counter() for name in SECTIONS})
    dropped: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in SECTIONS})
    # Arguments whose filler was dropped, by the foreign role; those of dropped events are gone with these.
    without_filler: Counter[str] = field(default_factory=Counter)
    # Labels of the schema that no foreign label becomes: the mapped corpus does not mark them.
    unmarked: dict[str, list[str]] = field(default_factory=dict)
    # Layers that the documents had and of which the mapping keeps nothing.
    removed_layers: tuple[str, ...] = ()


def shipped_mappings() -> list[str]:
    """Return the names of the mappings that Marsad ships."""
    return [name.removesuffix(_SUFFIX) for name in resource_names(_FOLDER) if name.endswith(_SUFFIX)]


def read_mapping(path_or_name: str | Path) -> LabelMapping:
    """Read a mapping file, or one that Marsad ships by its name (``anercorp``).

    Raises
    ------
    FileNotFoundError
        If there is neither such a file nor such a name.
    ValueError
        If the file is no mapping; the message names file and cause.
    """
    path = Path(path_or_name)
    if not path.is_file():
        if str(path_or_name) not in shipped_mappings():
            raise FileNotFoundError(
                f"there is no label mapping {path_or_name}; Marsad ships {', '.join(shipped_mappings())}"
            )
        path = resource_path(f"{_FOLDER}/{path_or_name}{_SUFFIX}")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path} is no YAML in UTF-8: {error}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path} must be a mapping with {', '.join(SECTIONS)}, not {type(data).__name__}")
    if unknown := [key for key in data if key not in ("from", "other", *SECTIONS)]:
        raise ValueError(f"{path} has the unknown key '{unknown[0]}'; known are from, other, {', '.join(SECTIONS)}")
    if data.get("other") not in (None, "drop"):
        raise ValueError(f"{path}: 'other' can only be 'drop', not {data['other']!r}")
    labels = {section: _section(path, section, data.get(section)) for section in SECTIONS}
    if not any(labels.values()):
        raise ValueError(f"{path} names no labels; it needs at least one of {', '.join(SECTIONS)}")
    return LabelMapping(path.stem, str(data.get("from") or path.stem), labels, data.get("other") == "drop")


def _section(path: Path, section: str, labels: object) -> dict[str, str | None]:
    if labels is None:
        return {}
    if not isinstance(labels, dict):
        raise ValueError(f"{path}: '{section}' must be a mapping of labels, not {type(labels).__name__}")
    for label, target in labels.items():
        # YAML reads NO, on and 5 as other things than text.
        if not isinstance(label, str) or not (target is None or isinstance(target, str)):
            raise ValueError(f"{path}: '{section}' maps {label!r} to {target!r}; labels are text (in quotes) or null")
    return labels


def map_labels(
    documents: Iterable[Document], mapping: LabelMapping, schema: Schema
) -> tuple[list[Document], MappedCounts]:
    """Return copies of ``documents`` with the labels of ``schema``, and what became of the foreign ones.

    Events whose type is dropped go with their arguments, arguments whose role or filler is dropped go alone. Types of
    sentences that become one type count once, with the greatest score. Ids, offsets, scores and texts stay.

    Raises
    ------
    ValueError
        If a target is none of the schema's labels, or documents have labels that the mapping does not name; the
        message lists all of them.
    """
    documents = list(documents)
    _require_targets(mapping, schema)
    if not mapping.drops_others:
        _require_named(documents, mapping)
    counts = MappedCounts()
    layers = [layer for layer in LAYERS if any(layer in document.layers for document in documents)]
    counts.removed_layers = tuple(layer for layer in layers if not mapping.targets(_SECTIONS_OF_LAYER[layer][0]))
    sections = {s for layer in layers if layer not in counts.removed_layers for s in _SECTIONS_OF_LAYER[layer]}
    counts.unmarked = {
        section: [name for name in names if name not in mapping.targets(section)]
        for section, names in _names(schema).items()
        if section in sections
    }
    return [_mapped(document, mapping, counts) for document in documents], counts


def _names(schema: Schema) -> dict[str, list[str]]:
    names = (schema.entity_types, schema.event_types, schema.role_names, schema.attribute_names)
    return dict(zip(SECTIONS, names, strict=True))


def _require_targets(mapping: LabelMapping, schema: Schema) -> None:
    names = _names(schema)
    wrong = [
        f"{label} to {target} ({section})"
        for section in SECTIONS
        for label, target in mapping.labels.get(section, {}).items()
        if target is not None and target not in names[section]
    ]
    if wrong:
        raise ValueError(
            f"the mapping {mapping.name} maps to labels that the schema {schema.name} lacks: {', '.join(wrong)}"
        )


def _require_named(documents: Iterable[Document], mapping: LabelMapping) -> None:
    found: dict[str, Counter[str]] = {section: Counter() for section in SECTIONS}
    for document in documents:
        found["entities"].update(entity.label for entity in document.entities)
        found["events"].update(event.type for event in document.events)
        found["events"].update(type for sentence in document.sentences for type in sentence.event_types)
        found["roles"].update(argument.role for event in document.events for argument in event.arguments)
        found["attributes"].update(name for event in document.events for name in event.attributes)
    unnamed = [
        f"{section}: {', '.join(labels)}"
        for section in SECTIONS
        if (labels := sorted(found[section].keys() - mapping.labels.get(section, {}).keys()))
    ]
    if unnamed:
        raise ValueError(
            f"the mapping {mapping.name} does not name these labels of the documents: {'; '.join(unnamed)}. "
            "Name each with a label of the schema or null, or write 'other: drop'"
        )


def _mapped(document: Document, mapping: LabelMapping, counts: MappedCounts) -> Document:
    copy = replace(document, layers=tuple(layer for layer in document.layers if layer not in counts.removed_layers))
    copy.entities = []
    for entity in document.entities:
        if (label := _target("entities", entity.label, mapping, counts)) is not None:
            copy.entities.append(replace(entity, label=label))
    kept = {entity.id for entity in copy.entities}
    copy.events = []
    for event in document.events:
        if (type := _target("events", event.type, mapping, counts)) is not None:
            copy.events.append(_mapped_event(event, type, kept, mapping, counts))
    counted = "triggers" in document.layers  # where sentences have the types of their triggers
    copy.sentences = [
        _mapped_sentence(sentence, mapping, None if counted else counts) for sentence in document.sentences
    ]
    return copy


def _target(section: str, label: str, mapping: LabelMapping, counts: MappedCounts | None) -> str | None:
    target = mapping.labels.get(section, {}).get(label)
    if counts is not None and target is None:
        counts.dropped[section][label] += 1
    elif counts is not None and target is not None:
        counts.mapped[section][label, target] += 1
    return target


def _mapped_event(event: Event, type: str, kept: set[str], mapping: LabelMapping, counts: MappedCounts) -> Event:
    arguments: dict[tuple[str, str], Argument] = {}
    for argument in event.arguments:
        if argument.entity not in kept:
            counts.without_filler[argument.role] += 1
        elif (role := _target("roles", argument.role, mapping, counts)) is not None:
            # Two foreign roles of one entity may become one.
            arguments.setdefault((role, argument.entity), Argument(role, argument.entity, argument.score))
    attributes = [_target("attributes", name, mapping, counts) for name in event.attributes]
    kept_attributes = list(dict.fromkeys(name for name in attributes if name is not None))
    return replace(event, type=type, arguments=list(arguments.values()), attributes=kept_attributes)


def _mapped_sentence(sentence: Sentence, mapping: LabelMapping, counts: MappedCounts | None) -> Sentence:
    return Sentence(
        sentence.start,
        sentence.end,
        _mapped_scores(sentence.event_types, mapping, counts),
        _mapped_scores(sentence.type_scores, mapping, None),
    )


def _mapped_scores(scores: Mapping[str, float], mapping: LabelMapping, counts: MappedCounts | None) -> dict[str, float]:
    mapped: dict[str, float] = {}
    for label, score in scores.items():
        if (target := _target("events", label, mapping, counts)) is not None:
            mapped[target] = max(score, mapped.get(target, score))
    return mapped
