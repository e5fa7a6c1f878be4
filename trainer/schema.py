"""The label inventory: entity types, event types, roles and attributes, read from a schema file.

No label is written in code. A dataset names its schema file, a trained model carries a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from trainer.resources import resource_path


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
    def role_names(self) -> list[str]:
        """Names of the argument roles."""
        return [label.name for label in self.roles]

    @property
    def attribute_names(self) -> list[str]:
        """Names of the event attributes."""
        return [label.name for label in self.attributes]

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
