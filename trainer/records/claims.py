"""Numbers of victims as they are told: how many, of whom, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trainer.annotations import Span
from trainer.documents import Document, Entity, in_order
from trainer.records.cue_words import CuePhrases, TextWords
from trainer.records.record import Claim
from trainer.records.rules import Rules
from trainer.records.tellings import Filler, Telling
from trainer.values.counted_nouns import number_of
from trainer.values.quantities import Quantity, parse_quantity
from trainer.values.spelling import folded

# Dead told without a number are more than one.
_SEVERAL = Quantity(2, None, approximate=True)
_ONE = Quantity(1, 1)
_PLURAL_ENDINGS = ("ون", "ين", "ات")
_PRONOUNS = ("ه", "ها", "هم")
_SHORTEST_NOUN = 4
# How many words a bound may come after its count, a speaker after the word of saying, victims after their trigger.
_BOUND_REACH, _SPEAKER_REACH, _VICTIM_REACH = 4, 3, 4
# How many words may stand between the word of saying and the victims: a long sentence goes on in the article's voice.
_SAID_REACH = 25
# From this number on, the same number told again in one record is taken to be of the same people.
_NO_CHANCE = 10
_STOPS = frozenset('،,.؛;:!؟?"()[]')


@dataclass(frozen=True, slots=True)
class _Count:
    """A claim with the keys of the people that it is of."""

    claim: Claim
    people: frozenset[str]
    told: bool  # with a number of its own
    part: bool = False  # some of those of another count: بينهم ثلاثة


class ClaimReader:
    """Reads the claims of the outcomes of one document."""

    def __init__(self, document: Document, rules: Rules, cues: CuePhrases, words: TextWords) -> None:
        self._document, self._rules, self._cues, self._words = document, rules, cues, words
        speakers = [entity for entity in in_order(document.entities) if entity.label in rules.labels.sources]
        self._speaker_at = {entity.start: entity for entity in reversed(speakers)}

    def claims(self, outcomes: Iterable[Telling], shared: frozenset[str]) -> dict[str, tuple[Claim, ...]]:
        """Return the claims of ``outcomes`` by the name of the outcome.

        ``shared`` are the ids of counts that are said of several types together, such as dead and wounded.
        """
        found: dict[str, list[_Count]] = {}
        for outcome in outcomes:
            counts = found.setdefault(outcome.rule.outcome or "", [])
            for count in self._counts(outcome, shared):
                _add(counts, count)
        whole = {name: _without_parts(counts) for name, counts in found.items()}
        return {name: claims for name, counts in whole.items() if (claims := _without_vague(counts))}

    def _counts(self, outcome: Telling, shared: frozenset[str]) -> list[_Count]:
        people = frozenset(filler.key for filler in outcome.targets)
        source = self._source(outcome)
        who = outcome.targets[0].referent.name if outcome.targets else None
        counts = []
        for index, filler in enumerate(outcome.counts):
            value = self._value(filler.entity)
            if value is not None and filler.entity.id in shared:
                value = replace(value, low=1 if value.low else value.low, approximate=True)
            if index or self._counts_what_follows(outcome, filler.entity):
                # A second number is of who is told after it: 34 من الرهائن و15 من الخاطفين. So is one behind people
                # whose noun is a number: جنديان وثلاثة مدنيين.
                following = [target for target in outcome.targets if target.entity.start >= filler.entity.start]
                who = following[0].referent.name if following else None
                people = frozenset(target.key for target in following)
            counts.append(self._count(outcome, filler.entity, value, who, source, people, filler.score))
        counts += self._uncounted(outcome, counts, source)
        persons = [filler for filler in outcome.targets if filler.entity.label in self._rules.labels.persons]
        if not counts:
            for filler in persons:
                key = frozenset([filler.key])
                name = filler.referent.name
                counts.append(self._count(outcome, filler.entity, _ONE, name, source, key, filler.score))
        if not counts:
            for span, number, noun in self._told_by_nouns(outcome):
                score = noun.score if noun else outcome.event.score
                whose, keys = (noun.referent.name, frozenset([noun.key])) if noun else (who, people)
                counts.append(self._count(outcome, span, number, whose, source, keys, score, told=number != _SEVERAL))
        return counts

    def _counts_what_follows(self, outcome: Telling, number: Entity) -> bool:
        """Whether victims with a number of their own stand before ``number``, and others right behind it."""
        before = any(target.entity.end <= number.start and self._own_number(target) for target in outcome.targets)
        return before and any(0 <= target.entity.start - number.end <= 1 for target in outcome.targets)

    def _uncounted(self, outcome: Telling, counts: Sequence[_Count], source: str | None) -> list[_Count]:
        """Return claims of victims whose noun is a number, beside counts of other people."""
        counted = {key for count in counts for key in count.people}
        return [
            self._count(
                outcome, target.entity, value, target.referent.name, source, frozenset([target.key]), target.score
            )
            for target in (outcome.targets if counts else ())
            if target.key not in counted and (value := self._own_number(target)) is not None
        ]

    def _own_number(self, target: Filler) -> Quantity | None:
        """Return how many a noun for people says that they are, if it says it exactly."""
        words = target.entity.name.split()
        if target.entity.label not in self._rules.labels.people or not words:
            return None
        value = self._number(words[0])
        return value if value != _SEVERAL else None

    def _count(
        self,
        outcome: Telling,
        place: Entity | Span,
        value: Quantity | None,
        who: str | None,
        source: str | None,
        people: frozenset[str],
        score: float | None,
        *,
        told: bool = True,
    ) -> _Count:
        if value is not None and self._cues.from_zero.in_(outcome.event.trigger.text.split()):
            value = replace(value, low=0)
        span = Span(place.start, place.end, self._document.text[place.start : place.end])
        part = self._cues.part_of.in_(self._words.before(place.start, 1))
        return _Count(Claim(span, value, who, source, outcome.event.id, score), people, told, part)

    def _value(self, entity: Entity) -> Quantity | None:
        """Return the number of a count, with a bound that follows what is counted: 30 عنصراً على الأقل."""
        value = parse_quantity(entity.text)
        if value is None and entity.label in self._rules.labels.people:
            return self._number(entity.name.split()[0]) if entity.name.split() else None
        if value is None or value.low != value.high:
            return value
        after = self._words.after(entity.end, _BOUND_REACH + 2)
        stop = next((index for index, word in enumerate(after) if word in _STOPS or word[0].isdigit()), len(after))
        for first, last in self._cues.bounds.find(after[:stop]):
            if first <= _BOUND_REACH:
                return parse_quantity(f"{entity.text} {' '.join(after[first : last + 1])}") or value
        return value

    def _told_by_nouns(self, outcome: Telling) -> list[tuple[Span | Entity, Quantity, Filler | None]]:
        """Return how many the nouns say (شخصان، جندي، مدنيين، قتلى), and where they say it."""
        trigger = outcome.event.trigger
        found: list[tuple[Span | Entity, Quantity, Filler | None]] = []
        for filler in outcome.targets:
            if filler.entity.label in self._rules.labels.people:
                first, *_ = filler.entity.name.split() or [filler.entity.text]
                if (value := self._number(first)) is not None:
                    found.append((filler.entity, value, filler))
            elif filler.entity.start >= trigger.end:
                # Members of a group: the group is the victim, the noun before it says how many.
                words = self._words.between(trigger.end, filler.entity.start)[:_VICTIM_REACH]
                numbers = ((word, self._number(word.text)) for word in words)
                found += [(word, value, None) for word, value in numbers if value is not None][:1]
        if found:
            # مدنيين بينهم طبيبة: she is one of them.
            several = [each for each in found if each[1] == _SEVERAL]
            return several[:1] or found
        words_of_trigger = trigger.text.split()
        if self._cues.many.in_(words_of_trigger):
            return [(trigger, _SEVERAL, None)]
        # A noun that is one dead or wounded; verbs and verbal nouns are no nouns that can be counted.
        return [(trigger, _ONE, None)] if words_of_trigger and _is_one(words_of_trigger[-1]) else []

    def _number(self, noun: str) -> Quantity | None:
        if self._cues.many.in_([noun]):
            return _SEVERAL
        if (number := number_of(noun)) is not None:
            return Quantity(number, number)
        if _is_one(noun):
            return _ONE
        plain = folded(noun)
        return _SEVERAL if len(plain) > _SHORTEST_NOUN and plain.endswith(_PLURAL_ENDINGS) else None

    def _source(self, outcome: Telling) -> str | None:
        """Return who is told to say it in the sentence of the outcome: the last one before it, else the first after."""
        if outcome.sentence >= len(self._document.sentences):
            return None
        sentence = self._document.sentences[outcome.sentence]
        words, at = self._words.around(outcome.event.trigger.start, _SAID_REACH, sentence.start, sentence.end)
        texts = [word.text for word in words]
        before, after = None, None
        for _, last in self._cues.said.find(texts):
            speaker = self._speaker(words[last + 1 : last + 1 + _SPEAKER_REACH], {f.entity.id for f in outcome.targets})
            if speaker is None:
                continue
            if last < at:
                before = speaker
            elif after is None:
                after = speaker
        return before or after

    def _speaker(self, words: Sequence[Span], victims: set[str]) -> str | None:
        for index, word in enumerate(words):
            entity = self._speaker_at.get(word.start)
            if entity is not None:
                return None if entity.id in victims else entity.name
            if self._cues.unnamed_sources.in_([word.text]):
                following = [other.text for other in words[index + 1 : index + 2] if other.text.isalpha()]
                # مصادر محلية, but not مصادر في or مصادر أن.
                return " ".join([word.text, *(text for text in following if len(text) >= _SHORTEST_NOUN)])
            if (word.text in _STOPS and word.text not in '"(') or self._cues.that.in_([word.text]):
                return None
        return None


def _is_one(noun: str) -> bool:
    """Whether a noun is known to be a singular: it can be counted with واحد then."""
    forms = (noun, *(noun.removesuffix(pronoun) for pronoun in _PRONOUNS))
    return any(number_of(f"{form} واحد") == 1 for form in forms)


def _add(counts: list[_Count], new: _Count) -> None:
    """Add a claim, or who and whom to one that says the same number of the same people."""
    for index, known in enumerate(counts):
        same_people = not (known.people and new.people) or not known.people.isdisjoint(new.people)
        same_number = new.claim.value is not None and known.claim.value == new.claim.value
        # عناصر داعش and داعشيا: two groups of so many would be chance, unless one trigger counts both.
        same_people |= (new.claim.value is not None and (new.claim.value.low or 0) >= _NO_CHANCE) and (
            known.claim.event != new.claim.event
        )
        if known.claim.span == new.claim.span or (same_number and same_people):
            who, source = known.claim.who or new.claim.who, known.claim.source or new.claim.source
            counts[index] = replace(
                known, claim=replace(known.claim, who=who, source=source), people=known.people | new.people
            )
            return
    counts.append(new)


def _without_parts(counts: list[_Count]) -> list[_Count]:
    """Leave out counts of some of those whose count is told, too."""
    lows = [count.claim.value.low or 0 for count in counts if count.claim.value and not count.part]
    most = max(lows, default=0)
    return [
        count
        for count in counts
        if not (count.part and count.claim.value and (count.claim.value.high or count.claim.value.low or 0) <= most)
    ]


def _without_vague(counts: list[_Count]) -> tuple[Claim, ...]:
    """Leave out "several" where a number is told of the same people."""
    told = [count for count in counts if count.told]
    return tuple(
        count.claim
        for count in counts
        if count.told or not any(not (count.people and o.people) or not count.people.isdisjoint(o.people) for o in told)
    )
