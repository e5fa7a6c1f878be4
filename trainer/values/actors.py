"""Actors to canonical names and kinds, through tables of names that users extend.

A mention means an actor only where a table says so; everything else has none. It is looked up in this order:

1. names that mean somebody in texts about one country (الجيش الوطني), then names that do so in any text;
2. words for nobody in particular, which have a kind alone: مسلحون، المتمردون;
3. forces of states: الجيش التركي, or without the adjective (الجيش، الشرطة) those of the country that the text is
   about, a kind alone if none is told, nobody where several governments have such forces;
4. unnamed people by their first noun: عائلات نازحة are civilians, حراس السجن and رجال مسلحون are nobody known;
5. the same without words that do not change who it is: عناصر تنظيم داعش.

State forces outside their own country are of another kind there, if the country that the text is about is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.resources import resource_path
from trainer.values.actor_files import ActorFile, ActorSections, State, StateForce
from trainer.values.name_forms import name_key, name_words, noun_stems, readings, without_article

__all__ = ["SHIPPED_ACTORS", "Actor", "ActorTable"]

SHIPPED_ACTORS = "actors.yaml"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a mention means: ``kind`` and ``code`` are ACLED's, ``name`` is ``None`` where only the kind is known.

    ``name_en`` is the name that ACLED's codebook uses, where there is one; ``country`` is the actor's own (ISO 3166-1,
    two letters).
    """

    kind: str
    code: int
    name: str | None = None
    name_en: str | None = None
    country: str | None = None


