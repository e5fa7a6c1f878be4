"""Who and where the mentions of one document mean, so that two mentions of one actor or place can be told to be one.

A noun that points back (التنظيم، السجن) is taken for the nearest earlier name that it can stand for, but only where
that is a single one: in its own sentence, else in the one before, else in all of the article before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from trainer.documents import Document, Entity, in_order
from trainer.records.rules import Rules
from trainer.text.mentions import mention_name
from trainer.values.actors import Actor, ActorTable
from trainer.values.name_forms import name_key, name_words, readings, without_article
from trainer.values.places import Gazetteer, Place

# How many earlier mentions are looked at for one that points back.
_LOOKED_BACK = 50
_ARTICLE = "ال"
# Classes of GeoNames, widest first.
_LEVELS = ("A.PCL", "A.ADM1", "A.ADM", "P.")
TOWN_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Referent:
    """What a mention means. Mentions with one ``key`` mean one actor or place.

    ``known`` is False for descriptions (مسلحون، التنظيم): another name may still mean the same. ``level`` says how
    exact a place is: 0 for a country, 3 for a town, 4 and 5 for what lies in one.
    """

    key: str
    name: str
    known: bool
    actor: Actor | None = None
    place: Place | None = None
    level: int = TOWN_LEVEL


class Referents:
    """The referents of the entities of one document, by the ids of the entities."""

    def __init__(self, document: Document, rules: Rules, actors: ActorTable, places: Gazetteer) -> None:
        self._document, self._rules, self._actors, self._places = document, rules, actors, places
        self._place_nouns = frozenset(word for noun in rules.place_nouns for word in name_words(noun))
        self._by_id: dict[str, Referent] = {}
        self._keys_of_places: dict[int, str] = {}
        # By label and noun, in the order of the text: where names stand that begin with the noun, and what they mean.
        self._names: defaultdict[tuple[str, str], list[tuple[int, Referent]]] = defaultdict(list)
        for entity in in_order(document.entities):
            self._by_id.setdefault(entity.id, self._referent(entity))

    def __getitem__(self, entity: str) -> Referent:
        return self._by_id[entity]

    @cached_property
    def country(self) -> str | None:
        """Country that the article is about, by its place names; ISO 3166-1."""
        labels = self._rules.labels.places
        return self._places.country_of(entity.text for entity in self._document.entities if entity.label in labels)

    def _referent(self, entity: Entity) -> Referent:
        labels = self._rules.labels
        name = entity.name or mention_name(entity.text)
        words = name_words(name)
        actor = self._actors.find(entity.text, self.country) if entity.label not in labels.spots else None
        if entity.label in labels.nominals and _points_back(words) and not (actor and actor.name):
            found = self._pointed_at(entity, without_article(words[0]))
            level = self._level_of_label(entity.label)
            return found or Referent(f"description {name_key(words)}", name, known=False, actor=actor, level=level)
        if entity.label in labels.places:
            referent = self._place(entity, name, actor)
        else:
            key = f"actor {actor.name}" if actor and actor.name else f"name {name_key(words)}"
            described = entity.label in labels.people or entity.label in labels.persons
            known = not described and (actor is None or actor.name is not None)
            referent = Referent(key, name, known, actor)
        if entity.label in labels.nominals:
            first_words = {without_article(name_words(text)[0]) for text in _names_of(referent) if name_words(text)}
            for noun in first_words:
                self._names[entity.label, noun].append((entity.start, referent))
        return referent

    def _place(self, entity: Entity, name: str, actor: Actor | None) -> Referent:
        place = self._places.find(entity.text, self.country)
        *_, words = readings(entity.text)
        while len(words) > 1 and words[0] in self._place_nouns:
            words = words[1:]
        key = f"place {name_key(words)}"
        if place is not None:
            key = self._keys_of_places.setdefault(place.geonameid, key)
            feature = f"{place.feature_class}.{place.feature_code}"
            level = next((level for level, start in enumerate(_LEVELS) if feature.startswith(start)), TOWN_LEVEL)
        else:
            level = self._level_of_label(entity.label)
        return Referent(key, name, True, actor, place, level)

    def _level_of_label(self, label: str) -> int:
        spots = self._rules.labels.spots
        return TOWN_LEVEL + 1 + spots.index(label) if label in spots else TOWN_LEVEL

    def _pointed_at(self, entity: Entity, noun: str) -> Referent | None:
        names = self._names.get((entity.label, noun), [])
        end = bisect_left(names, entity.start, key=lambda item: item[0])
        start = max(end - _LOOKED_BACK, 0)
        for offset in (*self._sentence_starts(entity.start), 0):
            window = names[max(start, bisect_left(names, offset, key=lambda item: item[0])) : end]
            if meant := {referent.key: referent for _, referent in window}:
                if len(meant) > 1:
                    return None
                named = [name for _, name in window if noun in map(without_article, name_words(name.name)[:1])]
                return named[-1] if named else window[-1][1]
        return None

    def _sentence_starts(self, offset: int) -> list[int]:
        """Return where the sentence of ``offset`` begins, and the one before it."""
        index = self._document.sentence_index(offset)
        if index is None:
            return []
        return [self._document.sentences[i].start for i in (index, index - 1) if i >= 0]


def _points_back(words: Sequence[str]) -> bool:
    return len(words) == 1 and words[0].startswith(_ARTICLE) and without_article(words[0]) != words[0]


def _names_of(referent: Referent) -> list[str]:
    return [referent.name, *([referent.actor.name] if referent.actor and referent.actor.name else [])]
