"""Names of days, months and seasons, and the days that months, years and seasons have in two calendars.

Hijri dates are those of Umm al-Qura, the civil calendar of Saudi Arabia, by the package ``hijridate`` (1343 to 1500
AH). Where months begin with the sighting of the moon, the same Hijri date may be a day later or earlier.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from hijridate import Gregorian, Hijri

from trainer.values.spelling import folded

Days = tuple[date, date]
"""The first and the last day."""
Precision = Literal["minute", "part-of-day", "day", "week", "month", "season", "year", "range"]
"""How exactly a text says when."""

HIJRI_YEARS = range(1343, 1501)
# Years of the news and of what it looks back on.
GREGORIAN_YEARS = range(1800, 2101)


def _numbered(names: Iterable[str], first: int = 1) -> dict[str, int]:
    return {folded(name): number for number, forms in enumerate(names, first) for name in forms.split("|")}


# Levant and Iraq; then Egypt, Sudan and the Gulf, with what Morocco, Algeria, Tunisia and Mauritania write otherwise.
MONTHS = _numbered(
    (
        "كانون الثاني|كانون ثاني|يناير|جانفي",
        "شباط|فبراير|فيفري",
        "آذار|مارس",
        "نيسان|أبريل|أفريل",
        "أيار|مايو|ماي",
        "حزيران|يونيو|يونيه|جوان",
        "تموز|يوليو|يوليه|يوليوز|جويلية",
        "آب|أغسطس|أوت|غشت|أغشت",
        "أيلول|سبتمبر|شتنبر|شتمبر",
        "تشرين الأول|تشرين أول|أكتوبر",
        "تشرين الثاني|تشرين ثاني|نوفمبر|نونبر",
        "كانون الأول|كانون أول|ديسمبر|دجنبر|دجمبر",
    )
)
HIJRI_MONTHS = _numbered(
    (
        "محرم|المحرم",
        "صفر",
        "ربيع الأول|ربيع أول",
        "ربيع الآخر|ربيع الثاني|ربيع آخر|ربيع ثاني",
        "جمادى الأولى|جمادى الأول|جماد الأول|جماد الأولى",
        "جمادى الآخرة|جمادى الثانية|جمادى الآخر|جمادى الثاني|جماد الآخر|جماد الثاني",
        "رجب",
        "شعبان",
        "رمضان",
        "شوال",
        "ذو القعدة|ذي القعدة|ذوالقعدة|ذي قعدة",
        "ذو الحجة|ذي الحجة|ذوالحجة|ذي حجة",
    )
)
# As datetime.date.weekday() counts: Monday is 0.
WEEKDAYS = _numbered(
    ("الاثنين|الإتنين", "الثلاثاء|الثلثاء|الثلاثا", "الأربعاء|الأربعا", "الخميس", "الجمعة", "السبت", "الأحد"), first=0
)
_SATURDAY, _SUNDAY, _MONDAY = 5, 6, 0
# By their first month; each has three.
SEASONS = {folded(name): month for name, month in (("ربيع", 3), ("صيف", 6), ("خريف", 9), ("شتاء", 12))}


def month_days(year: int, month: int, months: int = 1) -> Days:
    """Return the days of ``months`` months from ``month`` of ``year``; ``month`` may lie outside 1 to 12.

    Raises
    ------
    ValueError
        If a year is not one that ``datetime.date`` has.
    """
    first, last = year * 12 + month - 1, year * 12 + month + months - 2
    end = monthrange(last // 12, last % 12 + 1)[1]
    return date(first // 12, first % 12 + 1, 1), date(last // 12, last % 12 + 1, end)


def hijri_days(year: int, month: int | None = None, day: int | None = None) -> Days:
    """Return the days of a Hijri year, a month of it, or a day of that.

    Raises
    ------
    ValueError, OverflowError
        If there is no such day, or the calendar does not reach so far.
    """
    first = Hijri(year, month or 1, day or 1)
    last = first if day else Hijri(year, month or 12, Hijri(year, month or 12, 1).month_length())
    return _plain_date(first), _plain_date(last)


def hijri_year(day: date) -> int:
    """Return the Hijri year of ``day``; raises ``OverflowError`` where the calendar does not reach."""
    return Gregorian(day.year, day.month, day.day).to_hijri().year


def _plain_date(day: Hijri) -> date:
    return date(*day.to_gregorian().datetuple())


def weeks_from(anchor: date, weeks: int) -> Days:
    """Return the days of the week that is ``weeks`` after the one of ``anchor``, wherever weeks may begin.

    They begin on Saturday, Sunday or Monday, by country and outlet: the days run from the earliest first day to the
    latest last one.
    """
    starts = [
        anchor - timedelta(days=(anchor.weekday() - first) % 7) + timedelta(weeks=weeks)
        for first in (_SATURDAY, _SUNDAY, _MONDAY)
    ]
    return min(starts), max(starts) + timedelta(days=6)
