"""The days that the dates of one document mean, and whether two of them can be one, also where no day is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from trainer.values.dates import DateValue, parse_date
from trainer.values.spelling import folded

# Days of publication to try where none is known: a week, so that a weekday never falls on the same distance in all.
_ANY_WEEK = tuple(date(2015, 6, 1) + timedelta(days=day) for day in range(7))


@dataclass(frozen=True, slots=True)
class Days:
    """What a date of the text means; ``value`` is ``None`` where that is not sure.

    ``spans`` has its first and last day for each day of publication that is possible. ``counted`` says whether they
    are counted from it: those of أمس are, those of 20 يناير not.
    """

    text: str
    value: DateValue | None
    spans: tuple[tuple[str, str], ...]
    counted: bool

    def contradicts(self, other: Days) -> bool:
        """Whether the two have no day in common, whenever the article was published.

        A year that is told by its number alone is not the year that the article's أمس is in.
        """
        if self.counted != other.counted and (self._is_a_year or other._is_a_year):
            return True
        if self.counted != other.counted or len(self.spans) != len(other.spans) or not self.spans:
            return False
        return all(one[1] < two[0] or two[1] < one[0] for one, two in zip(self.spans, other.spans, strict=True))

    @property
    def _is_a_year(self) -> bool:
        return self.value is not None and self.value.precision == "year" and not self.counted

    def agrees_with(self, other: Days) -> bool:
        """Whether the two are the same words or surely have a day in common."""
        if self.text == other.text:
            return True
        if self.counted != other.counted or len(self.spans) != len(other.spans) or not self.spans:
            return False
        return all(one[0] <= two[1] and two[0] <= one[1] for one, two in zip(self.spans, other.spans, strict=True))


class DayReader:
    """Reads the dates of a document that was published on ``anchor``, as far as that is known."""

    def __init__(self, anchor: date | None) -> None:
        self._anchor = anchor
        self._read: dict[str, Days] = {}

    def read(self, text: str, mark: str = "") -> Days:
        """Return the days of a date and of the word before it (منذ, قبل, خلال, بين), if it is part of what it says."""
        whole = f"{mark} {text}".strip()
        if whole not in self._read:
            self._read[whole] = self._days(whole)
        return self._read[whole]

    def _days(self, text: str) -> Days:
        value = parse_date(text, self._anchor)
        if self._anchor is not None:
            # All days are known: what is counted and what is not can be compared.
            return Days(folded(text), value, (_span(value),) if value else (), False)
        found = [parse_date(text, anchor) for anchor in _ANY_WEEK]
        spans = tuple(_span(each) for each in found if each is not None)
        if len(spans) < len(_ANY_WEEK):
            spans = ()
        return Days(folded(text), value, spans, counted=len(set(spans)) > 1)


def _span(value: DateValue) -> tuple[str, str]:
    return value.start[:10], value.end[:10]
