"""The columns of the table of events, one row a record: their names, types and meanings, and how a record fills them.

A column that ACLED's data has under the same name says the same thing there, so that the table can be put under
theirs. What the text does not tell is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from trainer.annotations import Span
from trainer.records.coding import Codes
from trainer.records.located import larger_places, located
from trainer.records.record import Claim, EventRecord, Side, When
from trainer.records.victims import victims

EVENTS_VERSION = 1
# Outcomes of a record that have columns.
FATALITIES, INJURED = "fatalities", "injured"
# ACLED's time_precision by the precision of a date. Of a range the days decide: a week of trainer.values has up to
# nine, since it begins on another day in every outlet.
_TIME_PRECISION = {"minute": 1, "part-of-day": 1, "day": 1, "week": 2, "month": 3}
_WEEK_DAYS, _MONTH_DAYS = 9, 31
# Characters of a sentence that are shown. Pages without full stops have sentences of any length.
_LONGEST_NOTE = 1000
# No number of people is larger, and a column of integers holds no more than 64 bits.
_MOST_PEOPLE = 10**12


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type (``json`` is a text of JSON where a format has no lists) and what it says.

    ``acled`` tells that ACLED's data has a column of that name with the same meaning.
    """

    name: str
    type: Literal["string", "int", "float", "bool", "json"]
    meaning: str
    acled: bool = False


COLUMNS = (
    Column("event_id", "string", "the record: the document's id and a number"),
    Column("happening_id", "string", "the first record of the same happening in any document; often the record itself"),
    Column("event_date", "string", "the first day, ISO; ACLED has the middle one of a week or month", acled=True),
    Column("event_date_end", "string", "the last day, ISO"),
    Column("year", "int", "the year of event_date", acled=True),
    Column("time_precision", "int", "1 a day, 2 a week, 3 a month; empty for what is longer", acled=True),
    Column("date_precision", "string", "minute, part-of-day, day, week, month, season, year or range"),
    Column("date_text", "string", "the expression of the text that tells the time"),
    Column("date_anchor", "string", "the day of publication that the date was counted from, ISO; empty if from none"),
    Column("disorder_type", "string", "ACLED's disorder type", acled=True),
    Column("event_type", "string", "ACLED's event type; empty if it has none or the text leaves it open", acled=True),
    Column("sub_event_type", "string", "ACLED's sub-event type", acled=True),
    Column("marsad_type", "string", "the event type of Marsad's schema"),
    Column("ace_type", "string", "the event type of ACE 2005"),
    Column("plover_type", "string", "the event type of PLOVER"),
    Column("plover_mode", "string", "PLOVER's mode of it"),
    Column("actor1", "string", "who acts: the English or canonical name if known, else as told", acled=True),
    Column("assoc_actor_1", "string", "the others of that side, parted by '; '", acled=True),
    Column("inter1", "string", "the type of actor1, as ACLED names it", acled=True),
    Column("actor1_kind", "string", "the kind of actor1 in the table of actors"),
    Column("actor1_text", "string", "actor1 as the text tells it, without attached particles"),
    Column("actor2", "string", "who it is done to, or the other side; as actor1", acled=True),
    Column("assoc_actor_2", "string", "the others of that side, parted by '; '", acled=True),
    Column("inter2", "string", "the type of actor2, as ACLED names it", acled=True),
    Column("actor2_kind", "string", "the kind of actor2 in the table of actors"),
    Column("actor2_text", "string", "actor2 as the text tells it, without attached particles"),
    Column("interaction", "string", "inter1 and inter2 together; empty if one of two actors has no type", acled=True),
    Column("civilian_targeting", "string", "'Civilian targeting' if civilians are the only target", acled=True),
    Column("country", "string", "the country of the place, in English", acled=True),
    Column("iso", "int", "its number in ISO 3166-1", acled=True),
    Column("admin1", "string", "the province of the place, as GeoNames writes it", acled=True),
    Column("location", "string", "the place that the coordinates are of; where none is known, as told", acled=True),
    Column("latitude", "float", "degrees, WGS 84; empty for an unknown place and for a whole country", acled=True),
    Column("longitude", "float", "degrees, WGS 84", acled=True),
    Column("geo_precision", "int", "1 the town, 2 in or near it or part of a region, 3 a larger region", acled=True),
    Column("geonameid", "int", "the number of location in GeoNames"),
    Column("location_text", "string", "the place as the text tells it, then the larger places told with it"),
    Column(
        "fatalities", "int", "the dead by the source that tells the fewest; empty, not 0, if none are told", acled=True
    ),
    Column(
        "fatalities_low",
        "int",
        "the same: of one source the claims of different people added up, of all sources the lowest",
    ),
    Column(
        "fatalities_high",
        "int",
        "the dead by the source that tells the most; empty if a claim is open or has no number",
    ),
    Column("fatalities_claims", "json", "each claim: offsets, text, low, high, approximate, who, source, event, score"),
    Column("injured_low", "int", "the injured, as fatalities_low"),
    Column("injured_high", "int", "the injured, as fatalities_high"),
    Column("injured_claims", "json", "each claim, as fatalities_claims"),
    Column("weapon", "string", "what it was done with, as told"),
    Column("disputed", "bool", "the text itself marks doubt or contradiction"),
    Column("source", "string", "the outlet of the document", acled=True),
    Column("notes", "string", "the sentence of the first trigger; of a long one the part around it", acled=True),
    Column("document_id", "string", "the document"),
    Column("published", "string", "its day of publication, ISO"),
    Column("duplicate_of", "string", "the document that this one is a copy of"),
    Column("sentence", "int", "the number of that sentence in the document, from 1"),
    Column("sentence_start", "int", "its offset in the document, in code points"),
    Column("sentence_end", "int", "the offset of its end, exclusive"),
    Column("triggers", "json", "each trigger: event, type, offsets, text, score"),
    Column("arguments", "json", "each field that comes from a span: field, offsets, text, score"),
    Column(
        "score",
        "float",
        "how sure the model is that this type of event is told, 0 to 1: its surest trigger; each field has its own in "
        "`arguments`; empty for records from people's labels",
    ),
)


