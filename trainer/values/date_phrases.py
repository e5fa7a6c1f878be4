"""Read the phrases that dates are made of: names of days and months, أمس, الماضي, ليل, الساعة الثامنة.

A text is read from its beginning to its end, phrase by phrase; where no phrase fits, or two contradict each other,
nothing is known of it. What the phrases mean in days is the matter of :mod:`trainer.values.dates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import regex

from trainer.values.calendars import GREGORIAN_YEARS, HIJRI_MONTHS, HIJRI_YEARS, MONTHS, SEASONS, WEEKDAYS
from trainer.values.clock_phrases import CLOCK, PARTS, Clock, clock_time
from trainer.values.spelling import folded


@dataclass
class CalendarDate:
    """A year, a month, a day, or days of a month; ``direction`` is -1 in مايو الماضي, 1 in مايو المقبل, 0 in الجاري."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None
    hijri: bool = False
    direction: int | None = None


@dataclass
class DateFacts:
    """What the phrases of a date say, each in a field of its own."""

    dates: list[CalendarDate] = field(default_factory=list)
    weekdays: list[int] = field(default_factory=list)
    # -1 in الخميس الماضي
    weekday_direction: int | None = None
    # Days from the anchor: -1 in أمس.
    days_off: int | None = None
    # One of clock_phrases.PARTS.
    part: str | None = None
    # "week", "month" or "year", and how many from the anchor's: the week -1 is الأسبوع الماضي.
    unit: tuple[str, int] | None = None
    # First month of the season and its direction.
    season: tuple[int, int | None] | None = None
    # First and last year of a decade or century.
    years: tuple[int, int] | None = None
    # The half, quarter or week of what follows, and which one.
    section: tuple[str, int] | None = None
    # مطلع, أواخر: a part of what follows that has no sure bounds.
    vague: bool = False
    clock: Clock | None = None


def read_facts(text: str) -> DateFacts | None:
    """Return what folded ``text`` says, or ``None`` where one of its words is not understood or said twice."""
    facts, position = DateFacts(), 0
    while True:
        if separators := _SEPARATORS.match(text, position):
            position = separators.end()
        if position == len(text):
            return facts
        for pattern, note in _PHRASES:
            match = pattern.match(text, position)
            if match and note(facts, match):
                position = match.end()
                break
        else:
            return None


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(regex.escape, words), key=len, reverse=True))


def _ordinals() -> dict[str, int]:
    units = ["الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع"]
    numbered = {unit: number for number, unit in enumerate(units, 1)}
    in_compounds = {("الحادي" if number == 1 else unit): number for unit, number in numbered.items()}
    ordinals = numbered | {"العاشر": 10} | {f"{unit} عشر": 10 + number for unit, number in in_compounds.items()}
    for tens, words in ((20, ("العشرين", "العشرون")), (30, ("الثلاثين", "الثلاثون"))):
        for word in words:
            ordinals |= {word: tens} | {f"{unit} و{word}": tens + number for unit, number in in_compounds.items()}
    return {folded(word): number for word, number in ordinals.items()}


ORDINALS = _ordinals()
_DAYS_OFF = {
    folded(word): days
    for days, words in {
        -2: ("أول من أمس", "أول أمس", "أمس الأول", "قبل أمس"),
        -1: ("أمس", "الأمس", "البارحة"),
        0: ("اليوم", "هذا اليوم"),
        1: ("غدا", "غد", "الغد"),
        2: ("بعد غد", "بعد الغد"),
    }.items()
    for word in words
}
DIRECTIONS = {
    folded(stem + ending): direction
    for direction, stems in {
        -2: ("ما قبل الماضي", "قبل الماضي"),
        -1: ("الماضي", "الفائت", "المنصرم"),
        0: ("الجاري", "الحالي"),
        1: ("المقبل", "القادم"),
    }.items()
    for stem in stems
    for ending in ("", "ة")
}
# The news that is read here is of the 21st century.
_CENTURIES = ORDINALS | {"الماضي": 20}
_UNITS = {"اسبوع": "week", "شهر": "month", "عام": "year", "سنه": "year"}
_SECTIONS = {"نصف": "half", "ربع": "quarter", "اسبوع": "week"}
_DECADES = {
    folded(stem + ending): 10 * number
    for number, stem in enumerate(["عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين"], 2)
    for ending in ("يات", "ات")
}
_BETWEEN_NAMES = r"[ /()\-–—،]*"
_MONTH_NAME = f"(?:{_any([*MONTHS, *HIJRI_MONTHS])})(?!\\p{{L}})"
_DIRECTION = f"(?: (?P<direction>{_any(DIRECTIONS)})(?!\\p{{L}}))?"
_DAY = f"(?:ال ?)?(?P<day>\\d{{1,2}}|{_any(ORDINALS)}|اول)"
_ERA = r"(?: ?(?P<era>م|ه|ميلادي|ميلاديه|هجري|هجريه)(?!\p{L}))?"
_SEPARATORS = regex.compile(r"(?:[\s،,()\[\]/\-–—.\"“”«»:]|من (?=ال|\d|شهر|عام|سنه|هذ))*")


