"""Records of events by hand, and any record at all, for the tests of their codes, columns and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer.annotations import Span
from trainer.documents import Document
from trainer.records.record import Claim, EventRecord, Mention, Side, Weapon, When, Where
from trainer.values.actors import Actor, ActorTable
from trainer.values.dates import DateValue
from trainer.values.places import Gazetteer, Place
from trainer.values.quantities import Quantity

ACTORS, PLACES = ActorTable.load(), Gazetteer.load()


def told(text: str) -> Span:
    """Return a span somewhere, for tests to which the place does not matter."""
    return Span(0, len(text), text)


def sides(*names: str, country: str = "SY", label: str = "ARMED") -> tuple[Side, ...]:
    """Return actors by their names, as the shipped table knows them."""
    return tuple(Side(name, told(name), label, ACTORS.find(name, country)) for name in names)


def somewhere(name: str, *within: str, country: str = "SY") -> Where:
    """Return a place by its name, as the shipped gazetteer knows it, in the larger places ``within``."""
    larger = somewhere(*within, country=country) if within else None
    return Where(name, told(name), PLACES.find(name, country), larger)


def event(type: str, trigger: str = "", **fields: Any) -> EventRecord:
    """Return a record with one trigger and the given fields."""
    mentions = fields.pop("mentions", (Mention("E1", type, told(trigger or type)),))
    return EventRecord("000-01", "000", type, mentions, (0,), **fields)


class Maker:
    """Makes a record of each event of a document, without merging; a stand-in for the real maker."""

    def records(self, document: Document) -> list[EventRecord]:
        """Return a record for each event."""
        return [
            EventRecord(
                id=f"{document.id}-{number:02}",
                document=document.id,
                type=found.type,
                mentions=(Mention(found.id, found.type, found.trigger, found.score),),
                sentences=tuple(i for i in [document.sentence_index(found.trigger.start)] if i is not None),
                side_a=tuple(
                    Side(entity.name, Span(entity.start, entity.end, entity.text), entity.label, None, entity.score)
                    for entity in document.entities
                ),
                duplicate_of=document.duplicate_of.id if document.duplicate_of else None,
                score=found.score,
            )
            for number, found in enumerate(document.events, start=1)
        ]


def _spans() -> st.SearchStrategy[Span]:
    return st.builds(lambda start, text: Span(start, start + len(text), text), st.integers(0, 10**6), ANY_TEXT)


def any_records(types: Sequence[str] = ("CLASH", "ATTACK", "BOMBING", "CAPTURE", "أخرى")) -> st.SearchStrategy[Any]:
    """Return a strategy of records with any text in every field that holds text."""
    scores, spans = st.none() | st.floats(0, 1), _spans()
    texts, kinds = st.none() | ANY_TEXT, st.sampled_from(["State Forces", "Rebel Group", "Civilians", "قوة"])
    days = st.dates().map(lambda day: day.isoformat())
    precisions: Any = st.sampled_from(["part-of-day", "day", "week", "month", "season", "year", "range"])
    values = st.builds(
        lambda pair, precision, anchor: DateValue(min(pair), max(pair), precision, anchor),
        st.tuples(days, days),
        precisions,
        st.none() | days,
    )
    places = st.sampled_from([PLACES.find("حلب", "SY"), PLACES.find("محافظة درعا", "SY"), PLACES.find("سوريا"), None])
    odd = Place(1, "؟", 0.5, -0.5, "", "", "", "", 0, "x")
    smaller = st.builds(Where, ANY_TEXT, spans, places | st.just(odd), st.none(), scores)
    where = st.builds(Where, ANY_TEXT, spans, places, st.none() | smaller, scores)
    bounds = st.none() | st.integers(0, 10**20)
    claims = st.lists(
        st.builds(Claim, spans, st.none() | st.builds(Quantity, bounds, bounds, st.booleans()), texts, texts, texts),
        max_size=2,
    ).map(tuple)
    actors = st.none() | st.builds(Actor, kinds, st.integers(1, 8), texts, texts, st.none())
    actor_sides = st.lists(st.builds(Side, ANY_TEXT, spans, ANY_TEXT, actors, scores), max_size=2).map(tuple)
    return st.builds(
        EventRecord,
        id=ANY_TEXT,
        document=ANY_TEXT,
        type=st.sampled_from(types),
        mentions=st.lists(
            st.builds(Mention, ANY_TEXT, st.sampled_from(types), spans, scores), min_size=1, max_size=2
        ).map(tuple),
        sentences=st.lists(st.integers(0, 99), max_size=2).map(tuple),
        when=st.none() | st.builds(When, spans, st.none() | values, scores),
        where=st.none() | where,
        other_places=st.lists(where, max_size=1).map(tuple),
        side_a=actor_sides,
        side_b=actor_sides,
        outcomes=st.dictionaries(st.sampled_from(["fatalities", "injured", "أسرى"]), claims),
        weapon=st.none() | st.builds(Weapon, ANY_TEXT, spans, scores),
        disputed=st.booleans(),
        score=scores,
        published=texts,
        source=texts,
        duplicate_of=texts,
    )
