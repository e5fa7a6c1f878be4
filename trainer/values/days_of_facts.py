"""From what the phrases of a date say to its days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from trainer.values.calendars import Days, Precision, hijri_days, hijri_year, month_days, weeks_from
from trainer.values.date_phrases import CalendarDate, DateFacts

_DAY = timedelta(days=1)
# A date without a year lies at most so long before its anchor; a longer time ago, the next one is as near.
_HALF_A_YEAR = timedelta(days=183)
# By how many days an anchor may be late: collected articles are dated a day or two after they were written.
_LATE_ANCHOR = 2
# By how many days two ways to say a day may differ: أمس beside a date, where the anchor is late; the same day in the
# Hijri calendar of another country.
_NEAR, _CALENDARS_DIFFER = 3, 1
_WINTER = 12


@dataclass(frozen=True)
class FoundDays:
    """Days with their precision; ``counted`` says that they were counted from the anchor."""

    days: Days
    precision: Precision
    counted: bool = False
    clock: time | None = None


def days_of_facts(facts: DateFacts, anchor: date | None) -> FoundDays | None:
    """Return the days that ``facts`` say, or ``None`` where they say none for sure.

    Raises
    ------
    ValueError, OverflowError
        If there is no such day (30 February), or a calendar does not reach it.
    """
    found = _named_days(facts, anchor)
    if found is None:
        return None
    if facts.section:
        found = _section(facts, found)
    if found is None or found.precision != "day":
        return None if facts.part or facts.clock else found
    return None if facts.vague else _within_day(facts, found)


def _named_days(facts: DateFacts, anchor: date | None) -> FoundDays | None:
    fields = ("years", "season", "dates", "weekdays", "days_off", "unit")
    said = {name for name in fields if getattr(facts, name) not in (None, [])}
    if said == {"years"} and facts.years:
        return FoundDays((month_days(facts.years[0], 1)[0], month_days(facts.years[1], 12)[1]), "range")
    if "season" in said and said <= {"season", "dates", "unit"}:
        return _season(facts, anchor)
    if "dates" in said and said <= {"dates", "weekdays", "days_off", "unit"}:
        return _calendar_day(facts, anchor)
    if anchor is None:
        return None
    if said in ({"weekdays"}, {"weekdays", "days_off"}):
        return _weekday(facts, anchor)
    if said == {"days_off"} and facts.days_off is not None:
        day = anchor + facts.days_off * _DAY
        return FoundDays((day, day), "day", counted=True)
    if said == {"unit"} and facts.unit:
        return _unit(*facts.unit, anchor)
    return None


def _unit(unit: str, off: int, anchor: date) -> FoundDays:
    if unit == "week":
        return FoundDays(weeks_from(anchor, off), "week", counted=True)
    if unit == "month":
        return FoundDays(month_days(anchor.year, anchor.month + off), "month", counted=True)
    return FoundDays(month_days(anchor.year + off, 1, months=12), "year", counted=True)


def _weekday(facts: DateFacts, anchor: date) -> FoundDays | None:
    weekday, *more = facts.weekdays
    # ليل الأحد – الاثنين is one night; الأحد والاثنين are two days.
    if more and (more != [(weekday + 1) % 7] or facts.part not in ("night", "eve")):
        return None
    end = anchor + (facts.days_off or 0) * _DAY
    late = (end.weekday() - weekday) % 7
    if facts.weekday_direction == -1:
        late = late or 7
    elif facts.weekday_direction == 1:
        late -= 7
    elif facts.weekday_direction is not None or (facts.days_off is not None and late > _LATE_ANCHOR):
        return None
    day = end - late * _DAY
    return FoundDays((day, day), "day", counted=True)


def _calendar_day(facts: DateFacts, anchor: date | None) -> FoundDays | None:
    """Resolve a date of the Gregorian calendar or, where that is all there is, of the Hijri one."""
    dates = sorted(facts.dates, key=lambda known: known.hijri)
    wanted = _with_unit(dates[0], facts.unit, anchor) if facts.unit else dates[0]
    if wanted is None:
        return None
    found = _resolved(wanted, facts, anchor)
    if found is None:
        return None
    if len(dates) == 2 and not _agrees(found.days, dates[1]):
        return None
    day = found.days[0]
    if facts.days_off is not None and (not anchor or abs(day - anchor - facts.days_off * _DAY) > _NEAR * _DAY):
        return None
    if not facts.weekdays:
        return replace(found, counted=found.counted or facts.unit is not None)
    differ = _CALENDARS_DIFFER if wanted.hijri else 0
    fitting = [day + off * _DAY for off in range(-differ, differ + 1) if (day + off * _DAY).weekday() in facts.weekdays]
    if found.precision != "day" or len(facts.weekdays) != 1 or not fitting:
        return None
    return replace(found, days=(fitting[0], fitting[0]), counted=found.counted or facts.unit is not None)


def _with_unit(wanted: CalendarDate, unit: tuple[str, int], anchor: date | None) -> CalendarDate | None:
    """Fill in the year of مايو من العام الماضي, or the month of الثالث من الشهر الجاري."""
    kind, off = unit
    if anchor is None or wanted.hijri or wanted.year is not None:
        return None
    if kind == "year" and wanted.month:
        filled = replace(wanted, year=anchor.year + off)
        start, end = _days_of(filled, anchor.year + off)
        fits = {-1: end < anchor, 0: start <= anchor, 1: start > anchor}.get(wanted.direction or 0, False)
        return filled if wanted.direction is None or fits else None
    if kind == "month" and not wanted.month:
        first = month_days(anchor.year, anchor.month + off)[0]
        return replace(wanted, year=first.year, month=first.month)
    return None


def _resolved(wanted: CalendarDate, facts: DateFacts, anchor: date | None) -> FoundDays | None:
    precision: Precision = "year"
    if wanted.month:
        precision = "range" if wanted.last_day else "day" if wanted.day else "month"
    if wanted.year is not None:
        if wanted.direction is not None and not facts.unit:
            return None
        return FoundDays(_days_of(wanted, wanted.year), precision)
    if anchor is None or not wanted.month:
        return None
    middle = hijri_year(anchor) if wanted.hijri else anchor.year
    possible = _possible(lambda year: _days_of(wanted, year), middle)
    if facts.weekdays and wanted.direction is None and not wanted.hijri:
        near = [days for days in possible if abs(days[0] - anchor) <= _HALF_A_YEAR]
        fitting = [days for days in near if days[0].weekday() in facts.weekdays]
        return FoundDays(fitting[0], precision, counted=True) if len(fitting) == 1 else None
    days = _nearest(possible, wanted.direction, anchor)
    if wanted.direction == 0:  # الثالث من يوليو الجاري: the month is the anchor's, the day need not be
        month = replace(wanted, day=None, last_day=None)
        around = _nearest(_possible(lambda year: _days_of(month, year), middle), 0, anchor)
        days = next((days for days in possible if around and around[0] <= days[0] <= around[1]), None)
    return FoundDays(days, precision, counted=True) if days else None


def _days_of(wanted: CalendarDate, year: int) -> Days:
    if wanted.hijri:
        start, end = hijri_days(year, wanted.month, wanted.day)
        return start, hijri_days(year, wanted.month, wanted.last_day)[1] if wanted.last_day else end
    if not wanted.month:
        return month_days(year, 1, months=12)
    if not wanted.day:
        return month_days(year, wanted.month)
    start, end = date(year, wanted.month, wanted.day), date(year, wanted.month, wanted.last_day or wanted.day)
    if start > end:
        raise ValueError(f"day {wanted.last_day} is before day {wanted.day}")
    return start, end


def _possible(days_in: Callable[[int], Days], middle: int) -> list[Days]:
    found = []
    for year in range(middle - 2, middle + 2):
        try:
            found.append(days_in(year))
        except (ValueError, OverflowError):
            continue  # not every year has a 29 February
    return found


def _nearest(possible: list[Days], direction: int | None, anchor: date) -> Days | None:
    """Return the last days before ``anchor`` (-1), the ones around it (0), the next ones (1) or the nearest past."""
    before = [days for days in possible if days[1] < anchor]
    after = [days for days in possible if days[0] > anchor]
    if direction == -1:
        return before[-1] if before else None
    if direction == 1:
        return after[0] if after else None
    if direction == 0:
        return next((days for days in possible if days[0] <= anchor <= days[1]), None)
    begun = [days for days in possible if days[0] <= anchor and anchor - days[0] <= _HALF_A_YEAR]
    return begun[-1] if begun and direction is None else None


def _agrees(days: Days, hijri: CalendarDate) -> bool:
    """Whether the same day in the Hijri calendar, with or without its year, is among ``days`` or next to them."""
    year = hijri.year or hijri_year(days[0])
    possible = [_days_of(hijri, year)] if hijri.year else _possible(lambda year: _days_of(hijri, year), year)
    near = _CALENDARS_DIFFER * _DAY
    return any(days[0] - near <= end and start <= days[1] + near for start, end in possible)


def _season(facts: DateFacts, anchor: date | None) -> FoundDays | None:
    if facts.season is None:
        return None
    month, direction = facts.season
    year = None
    if facts.dates:
        known = facts.dates[0]
        if len(facts.dates) > 1 or known.month or known.hijri:
            return None
        year = known.year
    elif facts.unit:
        year = anchor.year + facts.unit[1] if anchor and facts.unit[0] == "year" else None
        if year is None:
            return None
    if year is not None:
        # شتاء 1997 begins or ends in 1997.
        sure = month != _WINTER and direction is None and not (facts.dates and facts.unit)
        return FoundDays(month_days(year, month, months=3), "season", facts.unit is not None) if sure else None
    if anchor is None:
        return None
    days = _nearest(_possible(lambda year: month_days(year, month, months=3), anchor.year), direction, anchor)
    return FoundDays(days, "season", counted=True) if days else None


def _section(facts: DateFacts, found: FoundDays) -> FoundDays | None:
    """Return the half or quarter of a year, or the half or week of a month, that ``facts`` name."""
    if facts.section is None or any(known.hijri for known in facts.dates):
        return None
    (kind, which), (start, end) = facts.section, found.days
    parts = {("half", "year"): 6, ("quarter", "year"): 3}.get((kind, found.precision))
    if parts and which * parts <= 12:
        return replace(found, days=month_days(start.year, 1 + parts * (which - 1), parts), precision="range")
    if kind == "half" and found.precision == "month" and which <= 2:
        middle = start.replace(day=15)
        return replace(found, days=(start, middle) if which == 1 else (middle + _DAY, end), precision="range")
    if kind == "week" and found.precision == "month" and which <= 4:
        first = start + 7 * (which - 1) * _DAY
        return replace(found, days=(first, first + 6 * _DAY), precision="week")
    return None


def _within_day(facts: DateFacts, found: FoundDays) -> FoundDays | None:
    day, part = found.days[0], facts.part
    if part == "eve":
        # ليلة أمس and ليلة الأحد – الاثنين are sure, and dates are counted from midnight but in the Hijri calendar.
        dated = bool(facts.dates) and not facts.weekdays and not any(known.hijri for known in facts.dates)
        if not (facts.days_off is not None or len(facts.weekdays) == 2 or dated):
            return None
        part = "night"
    if facts.clock and (clock := facts.clock.in_part(part)):
        return replace(found, precision="minute", clock=time(*clock))
    if part is None:
        return found
    return replace(found, days=(day, day + _DAY if part == "night" else day), precision="part-of-day")
