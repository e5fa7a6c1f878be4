"""How the labels of a page look: a hue, a kind of line and the label itself, so that nobody has to tell colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Background hues, far from each other in a row; entity types take them in the schema's order.
HUES = (210, 20, 130, 290, 55, 175, 330, 95, 250, 0, 155, 35)
# Neighbours in the row of hues, which are the easiest to confuse, differ in their line, too.
_LINES = ("solid", "dashed", "double", "dotted")


@dataclass(frozen=True)
class Look:
    """A label on a page.

    ``key`` is its CSS class, the same on every page of a schema; ``count`` is how often it is on this page.
    """

    key: str
    label: str
    name: str
    count: int
    hue: int
    line: str


def entity_looks(counts: Mapping[str, int], arabic_names: Mapping[str, str]) -> dict[str, Look]:
    """Return the looks of the entity types in ``counts``, in the schema's order; unknown ones last."""
    return _looks("e", counts, arabic_names, _in_order(counts, arabic_names))


def event_looks(counts: Mapping[str, int], arabic_names: Mapping[str, str]) -> dict[str, Look]:
    """Return the looks of the event types in ``counts``, the most frequent first."""
    order = _in_order(counts, arabic_names)
    return _looks("t", counts, arabic_names, sorted(order, key=lambda label: -counts[label]))


def _in_order(counts: Mapping[str, int], arabic_names: Mapping[str, str]) -> list[str]:
    return [*(label for label in arabic_names if label in counts), *sorted(set(counts) - set(arabic_names))]


def _looks(
    prefix: str, counts: Mapping[str, int], arabic_names: Mapping[str, str], order: Sequence[str]
) -> dict[str, Look]:
    # Numbered through the whole schema, so that a label looks the same on every page.
    position = {label: index for index, label in enumerate([*arabic_names, *sorted(set(counts) - set(arabic_names))])}
    return {
        label: Look(
            key=f"{prefix}{position[label]}",
            label=label,
            name=arabic_names.get(label, label),
            count=counts[label],
            hue=HUES[position[label] % len(HUES)],
            line=_LINES[position[label] % len(_LINES)],
        )
        for label in order
    }