def row(record: EventRecord, codes: Codes, sentence_text: str, sentence_start: int | None = None) -> dict[str, Any]:
    """Return what a record says in each of ``COLUMNS``; columns of the type ``json`` hold lists.

    Parameters
    ----------
    sentence_text:
        The sentence of the record's first mention.
    sentence_start:
        Its offset in the document, ``None`` if it is not known.
    """
    when, place = record.when, located(record.where)
    on_map = None if place.is_country else place.place
    fatalities, injured = (record.outcomes.get(name, ()) for name in (FATALITIES, INJURED))
    low, high = _victims(fatalities)
    injured_low, injured_high = _victims(injured)
    start, end = _days(when)
    names = [where.name for where in larger_places(record.where)]
    values = {
        "event_id": record.id,
        "happening_id": record.happening,
        "event_date": start,
        "event_date_end": end,
        "year": int(start[:4]) if start else None,
        "time_precision": _time_precision(when),
        "date_precision": when.value.precision if when and when.value else None,
        "date_text": when.span.text if when else None,
        "date_anchor": when.value.anchor if when and when.value else None,
        "disorder_type": codes.disorder_type,
        "event_type": codes.event_type,
        "sub_event_type": codes.sub_event_type,
        "marsad_type": record.type,
        "ace_type": codes.ace,
        "plover_type": codes.plover,
        "plover_mode": codes.plover_mode,
        **_side("1", record.side_a, codes.inter1),
        **_side("2", record.side_b, codes.inter2),
        "interaction": codes.interaction,
        "civilian_targeting": codes.civilian_targeting,
        "country": codes.country,
        "iso": codes.iso,
        "admin1": codes.admin1,
        "location": place.place.name if place.place else next(iter(names), None),
        "latitude": on_map.latitude if on_map else None,
        "longitude": on_map.longitude if on_map else None,
        "geo_precision": place.precision,
        "geonameid": place.place.geonameid if place.place else None,
        "location_text": "، ".join(names) or None,
        # ACLED records the most conservative figure where reports differ.
        "fatalities": low,
        "fatalities_low": low,
        "fatalities_high": high,
        "fatalities_claims": [_claim(claim) for claim in fatalities],
        "injured_low": injured_low,
        "injured_high": injured_high,
        "injured_claims": [_claim(claim) for claim in injured],
        "weapon": record.weapon.name if record.weapon else None,
        "disputed": record.disputed,
        "source": record.source,
        "notes": _note(record, sentence_text, sentence_start),
        "document_id": record.document,
        "published": record.published,
        "duplicate_of": record.duplicate_of,
        # People count from 1.
        "sentence": record.sentences[0] + 1 if record.sentences else None,
        "sentence_start": sentence_start,
        "sentence_end": None if sentence_start is None else sentence_start + len(sentence_text),
        "triggers": [_trigger(record, index) for index in range(len(record.mentions))],
        "arguments": [{"field": name, **_offsets(span), "score": score} for name, span, score in _arguments(record)],
        "score": record.score,
    }
    return {column.name: values[column.name] for column in COLUMNS}


