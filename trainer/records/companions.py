"""Which happenings are told as going along with one another: they have one place and one day.

تترافق الاشتباكات مع قصف عنيف: where the clashes are is told, and the shelling is there, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.groups import Group
from trainer.records.tellings import Telling

# More words between two triggers tell something else; so many may stand between two that a conjunction joins.
_LONGEST_GAP, _LONGEST_JOINED = 14, 6
_AND = "و"


class Companions:
    """The happenings of one document that go along with others."""

    def __init__(
        self, tellings: Sequence[Telling], group_of: Mapping[int, Group], cues: CuePhrases, words: TextWords
    ) -> None:
        """Take all mentions, in the order of the text, and the groups that they are in by their numbers."""
        self._words, self._cues = words, cues
        self._beside: dict[int, list[list[Telling]]] = {}
        acts = [telling for telling in tellings if telling.rule.outcome is None]
        linked: Group | None = None  # what the mention before goes along with
        sentence = -1
        for before, telling in pairwise(acts):
            opens, sentence = before.sentence != sentence, before.sentence
            one, other = group_of[before.number], group_of[telling.number]
            if before.sentence != telling.sentence or one is other:
                linked = None
            elif self._go_along(before, telling, opens=opens):
                self._link(one, other, sentence)
                linked = one
            elif linked is not None and self._joined(before, telling):
                self._link(linked, other, sentence)
            else:
                linked = None

    def of(self, group: Group) -> list[list[Telling]]:
        """Return the mentions of each happening that a happening goes along with, in the sentence that says so."""
        return self._beside.get(id(group), [])

    def _link(self, one: Group, other: Group, sentence: int) -> None:
        for group, beside in ((one, other), (other, one)):
            told = [telling for telling in beside.tellings if telling.sentence == sentence]
            self._beside.setdefault(id(group), []).append(told)

    def _go_along(self, before: Telling, telling: Telling, *, opens: bool) -> bool:
        gap = self._gap(before, telling)
        # What stands before an act ties it to the one before it, if its sentence has one.
        lead = self._words.before(before.event.trigger.start, 2) if opens else []
        if len(gap) > _LONGEST_GAP:
            return False
        return self._cues.along.in_([*lead, *gap]) or self._cues.along_before.in_([*lead[-1:], *gap[-1:]])

    def _joined(self, before: Telling, telling: Telling) -> bool:
        return telling.event.trigger.text.startswith(_AND) and len(self._gap(before, telling)) <= _LONGEST_JOINED

    def _gap(self, before: Telling, telling: Telling) -> list[str]:
        words = self._words.between(before.event.trigger.end, telling.event.trigger.start)
        return [word.text for word in words[: _LONGEST_GAP + 1]]
