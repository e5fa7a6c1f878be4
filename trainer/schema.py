"""The label inventory: entity types, event types, roles and attributes, read from a schema file.

No label is written in code. A dataset names its schema file, a trained model carries a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from trainer.documents import LAYERS
from trainer.resources import resource_path

# The layers that the labels under each key of a schema file are for.
_LAYERS_OF_KEY = {
    "entities": {"entities"},
    "events": {"triggers", "event_types"},
    "roles": {"triggers"},
    "attributes": {"triggers"},
}


@dataclass(frozen=True)
class LabelType:
    """One entity type, event type, role or attribute, as the schema file describes it."""

    name: str
    arabic: str
    definition: str
    details: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Schema:
    """The labels of a dataset or a model, in the order of the schema file."""

    name: str
    entities: tuple[LabelType, ...]
    events: tuple[LabelType, ...]
    roles: tuple[LabelType, ...] = ()
    attributes: tuple[LabelType, ...] = ()
    source: str = field(default="", compare=False)

    @property
    def entity_types(self) -> list[str]:
        """Names of the entity types."""
        return [label.name for label in self.entities]

    @property
    def event_types(self) -> list[str]:
        """Names of the event types."""
        return [label.name for label in self.events]

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers of annotation that these labels are for."""
        has = {"entities": bool(self.entities), "triggers": bool(self.events), "event_types": bool(self.events)}
        return tuple(layer for layer in LAYERS if has[layer])

    def labels_of(self, layer: str) -> list[str]:
        """Names of the labels of a layer of annotation."""
        return self.entity_types if layer == "entities" else self.event_types

    @property
    def role_names(self) -> list[str]:
        """Names of the argument roles."""
        return [label.name for label in self.roles]

    @property
    def attribute_names(self) -> list[str]:
        """Names of the event attributes."""
        return [label.name for label in self.attributes]

    def only(self, layers: Iterable[str]) -> Schema:
        """Return the schema without the labels of which no layer is among ``layers``."""
        kept = set(layers)
        dropped = [key for key, needed in _LAYERS_OF_KEY.items() if not needed & kept]
        if not dropped or not any(yaml.safe_load(self.source).get(key) for key in dropped):
            return self
        data = {key: value for key, value in yaml.safe_load(self.source).items() if key not in dropped}
        return _parsed(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), Path(self.name))

    def arabic_names(self) -> dict[str, str]:
        """Map every entity and event type to its Arabic display name."""
        return {label.name: label.arabic for label in (*self.entities, *self.events)}

    def save(self, path: Path) -> None:
        """Write the schema file as it was read, so that a model carries the whole definition."""
        path.write_text(self.source, encoding="utf-8", newline="")


def load_schema(path: str | Path | None = None) -> Schema:
    """Read a schema file; without a path, the one that Marsad ships.

    Raises
    ------
    ValueError
        If the file is no UTF-8, no YAML mapping, lacks labels, or names a label twice.
    """
    path = Path(path) if path is not None else resource_path("schema.yaml")
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
    return _parsed(source, path)


def schema_of_labels(name: str, entity_types: Sequence[str], event_types: Sequence[str]) -> Schema:
    """Make the schema of labels of which nothing more is known; ``ValueError`` if there are none."""
    if not entity_types and not event_types:
        raise ValueError(f"{name} has no label: no word has a tag but O, and no sentence a type")
    layers = {"entities": entity_types, "events": event_types}
    data = {"name": name, **{key: [{"name": label} for label in labels] for key, labels in layers.items() if labels}}
    return _parsed(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), Path(name))


def merged_schema(schemas: Mapping[str, Schema]) -> Schema:
    """Put the schemas of several corpora together: each layer's labels are those of the corpora that have it.

    Where several have it, their order and definitions are those of the first that defines them.

    Raises
    ------
    ValueError
        If two corpora have different labels for one layer.
    """
    owners: dict[str, str] = {}
    # Labels that were only gathered from a file have no definitions; they come last.
    for corpus, schema in sorted(schemas.items(), key=lambda item: not _defines(item[1])):
        for layer in schema.layers:
            owner = owners.setdefault(layer, corpus)
            if set(schema.labels_of(layer)) != set(schemas[owner].labels_of(layer)):
                raise ValueError(
                    f"{owner} and {corpus} have different labels for {layer}: "
                    f"{', '.join(schemas[owner].labels_of(layer))} and {', '.join(schema.labels_of(layer))}; "
                    "to train on both, map the labels of one to those of the other, or, if they only differ in what "
                    "happens to occur, name one schema in the corpus file of each"
                )
    first, *others = dict.fromkeys(owners[layer] for layer in LAYERS if layer in owners)
    if not others:
        return schemas[first]
    data: dict[str, Any] = {}
    for corpus in (first, *others):
        data = {**yaml.safe_load(schemas[corpus].source), **data}
    for key, layer in (("entities", "entities"), ("events", "triggers"), ("events", "event_types")):
        if layer in owners:
            data[key] = yaml.safe_load(schemas[owners[layer]].source)[key]
    return _parsed(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), Path(str(data.get("name", first))))


def _defines(schema: Schema) -> bool:
    return any(label.definition for label in (*schema.entities, *schema.events))


def _parsed(source: str, path: Path) -> Schema:
    try:
        data = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path} must be a mapping with 'entities' and 'events', not {type(data).__name__}")
    layers = {key: _labels(path, key, data.get(key) or []) for key in ("entities", "events", "roles", "attributes")}
    if not layers["entities"] and not layers["events"]:
        raise ValueError(f"{path} names neither entities nor events; a schema needs at least one of them")
    return Schema(name=str(data.get("name", path.stem)), source=source, **layers)


def _labels(path: Path, key: str, items: Any) -> tuple[LabelType, ...]:
    if not isinstance(items, list):
        raise ValueError(f"{path}: '{key}' must be a list of labels")
    labels = []
    for position, item in enumerate(items, start=1):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise ValueError(f"{path}: item {position} of '{key}' needs a 'name'")
        details = {k: v for k, v in item.items() if k not in ("name", "arabic", "definition")}
        labels.append(
            LabelType(item["name"], str(item.get("arabic") or item["name"]), str(item.get("definition") or ""), details)
        )
    names = [label.name for label in labels]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{path}: '{key}' names {', '.join(repeated)} more than once")
    return tuple(labels)
