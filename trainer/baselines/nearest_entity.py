"""The nearest entity: what a system scores on arguments that counts words and knows labels, but reads nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from trainer.data.argument_column import is_annotated_for_arguments
from trainer.documents import Argument, Document, Entity, Event

# Of a label, the nearest and the second nearest entity are told apart: fighting has two sides.
_RANKS = 2
# What an entity is to a trigger: event type, label of the entity, its rank among those of the label.
Position = tuple[str, str, int]


class NearestEntityBaseline:
    """Gives a role to the nearest entity of a label in the trigger's sentence, if training did so often enough.

    What is learnt are pairs of a position (the nearest CARDINAL of a KILL) and a role (COUNT), each with the share of
    its occurrences in training in which it is right. The pairs that are used are the best by that share, as many as
    give the highest F1 on the training documents: nothing is set by hand. An entity can get several roles, and a
    role several entities.

    Unlike other baselines it labels no bare text: it takes triggers and entities as they are, and gives the events
    arguments.

    Parameters
    ----------
    training:
        Documents whose events have arguments; those in which none has any are left out, as not annotated.
    """

    name = "nearest entity"

    def __init__(self, training: Iterable[Document]) -> None:
        seen: Counter[Position] = Counter()
        right: Counter[tuple[Position, str]] = Counter()
        arguments = 0
        for document in filter(is_annotated_for_arguments, training):
            for event, entities in _entities_by_position(document):
                arguments += len({(argument.role, argument.entity) for argument in event.arguments})
                roles: defaultdict[str, set[str]] = defaultdict(set)
                for argument in event.arguments:
                    roles[argument.entity].add(argument.role)
                for position, entity in entities.items():
                    seen[position] += 1
                    right.update((position, role) for role in roles[entity.id])
        self.shares = _best(seen, right, arguments)

    def fill(self, documents: Iterable[Document]) -> list[Document]:
        """Return copies of ``documents`` whose events have the arguments that the baseline finds, and no others."""
        return [
            replace(
                document,
                events=[
                    replace(event, arguments=self._arguments(entities))
                    for event, entities in _entities_by_position(document)
                ],
            )
            for document in documents
        ]

    def _arguments(self, entities: Mapping[Position, Entity]) -> list[Argument]:
        return [
            Argument(role, entity.id, round(share, 4))
            for position, entity in entities.items()
            for role, share in self.shares.get(position, {}).items()
        ]


def _best(
    seen: Mapping[Position, int], right: Mapping[tuple[Position, str], int], arguments: int
) -> dict[Position, dict[str, float]]:
    """Return the roles of each position with their shares, as many as give the highest F1 on what was counted."""
    shares = {(position, role): count / seen[position] for (position, role), count in right.items()}
    # F1 is highest for some number of the best: it falls once a share is below half of the F1 so far.
    ranked = sorted(shares, key=lambda pair: (-shares[pair], pair))
    hits = predicted = best = 0
    highest = 0.0
    for count, pair in enumerate(ranked, start=1):
        hits += right[pair]
        predicted += seen[pair[0]]
        f1 = 2 * hits / (predicted + arguments)
        if f1 > highest:
            highest, best = f1, count
    chosen: defaultdict[Position, dict[str, float]] = defaultdict(dict)
    for position, role in ranked[:best]:
        chosen[position][role] = shares[position, role]
    return dict(chosen)


def _entities_by_position(document: Document) -> Iterator[tuple[Event, dict[Position, Entity]]]:
    """Yield every event with the entities of its trigger's sentence that have a position, the nearest first."""
    starts = [word.start for word in document.words]

    def words(start: int, end: int) -> tuple[int, int]:
        return bisect_right(starts, start), bisect_right(starts, end - 1)

    def distance(event: tuple[int, int], entity: tuple[int, int]) -> int:
        return max(entity[0] - event[1], event[0] - entity[1], 0)

    by_sentence: defaultdict[int | None, list[tuple[tuple[int, int], Entity]]] = defaultdict(list)
    for entity in document.entities:
        by_sentence[document.sentence_index(entity.start)].append((words(entity.start, entity.end), entity))
    for event in document.events:
        trigger = words(event.trigger.start, event.trigger.end)
        index = document.sentence_index(event.trigger.start)
        inside: Sequence[tuple[tuple[int, int], Entity]] = by_sentence[index] if index is not None else ()
        # Of two that are equally far, what follows the trigger comes first: Arabic verbs precede subject and object.
        nearest = sorted(inside, key=lambda item: (distance(trigger, item[0]), item[0] < trigger, item[1].start))
        ranks: Counter[str] = Counter()
        entities: dict[Position, Entity] = {}
        for _, entity in nearest:
            ranks[entity.label] += 1
            if ranks[entity.label] <= _RANKS:
                entities[event.type, entity.label, ranks[entity.label]] = entity
        yield event, entities
