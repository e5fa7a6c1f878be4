"""What the tests of linking share: records made by hand, with the places and actors that Marsad ships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from trainer.annotations import Span
from trainer.records.linking import HappeningLinks
from trainer.records.record import Claim, EventRecord, Mention, Side, Weapon, When, Where
from trainer.values.actors import ActorTable
from trainer.values.dates import parse_date
from trainer.values.places import Gazetteer
from trainer.values.quantities import parse_quantity

ACTORS = ActorTable.load()
PLACES = Gazetteer.load()


def record(
    id: str,
    type: str,
    where: str | Where | None = None,
    *,
    day: str | None = None,
    published: str | None = None,
    a: Sequence[str] = (),
    b: Sequence[str] = (),
    dead: Sequence[str] = (),
    weapon: str | None = None,
    country: str = "SY",
    trigger: str = "",
    trigger_start: int = 0,
    **other: Any,
) -> EventRecord:
    """Return a record of document ``id`` without its number; ``where`` is «place < larger place», ``day`` as told."""
    anchor = date.fromisoformat(published) if published else None
    return EventRecord(
        id=id,
        document=id.rpartition("-")[0],
        type=type,
        mentions=(Mention("E1", type, Span(trigger_start, trigger_start + len(trigger), trigger)),),
        sentences=(0,),
        when=When(span(day), parse_date(day, anchor)) if day else None,
        where=place(where, country) if isinstance(where, str) else where,
        side_a=sides(a, country),
        side_b=sides(b, country),
        outcomes={"fatalities": tuple(Claim(span(text), parse_quantity(text)) for text in dead)} if dead else {},
        weapon=Weapon(weapon, span(weapon)) if weapon else None,
        published=published,
        **other,
    )


def span(text: str) -> Span:
    """Return a span somewhere: where a value stands does not matter to linking."""
    return Span(0, len(text), text)


def place(chain: str, country: str = "SY") -> Where:
    """Return the place of «حي غويران < الحسكة»."""
    name, _, outer = chain.partition(" < ")
    return Where(name, span(name), PLACES.find(name, country), place(outer, country) if outer else None)


def sides(names: Sequence[str], country: str = "SY") -> tuple[Side, ...]:
    """Return the named actors."""
    return tuple(Side(name, span(name), "ARMED", ACTORS.find(name, country)) for name in names)


def linked(*records: EventRecord, sentences: Sequence[str] = ()) -> list[str]:
    """Return the happening of every record."""
    with HappeningLinks() as links:
        for position, item in enumerate(records):
            links.add(item, sentences[position] if sentences else "")
        return list(links.happenings())
