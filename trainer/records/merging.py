"""Puts the mentions of one happening together: acts with acts, then outcomes with the act that they come from.

Mentions are taken in the order of the text. Each joins the earlier group that has most in common with it, if that is
enough and nothing contradicts it, and begins a group of its own otherwise. Only groups that share a name with it, or
are among the last of their type, are looked at, so that the time grows with the text and not with its square.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from trainer.records.groups import ENOUGH, Group, contradict, evidence, share_place
from trainer.records.nesting import Nesting
from trainer.records.rules import Rules
from trainer.records.tellings import Telling

# How many groups of a type, and of a type and name, are looked at, the last ones first.
_RECENT = 8
# A word for the happening in general may stand so many sentences after it.
_GENERAL_REACH = 2
_ONLY_ONE = 1


class GroupIndex:
    """Groups by their types and by who and where they are of."""

    def __init__(self) -> None:
        self._recent: defaultdict[tuple[str, str], deque[Group]] = defaultdict(lambda: deque(maxlen=_RECENT))
        self._count: defaultdict[str, int] = defaultdict(int)

    def note(self, group: Group, telling: Telling, *, new: bool) -> None:
        """Remember that ``group`` has ``telling`` now."""
        type = telling.event.type
        self._count[type] += new
        for key in ("", *sorted(telling.actor_keys | telling.head_keys)):
            found = self._recent[type, key]
            if group in found:
                found.remove(group)
            found.append(group)

    def candidates(self, telling: Telling, types: Iterable[str]) -> list[Group]:
        """Return groups that may be of the same happening, the latest of each kind first."""
        found: dict[int, Group] = {}
        for type in types:
            for key in ("", *sorted(telling.actor_keys | telling.head_keys)):
                found.update((id(group), group) for group in reversed(self._recent.get((type, key), ())))
        return list(found.values())

    def has_one(self, type: str) -> bool:
        """Whether a single group began with a mention of the type."""
        return self._count[type] == 1


class ActGrouping:
    """Groups the acts of one document."""

    def __init__(self, rules: Rules, nesting: Nesting) -> None:
        self._rules, self._nesting = rules, nesting
        self._index = GroupIndex()
        # Types that are one happening with a type, whichever of the two the file names it at.
        self._one_with: defaultdict[str, set[str]] = defaultdict(set)
        # Types that a more general word can mean, too.
        self._means = {other for rule in rules.types.values() for other in rule.general_for}
        for type, rule in rules.types.items():
            for other in rule.one_with:
                self._one_with[type].add(other)
                self._one_with[other].add(type)

    def groups(self, acts: Iterable[Telling]) -> list[Group]:
        """Return the groups of ``acts``, which come in the order of the text."""
        groups: list[Group] = []
        for telling in acts:
            group = None if telling.another else self._best(telling)
            new = group is None
            if group is None:
                group = Group()
                groups.append(group)
            group.add(telling, self._nesting, self._rules.labels.persons)
            self._index.note(group, telling, new=new)
        return groups

    def _best(self, telling: Telling) -> Group | None:
        type = telling.event.type
        general = telling.rule.general_for if telling.definite else []
        best, most = None, ENOUGH - 1
        for group in self._index.candidates(telling, (type, *sorted(self._one_with[type]), *general)):
            if contradict(telling, group, self._nesting, self._rules.labels.persons):
                continue
            points = self._points(telling, group)
            if points is not None and points > most:
                best, most = group, points
        return best

    def _points(self, telling: Telling, group: Group) -> int | None:
        """Return the points for a group that nothing contradicts, ``None`` if their types keep them apart."""
        type = telling.event.type
        points = evidence(telling, group, self._nesting)
        others = group.types & self._one_with[type]
        if group.types & self._means and type not in self._means:
            near = telling.sentence - group.last_sentence <= _GENERAL_REACH
            general = telling.definite and telling.ordinal is None and bool(group.types & set(telling.rule.general_for))
            return points + _ONLY_ONE if near and general else None
        # The attack on the prison is not the battle in the town, although both are in the town.
        if not all(self._same_place(telling, group, other) for other in others):
            return None
        known_place = not (telling.heads and group.heads) or share_place(telling, group, self._nesting)
        if telling.definite and type in group.types and self._index.has_one(type) and known_place:
            points += _ONLY_ONE
        return points

    def _same_place(self, telling: Telling, group: Group, other: str) -> bool:
        """Whether the place of the act that may be one-sided is told by all of the mentions of the fight."""
        if not telling.heads or other not in group.common:
            return True
        if telling.rule.two_sided:
            own = self._nesting.with_larger(filler.key for filler in telling.places)
            return group.heads_of[other] <= own
        return telling.head_keys <= group.common[other]
