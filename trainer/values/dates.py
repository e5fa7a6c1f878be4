"""Dates as ISO days with their precision and the anchor that they were counted from.

What is not sure has no value: no year and no day is guessed. Of the libraries for this, dateparser reads few forms of
Arabic news, and some wrongly: عام 2015 is the anchor's day and month in 2015, يومين (two days) the day before
yesterday, and the Hijri 1436/9/5 a day of the Middle Ages.

* A date without a year is given the nearest year only where it lies at most half a year before the anchor, or where
  its weekday fits one year alone. Without an anchor it has no value.
* A weekday alone is the last one up to the anchor. With أمس or اليوم it corrects an anchor that is up to two days
  late, as the publication dates of collected articles are.
* A night ends on the next day. ليلة الخميس has no value: it is the night before Thursday or after it.
* A part of a year or month without sure bounds (مطلع، أواخر) is the whole of it.
* A time of day without a day, a counted time (ثلاثة أيام) and an ordinal day (لليوم الثالث) have no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import regex

from trainer.values.calendars import Precision
from trainer.values.counted_times import days_counted_from
from trainer.values.date_phrases import read_facts
from trainer.values.days_of_facts import FoundDays, days_of_facts
from trainer.values.spelling import folded


@dataclass(frozen=True)
class DateValue:
    """The days from ``start`` to ``end``, both included, as ISO dates.

    With the precision ``minute`` both are the same date and time (2022-01-20T14:20), without a time zone. ``anchor``
    is the ISO day that the date was counted from, ``None`` for a date that needs none.
    """

    start: str
    end: str
    precision: Precision
    anchor: str | None


# A conjunction and a preposition that may be attached to the first word; لل is ل + ال.
_PROCLITICS = regex.compile(r"(?P<conjunction>[وف])?(?P<preposition>[بل])?(?P<rest>\p{L}.*|\d.*)")
_DURING = regex.compile(r"\A[وف]?(?:خلال|في) ")
_SINCE = regex.compile(r"منذ (?P<start>.+)")
_FROM_TO = regex.compile(
    r"(?:ما )?بين (?P<first>.+?) و ?(?P<last>.+)|(?:من )?(?P<first>.+?) ?(?:-|–|—| الي | حتي ) ?(?P<last>.+)"
)
_PAIR = regex.compile(r"(?:يومي|شهري|عامي|سنتي) (?P<first>.+?) و ?(?P<last>.+)")
_YEAR = regex.compile(r"\d{4}")
# A longer text is no date, and cutting it in two everywhere would take long.
_LONGEST = 120


def parse_date(text: str, anchor: date | None = None) -> DateValue | None:
    """Return the days that ``text`` says as a whole, or ``None`` where that is not sure. Any string is accepted.

    ``text`` is the span of a date, with منذ, قبل or بين before it where the text has one of them; ``anchor`` is the day
    that its article was published. Without an anchor, what has to be counted from one has no value.

    >>> parse_date("ليل الخميس، 20 يناير (كانون الثاني) 2022")
    DateValue(start='2022-01-20', end='2022-01-21', precision='part-of-day', anchor=None)
    >>> parse_date("صباح أمس", date(2022, 1, 22))
    DateValue(start='2022-01-21', end='2022-01-21', precision='part-of-day', anchor='2022-01-22')
    """
    if len(text) > _LONGEST:
        return None
    if isinstance(anchor, datetime):
        anchor = anchor.date()
    for plain in _without_proclitics(_DURING.sub("", folded(text))):
        found = _read(plain, anchor) or _read_range(plain, anchor)
        if found is not None:
            return _value(found, anchor)
    return None


def _without_proclitics(text: str) -> Iterator[str]:
    yield text
    match = _PROCLITICS.fullmatch(text)
    if match is None:
        return
    rest = match["rest"]
    if match["preposition"] == "ل" and rest.startswith("ل"):
        rest = "ا" + rest
    if match["conjunction"]:
        yield text[1:]
    if match["preposition"]:
        yield rest


def _read(text: str, anchor: date | None) -> FoundDays | None:
    try:
        if anchor and (counted := days_counted_from(anchor, text)):
            return FoundDays(*counted, counted=True)
        if since := _SINCE.fullmatch(text):
            found = _read(since["start"], anchor)
            if found is None or anchor is None or found.days[0] > anchor:
                return None
            return FoundDays((found.days[0], anchor), "range", counted=True)
        facts = read_facts(text)
        return days_of_facts(facts, anchor) if facts else None
    except (ValueError, OverflowError):
        return None  # 30 February, or a year that a calendar does not reach


def _read_range(text: str, anchor: date | None) -> FoundDays | None:
    """Read بين 2013 و2015, من مارس حتى مايو 2015, 2013-2015, and يومي السبت والأحد, which follow one another."""
    pair = _PAIR.fullmatch(text)
    match = pair or _FROM_TO.fullmatch(text)
    last = _read(match["last"], anchor) if match else None
    if match is None or last is None:
        return None
    first_text, year = match["first"], _YEAR.search(match["last"])
    if year and not _YEAR.search(first_text):
        first_text = f"{first_text} {year[0]}"
    # The two days of a pair belong together: the Saturday is the one before that Sunday.
    first = _read(first_text, last.days[0] if pair and last.counted else anchor)
    if first is None or last.clock or first.clock:
        return None
    start, end = first.days[0], last.days[1]
    if start >= end or (pair and first.days[1] + timedelta(days=1) != last.days[0]):
        return None
    return FoundDays((start, end), "range", counted=first.counted or last.counted)


def _value(found: FoundDays, anchor: date | None) -> DateValue:
    start, end = (day.isoformat() for day in found.days)
    if found.clock:
        start = end = f"{start}T{found.clock:%H:%M}"
    return DateValue(start, end, found.precision, anchor.isoformat() if anchor and found.counted else None)
