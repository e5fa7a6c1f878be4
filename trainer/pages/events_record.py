"""What a page shows of an event record, ready for a template: the cells of its row, its sentences, its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trainer.pages.document_view import shown_score
from trainer.pages.events_passages import MarkedPassage, Passage, marked
from trainer.pages.events_timeline import Timeline, days_of
from trainer.pages.events_words import (
    FIELDS,
    date_notes,
    date_words,
    place_notes,
    quantity_words,
    range_words,
    side_name,
    side_notes,
    sort_number,
)
from trainer.records.coding import Codes
from trainer.records.located import located
from trainer.records.record import Claim, EventRecord, Side, When, Where

# So much is shown of a sentence before its row is opened, and so much of that may stand before the trigger.
_SHOWN, _BEFORE_TRIGGER = 130, 60


@dataclass(frozen=True, slots=True)
class Retelling:
    """Another record of the same happening: ``address`` leads to it, from the page that it is linked on."""

    id: str
    document: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record on a page.

    Parameters
    ----------
    record, codes:
        The record, and what it is in the inventories of others.
    passages:
        Its sentences.
    place:
        Its number from 1 among the records of all pages; ``r12`` is the id of its row.
    articles:
        How many documents tell the happening.
    others:
        Records of the same happening, or the first of them.
    left_out:
        How many more there are.
    """

    record: EventRecord
    codes: Codes
    passages: Sequence[Passage]
    place: int
    articles: int = 1
    others: Sequence[Retelling] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What the text says, what that is worth, and the score in two digits; what there is none of is empty."""

    text: str
    value: str = ""
    notes: Sequence[str] = ()
    score: str = ""


@dataclass(frozen=True, slots=True)
class ToldClaim:
    """A claim of victims; ``value`` is empty where the text has none."""

    text: str
    value: str
    who: str
    source: str
    score: str


@dataclass(frozen=True, slots=True)
class Count:
    """The claims of an outcome: from the lowest to the highest, the number to sort by, all of them one by one."""

    name: str
    range: str
    number: int | None
    claims: list[ToldClaim]


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as the template shows it; ``bar`` is the key of its bar in the timeline."""

    shown: ShownRecord
    bar: str
    date: str
    date_key: str
    place: str
    country: str
    sides: tuple[list[str], list[str]]
    fatalities: Count
    injured: Count
    summary: str
    passages: list[MarkedPassage]
    facts: list[tuple[str, list[Told]]]
    counts: list[Count]
    codes: list[tuple[str, list[str]]]
    score: str


def record_view(shown: ShownRecord, timeline: Timeline) -> RecordView:
    """Prepare a record; any record can be shown."""
    record = shown.record
    when = record.when
    counts = {name: _count(FIELDS.get(name, name), claims) for name, claims in record.outcomes.items()}
    return RecordView(
        shown=shown,
        bar=timeline.key(days_of(record)),
        date=date_words(when.value) if when and when.value else "",
        date_key=when.value.start if when and when.value else "",
        place=record.where.name if record.where else "",
        country=located(record.where).country or "",
        sides=([side_name(side) for side in record.side_a], [side_name(side) for side in record.side_b]),
        fatalities=counts.get("fatalities", _count("", ())),
        injured=counts.get("injured", _count("", ())),
        summary=_summary(shown),
        passages=marked(shown.passages, record),
        facts=[(name, told) for name, told in _facts(record) if told],
        counts=[count for count in counts.values() if count.claims],
        codes=[(name, found) for name, found in _codes(shown.codes) if found],
        score=shown_score(record.score),
    )


def _summary(shown: ShownRecord) -> str:
    """Return the beginning of the sentence of the first trigger, or what is around the trigger, on one line."""
    trigger = shown.record.mentions[0].span if shown.record.mentions else None
    holding = [p for p in shown.passages if trigger and p.start <= trigger.start < p.start + len(p.text)]
    if trigger is None or not holding:
        return " ".join(trigger.text.split())[:_SHOWN] if trigger else ""
    passage = holding[0]
    before = trigger.start - passage.start
    start = 0 if before <= _BEFORE_TRIGGER else passage.text.find(" ", before - _BEFORE_TRIGGER, before) + 1
    start = start or max(0, before - _BEFORE_TRIGGER)
    text = " ".join(passage.text[start : start + 2 * _SHOWN].split())
    cut = len(text) > _SHOWN
    head = "…" if start or passage.cut_before else ""
    return head + (text[: text.rfind(" ", 0, _SHOWN)] if cut and " " in text[:_SHOWN] else text[:_SHOWN]) + "…" * cut


def _facts(record: EventRecord) -> Iterator[tuple[str, list[Told]]]:
    yield FIELDS["when"], [_when(record.when)] if record.when else []
    yield FIELDS["where"], list(_places(record.where))
    yield "أماكن أخرى", [told for where in record.other_places for told in _places(where)]
    yield FIELDS["side_a"], [_side(side) for side in record.side_a]
    yield FIELDS["side_b"], [_side(side) for side in record.side_b]
    weapon = record.weapon
    yield FIELDS["weapon"], [Told(weapon.span.text, weapon.name, (), shown_score(weapon.score))] if weapon else []


def _when(when: When) -> Told:
    value = date_words(when.value) if when.value else ""
    return Told(when.span.text, value, date_notes(when), shown_score(when.score))


def _places(where: Where | None) -> Iterator[Told]:
    while where is not None:
        yield Told(where.span.text, where.name, place_notes(where), shown_score(where.score))
        where = where.within


def _side(side: Side) -> Told:
    return Told(side.span.text, side.name, side_notes(side), shown_score(side.score))


def _count(name: str, claims: Sequence[Claim]) -> Count:
    told = [
        ToldClaim(
            claim.span.text,
            quantity_words(claim.value) if claim.value else "",
            claim.who or "",
            claim.source or "",
            shown_score(claim.score),
        )
        for claim in claims
    ]
    return Count(name, range_words(claims), sort_number(claims), told)


def _codes(codes: Codes) -> Iterator[tuple[str, list[str]]]:
    acled = (codes.disorder_type, codes.event_type, codes.sub_event_type, codes.civilian_targeting)
    for name, found in (("ACLED", acled), ("ACE 2005", (codes.ace,)), ("PLOVER", (codes.plover, codes.plover_mode))):
        yield name, [code for code in found if code]
