"""Values of event records as a page says them: dates, counts, places and sides, each beside the text it comes from.

Numbers, dates and codes are written from left to right: a template isolates them.
"""

from __future__ import annotations

from collections.abc import Sequence

from trainer.pages.counted_nouns import CountedNoun
from trainer.records.record import Claim, Side, When, Where
from trainer.values.dates import DateValue
from trainer.values.quantities import Quantity

RECORDS = CountedNoun("لا سجلات", "سجل واحد", "سجلان", "سجلات", "سجلًا", "سجل")
# What is told of a record and marked in its sentences.
FIELDS = {
    "when": "الزمان",
    "where": "المكان",
    "side_a": "الطرف الأول",
    "side_b": "الطرف الثاني",
    "fatalities": "القتلى",
    "injured": "الجرحى",
    "weapon": "السلاح",
}
_PRECISIONS = {
    "minute": "بالدقيقة",
    "part-of-day": "جزء من يوم",
    "day": "باليوم",
    "week": "أسبوع",
    "month": "شهر",
    "season": "فصل",
    "year": "سنة",
    "range": "مدة",
}


def date_words(value: DateValue) -> str:
    """Return the days of a date.

    >>> date_words(DateValue("2022-01-20T14:20", "2022-01-20T14:20", "minute", None))
    '2022-01-20 14:20'
    >>> date_words(DateValue("2014-08-01", "2014-08-31", "month", None))
    '2014-08'
    >>> date_words(DateValue("2022-01-20", "2022-01-21", "part-of-day", None))
    '2022-01-20 – 2022-01-21'
    """
    start, end = (day.replace("T", " ") for day in (value.start, value.end))
    for precision, letters in (("year", 4), ("month", 7)):
        if value.precision == precision and start[:letters] == end[:letters]:
            return start[:letters]
    return start if start == end else f"{start} – {end}"


def date_notes(when: When) -> list[str]:
    """Return how exact a date is, and from which day it was counted; an empty list where it has no value."""
    if when.value is None:
        return []
    notes = [_PRECISIONS[when.value.precision]]
    return [*notes, f"محسوب من {when.value.anchor}"] if when.value.anchor else notes


def quantity_words(value: Quantity) -> str:
    """Return a count with its bounds.

    >>> [quantity_words(Quantity(*bounds)) for bounds in ((20, 20), (20, None), (None, 49), (60, 80), (20, 99, True))]
    ['20', '≥20', '≤49', '60–80', '≈20–99']
    """
    return ("≈" if value.approximate else "") + _bounds(value.low, value.high)


def range_words(claims: Sequence[Claim]) -> str:
    """Return from the lowest to the highest that ``claims`` say, as the columns of the table count it.

    With a claim that has no value, or no upper bound, there is no highest; where none has a value, there is nothing.
    """
    values = [claim.value for claim in claims if claim.value is not None]
    if len(claims) == 1 or not values:
        return "".join(quantity_words(value) for value in values)
    highs = [value.high for value in values if value.high is not None]
    return _bounds(sort_number(claims), max(highs) if len(highs) == len(claims) else None)


def sort_number(claims: Sequence[Claim]) -> int | None:
    """Return the number that a column of counts is sorted by: the lowest that ``claims`` say."""
    return min((claim.value.low or 0 for claim in claims if claim.value is not None), default=None)


def _bounds(low: int | None, high: int | None) -> str:
    if low is None:
        return "" if high is None else f"≤{high:,}"
    if high is None:
        return f"≥{low:,}"
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def place_notes(where: Where) -> list[str]:
    """Return what the gazetteer knows of a place: its name there, country, coordinates, number."""
    place = where.place
    if place is None:
        return []
    position = f"{place.latitude:.4f}, {place.longitude:.4f}"
    return [place.name, place.country, position, *([f"GeoNames {place.geonameid}"] if place.geonameid else [])]


def side_name(side: Side) -> str:
    """Return the canonical name of a side, or what the text calls it."""
    return (side.actor.name if side.actor else None) or side.name


def side_notes(side: Side) -> list[str]:
    """Return what is known of a side: its name, its name in ACLED's codebook, its kind."""
    actor = side.actor
    if actor is None:
        return []
    names = [name for name in (actor.name, actor.name_en) if name and name != side.name]
    return [*names, f"{actor.code} {actor.kind}"]
