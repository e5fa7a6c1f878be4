"""Parts of the day and clock times: مساء, الساعة الثامنة والنصف, 14:20."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from trainer.values.numerals import number_words, read_number
from trainer.values.spelling import folded

# "eve" is the night that ليلة names: by the day before it or after it.
PARTS = {
    folded(word): part
    for part, words in {
        "dawn": ("فجر", "فجرا", "طلوع الفجر", "مطلع الفجر"),
        "morning": ("صباح", "صباحا", "ضحى"),
        "noon": ("ظهر", "ظهرا", "ظهيرة"),
        "afternoon": ("عصر", "عصرا", "بعد ظهر", "بعد الظهر"),
        "evening": ("مساء", "غروب", "مغرب"),
        "night": ("ليل", "ليلا", "منتصف ليل", "منتصف الليل", "بعد منتصف ليل", "بعد منتصف الليل"),
        "eve": ("ليلة", "منتصف ليلة"),
    }.items()
    for word in words
}
# The hours of twelve that each part may have, and what makes them hours of twenty-four.
_HOURS = {
    "dawn": (range(1, 7), 0),
    "morning": (range(4, 12), 0),
    "noon": (range(1, 4), 12),
    "afternoon": (range(1, 7), 12),
    "evening": (range(3, 12), 12),
    "night": (range(7, 12), 12),
}
_HOUR_WORDS = {
    folded(word): hour
    for hour, word in enumerate(
        (
            *("الواحدة", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة", "الثامنة", "التاسعة"),
            *("العاشرة", "الحادية عشرة", "الثانية عشرة"),
        ),
        1,
    )
}
_HOUR_WORD = "|".join(sorted(_HOUR_WORDS, key=len, reverse=True))
_MINUTES = {"النصف": 30, "الربع": 15, "الثلث": 20, "ربعا": -15, "ربع": -15, "الربعا": -15, "ثلثا": -20, "ثلث": -20}
_ABOUT = "نحو|حوالي|قرابه|زهاء|بعيد|قبيل|بعد|قبل"

CLOCK = (
    rf"(?:(?P<about>{_ABOUT}) )?(?:عند )?(?:تمام )?"
    rf"(?:الساعه (?:ال)?(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}}))?|(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    rf"|(?:الساعه )?(?P<hour_word>{_HOUR_WORD}))(?!\p{{L}}|\d)"
    r"(?: و ?(?P<more>النصف|الربع|الثلث)| الا (?P<less>ربعا?|ثلثا?)| و ?(?P<count>\w+(?: \w+)?) (?:دقيقه|دقايق))?"
)
"""A pattern of folded text; :func:`clock_time` reads its match."""


@dataclass(frozen=True)
class Clock:
    """An hour as it was said and the minutes after it, which may be fewer than none (السادسة إلا ربعا)."""

    hour: int
    minute: int
    about: bool

    def in_part(self, part: str | None) -> tuple[int, int] | None:
        """Return hour and minute of the day; ``None`` where that is not sure, or not meant to be exact."""
        hour = self._hour_of_day(part)
        if self.about or hour is None:
            return None
        total = 60 * hour + self.minute
        return divmod(total, 60) if total >= 0 else None

    def _hour_of_day(self, part: str | None) -> int | None:
        if self.hour > 12 or self.hour == 0:
            return self.hour
        if part in _HOURS:
            hours, shift = _HOURS[part]
            if self.hour in hours:
                return self.hour + shift
        # Half past twelve at noon, and eleven.
        return self.hour if part == "noon" and self.hour > 10 else None


def clock_time(match: regex.Match[str]) -> Clock | None:
    """Return the time that a match of ``CLOCK`` says; ``None`` where a clock has no such time."""
    hour = _HOUR_WORDS[match["hour_word"]] if match["hour_word"] else int(match["hour"])
    minute = int(match["minute"] or 0)
    if fraction := match["more"] or match["less"]:
        minute += _MINUTES[fraction]
    if match["count"]:
        number = read_number(number_words(match["count"]) or [])
        if number is None:
            return None
        minute += number.value
    return Clock(hour, minute, match["about"] is not None) if hour < 24 and minute < 60 else None
