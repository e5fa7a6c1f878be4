"""What of a record is compared with other records, small enough to be kept for a million of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from xxhash import xxh32_intdigest

from trainer.records.linking_places import Chain, Spot, chains_of
from trainer.records.linking_rules import LinkingRules
from trainer.records.record import EventRecord, Side
from trainer.values.name_forms import name_key, name_words

# A page may carry news two days old without a word for the day.
PUBLISHED_AFTER_DAYS = 2
# Words on either side of the trigger, and the runs of three of them that a copy is recognised by. A sentence may tell
# several happenings; so many words are mostly about one.
_WORDS_AROUND = 12
_RUN = 3
# Enough characters for so many words; what is cut off is not folded, in sentences as long as an article.
_CHARACTERS_AROUND = 150
# A name of so many words that no table knows is the full name of a person or a unit.
_FULL_NAME_WORDS = 3
# What a broken text could have thousands of.
_MOST_SIDES, _MOST_CLAIMS, _MOST_WORDS = 12, 12, 40


class Days(NamedTuple):
    """The days, as ordinals, on which something can have happened, both included.

    ``told`` are days of the text, otherwise they end with the day of publication. ``counted`` says that told days were
    counted from an anchor; ``vague`` that the text tells a time that has no value.
    """

    first: int
    last: int
    told: bool
    counted: bool = False
    vague: bool = False


class SideNames(NamedTuple):
    """Who is on a side: canonical ``names``, full names that no table has, and ``hints``: kinds and other words."""

    names: frozenset[str]
    full_names: frozenset[str]
    hints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a record is compared; :meth:`of` makes them. ``words`` are hashes of runs of words at the trigger."""

    document: str
    duplicate_of: str | None
    type: str
    days: Days | None
    places: list[Chain]
    sides: tuple[SideNames, SideNames]
    counts: dict[str, list[tuple[int | None, int | None]]]
    weapon: frozenset[str]
    words: frozenset[int]

    @classmethod
    def of(cls, record: EventRecord, sentence: str, sentence_start: int, rules: LinkingRules) -> Facts:
        """Take them from a record and the sentence of its first mention, which begins at ``sentence_start``."""
        return cls(
            record.document,
            record.duplicate_of,
            record.type,
            _days(record),
            chains_of(record),
            (_names(record.side_a, rules), _names(record.side_b, rules)),
            {
                outcome: [(claim.value.low, claim.value.high) for claim in claims[:_MOST_CLAIMS] if claim.value]
                for outcome, claims in record.outcomes.items()
            },
            frozenset(name_words(record.weapon.name)[:_MOST_WORDS]) if record.weapon else frozenset(),
            frozenset(_runs(_words_at_trigger(record, sentence, sentence_start))),
        )

    def to_json(self) -> str:
        """Return the facts as one line, the same for the same facts."""
        return json.dumps(
            [
                self.document,
                self.duplicate_of,
                self.type,
                self.days,
                self.places,
                [[sorted(names) for names in side] for side in self.sides],
                self.counts,
                sorted(self.weapon),
                sorted(self.words),
            ]
        )

    @classmethod
    def from_json(cls, line: str | bytes) -> Facts:
        """Rebuild the facts from :meth:`to_json`."""
        document, duplicate_of, type, days, places, (a, b), counts, weapon, words = json.loads(line)
        return cls(
            document,
            duplicate_of,
            type,
            Days(*days) if days else None,
            [[Spot(*spot) for spot in chain] for chain in places],
            (_side(a), _side(b)),
            {outcome: [(low, high) for low, high in claims] for outcome, claims in counts.items()},
            frozenset(weapon),
            frozenset(words),
        )


def _side(names: Iterable[list[str]]) -> SideNames:
    return SideNames(*map(frozenset, names))


def _days(record: EventRecord) -> Days | None:
    when = record.when
    if when is not None and when.value is not None:
        first, last = _ordinal(when.value.start), _ordinal(when.value.end)
        if first is not None and last is not None and first <= last:
            return Days(first, last, told=True, counted=when.value.anchor is not None)
    published = _ordinal(record.published)
    if published is None:
        return None
    return Days(max(1, published - PUBLISHED_AFTER_DAYS), published, told=False, vague=when is not None)


def _ordinal(day: str | None) -> int | None:
    """Return the day of an ISO date, or of an ISO date and time, as a number."""
    try:
        return date.fromisoformat(day[:10]).toordinal() if day else None
    except ValueError:
        return None


def _names(sides: Iterable[Side], rules: LinkingRules) -> SideNames:
    names: set[str] = set()
    full_names: set[str] = set()
    hints: set[str] = set()
    for side in list(sides)[:_MOST_SIDES]:
        actor = side.actor
        if actor is not None and actor.name is not None and actor.name not in rules.nobody:
            names.add(actor.name)
        elif actor is not None:
            hints.add(f"kind {actor.kind}")
        elif words := name_words(side.name)[:_MOST_WORDS]:
            (full_names if len(words) >= _FULL_NAME_WORDS else hints).add(name_key(words))
    return SideNames(frozenset(names), frozenset(full_names), frozenset(hints))


def _words_at_trigger(record: EventRecord, sentence: str, sentence_start: int) -> list[str]:
    if not record.mentions or not sentence:
        return []
    trigger = record.mentions[0].span
    start, end = trigger.start - sentence_start, trigger.end - sentence_start
    if not 0 <= start <= end <= len(sentence) or sentence[start:end] != trigger.text:
        start = end = 0
    before = name_words(sentence[max(0, start - _CHARACTERS_AROUND) : start])
    after = name_words(sentence[end : end + _CHARACTERS_AROUND])
    return [*before[-_WORDS_AROUND:], *name_words(trigger.text)[:_MOST_WORDS], *after[:_WORDS_AROUND]]


def _runs(words: list[str]) -> Iterator[int]:
    for start in range(len(words) - _RUN + 1):
        yield xxh32_intdigest(" ".join(words[start : start + _RUN]).encode("utf-8", errors="surrogatepass"))
