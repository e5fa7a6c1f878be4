"""How many records there are in each day, week, month or year: the bars of a page's timeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from trainer.records.record import EventRecord

# More could not be told apart, or hit with a finger.
MOST_BARS = 60
# Articles of one week look back on years. The bars are of the finest unit that most dates fit into and that has so much
# of those in MOST_BARS bars in a row; what comes before and after them has a bar of its own.
_FITTING = 0.5
_IN_A_ROW = 0.9
# A night has two days, and is the first one's.
_NIGHT = timedelta(days=1)
BEFORE, AFTER, WIDE, UNDATED = "before", "after", "wide", "undated"


class Days(NamedTuple):
    """The first and the last day of a record."""

    first: date
    last: date


class Counted(NamedTuple):
    """So many records that have the same days (``None`` without a date) and are of the same group.

    ``place`` is that of the first of them among all records, from 1.
    """

    days: Days | None
    group: str
    number: int
    place: int


@dataclass(frozen=True)
class _Unit:
    """A length of time: its name on the page, the number of the one that a day lies in, and back, the name of a bar."""

    name: str
    number: Callable[[date], int]
    first_day: Callable[[int], date]
    bar_name: str
    letters: int
    longest: timedelta

    def name_of(self, number: int) -> str:
        return self.bar_name + self.first_day(number).isoformat()[: self.letters]


_UNITS = (
    _Unit("اليوم", date.toordinal, date.fromordinal, "", 10, _NIGHT),
    # From Monday, as in ISO 8601; ordinal 1 is a Monday.
    _Unit(
        "الأسبوع",
        lambda day: (day.toordinal() - 1) // 7,
        lambda number: date.fromordinal(7 * number + 1),
        "أسبوع ",
        10,
        timedelta(days=6),
    ),
    _Unit(
        "الشهر",
        lambda day: 12 * day.year + day.month - 1,
        lambda number: date(number // 12, number % 12 + 1, 1),
        "",
        7,
        timedelta(days=30),
    ),
    _Unit("السنة", lambda day: day.year, lambda number: date(number, 1, 1), "", 4, timedelta(days=365)),
)
_OTHER_NAMES = {BEFORE: "قبل ذلك", AFTER: "بعد ذلك", WIDE: "تاريخ أوسع من عمود", UNDATED: "بلا تاريخ"}


@dataclass
class Bar:
    """A bar: ``key`` is what its records name it by, ``counts`` the records by group.

    ``place`` is that of the first of its records, ``None`` if it has none.
    """

    key: str
    name: str
    counts: Counter[str] = field(default_factory=Counter)
    place: int | None = None

    @property
    def total(self) -> int:
        """Return the number of its records."""
        return self.counts.total()


class Timeline:
    """The records of a page, or of all pages, by time.

    Parameters
    ----------
    records:
        All of them, in any order.
    """

    def __init__(self, records: Iterable[Counted]) -> None:
        counted = list(records)
        self._unit, self._window = _best_window(counted)
        self._bars = {key: Bar(key, name) for key, name in _OTHER_NAMES.items()}
        for index, number in enumerate(self._window):
            self._bars[f"b{index}"] = Bar(f"b{index}", self._unit.name_of(number))
        for same in counted:
            bar = self._bars[self.key(same.days)]
            bar.counts[same.group] += same.number
            bar.place = same.place if bar.place is None else min(bar.place, same.place)

    @property
    def unit(self) -> str:
        """Return what a bar is of, in Arabic."""
        return self._unit.name

    @property
    def bars(self) -> list[Bar]:
        """Return the bars in the order of time, also those of a unit without records."""
        inner = [self._bars[f"b{index}"] for index in range(len(self._window))]
        outer = {key: [self._bars[key]] if self._bars[key].total else [] for key in (BEFORE, AFTER)}
        return [*outer[BEFORE], *inner, *outer[AFTER]]

    @property
    def beside(self) -> list[Bar]:
        """Return the records that are in no bar: of a date that is too wide for one, and without a date."""
        return [self._bars[key] for key in (WIDE, UNDATED) if self._bars[key].total]

    def counts(self) -> Mapping[str, int]:
        """Return the number of records by group, those without a date included."""
        total: Counter[str] = Counter()
        for bar in self._bars.values():
            total.update(bar.counts)
        return total

    def key(self, days: Days | None) -> str:
        """Return the key of the bar that a record with these days is in."""
        if days is None:
            return UNDATED
        if days.last - days.first > self._unit.longest:
            return WIDE
        number = self._unit.number(days.first)
        if number in self._window:
            return f"b{number - self._window.start}"
        return BEFORE if number < self._window.start else AFTER


def days_of(record: EventRecord) -> Days | None:
    """Return the days of a record, or ``None`` where its date has no value.

    >>> from trainer.annotations import Span
    >>> from trainer.records.record import Mention, When
    >>> from trainer.values.dates import parse_date
    >>> when = When(Span(0, 8, "آب 2014"), parse_date("آب 2014"))
    >>> days_of(EventRecord("1-01", "1", "CLASH", (), (), when))
    Days(first=datetime.date(2014, 8, 1), last=datetime.date(2014, 8, 31))
    """
    value = record.when.value if record.when else None
    if value is None:
        return None
    first, last = (date.fromisoformat(day[:10]) for day in (value.start, value.end))
    return Days(first, max(first, last))


def _best_window(counted: Iterable[Counted]) -> tuple[_Unit, range]:
    """Return the finest unit that shows most of the records in a row of bars, and the numbers of those bars."""
    dated = [(same.days, same.number) for same in counted if same.days is not None]
    everything = sum(number for _, number in dated)
    unit, window = _UNITS[0], range(0)
    for unit in _UNITS:
        placed: dict[int, int] = defaultdict(int)
        for days, number in dated:
            if days.last - days.first <= unit.longest:
                placed[unit.number(days.first)] += number
        window, inside = _densest(placed)
        fitting = sum(placed.values())
        if fitting >= _FITTING * everything and inside >= _IN_A_ROW * fitting:
            break
    return unit, window


def _densest(placed: Mapping[int, int]) -> tuple[range, int]:
    """Return the row of up to ``MOST_BARS`` numbers that has most of the records, the latest of several, and how many.

    >>> _densest({1982: 5, 2013: 2, 2015: 9})
    (range(1982, 2016), 16)
    """
    numbers = sorted(placed)
    best, most = range(0), 0
    left = inside = 0
    for right, number in enumerate(numbers):
        inside += placed[number]
        while number - numbers[left] >= MOST_BARS:
            inside -= placed[numbers[left]]
            left += 1
        if inside >= most:
            best, most = range(numbers[left], numbers[right] + 1), inside
    return best, most
