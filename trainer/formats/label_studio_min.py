"""JSON-MIN, Label Studio's short form: one annotation a task, results beside the data, no ids and no relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trainer.formats.label_studio_config import ATTRIBUTES, EVENT_TYPES, LabellingConfig, layer_of_control

# What Label Studio adds to every task.
_BOOKKEEPING = ("annotation_id", "annotator", "created_at", "updated_at", "lead_time", "agreement")


def is_min_task(task: Mapping[str, Any]) -> bool:
    """Whether ``task`` is one of JSON-MIN: without ``data``, with an annotation's number or labelled regions."""
    if isinstance(task.get("data"), dict):
        return False
    return "annotation_id" in task or any(_are_regions(value) for value in task.values())


def standard_task(
    task: Mapping[str, Any], config: LabellingConfig | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Return ``task`` as the full form would have it, as far as it says.

    Choices for a region are those for the sentence, or else the trigger, with the same offsets. A choice for the whole
    task is a string like any other: only the labelling config, or the name ``event_types``, tells it from the data.
    """
    choices = config.choices if config else frozenset({EVENT_TYPES, ATTRIBUTES})
    data: dict[str, Any] = {}
    result: list[dict[str, Any]] = []
    for name, value in task.items():
        if _are_regions(value):
            for number, region in enumerate(value, start=1):
                kind = next(key for key in region if _names_labels(key))
                result.append({"from_name": name, "type": kind, "id": f"{name}-{number}", "value": region})
        elif isinstance(value, dict) and isinstance(value.get("choices"), list):
            result.append({"from_name": name, "type": "choices", "value": value})
        elif isinstance(value, str) and name in choices:
            result.append({"from_name": name, "type": "choices", "value": {"choices": [value]}})
        elif name not in _BOOKKEEPING and name != "id":
            data[name] = value
    _join_choices(result)
    given = task.get("id")
    if isinstance(given, str):
        data["id"] = given
    tell("JSON-MIN has no relations: there are no arguments of events; the export 'JSON' has them")
    return {"id": given, "data": data, "annotations": [{"result": result}]}


def _names_labels(key: str) -> bool:
    return key == "choices" or key.endswith("labels")


def _are_regions(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and "start" in item and any(map(_names_labels, item)) for item in value)
    )


def _join_choices(result: list[dict[str, Any]]) -> None:
    """Give choices for a region the id of the region."""
    order = ("event_types", "triggers", "entities")
    regions: dict[tuple[Any, Any], dict[str, Any]] = {}
    labelled = [item for item in result if item["type"] != "choices"]
    for item in sorted(labelled, key=lambda item: order.index(layer_of_control(item["from_name"]))):
        regions.setdefault((repr(item["value"].get("start")), repr(item["value"].get("end"))), item)
    for item in result:
        span = (repr(item["value"].get("start")), repr(item["value"].get("end")))
        if item["type"] == "choices" and span in regions:
            item["id"] = regions[span]["id"]