def _note_once(facts: DateFacts, name: str, value: object) -> bool:
    """Set a field that is not set; whether it has ``value`` then."""
    if getattr(facts, name) is None:
        setattr(facts, name, value)
    return bool(getattr(facts, name) == value)


def _note_filler(facts: DateFacts, match: regex.Match[str]) -> bool:
    return True


def _note_vague(facts: DateFacts, match: regex.Match[str]) -> bool:
    facts.vague = True
    return True


def _note_days_off(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "days_off", _DAYS_OFF[match["days"]])


def _note_last_night(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "days_off", DIRECTIONS.get(match["direction"], 0)) and _note_once(facts, "part", "night")


def _note_this_part(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "days_off", 0) and _note_part(facts, match)


def _note_part(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "part", PARTS[match["part"]])


def _note_weekday(facts: DateFacts, match: regex.Match[str]) -> bool:
    facts.weekdays.append(WEEKDAYS[match["weekday"]])
    return not match["direction"] or _note_once(facts, "weekday_direction", DIRECTIONS[match["direction"]])


def _note_clock(facts: DateFacts, match: regex.Match[str]) -> bool:
    clock = clock_time(match)
    return clock is not None and _note_once(facts, "clock", clock)


def _note_month(facts: DateFacts, match: regex.Match[str]) -> bool:
    names = regex.findall(_MONTH_NAME, match["months"])
    months = {(MONTHS.get(name) or HIJRI_MONTHS[name], name in HIJRI_MONTHS) for name in names}
    if len(months) != 1:
        return False  # تشرين الثاني/يناير: the two names contradict each other
    month, hijri = months.pop()
    captured = match.groupdict()
    day, last_day = _day_number(captured.get("day")), _day_number(captured.get("last_day"))
    direction = DIRECTIONS.get(captured["direction"] or "")
    return _add_date(facts, CalendarDate(None, month, day, last_day, hijri, direction))


def _day_number(day: str | None) -> int | None:
    if day is None:
        return None
    return int(day) if day.isdecimal() else ORDINALS.get(day, 1)


def _note_day_of_this_month(facts: DateFacts, match: regex.Match[str]) -> bool:
    unit = ("month", DIRECTIONS.get(match["direction"] or "", 0))
    return _add_date(facts, CalendarDate(day=_day_number(match["day"]))) and _note_once(facts, "unit", unit)


def _note_numbers(facts: DateFacts, match: regex.Match[str]) -> bool:
    first, month, last = int(match["first"]), int(match["month"]), int(match["last"])
    # The day comes first where the year does not.
    year, day = (first, last) if len(match["first"]) == 4 else (last, first)
    hijri = _is_hijri(year, match["era"])
    return hijri is not None and _add_date(facts, CalendarDate(year, month, day, hijri=hijri))


def _note_year(facts: DateFacts, match: regex.Match[str]) -> bool:
    year, before = int(match["year"]), facts.dates[-1] if facts.dates else None
    hijri = _is_hijri(year, match["era"])
    # عام 1436 alone may be of either calendar.
    if hijri is None or (hijri and not match["era"] and not (before and before.hijri)):
        return False
    if before and before.year is None and before.month and before.direction is None:
        before.year = year
        return before.hijri == hijri
    return _add_date(facts, CalendarDate(year, hijri=hijri))


def _is_hijri(year: int, era: str | None) -> bool | None:
    """Which calendar ``year`` is of, by its number; ``None`` where it is of none, or the era says otherwise."""
    if year in GREGORIAN_YEARS and era in (None, "م", "ميلادي", "ميلاديه"):
        return False
    return True if year in HIJRI_YEARS and era in (None, "ه", "هجري", "هجريه") else None


