"""The fields of a record from the arguments of its mentions: when, where, who, with what, and whether it is doubted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainer.annotations import Span
from trainer.documents import Document, Entity
from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.groups import Group
from trainer.records.nesting import Nesting
from trainer.records.record import Weapon, When, Where
from trainer.records.referents import Referents
from trainer.records.rules import Rules
from trainer.records.tellings import Filler, Telling
from trainer.values.places import Gazetteer

# The finer, the better; a range that an expression says as a whole goes before a longer time.
_FINENESS = ("minute", "part-of-day", "day", "range", "week", "month", "season", "year")
# How far a word of doubt reaches, in words.
_DOUBT_REACH = 8
_DOUBT_AFTER = 2


def span_of(document: Document, item: Entity | Span) -> Span:
    """Return where an entity or trigger stands, with the text that stands there."""
    return Span(item.start, item.end, document.text[item.start : item.end])


def when(document: Document, tellings: Iterable[Telling]) -> When | None:
    """Return the date of a happening: since when it goes on, if that is told, else the finest that has a value."""
    times = [time for telling in tellings for time in telling.times]
    if not times:
        return None

    def order(index: int) -> tuple[bool, bool, int, int]:
        time = times[index]
        value = time.days.value
        return (
            value is None,
            not time.since,
            _FINENESS.index(value.precision) if value and value.precision in _FINENESS else len(_FINENESS),
            index,
        )

    best = times[min(range(len(times)), key=order)]
    return When(span_of(document, best.filler.entity), best.days.value, best.filler.score)


class PlaceChooser:
    """Chooses the places of the happenings of one document."""

    def __init__(
        self,
        document: Document,
        rules: Rules,
        cues: CuePhrases,
        referents: Referents,
        nesting: Nesting,
        words: TextWords,
        gazetteer: Gazetteer,
    ) -> None:
        self._document, self._referents, self._nesting = document, referents, nesting
        self._rules, self._words, self._gazetteer = rules, words, gazetteer
        self._origin, self._destination = cues.origin, cues.destination

    def places(self, tellings: Sequence[Telling], type: str) -> tuple[Where | None, tuple[Where, ...]]:
        """Return the place of the happening as a whole, and its other places in the order of the text."""
        told = [telling for telling in tellings if telling.heads]
        if not told:
            return None, ()
        heads = self._one_of_each([filler for telling in told for filler in telling.heads])
        main = self._directed(heads, type) or self._whole(told, heads)
        larger = self._nesting.with_larger([main.key])
        others = [filler for filler in heads if filler.key not in larger]
        return self._where(main), tuple(self._where(filler, within=False) for filler in others)

    def _one_of_each(self, fillers: Iterable[Filler]) -> list[Filler]:
        found: dict[str, Filler] = {}
        for filler in fillers:
            found.setdefault(filler.key, filler)
        return list(found.values())

    def _directed(self, heads: list[Filler], type: str) -> Filler | None:
        """Return where they come from or go to, by the word before it, where that is what counts for the type.

        Without such a word it is a place that is not told as the opposite.
        """
        place = self._rules.of(type).place
        if place == "any" or len(heads) < 2:
            return None
        wanted, other = (self._origin, self._destination)[:: 1 if place == "origin" else -1]
        before = [self._words.before(filler.entity.start, 2) for filler in heads]
        told = [filler for filler, words in zip(heads, before, strict=True) if wanted.in_(words)]
        untold = [filler for filler, words in zip(heads, before, strict=True) if not other.in_(words)]
        return next(iter((*told, *untold)), None)

    def _whole(self, told: Sequence[Telling], heads: list[Filler]) -> Filler:
        """Return the most exact place that all mentions tell or lie in, else the first of the first mention."""
        common = set.intersection(*(self._nesting.with_larger(f.key for f in telling.places) for telling in told))
        fillers = self._one_of_each([filler for telling in told for filler in telling.places if filler.key in common])
        innermost = self._nesting.innermost(filler.key for filler in fillers)
        fillers = [filler for filler in fillers if filler.key in innermost]
        # The first mention's own order of places says which of several comes first.
        shared = {filler.key: filler for filler in fillers}
        return next((shared[head.key] for head in heads if head.key in shared), (fillers or heads)[0])

    def _where(self, filler: Filler, *, within: bool = True) -> Where:
        referent, larger = filler.referent, None
        place = referent.place
        if within and (around := self._nesting.around(filler.entity)) is not None:
            outer = self._referents[around.id]
            larger = Where(outer.name, span_of(self._document, around), outer.place)
            if place is None and outer.place is not None and filler.entity.label in self._rules.labels.areas:
                place = self._gazetteer.find(filler.entity.text, self._referents.country, outer.place)
        return Where(referent.name, span_of(self._document, filler.entity), place, larger, filler.score)


def weapon(document: Document, tellings: Iterable[Telling]) -> Weapon | None:
    """Return the first weapon that is told."""
    for filler in (filler for telling in tellings for filler in telling.instruments):
        return Weapon(filler.entity.name, span_of(document, filler.entity), filler.score)
    return None


class DoubtReader:
    """Finds the triggers that the text itself doubts: by their attribute, or by a word of doubt before them."""

    def __init__(self, rules: Rules, cues: CuePhrases) -> None:
        self._attribute, self._cues = rules.disputed_attribute, cues

    def disputed(self, tellings: Sequence[Telling], document: Document, words: TextWords) -> set[int]:
        """Return the numbers of the triggers that are doubted; ``tellings`` are all of the document, in order."""
        found = set()
        for index, telling in enumerate(tellings):
            trigger = telling.event.trigger
            before = tellings[index - 1] if index and tellings[index - 1].sentence == telling.sentence else None
            start = self._start(telling, before, document)
            reach = [word.text for word in words.between(start, trigger.start)[-_DOUBT_REACH:]]
            doubted = self._attribute in telling.event.attributes or self._cues.disputed.in_(reach)
            # اعتقال وقتل: what is joined to a doubted trigger is doubted with it.
            joined = before is not None and before.number in found and not words.between(start, trigger.start)
            if doubted or joined or self._cues.disputed_after.in_(words.after(trigger.end, _DOUBT_AFTER)):
                found.add(telling.number)
        return found

    def _start(self, telling: Telling, before: Telling | None, document: Document) -> int:
        if before is not None:
            return before.event.trigger.end
        sentences = document.sentences
        return sentences[telling.sentence].start if telling.sentence < len(sentences) else 0


def score_of(main: Iterable[Telling]) -> float | None:
    """Return the score of a record: that of its surest trigger of the main type.

    Who, where and when have scores of their own: a fight whose sides are unsure is a fight (docs/decisions.md).
    """
    return max((telling.event.score for telling in main if telling.event.score is not None), default=None)


def group_tellings(group: Group) -> list[Telling]:
    """Return the mentions of a happening, outcomes included, in the order of the text."""
    return sorted((*group.tellings, *group.outcomes), key=lambda telling: telling.number)
