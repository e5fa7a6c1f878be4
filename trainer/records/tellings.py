"""What one trigger tells: its arguments by their part in a record, and the words beside it that tie it to others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from trainer.documents import Argument, Document, Entity, Event
from trainer.records.cue_words import CuePhrases, TextWords, word_forms
from trainer.records.days import DayReader, Days
from trainer.records.nesting import Nesting
from trainer.records.referents import Referent, Referents
from trainer.records.rules import Rules, TypeRule
from trainer.values.spelling import folded

# How many words after a trigger its adjectives (الهجوم الثالث) may be.
_ADJECTIVES = 2
_SIDES_BETWEEN = 6
_DEFINITE = ("ال", "لل", "بال", "كال")


@dataclass(frozen=True, slots=True)
class Filler:
    """An argument of a trigger with the entity that fills it and what that means."""

    argument: Argument
    entity: Entity
    referent: Referent

    @property
    def key(self) -> str:
        """Key of what the entity means."""
        return self.referent.key

    @property
    def score(self) -> float | None:
        """Probability of the argument or of its entity, whichever is lower; ``None`` if neither has one."""
        return min((s for s in (self.argument.score, self.entity.score) if s is not None), default=None)


@dataclass(frozen=True, slots=True)
class When:
    """A date of a trigger."""

    filler: Filler
    days: Days
    since: bool


@dataclass(eq=False)
class Telling:
    """A trigger with its arguments. ``number`` counts the triggers of the document in the order of the text."""

    number: int
    event: Event
    sentence: int
    rule: TypeRule
    agents: list[Filler] = field(default_factory=list)
    targets: list[Filler] = field(default_factory=list)
    places: list[Filler] = field(default_factory=list)
    times: list[When] = field(default_factory=list)
    instruments: list[Filler] = field(default_factory=list)
    counts: list[Filler] = field(default_factory=list)
    heads: list[Filler] = field(default_factory=list)
    ordinal: int | None = None
    another: bool = False
    then: bool = False
    definite: bool = False
    mutual: bool = False

    @cached_property
    def agent_keys(self) -> frozenset[str]:
        """Who acts."""
        return frozenset(filler.key for filler in self.agents)

    @cached_property
    def actor_keys(self) -> frozenset[str]:
        """Who acts and who it is done to."""
        return self.agent_keys | {filler.key for filler in self.targets}

    @cached_property
    def head_keys(self) -> frozenset[str]:
        """The most exact places."""
        return frozenset(filler.key for filler in self.heads)

    @property
    def head_keys_in_order(self) -> list[str]:
        """The same in the order of the text."""
        return [filler.key for filler in self.heads]

    @property
    def fight(self) -> bool:
        """Whether its agents are on two sides."""
        return self.rule.two_sided or self.mutual

    @property
    def bare(self) -> bool:
        """Whether nothing is known beside the type."""
        return not (self.agents or self.targets or self.places or self.times or self.instruments or self.counts)


class TellingReader:
    """Reads the triggers of documents by the rules of a file."""

    def __init__(self, rules: Rules, cues: CuePhrases) -> None:
        self._rules, self._cues = rules, cues
        self._ordinals = {folded(word): number for number, words in rules.cues.ordinals.items() for word in words}
        self._marks = {folded(word): word for word in rules.cues.date_marks}

    def read(
        self, document: Document, referents: Referents, nesting: Nesting, words: TextWords, days: DayReader
    ) -> list[Telling]:
        """Return what every trigger of the document tells, in the order of the text."""
        entities = {entity.id: entity for entity in document.entities}
        starts = [sentence.start for sentence in document.sentences]
        events = sorted(document.events, key=lambda event: (event.trigger.start, event.trigger.end))
        tellings = []
        for number, event in enumerate(events):
            sentence = max(bisect_right(starts, event.trigger.start) - 1, 0)
            telling = Telling(number, event, sentence, self._rules.of(event.type))
            fillers = [
                Filler(argument, entity, referents[entity.id])
                for argument in event.arguments
                if (entity := entities.get(argument.entity)) is not None
            ]
            self._add_fillers(telling, sorted(fillers, key=lambda filler: filler.entity.start), words, days)
            self._add_cues(telling, words)
            tellings.append(telling)
        for telling in tellings:
            # Where people come from does not lie in where they go to.
            placed = [f for f in telling.places if telling.rule.place == "any" or not self._is_goal(f, words)]
            struck = [f.entity for f in placed if f.argument.role == self._rules.roles.target]
            others = [f.entity for f in placed if f.argument.role != self._rules.roles.target]
            nesting.learn_together(struck, others)
        for telling in tellings:
            telling.heads = _heads(telling.places, self._rules.roles.target, nesting)
        return tellings

    def _is_goal(self, filler: Filler, words: TextWords) -> bool:
        return self._cues.destination.in_(words.before(filler.entity.start, 2))

    def _add_fillers(self, telling: Telling, fillers: Iterable[Filler], words: TextWords, days: DayReader) -> None:
        roles, labels = self._rules.roles, self._rules.labels
        for filler in fillers:
            role, label = filler.argument.role, filler.entity.label
            if label in labels.places and role in (roles.place, roles.target):
                telling.places.append(filler)
            elif role == roles.agent:
                telling.agents.append(filler)
            elif role == roles.target and label not in labels.no_side:
                telling.targets.append(filler)
            elif role == roles.time:
                before = words.before(filler.entity.start, 1)
                forms = [form for word in before for form in word_forms(word) if form in self._marks]
                mark = self._marks[forms[0]] if forms else ""
                telling.times.append(When(filler, days.read(filler.entity.text, mark), self._cues.since.in_(before)))
            elif role == roles.instrument:
                telling.instruments.append(filler)
            elif role == roles.count:
                telling.counts.append(filler)

    def _add_cues(self, telling: Telling, words: TextWords) -> None:
        trigger = telling.event.trigger
        after = words.after(trigger.end, _ADJECTIVES)
        telling.another = bool(after) and self._cues.another.in_(after)
        telling.then = bool(after) and self._cues.then.in_(after)
        # تبادل الجيش والحوثيون القصف: those who fight stand between the two.
        telling.mutual = self._cues.mutual.in_(
            [*words.before(trigger.start, _SIDES_BETWEEN), *words.after(trigger.end, _ADJECTIVES + 1)]
        )
        telling.ordinal = next((self._ordinals[word] for word in map(folded, after) if word in self._ordinals), None)
        first, *_ = trigger.text.split() or [""]
        telling.definite = any(form.startswith(_DEFINITE) for form in word_forms(first))


def _heads(places: list[Filler], target_role: str, nesting: Nesting) -> list[Filler]:
    """Return the places in which no other of the same trigger lies, those that the act is done to if there are any."""
    struck = [filler for filler in places if filler.argument.role == target_role]
    kept = struck or places
    innermost = nesting.innermost(filler.key for filler in kept)
    return [filler for filler in kept if filler.key in innermost] or kept[:1]