def _days(when: When | None) -> tuple[str | None, str | None]:
    """Return the first and last day: a value of the precision minute has a time of day, too."""
    if when is None or when.value is None:
        return None, None
    return when.value.start.partition("T")[0], when.value.end.partition("T")[0]


def _time_precision(when: When | None) -> int | None:
    if when is None or when.value is None:
        return None
    if when.value.precision != "range":
        return _TIME_PRECISION.get(when.value.precision)
    first, last = (date.fromisoformat(day) for day in _days(when) if day)
    days = (last - first).days + 1
    if days > _MONTH_DAYS:
        return None
    return _TIME_PRECISION["week" if days <= _WEEK_DAYS else "month"]


def _side(number: str, sides: Sequence[Side], inter: str | None) -> dict[str, Any]:
    first = sides[0] if sides else None
    return {
        f"actor{number}": _name(first) if first else None,
        f"assoc_actor_{number}": "; ".join(_name(side) for side in sides[1:]) or None,
        f"inter{number}": inter,
        f"actor{number}_kind": first.actor.kind if first and first.actor else None,
        f"actor{number}_text": first.name if first else None,
    }


def _name(side: Side) -> str:
    return (side.actor and (side.actor.name_en or side.actor.name)) or side.name


def _victims(claims: Sequence[Claim]) -> tuple[int | None, int | None]:
    low, high = (number if number is None or number <= _MOST_PEOPLE else None for number in victims(claims))
    return low, high


def _claim(claim: Claim) -> dict[str, Any]:
    value = claim.value
    return {
        **_offsets(claim.span),
        "low": value.low if value else None,
        "high": value.high if value else None,
        "approximate": value.approximate if value else None,
        "who": claim.who,
        "source": claim.source,
        "event": claim.event,
        "score": claim.score,
    }


def _trigger(record: EventRecord, index: int) -> dict[str, Any]:
    mention = record.mentions[index]
    return {"event": mention.event, "type": mention.type, **_offsets(mention.span), "score": mention.score}


def _arguments(record: EventRecord) -> Iterator[tuple[str, Span, float | None]]:
    """Yield the fields that come from a span, in the order of the record."""
    if record.when:
        yield "when", record.when.span, record.when.score
    for depth, where in enumerate(larger_places(record.where)):
        yield "within" if depth else "where", where.span, where.score
    for where in record.other_places:
        yield "other_place", where.span, where.score
    for name, sides in (("side_a", record.side_a), ("side_b", record.side_b)):
        for side in sides:
            yield name, side.span, side.score
    for name, claims in record.outcomes.items():
        for claim in claims:
            yield name, claim.span, claim.score
    if record.weapon:
        yield "weapon", record.weapon.span, record.weapon.score


def _offsets(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.text}


def _note(record: EventRecord, sentence: str, sentence_start: int | None) -> str:
    if len(sentence) <= _LONGEST_NOTE:
        return sentence
    trigger = record.mentions[0].span.start - (sentence_start or 0) if record.mentions else 0
    first = max(0, min(trigger - _LONGEST_NOTE // 2, len(sentence) - _LONGEST_NOTE))
    last = first + _LONGEST_NOTE
    return ("…" if first else "") + sentence[first:last] + ("…" if last < len(sentence) else "")
