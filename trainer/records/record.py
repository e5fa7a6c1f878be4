"""What a record of an event is: plain values, each with the span of the text that it comes from.

A record is one happening as one article tells it: one place, one time, the same sides, told by one or more triggers.
``start`` and ``end`` count code points of the document's text. What the text does not say is ``None`` or empty, and
what could not be normalised is there as text, without a value. ``to_dict`` and ``from_dict`` are each other's inverse;
the shape is that of ``docs/events.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from trainer.annotations import Span
from trainer.values.actors import Actor
from trainer.values.dates import DateValue
from trainer.values.places import Place
from trainer.values.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Mention:
    """A trigger that tells of the happening: the id of its event in the document, the event's type and score.

    ``reflexive``: the text says that who acts does it to himself (فجّر نفسه).
    """

    event: str
    type: str
    span: Span
    score: float | None = None
    reflexive: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """The expression that tells the time; ``value`` is ``None`` where it could not be normalised."""

    span: Span
    value: DateValue | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A place: ``name`` as told, without clitics, and the place of the gazetteer that it means, if it is known.

    ``within`` is the larger place, or the place of reference, that the text tells with it.
    """

    name: str
    span: Span
    place: Place | None = None
    within: Where | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """Who acts, or who it is done to: ``name`` as told, without clitics, and the actor that it means, if known.

    ``label`` is the entity type of the mention.
    """

    name: str
    span: Span
    label: str
    actor: Actor | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of victims as one source tells it. ``value`` is ``None`` where the text could not be normalised.

    ``span`` is the count, or the word that tells of victims without one. ``who`` is whom they belong to, ``source``
    who says so, both as told; ``None`` for nobody in particular and for the article's own voice. ``event`` is the id of
    the event that the count belongs to.
    """

    span: Span
    value: Quantity | None = None
    who: str | None = None
    source: str | None = None
    event: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Weapon:
    """What it was done with, as told."""

    name: str
    span: Span
    score: float | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One happening of one document.

    Parameters
    ----------
    id:
        The document's id and a number: ``000-01``.
    type:
        The main type, an event type of the schema.
    mentions:
        At least one, in the order of the text.
    sentences:
        Indices of the sentences of the mentions.
    outcomes:
        By the name of an outcome (``fatalities``, ``injured``), the claims of it.
    disputed:
        The text itself marks doubt or contradiction.
    happening:
        The id that all records of the same happening in different documents share, once they are linked: the id of
        the first of them. ``None`` before.
    """

    id: str
    document: str
    type: str
    mentions: tuple[Mention, ...]
    sentences: tuple[int, ...]
    when: When | None = None
    where: Where | None = None
    other_places: tuple[Where, ...] = ()
    side_a: tuple[Side, ...] = ()
    side_b: tuple[Side, ...] = ()
    outcomes: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)
    weapon: Weapon | None = None
    disputed: bool = False
    score: float | None = None
    published: str | None = None
    source: str | None = None
    duplicate_of: str | None = None
    happening: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON says it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EventRecord:
        """Rebuild a record from :meth:`to_dict`; keys that are not of a record are passed over."""
        return cls(
            id=data["id"],
            document=data["document"],
            type=data["type"],
            mentions=tuple(
                Mention(item["event"], item["type"], Span(**item["span"]), item["score"], item.get("reflexive", False))
                for item in data["mentions"]
            ),
            sentences=tuple(data["sentences"]),
            when=_when(data["when"]),
            where=_where(data["where"]),
            other_places=tuple(place for item in data["other_places"] if (place := _where(item))),
            side_a=tuple(map(_side, data["side_a"])),
            side_b=tuple(map(_side, data["side_b"])),
            outcomes={name: tuple(map(_claim, claims)) for name, claims in data["outcomes"].items()},
            weapon=Weapon(**{**data["weapon"], "span": Span(**data["weapon"]["span"])}) if data["weapon"] else None,
            disputed=data["disputed"],
            score=data["score"],
            published=data["published"],
            source=data["source"],
            duplicate_of=data["duplicate_of"],
            happening=data["happening"],
        )


def _when(data: Mapping[str, Any] | None) -> When | None:
    if data is None:
        return None
    return When(Span(**data["span"]), DateValue(**data["value"]) if data["value"] else None, data["score"])


def _where(data: Mapping[str, Any] | None) -> Where | None:
    if data is None:
        return None
    place = Place(**data["place"]) if data["place"] else None
    return Where(data["name"], Span(**data["span"]), place, _where(data["within"]), data["score"])


def _side(data: Mapping[str, Any]) -> Side:
    actor = Actor(**data["actor"]) if data["actor"] else None
    return Side(data["name"], Span(**data["span"]), data["label"], actor, data["score"])


def _claim(data: Mapping[str, Any]) -> Claim:
    value = Quantity(**data["value"]) if data["value"] else None
    span = Span(**data["span"])
    return Claim(span, value, data["who"], data["source"], data["event"], data["score"])
