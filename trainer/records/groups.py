"""Mentions that were found to tell of one happening, and what speaks for and against one more of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from trainer.records.nesting import Nesting
from trainer.records.referents import TOWN_LEVEL, Referent
from trainer.records.tellings import Filler, Telling, When

# Points for what two mentions share, and how many make them one happening: two things that are shared, or one and
# nearness. Nothing is shared by being of one type alone.
ENOUGH = 3
_SHARED_ACTOR = 2
_SHARED_PLACE = 2
# A prison is broken out of once, a town taken once: told again, it is the same.
_SAME_PLACE_AT_ONCE = 2
_SHARED_TARGET = 1
_SHARED_DAY = 1
_SAME_SENTENCE = 2
_NEXT_SENTENCE = 1
_FAR = -1
_FAR_SENTENCES = 3
_DEFINITE = 1
_HEADING = 2
# Two places of which neither the text nor the gazetteer says that one lies in the other.
_UNRELATED_PLACES = -2
# Dates and places of a group that are looked at: an article may say "today" a thousand times.
_KEPT = 40


@dataclass(eq=False)
class Group:
    """The mentions of one happening, in the order in which they were added; its outcomes are kept apart."""

    tellings: list[Telling] = field(default_factory=list)
    outcomes: list[Telling] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    agents: dict[str, Referent] = field(default_factory=dict)
    actors: dict[str, Referent] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)
    heads: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    times: dict[str, When] = field(default_factory=dict)
    instruments: set[str] = field(default_factory=set)
    # By type, the most exact places of its mentions, and those that all of its mentions tell or lie in.
    heads_of: dict[str, set[str]] = field(default_factory=dict)
    common: dict[str, set[str]] = field(default_factory=dict)
    ordinal: int | None = None
    two_sided: bool = False
    bare: bool = True

    def add(self, telling: Telling, nesting: Nesting, persons: Collection[str]) -> None:
        """Add a mention; ``persons`` are the labels of named people."""
        self.tellings.append(telling)
        self.types.add(telling.event.type)
        self.agents.update((filler.key, filler.referent) for filler in telling.agents)
        self.actors.update((filler.key, filler.referent) for filler in (*telling.agents, *telling.targets))
        self.persons |= _persons(telling, persons)
        self.instruments |= {filler.entity.id for filler in telling.instruments}
        if len(self.heads) < _KEPT:
            self.heads.update(dict.fromkeys(telling.head_keys_in_order))
            self.places.update(dict.fromkeys(sorted(nesting.with_larger(f.key for f in telling.places))))
        if telling.heads:
            places = nesting.with_larger(filler.key for filler in telling.places)
            self.heads_of.setdefault(telling.event.type, set()).update(telling.head_keys)
            self.common[telling.event.type] = self.common.get(telling.event.type, places) & places
        if len(self.times) < _KEPT:
            self.times.update((time.days.text, time) for time in telling.times)
        self.ordinal = self.ordinal or telling.ordinal
        self.two_sided = self.two_sided or telling.rule.two_sided
        self.bare = self.bare and telling.bare

    @property
    def first(self) -> Telling:
        """The mention that was added first."""
        return self.tellings[0]

    @property
    def last_sentence(self) -> int:
        """Sentence of the mention that was added last."""
        return self.tellings[-1].sentence


def contradict(telling: Telling, group: Group, nesting: Nesting, persons: Collection[str]) -> bool:
    """Whether a mention cannot be of the happening: another number, day, place, side or victim."""
    if telling.ordinal and group.ordinal and telling.ordinal != group.ordinal:
        return True
    if telling.then and group.first.sentence < telling.sentence - 1:
        return True
    own = _persons(telling, persons)
    if own and group.persons and not own & group.persons:
        return True
    if telling.times and group.times:
        pairs = [(one.days, other.days) for one in telling.times for other in group.times.values()]
        if any(one.contradicts(other) for one, other in pairs) and not any(one.agrees_with(two) for one, two in pairs):
            return True
    return _other_places(telling, group, nesting) or _other_sides(telling, group)


def evidence(telling: Telling, group: Group, nesting: Nesting) -> int:
    """Return the points for a mention being of the happening; :data:`ENOUGH` make it so."""
    points = 0
    fight = telling.rule.two_sided or group.two_sided
    actors, others = (telling.actor_keys, group.actors) if fight else (telling.agent_keys, group.agents)
    points += _SHARED_ACTOR * (not actors.isdisjoint(others))
    points += _SHARED_TARGET * any(filler.key in group.actors for filler in telling.targets)
    if telling.heads and group.heads:
        points += _place_points(telling, group, nesting)
    points += _SHARED_DAY * any(
        time.days.text in group.times or any(time.days.agrees_with(other.days) for other in group.times.values())
        for time in telling.times
    )
    return points + _nearness(telling, group) + _DEFINITE * telling.definite


def _place_points(telling: Telling, group: Group, nesting: Nesting) -> int:
    if telling.rule.once_a_place and not telling.head_keys.isdisjoint(group.heads):
        return _SHARED_PLACE + _SAME_PLACE_AT_ONCE
    if share_place(telling, group, nesting):
        return _SHARED_PLACE
    return _UNRELATED_PLACES if _both_named(telling, group, nesting) else 0


def share_place(telling: Telling, group: Group, nesting: Nesting) -> bool:
    """Whether the most exact place of one is told by the other, or lies in it."""
    own = nesting.with_larger(filler.key for filler in telling.places)
    if not telling.head_keys.isdisjoint(group.places) or not own.isdisjoint(group.heads):
        return True
    heads = list(group.heads)
    return any(nesting.lies_in(a, b) or nesting.lies_in(b, a) for a in telling.head_keys for b in heads)


def _both_named(telling: Telling, group: Group, nesting: Nesting) -> bool:
    return any(map(nesting.known, telling.head_keys)) and any(map(nesting.known, group.heads))


def _nearness(telling: Telling, group: Group) -> int:
    distance = abs(telling.sentence - group.last_sentence)
    if group.bare and distance <= 1:
        return _HEADING
    if distance == 0:
        return _SAME_SENTENCE
    # A headline is near to the whole article.
    if distance == 1 or group.first.sentence == 0:
        return _NEXT_SENTENCE
    return _FAR if distance > _FAR_SENTENCES else 0


def _persons(telling: Telling, labels: Collection[str]) -> set[str]:
    return {filler.key for filler in telling.targets if filler.entity.label in labels}


def _other_places(telling: Telling, group: Group, nesting: Nesting) -> bool:
    """Whether both tell towns, none of them shared, or without towns other places of one kind."""
    if not _both_named(telling, group, nesting):
        return False
    if share_place(telling, group, nesting):
        # A battle goes through many quarters of a town; two prisons of a town are not captured in one.
        return not telling.rule.two_sided and _other_spots(telling, group, nesting)
    own = nesting.with_larger(filler.key for filler in telling.places)
    areas = [key for key in sorted(own) if nesting.level(key) <= TOWN_LEVEL]
    others = [key for key in group.places if nesting.level(key) <= TOWN_LEVEL]
    if areas and others:
        return not any(a == b or nesting.lies_in(a, b) or nesting.lies_in(b, a) for a in areas for b in others)
    levels = {nesting.level(key) for key in telling.head_keys}
    return any(nesting.level(key) in levels for key in group.heads)


def _other_spots(telling: Telling, group: Group, nesting: Nesting) -> bool:
    """Whether both tell of places within a shared larger one, and of different ones."""
    own = telling.head_keys
    if not own or not own.isdisjoint(group.places):
        return False
    larger = nesting.with_larger(filler.key for filler in telling.places)
    inner = [key for key in group.heads if key not in larger and not any(nesting.lies_in(o, key) for o in own)]
    return bool(inner) and not any(nesting.lies_in(key, o) for key in inner for o in own)


def _other_sides(telling: Telling, group: Group) -> bool:
    """Whether both name who acts, and nobody of them is the same.

    Where two sides are named twice, both must be: the clashes of A with B are not those of A with C.
    """
    fight = telling.rule.two_sided or group.two_sided
    one = _known([*telling.agents, *telling.targets] if fight else telling.agents)
    known = [referent for referent in (group.actors if fight else group.agents).values() if referent.known][:_KEPT]
    if not one or not known:
        return False
    shared = {a.key for a in one for b in known if _may_be_one(a, b)}
    if not shared:
        return True
    both = telling.rule.two_sided and group.two_sided
    return both and len({a.key for a in one}) > 1 and len({b.key for b in known}) > 1 and len(shared) == 1


def _known(fillers: list[Filler]) -> list[Referent]:
    return [filler.referent for filler in fillers if filler.referent.known]


def _may_be_one(one: Referent, other: Referent) -> bool:
    """Whether two names may mean one actor: the same one, or forces of one state."""
    if one.key == other.key:
        return True
    a, b = one.actor, other.actor
    return bool(a and b and a.country and (a.kind, a.country) == (b.kind, b.country))
