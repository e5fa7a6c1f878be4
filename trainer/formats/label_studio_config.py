"""The labelling config of a Label Studio project: XML that says what annotators see and what the results are called.

:func:`labelling_config` makes one from a schema, :func:`read_labelling_config` finds in anybody's where the text is and
what its controls are for.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from trainer.documents import LAYERS
from trainer.schema import LabelType, Schema

CONFIG_FILE = "config.xml"
# The names of the tags in Marsad's own projects.
TEXT = "text"
ENTITIES, TRIGGERS, SENTENCES = "entities", "triggers", "sentences"
EVENT_TYPES, ATTRIBUTES = "event_types", "attributes"
# What a region is labelled that stands for a sentence.
SENTENCE = "sentence"

# Each paragraph in the direction of its first letter, and every space kept: Label Studio counts them all.
_STYLE = ".htx-text { white-space: pre-wrap; unicode-bidi: plaintext; text-align: start; }"
_TEXT_TAGS = ("Text", "HyperText")
# Neighbours on the colour wheel, in turns, lie far from each other.
_GOLDEN_RATIO = 0.618034
_SENTENCE_COLOUR = "#9a9a9a"


@dataclass(frozen=True)
class LabellingConfig:
    """What the results of a project refer to.

    ``fields`` maps the name of each text tag to the key of the task's data that it shows, ``addresses`` are those
    whose data is an address of the text. ``choices`` are the names of all controls with choices, ``layers`` the layers
    of annotation that the controls are for.
    """

    fields: Mapping[str, str]
    addresses: frozenset[str]
    choices: frozenset[str]
    layers: frozenset[str]


def labelling_config(schema: Schema, *, whole_tasks: bool = False) -> str:
    """Return the config of a project for the labels of ``schema``.

    Entities, triggers and sentences are labels of regions, argument roles are relations from a trigger to an entity,
    event types are choices for the sentence that is selected, attributes those for a trigger.

    Parameters
    ----------
    whole_tasks:
        Every task is one sentence: there are only the event types, and they are choices for the task.
    """
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = _STYLE
    if not whole_tasks:
        _add_labels_and_relations(view, schema)
    ElementTree.SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
    if whole_tasks:
        _add_choices(view, EVENT_TYPES, schema.events)
    elif schema.events:
        _add_choices(_shown_for(view, [SENTENCE]), EVENT_TYPES, schema.events, perRegion="true")
        if schema.attributes:
            _add_choices(_shown_for(view, schema.event_types), ATTRIBUTES, schema.attributes, perRegion="true")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _add_labels_and_relations(view: ElementTree.Element, schema: Schema) -> None:
    if schema.roles:
        relations = ElementTree.SubElement(view, "Relations")
        for role in schema.roles:
            ElementTree.SubElement(relations, "Relation", value=role.name)
    hues = iter(range(len(schema.entities) + len(schema.events)))
    for name, labels in ((ENTITIES, schema.entities), (TRIGGERS, schema.events)):
        if labels:
            group = ElementTree.SubElement(view, "Labels", name=name, toName=TEXT)
            for label in labels:
                attributes = {"value": label.name, "hint": _hint(label), "background": _colour(next(hues))}
                ElementTree.SubElement(group, "Label", attributes)
    if schema.events:
        group = ElementTree.SubElement(view, "Labels", name=SENTENCES, toName=TEXT)
        ElementTree.SubElement(group, "Label", value=SENTENCE, background=_SENTENCE_COLOUR)


def _shown_for(view: ElementTree.Element, labels: Iterable[str]) -> ElementTree.Element:
    return ElementTree.SubElement(view, "View", visibleWhen="region-selected", whenLabelValue=",".join(labels))


def _add_choices(view: ElementTree.Element, name: str, labels: Iterable[LabelType], **attributes: str) -> None:
    given = {"name": name, "toName": TEXT, "choice": "multiple", **attributes}
    group = ElementTree.SubElement(view, "Choices", given)
    for label in labels:
        ElementTree.SubElement(group, "Choice", value=label.name, hint=_hint(label))


def _hint(label: LabelType) -> str:
    return f"{label.arabic}: {label.definition.strip()}" if label.definition else label.arabic


def _colour(number: int) -> str:
    """Return a colour as ``#rrggbb``, dark enough for white letters; each number has its own."""
    rgb = colorsys.hls_to_rgb(number * _GOLDEN_RATIO % 1, 0.4, 0.6)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def read_labelling_config(path: str | Path) -> LabellingConfig:
    """Read what matters for the text of a project.

    Raises
    ------
    ValueError
        If the file is no labelling config, or shows no text.
    """
    try:
        view = ElementTree.fromstring(Path(path).read_bytes())
    except ElementTree.ParseError as error:
        line, column = error.position
        raise ValueError(f"{path}:{line}: no XML (column {column + 1}: {error})") from error
    texts = [tag for tag in view.iter() if tag.tag in _TEXT_TAGS and tag.get("name")]
    if view.tag != "View" or not texts:
        raise ValueError(f"{path} is no labelling config of text: it has no <View> with a <Text name=… value=…>")
    choices = [tag for tag in view.iter("Choices") if tag.get("name")]
    layers = {layer_of_control(tag.get("name", "")) for tag in view.iter("Labels")}
    if any(tag.get("perRegion") != "true" for tag in choices):
        layers.add("event_types")
    return LabellingConfig(
        fields={tag.get("name", ""): tag.get("value", "").removeprefix("$") for tag in texts},
        addresses=frozenset(tag.get("name", "") for tag in texts if tag.get("valueType") == "url"),
        choices=frozenset(tag.get("name", "") for tag in choices),
        layers=frozenset(layers),
    )


def layer_of_control(name: str) -> str:
    """Return the layer of annotation that labels of the control ``name`` are for.

    >>> [layer_of_control(name) for name in ("label", "event_triggers", "sentences")]
    ['entities', 'triggers', 'event_types']
    """
    entities, triggers, event_types = LAYERS
    if "sentence" in name.lower():
        return event_types
    return triggers if any(part in name.lower() for part in ("trigger", "event")) else entities