def _add_date(facts: DateFacts, date: CalendarDate) -> bool:
    """Add the one date of its calendar; whether there is such a month and day."""
    facts.dates.append(date)
    possible = date.month in (None, *range(1, 13)) and all(
        day in (None, *range(1, 32)) for day in (date.day, date.last_day)
    )
    return possible and len({known.hijri for known in facts.dates}) == len(facts.dates)


def _note_unit(facts: DateFacts, match: regex.Match[str]) -> bool:
    if not (match["this"] or match["direction"]):
        return False  # العام may be any year that was told of before
    return _note_once(facts, "unit", (_UNITS[match["unit"]], DIRECTIONS.get(match["direction"] or "", 0)))


def _note_season(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "season", (SEASONS[match["season"]], DIRECTIONS.get(match["direction"] or "")))


def _note_section(facts: DateFacts, match: regex.Match[str]) -> bool:
    return _note_once(facts, "section", (_SECTIONS[match["section"]], ORDINALS[match["which"]]))


def _note_decade(facts: DateFacts, match: regex.Match[str]) -> bool:
    decade = _DECADES[match["decade"]]
    if match["century"]:
        start = 100 * (_CENTURIES[match["century"]] - 1) + decade
    elif decade > 20:
        start = 1900 + decade
    else:
        return False  # العشرينيات are of this century or of the one before
    return _note_once(facts, "years", (start, start + 9))


def _note_century(facts: DateFacts, match: regex.Match[str]) -> bool:
    last = 100 * _CENTURIES[match["century"]]
    return _note_once(facts, "years", (last - 99, last))


_Note = Callable[[DateFacts, regex.Match[str]], bool]
_END = r"(?!\p{L})"
# In this order: where two begin alike, the longer one is first.
_PHRASES: list[tuple[regex.Pattern[str], _Note]] = [
    (regex.compile(pattern + _END), note)
    for pattern, note in (
        (rf"(?P<first>\d{{1,4}}) ?([/\-.]) ?(?P<month>\d{{1,2}}) ?\2 ?(?P<last>\d{{1,4}})(?!\d){_ERA}", _note_numbers),
        (CLOCK, _note_clock),
        (f"(?P<days>{_any(_DAYS_OFF)})", _note_days_off),
        (f"(?:هذه )?الليله{_DIRECTION}", _note_last_night),
        (f"هذا ال(?P<part>{_any(PARTS)})", _note_this_part),
        (f"(?:ال)?(?P<part>{_any(PARTS)})", _note_part),
        (f"(?P<weekday>{_any(WEEKDAYS)}){_END}{_DIRECTION}", _note_weekday),
        (
            rf"{_DAY}(?: ?(?:-|–|—| الي | حتي ) ?(?:ال ?)?(?P<last_day>\d{{1,2}}|{_any(ORDINALS)}))? ?(?:من )?(?:شهر )?"
            rf"(?P<months>{_MONTH_NAME}(?:{_BETWEEN_NAMES}{_MONTH_NAME})*)\)?{_DIRECTION}",
            _note_month,
        ),
        (rf"(?:شهر )?(?P<months>{_MONTH_NAME}(?:{_BETWEEN_NAMES}{_MONTH_NAME})*)\)?{_DIRECTION}", _note_month),
        (rf"{_DAY} (?:من )?(?:هذا الشهر|الشهر (?P<direction>{_any(DIRECTIONS)}))", _note_day_of_this_month),
        (rf"(?:(?:ال)?(?:عام|سنه) ?|عامي )?(?P<year>\d{{4}})(?!\d){_ERA}", _note_year),
        (f"(?:ال)?(?P<section>نصف|ربع|اسبوع) (?P<which>{_any(ORDINALS)}){_END} من", _note_section),
        (f"(?P<this>هذا |هذه )?ال(?P<unit>{_any(_UNITS)}){_DIRECTION}", _note_unit),
        (f"(?:ال)?(?P<season>{_any(SEASONS)}){_END}{_DIRECTION}", _note_season),
        (f"(?:ال)?(?P<decade>{_any(_DECADES)})(?: (?:من )?القرن (?P<century>{_any(_CENTURIES)}))?", _note_decade),
        (f"القرن (?P<century>{_any(_CENTURIES)})", _note_century),
        ("مطلع|بدايه|اوايل|مستهل|منتصف|اواسط|اواخر|نهايه|ختام", _note_vague),
        ("(?:ال)?ساعات الاولي|ساعه متاخره|وقت متاخر|وقت مبكر|ساعات|الاولي|الباكر", _note_filler),
        ("يومي?|نهار|في|من|بتاريخ|تاريخ|الموافق|المبارك", _note_filler),
    )
]
