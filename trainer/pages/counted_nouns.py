"""Numbers with what they count in Arabic: one, two, few and many of a thing are four words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CountedNoun:
    """The forms of a noun beside a number.

    ``none``, ``one`` and ``two`` stand without the number (لا نصوص، نص واحد، نصان), ``few`` from 3 to 10 (نصوص),
    ``many`` from 11 to 99 (نصًا) and ``hundreds`` after whole hundreds (نص); from there on the last two digits decide.
    """

    none: str
    one: str
    two: str
    few: str
    many: str
    hundreds: str

    def counted(self, number: int) -> str:
        """Return ``number`` of the thing in words."""
        if number < 3:
            return (self.none, self.one, self.two)[number]
        rest = number % 100
        form = self.hundreds if rest < 3 else self.few if rest <= 10 else self.many
        return f"{number:,} {form}"


DOCUMENTS = CountedNoun("لا نصوص", "نص واحد", "نصان", "نصوص", "نصًا", "نص")
PAGES = CountedNoun("لا صفحات", "صفحة واحدة", "صفحتان", "صفحات", "صفحة", "صفحة")
ENTITIES = CountedNoun("لا كيانات", "كيان واحد", "كيانان", "كيانات", "كيانًا", "كيان")
EVENTS = CountedNoun("لا أحداث", "حدث واحد", "حدثان", "أحداث", "حدثًا", "حدث")
