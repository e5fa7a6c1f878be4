"""Which place lies in which, as the text tells it (قرية التوينة شمال الحسكة) and as the gazetteer knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from trainer.documents import Document, Entity, in_order
from trainer.records.cue_words import Phrases, TextWords
from trainer.records.referents import Referent, Referents
from trainer.records.rules import Rules
from trainer.text.mentions import mention_name
from trainer.values.places import Place

_AND, _IN = "و", "ب"
_QUOTES = frozenset("\"'“”„«»()")
# More words between two places than this tell something else of them.
_LONGEST_GAP = 6
_DEEPEST = 8
# The level of provinces, of the places that have others in them by the gazetteer the narrowest.
_WIDE = 1


class Nesting:
    """The larger places of the places of one document."""

    def __init__(self, document: Document, rules: Rules, referents: Referents, words: TextWords, within: Phrases):
        self._referents, self._words, self._within = referents, words, within
        self._areas, self._spots = frozenset(rules.labels.areas), frozenset(rules.labels.spots)
        # The number of the row of places that stand beside each other, by mention.
        self._row: dict[str, int] = {}
        self._by_key: dict[str, Referent] = {}
        self._larger: defaultdict[str, dict[str, Entity]] = defaultdict(dict)
        self._of_mention: dict[str, Entity] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._lies_in: dict[tuple[str, str], bool] = {}
        places = [entity for entity in in_order(document.entities) if entity.label in rules.labels.places]
        for entity in places:
            self._by_key.setdefault(referents[entity.id].key, referents[entity.id])
        group = places[:1]
        for before, entity in pairwise(places):
            gap = self._gap(before, entity, document)
            if gap is None:
                group = [entity]
            elif self._is_beside(gap, entity):
                self._row[entity.id] = self._row.setdefault(before.id, len(self._row))
                group.append(entity)
            else:
                if self._is_within(gap, before, entity):
                    for inner in group:
                        self._of_mention.setdefault(inner.id, entity)
                        self._learn(inner, entity)
                group = [entity]

    def learn_together(self, struck: Sequence[Entity], places: Sequence[Entity]) -> None:
        """Learn from the places of one trigger: those that it is done to, and those where it happens.

        The only town or province where it happens is taken for the larger place of streets and buildings that are told
        with it, and not beside it.
        """
        areas = {self._referents[entity.id].key: entity for entity in places if entity.label in self._areas}
        if len(areas) != 1:
            return
        (area,) = areas.values()
        for spot in (*struck, *places):
            if spot.label in self._spots and not self._stand_beside(spot, area):
                self._of_mention.setdefault(spot.id, area)
                self._learn(spot, area)

    def around(self, entity: Entity) -> Entity | None:
        """Return the mention of the larger place, or of the place of reference, that is told with ``entity``."""
        if (found := self._of_mention.get(entity.id)) is not None:
            return found
        return next(iter(self._larger.get(self._referents[entity.id].key, {}).values()), None)

    def with_larger(self, keys: Iterable[str]) -> set[str]:
        """Return the keys of places and of all places that the text tells them to lie in."""
        return {larger for key in keys for larger in self._closure(key)}

    def lies_in(self, inner: str, outer: str) -> bool:
        """Whether the text or the gazetteer says that one place lies in another."""
        if inner == outer:
            return False
        if (inner, outer) not in self._lies_in:
            one, other = self._by_key[inner], self._by_key[outer]
            told = outer in self._closure(inner)
            self._lies_in[inner, outer] = told or _lies_in(one.place, other.place, other.level)
        return self._lies_in[inner, outer]

    def innermost(self, keys: Iterable[str]) -> set[str]:
        """Return those of ``keys`` in which no other of them lies."""
        own = set(keys)
        larger = {outer for key in own for outer in self._closure(key) if outer != key}
        # The gazetteer has places in countries and provinces alone; only these are compared with all others.
        wide = (key for key in own - larger if self.level(key) <= _WIDE)
        return own - larger - {outer for outer in wide if any(self.lies_in(key, outer) for key in own)}

    def known(self, key: str) -> bool:
        """Whether a place has a name of its own, and is not just called السجن."""
        return self._by_key[key].known

    def level(self, key: str) -> int:
        """Return how exact a place is, as :class:`Referent` says it."""
        return self._by_key[key].level

    def _stand_beside(self, one: Entity, other: Entity) -> bool:
        row = self._row.get(one.id)
        return row is not None and one.id != other.id and row == self._row.get(other.id)

    def _closure(self, key: str) -> frozenset[str]:
        """Return a place and what it lies in by the text, as far up as the text goes."""
        if key not in self._closures:
            found = new = {key}
            for _ in range(_DEEPEST):
                new = {larger for place in new for larger in self._larger.get(place, ())} - found
                if not new:
                    break
                found = found | new
            self._closures[key] = frozenset(found)
        return self._closures[key]

    def _learn(self, inner: Entity, outer: Entity) -> None:
        key, larger = self._referents[inner.id].key, self._referents[outer.id].key
        if larger not in self._larger[key] and key not in self._closure(larger):
            self._larger[key][larger] = outer
            self._closures.clear()
            self._lies_in.clear()

    def _gap(self, before: Entity, entity: Entity, document: Document) -> list[str] | None:
        """Return the words between two places of one sentence, ``None`` if they are too far apart."""
        if document.sentence_index(before.start) != document.sentence_index(entity.start):
            return None
        words = [word.text for word in self._words.between(before.end, entity.start)[: _LONGEST_GAP + 1]]
        return None if len(words) > _LONGEST_GAP else [word for word in words if word not in _QUOTES]

    def _is_beside(self, gap: list[str], entity: Entity) -> bool:
        joined = _first_clitic(entity) == _AND
        return gap in (["،"], [_AND], ["أو"]) or (joined and gap in ([], ["،"]))

    def _is_within(self, gap: list[str], inner: Entity, outer: Entity) -> bool:
        if self._referents[outer.id].level > self._referents[inner.id].level:
            return False
        index = 0
        while index < len(gap):
            length = self._within.length_at(gap, index, joined=False)
            if not length:
                return False
            index += length
        return bool(gap) or _first_clitic(outer) == _IN


def _first_clitic(entity: Entity) -> str:
    return entity.text[:1] if mention_name(entity.text) != entity.text and entity.text[:1] in (_AND, _IN) else ""


def _lies_in(inner: Place | None, outer: Place | None, level: int) -> bool:
    """Whether the gazetteer has one place in the other, which is a country (level 0) or a province (1)."""
    if inner is None or outer is None or inner.geonameid == outer.geonameid or inner.country != outer.country:
        return False
    return level == 0 or (level == _WIDE and inner.admin1 == outer.admin1 and inner.feature_code != outer.feature_code)
