"""Gives the dead and wounded to the act that they come from; where there is none, they are a happening of their own.

What was told twice (one number, one person, قتيلاً وصريعاً) goes to one act together. An act is one of the sentence or
its neighbours; fighters who were killed can also belong to a fight of theirs that is told somewhat further away.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.groups import ENOUGH, Group, contradict, evidence, share_place
from trainer.records.nesting import Nesting
from trainer.records.rules import Rules
from trainer.records.tellings import Telling
from trainer.values.quantities import parse_quantity

# How many acts before and after an outcome are looked at, and how far away a fight may be told.
_ACTS_BEFORE, _ACTS_AFTER = 8, 4
_FIGHT_REACH = 3
_FIGHTS = 4
_RECENT = 8
# More words between an act and its outcome than this, and a word between them ties others together.
_TIED_WORDS = 14

_SAME_SENTENCE, _SENTENCE_BEFORE = 3, 1
_NEAREST = 1
_TIED = 2
_SHARED_INSTRUMENT, _SHARED_AGENT, _SHARED_PLACE, _SHARED_DAY = 2, 2, 1, 1
# One number said of both: اعتقال وقتل مئات.
_SHARED_COUNT = 4
_VICTIMS_FIGHT, _VICTIMS_TOLD = 2, 1
_NOTHING_OF_ITS_OWN = 1
_NOT_READILY = -2
_BEFORE_THE_ACT = -1


class OutcomeGrouping:
    """Groups the outcomes of one document, after its acts."""

    def __init__(self, rules: Rules, nesting: Nesting, cues: CuePhrases, words: TextWords) -> None:
        self._rules, self._nesting, self._cues, self._words = rules, nesting, cues, words

    def groups(self, outcomes: Sequence[Telling], acts: list[Group]) -> list[Group]:
        """Add ``outcomes``, which come in the order of the text, to ``acts``; return the groups of the others."""
        told = sorted(((act, group) for group in acts for act in group.tellings), key=lambda item: item[0].number)
        numbers = [act.number for act, _ in told]
        fights: defaultdict[str, list[tuple[Telling, Group]]] = defaultdict(list)
        for act, group in told:
            if act.rule.two_sided:
                for key in act.actor_keys:
                    fights[key].append((act, group))
        alone: list[Group] = []
        for cluster in self._repeated(outcomes):
            best, most = None, ENOUGH - 1
            for outcome in cluster:
                at = bisect_left(numbers, outcome.number)
                near = [*reversed(told[max(at - _ACTS_BEFORE, 0) : at]), *told[at : at + _ACTS_AFTER]]
                far = [item for key in sorted(outcome.actor_keys) for item in _nearest(fights.get(key, []), outcome)]
                for act, group in (*near, *far):
                    points = self._points(outcome, act, group, near[0][0] if near else act)
                    if points > most:
                        best, most = group, points
            if best is not None:
                best.outcomes += cluster
            else:
                self._add_alone(cluster, alone)
        return alone

    def _points(self, outcome: Telling, act: Telling, group: Group, nearest: Telling) -> int:
        rank, distance = act.rule.outcomes_rank, outcome.sentence - act.sentence
        victims_fight = act.rule.two_sided and any(filler.key in group.actors for filler in outcome.targets)
        if not rank or abs(distance) > (_FIGHT_REACH if victims_fight else 1):
            return 0
        if contradict(outcome, group, self._nesting, self._rules.labels.persons):
            return 0
        points = _NOT_READILY if rank > 1 else 0
        points += {0: _SAME_SENTENCE, 1: _SENTENCE_BEFORE}.get(distance, 0)
        tied = distance == 0 and self._tied(outcome, act)
        points += _TIED * tied + _NEAREST * (act is nearest)
        told_together = {filler.entity.id for filler in outcome.counts} & {filler.entity.id for filler in act.counts}
        points += _SHARED_COUNT * bool(told_together)
        points += _SHARED_INSTRUMENT * any(f.entity.id in group.instruments for f in outcome.instruments)
        points += _SHARED_AGENT * (not outcome.agent_keys.isdisjoint(group.agents))
        points += _SHARED_PLACE * bool(outcome.heads and group.heads and share_place(outcome, group, self._nesting))
        points += _SHARED_DAY * any(time.days.text in group.times for time in outcome.times)
        told = any(filler.key in group.actors for filler in outcome.targets)
        points += _VICTIMS_FIGHT if victims_fight else _VICTIMS_TOLD * told
        if distance:
            points += _NOTHING_OF_ITS_OWN * (
                not outcome.bare and not (outcome.places or outcome.agents or outcome.instruments)
            )
        elif act.number > outcome.number and not tied:
            points += _BEFORE_THE_ACT
        return points

    def _tied(self, outcome: Telling, act: Telling) -> bool:
        """Whether a word between the two says that one comes from the other."""
        first, last = sorted((outcome.event.trigger, act.event.trigger), key=lambda span: (span.start, span.end))
        words = [word.text for word in self._words.between(first.end, last.start)]
        if act.number < outcome.number:
            # أسفرت الاشتباكات عن مقتل: the word may stand before the act, too.
            words = [*self._words.before(first.start, 2), *words]
            return len(words) <= _TIED_WORDS and self._cues.led_to.in_(words)
        return len(words) <= _TIED_WORDS and self._cues.came_from.in_(words)

    def _repeated(self, outcomes: Sequence[Telling]) -> list[list[Telling]]:
        """Return the outcomes in clusters of those that tell the same victims, in the order of the text."""
        clusters: list[list[Telling]] = []
        by_mark: dict[tuple[str, ...], list[Telling]] = {}
        for outcome in outcomes:
            marks = list(self._marks(outcome))
            cluster = next((by_mark[mark] for mark in marks if mark in by_mark), None)
            if cluster is not None and not self._fits(outcome, cluster):
                cluster = None
            if cluster is None and clusters and self._joined(clusters[-1][-1], outcome):
                cluster = clusters[-1]
            if cluster is None:
                cluster = []
                clusters.append(cluster)
            cluster.append(outcome)
            by_mark.update((mark, cluster) for mark in marks)
        return clusters

    def _marks(self, outcome: Telling) -> Iterator[tuple[str, ...]]:
        """Yield what two mentions must share to tell the same victims: a count, a person, a number of one outcome."""
        name = outcome.rule.outcome or ""
        for filler in outcome.counts:
            yield "count", filler.entity.id
            if (value := parse_quantity(filler.entity.text)) is not None and (value.low or 0) > 1:
                yield "number", name, str(value)
        for filler in outcome.targets:
            if filler.entity.label in self._rules.labels.persons:
                yield "person", name, filler.key

    def _fits(self, outcome: Telling, cluster: list[Telling]) -> bool:
        first = cluster[0]
        if any(a.entity.id == b.entity.id for a in outcome.counts for b in first.counts):
            return True
        group = Group()
        group.add(first, self._nesting, self._rules.labels.persons)
        if contradict(outcome, group, self._nesting, self._rules.labels.persons):
            return False
        # The same number of other people is another number.
        own = {filler.key for filler in outcome.targets if filler.referent.known}
        others = {filler.key for filler in first.targets if filler.referent.known}
        if own and others:
            return not own.isdisjoint(others)
        # A number alone is said again of the same people near by, or after the headline.
        return first.sentence == 0 or outcome.sentence - cluster[-1].sentence <= 1

    def _joined(self, before: Telling, outcome: Telling) -> bool:
        """Whether nothing stands between two triggers (سقوط عشرات القتلى والجرحى), or the first is a heading."""
        if before.bare and before.event.type == outcome.event.type and outcome.sentence - before.sentence == 1:
            return True
        return not self._words.between(before.event.trigger.end, outcome.event.trigger.start)

    def _add_alone(self, cluster: list[Telling], alone: list[Group]) -> None:
        group = None
        for outcome in cluster:
            for other in reversed(alone[-_RECENT:]):
                if contradict(outcome, other, self._nesting, self._rules.labels.persons):
                    continue
                if evidence(outcome, other, self._nesting) >= ENOUGH:
                    group = other
                    break
            if group is not None:
                break
        if group is None:
            group = Group()
            alone.append(group)
        for outcome in cluster:
            group.add(outcome, self._nesting, self._rules.labels.persons)


def _nearest(fights: list[tuple[Telling, Group]], outcome: Telling) -> list[tuple[Telling, Group]]:
    """Return the fights that are told nearest before and after an outcome."""
    at = bisect_left(fights, outcome.number, key=lambda item: item[0].number)
    return fights[max(at - _FIGHTS, 0) : at + _FIGHTS]
