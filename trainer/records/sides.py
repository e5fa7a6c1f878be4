"""Who acts in a happening and who it is done to, and on which side of a fight its agents are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainer.documents import Document
from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.fields import span_of
from trainer.records.groups import Group
from trainer.records.record import Side
from trainer.records.rules import Rules
from trainer.records.tellings import Filler

_AND = "و"
# How many words may stand between a member and the group: مسلحان اثنان من قسد.
_MEMBERSHIP = 2


class SideReader:
    """Reads the sides of the happenings of one document."""

    def __init__(self, document: Document, rules: Rules, cues: CuePhrases, words: TextWords) -> None:
        self._document, self._rules, self._cues, self._words = document, rules, cues, words

    def sides(self, group: Group, type: str) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
        """Return both sides of a happening of the main type ``type``."""
        rule = self._rules.of(type)
        if rule.two_sided or any(telling.mutual for telling in group.tellings):
            first, second = self._of_fight(group)
        else:
            first = [filler for telling in group.tellings for filler in telling.agents]
            second = [filler for telling in group.tellings for filler in telling.targets]
            # Who is killed by a strike on a town is who the strike is done to.
            first = first or [filler for telling in group.outcomes for filler in telling.agents]
            second = second or [filler for telling in group.outcomes for filler in telling.targets]
            if rule.side_a == "victims" and second:
                first, second = second, []
            if rule.side_b == "moved":
                moved = [filler for filler in second if not self._is_against(filler)]
                first, second = [*first, *moved], [filler for filler in second if self._is_against(filler)]
            elif rule.side_b == "none":
                second = []
        one = self._each_once(first)
        keys = {filler.key for filler in one}
        return self._written(one), self._written(f for f in self._each_once(second) if f.key not in keys)

    def _of_fight(self, group: Group) -> tuple[list[Filler], list[Filler]]:
        """Return the sides of a fight, the attacker first where an attack is told, else who is named first."""
        first: list[Filler] = []
        second: list[Filler] = []
        fights = [telling for telling in group.tellings if telling.fight]
        # The mention that names most of those who fight says best who is with whom.
        for telling in sorted(fights, key=lambda telling: -len(telling.agent_keys)):
            one, other = self._split(telling.agents)
            if {filler.key for filler in one} & {f.key for f in second} or {f.key for f in other} & {
                f.key for f in first
            }:
                one, other = other, one
            known = {filler.key for filler in (*first, *second)}
            first += [filler for filler in one if filler.key not in known]
            second += [filler for filler in (*other, *telling.targets) if filler.key not in known]
        attackers = {key for telling in group.tellings if not telling.fight for key in telling.agent_keys}
        if attackers & {filler.key for filler in second} and not attackers & {filler.key for filler in first}:
            first, second = second, first
        known = {filler.key for filler in (*first, *second)}
        for telling in group.tellings:
            if not telling.fight:
                first += [filler for filler in telling.agents if filler.key not in known]
                second += [filler for filler in telling.targets if filler.key not in known]
        return first, second

    def _split(self, agents: Sequence[Filler]) -> tuple[list[Filler], list[Filler]]:
        """Part the agents of one trigger, which come in the order of the text, by the words between them.

        Without such words the other side begins with the first one of another kind, else with the second one.
        """
        together: list[list[Filler]] = []
        parted_at: int | None = None
        helping = False
        for index, filler in enumerate(agents):
            gap = [] if not index else self._gap(agents[index - 1], filler)
            supports = bool(index) and self._cues.supported_by.in_(gap)
            parts = bool(index) and self._cues.against.in_(gap) and not supports
            helping = supports or (helping and not parts and filler.entity.text.startswith(_AND) and len(gap) == 0)
            if together and (supports or (helping and not parts)):
                together[-1].append(filler)
            else:
                if parts and parted_at is None:
                    parted_at = len(together)
                together.append([filler])
        if len(together) == 1:
            return _last_joined(together[0])
        if parted_at is None:
            kinds = [_kind(each[0]) for each in together]
            parted_at = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), 1)
        return (
            [filler for each in together[:parted_at] for filler in each],
            [filler for each in together[parted_at:] for filler in each],
        )

    def _gap(self, before: Filler, filler: Filler) -> list[str]:
        return [word.text for word in self._words.between(before.entity.end, filler.entity.start)]

    def _is_against(self, filler: Filler) -> bool:
        return self._cues.campaign_against.in_(self._words.before(filler.entity.start, 2) or [""])

    def _each_once(self, fillers: Iterable[Filler]) -> list[Filler]:
        """Return one mention of each actor, the first that names it."""
        found: dict[str, Filler] = {}
        for filler in fillers:
            known = found.get(filler.key)
            if known is None or (_points_back(known) and not _points_back(filler)):
                found[filler.key] = filler
        return list(found.values())

    def _written(self, fillers: Iterable[Filler]) -> tuple[Side, ...]:
        ordered: list[Filler] = []
        for filler in fillers:
            if ordered and self._is_member(ordered[-1], filler):
                # انتحاري من تنظيم داعش: whose he is stands before him, as tables of events have it.
                ordered.insert(-1, filler)
            else:
                ordered.append(filler)
        return tuple(
            Side(f.referent.name, span_of(self._document, f.entity), f.entity.label, f.referent.actor, f.score)
            for f in ordered
        )

    def _is_member(self, person: Filler, of: Filler) -> bool:
        """Whether the text says right behind unnamed people that they are of an actor that is known."""
        labels = self._rules.labels
        if person.entity.label not in labels.people or person.referent.actor is not None:
            return False
        if of.entity.label not in labels.nominals or of.referent.actor is None:
            return False
        gap = self._gap(person, of)
        return len(gap) <= _MEMBERSHIP and self._cues.origin.in_(gap)


def _last_joined(agents: list[Filler]) -> tuple[list[Filler], list[Filler]]:
    """Part النظام مدعوماً بحزب الله والفصائل: a fight has two sides, so the last one after و is the other."""
    if len(agents) > 2 and agents[-1].entity.text.startswith(_AND):
        return agents[:-1], agents[-1:]
    return agents, []


def _points_back(filler: Filler) -> bool:
    return filler.referent.name != filler.entity.name


def _kind(filler: Filler) -> str | None:
    return filler.referent.actor.kind if filler.referent.actor else None
