"""Counted times that reach back from the day of publication: منذ ثلاثة أيام, الأيام الستة الماضية.

A counted time alone (ثلاثة أيام) is a duration: it has no days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from trainer.values.calendars import Days, Precision, month_days, weeks_from
from trainer.values.numerals import number_words, read_number
from trainer.values.spelling import folded

Unit = Literal["hour", "day", "week", "month", "year"]

# Singular, dual and plural.
_UNIT_FORMS: dict[Unit, tuple[tuple[str, ...], ...]] = {
    "hour": (("ساعة",), ("ساعتان", "ساعتين"), ("ساعات",)),
    "day": (("يوم", "يوما"), ("يومان", "يومين"), ("أيام",)),
    "week": (("أسبوع", "أسبوعا"), ("أسبوعان", "أسبوعين"), ("أسابيع",)),
    "month": (("شهر", "شهرا"), ("شهران", "شهرين"), ("أشهر", "شهور")),
    "year": (("عام", "عاما", "سنة"), ("عامان", "عامين", "سنتان", "سنتين"), ("أعوام", "سنوات", "سنين")),
}
# The unit of each form, and the number that the form says: 1, 2, or 0 for a plural, which says none.
_UNITS = {
    folded(form): (unit, number)
    for unit, forms in _UNIT_FORMS.items()
    for number, same in zip((1, 2, 0), forms, strict=True)
    for form in same
}
_PAST = ("الماضي", "الماضية", "الماضيين", "الفائتة", "الفائتين", "المنصرمة", "المنصرمين", "الأخيرة", "الأخيرين")
_COMING = ("المقبلة", "المقبلين", "القادمة", "القادمين")
_SIDES = {folded(word): side for side, words in ((-1, _PAST), (1, _COMING)) for word in words}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_HOURS_OF_A_DAY = 24
# Larger counts are round numbers (منذ ثلاثين عاماً), or something else.
_MOST: dict[Unit, int] = {"hour": 72, "day": 31, "week": 8, "month": 24, "year": 10}


@dataclass(frozen=True)
class _Count:
    number: int
    unit: Unit


def days_counted_from(anchor: date, text: str) -> tuple[Days, Precision] | None:
    """Return the days of folded ``text`` counted from ``anchor``, and their precision; ``None`` for other texts.

    قبل أسبوعين is the week before last. منذ أسبوعين is from that week up to the anchor: it may mean "ago" and "since".

    Raises
    ------
    OverflowError, ValueError
        If they lie before the first day or after the last day that ``datetime.date`` has.
    """
    words = text.split()
    if len(words) < 2:
        return None
    if words[0] in ("منذ", "قبل"):
        count = _read_count(words[1:])
        if count is None or count.unit == "hour":
            return None  # an article has no clock: three hours ago may be yesterday
        days = _unit_before(anchor, count)
        return (days, count.unit) if words[0] == "قبل" else ((days[0], anchor), "range")
    side, count = _SIDES.get(words[-1]), _read_count(words[:-1])
    # الأسبوع الماضي is the last week and not the seven days up to now; الـ36 ساعة الماضية is no whole days.
    if side is None or count is None or count.number == 1:
        return None
    if count.unit == "hour":
        if count.number % _HOURS_OF_A_DAY:
            return None
        count = _Count(count.number // _HOURS_OF_A_DAY, "day")
    start, end = sorted((anchor, _moved(anchor, count, side)))
    return (start, end), "range"


def _read_count(words: list[str]) -> _Count | None:
    """Read ثلاثة أيام, الأيام الثلاثة, الـ24 ساعة, يومين, أسبوع; أيام alone has no number."""
    found = [(index, word.removeprefix("ال")) for index, word in enumerate(words) if word.removeprefix("ال") in _UNITS]
    if len(found) != 1:
        return None
    index, word = found[0]
    unit, said = _UNITS[word]
    others = words[:index] + words[index + 1 :]
    if not others:
        return _Count(said, unit) if said else None
    number = read_number(number_words(" ".join(others)) or [])
    return _Count(number.value, unit) if number and _fits(number.value, said, unit) else None


def _fits(number: int, said: int, unit: Unit) -> bool:
    """Whether a form counts so many: أيام from three, يومين two, يوم one and from eleven (يوم الاثنين is a Monday)."""
    return {1: number == 1 or number > 10, 2: number == 2}.get(said, number > 2) and number <= _MOST[unit]


def _moved(anchor: date, count: _Count, side: int) -> date:
    """Return the day that is ``count`` before or after ``anchor``; a month before March 31 is the end of February."""
    if count.unit in _DAYS:
        return anchor + timedelta(days=side * count.number * _DAYS[count.unit])
    first, last = month_days(anchor.year, anchor.month + side * count.number * _MONTHS[count.unit])
    return first.replace(day=min(anchor.day, last.day))


def _unit_before(anchor: date, count: _Count) -> Days:
    if count.unit == "day":
        day = _moved(anchor, count, -1)
        return day, day
    if count.unit == "week":
        return weeks_from(anchor, -count.number)
    if count.unit == "month":
        return month_days(anchor.year, anchor.month - count.number)
    return month_days(anchor.year - count.number, 1, months=12)