class ActorTable:
    """Actors by their names in any spelling. Make one with :meth:`load`."""

    def __init__(self, files: list[ActorFile]) -> None:
        """Put ``files`` together; where two name the same words, the first counts. See :meth:`load`."""
        self._kinds: dict[str, int] = {}
        self._abroad: str | None = None
        self._names: dict[str, Actor] = {}
        self._local: dict[tuple[str, str], Actor] = {}
        self._forces: dict[str, Actor] = {}
        self._own_forces: dict[tuple[str, str], Actor] = {}
        self._any_force: dict[str, Actor] = {}
        self._generic: dict[str, Actor] = {}
        self._people: dict[str, Actor] = {}
        self._unknown_people: set[str] = set()
        self._adjectives: dict[str, str] = {}
        self._force_kinds: set[str] = set()
        self._rivals: set[str] = set()
        self._around: set[str] = set()
        for file in reversed(files):
            self._kinds.update(file.sections.kinds)
            self._abroad = file.sections.abroad or self._abroad
        for file in files:
            for kind, place in file.kinds():
                if kind not in self._kinds:
                    file.reject(f"the kind {kind!r} is unknown; known are {', '.join(self._kinds)}", *place)
            self._add_names(file)
            self._add_words(file)
        self._add_forces([file.sections for file in files])
        for file in files:
            self._add_aliases(file)

    @classmethod
    def load(cls, *paths: str | Path) -> ActorTable:
        """Read tables of actors, then the one that Marsad ships; what an earlier one says goes before a later one.

        Raises
        ------
        ValueError
            If a table is malformed, contradicts itself or uses an unknown kind; the message names file and line.
        OSError
            If a file cannot be read.
        """
        return cls([ActorFile.read(path) for path in (*paths, resource_path(SHIPPED_ACTORS))])

    def find(self, name: str, context_country: str | None = None) -> Actor | None:
        """Return who ``name`` means, ``None`` if no table says it.

        Parameters
        ----------
        name:
            The text of a mention, attached و ف ب ل ك, quotes and brackets included.
        context_country:
            ISO 3166-1 code (two capital letters) of the country that the text is about, if it is known.
        """
        for words in readings(name):
            for core in self._cores(words):
                actor = self._named(core, context_country) or self._people_of(core)
                if actor is not None:
                    return self._seen_from(actor, context_country)
        return None

    def _cores(self, words: list[str]) -> Iterator[list[str]]:
        """Yield the words, then the words without what may stand before and after a name, outermost first."""
        yield words
        while len(words) > 1 and words[-1] in self._around:
            words = words[:-1]
            yield words
        while len(words) > 1 and words[0] in self._around:
            words = words[1:]
            yield words

    def _named(self, words: list[str], country: str | None) -> Actor | None:
        key, bare = name_key(words), _bare_key(words)
        return (
            (self._local.get((country, key)) if country else None)
            or self._names.get(key)
            or self._generic.get(bare)
            or self._forces.get(bare)
            or (self._own_forces.get((country, bare)) if country else None)
            or (self._any_force.get(bare) if country not in self._rivals else None)
        )

    def _people_of(self, words: list[str]) -> Actor | None:
        """Return the kind of unnamed people, by the first noun, if no word makes it doubtful."""
        stems = [noun_stems(word) for word in words]
        if not stems or any(forms & self._unknown_people for forms in stems):
            return None
        kinds = {actor for stem in stems[0] if (actor := self._people.get(stem))}
        if len(kinds) != 1:
            return None
        actor = kinds.pop()
        if actor.name is not None:
            return actor
        countries = {self._adjectives[stem] for forms in stems[1:] for stem in forms if stem in self._adjectives}
        return replace(actor, country=countries.pop()) if len(countries) == 1 else actor

    def _seen_from(self, actor: Actor, country: str | None) -> Actor:
        at_home = country is None or actor.country is None or actor.country == country
        if at_home or self._abroad is None or actor.kind not in self._force_kinds:
            return actor
        return replace(actor, kind=self._abroad, code=self._kinds[self._abroad])

    def _add_names(self, file: ActorFile) -> None:
        own: dict[str, Actor] = {}
        own_local: dict[tuple[str, str], Actor] = {}
        for kind, entries in file.sections.actors.items():
            for position, entry in enumerate(entries):
                actor = Actor(kind, self._kinds[kind], entry.name, entry.en, entry.country)
                for alias in (entry.name, *entry.aliases):
                    known = own.setdefault(self._key(file, alias, "actors", kind, position), actor)
                    if known != actor:
                        file.reject(f"{alias!r} already means {known.name}", "actors", kind, position)
                for alias in entry.local:
                    key = (entry.country or "", self._key(file, alias, "actors", kind, position))
                    known = own_local.setdefault(key, actor)
                    if known != actor:
                        file.reject(f"{alias!r} already means {known.name} there", "actors", kind, position)
        self._names = {**own, **self._names}
        self._local = {**own_local, **self._local}

    def _add_forces(self, tables: list[ActorSections]) -> None:
        """Make the forces of all states: a table may add a state to the forces of another table."""
        forces = [force for table in tables for force in table.forces]
        self._force_kinds = {force.kind for force in forces}
        for force in forces:
            anyone = Actor(force.kind, self._kinds[force.kind])
            for form in force.forms:
                self._any_force.setdefault(_bare_key(name_words(form.format(m="", f=""))), anyone)
        for table in tables:
            for country, state in table.states.items():
                for word in name_words(" ".join(state.adjectives)):
                    self._adjectives.setdefault(word, country)
                for force in forces:
                    self._add_force(force, country, state)

    def _add_force(self, force: StateForce, country: str, state: State) -> None:
        masculine, feminine, *_ = state.adjectives
        name = force.name.format(m=f"ال{masculine}", f=f"ال{feminine}")
        english = force.en.format(en=state.en) if force.en else None
        actor = Actor(force.kind, self._kinds[force.kind], name, english, country)
        for form in (*force.forms, *force.only_with_state):
            for adjective in state.adjectives:
                self._forces.setdefault(_bare_key(name_words(form.format(m=adjective, f=adjective))), actor)
        if state.rivals:
            self._rivals.add(country)
        else:
            for form in force.forms:
                self._own_forces.setdefault((country, _bare_key(name_words(form.format(m="", f="")))), actor)

    def _add_words(self, file: ActorFile) -> None:
        sections = file.sections
        for words in sections.generic:
            actor = Actor(words.kind, self._kinds[words.kind], words.name, words.en)
            for form in words.forms:
                self._generic.setdefault(_bare_key(name_words(form)), actor)
        for people in sections.people:
            actor = Actor(people.kind, self._kinds[people.kind], people.name, people.en)
            for noun in name_words(people.nouns):
                self._people.setdefault(noun, actor)
        self._unknown_people.update(name_words(sections.unknown))
        self._around.update(name_words(sections.prefixes), name_words(sections.suffixes))

    def _add_aliases(self, file: ActorFile) -> None:
        for name, aliases in file.sections.aliases.items():
            actor = self._names.get(name_key(name_words(name)))
            if actor is None:
                file.reject(f"aliases of {name!r}, but no table has an actor of that name", "aliases", name)
            for alias in aliases:
                self._names[self._key(file, alias, "aliases", name)] = actor

    def _key(self, file: ActorFile, alias: str, *place: str | int) -> str:
        key = name_key(name_words(alias))
        if not key:
            file.reject(f"{alias!r} is no name: it has neither letters nor digits", *place)
        return key


def _bare_key(words: list[str]) -> str:
    """Return the key of words whose articles do not matter: قوات تركية, القوات التركية."""
    return name_key([without_article(word) for word in words])
