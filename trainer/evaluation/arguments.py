"""Arguments of events against gold: which entity plays which role in which event.

An argument is right if the event's type, the span of its trigger, the role and the span of its filler are those of a
gold argument; the filler's label is not compared. The relaxed count does without the trigger's span: an event of that
type in the same sentence is enough. Both are counted for the sentence that holds the trigger, so that resampling can
draw sentences as it does for the other layers.

Arguments depend on triggers and entities, so they are measured twice: where a system predicted these as well, and
where gold ones were given and only the arguments were predicted. :data:`SETTINGS` names the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from trainer.data.argument_column import is_annotated_for_arguments
from trainer.documents import Document
from trainer.evaluation.span_counts import Counts, both_have, pooled, sentence_pairs
from trainer.evaluation.strict_spans import macro_average

PREDICTED, GOLD = "predicted", "gold"
# Whose triggers and entities the arguments were predicted for.
SETTINGS = (PREDICTED, GOLD)

# Event type, start and end of the trigger, role, start and end of the filler, as offsets in the text.
Item = tuple[str, int, int, str, int, int]
_ROLE = 3


def has_arguments(documents: Iterable[Document]) -> bool:
    """Whether any event has an argument: gold documents without one were not annotated for them."""
    return any(map(is_annotated_for_arguments, documents))


def without_arguments(document: Document) -> Document:
    """Return a copy whose events have no arguments: what a system is given that shall predict these alone."""
    return replace(document, events=[replace(event, arguments=[]) for event in document.events])


def argument_scores(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, Any]:
    """Score the arguments of documents.

    Parameters
    ----------
    gold, predicted:
        The same documents in the same order, cut into the same sentences. A document that is not annotated for
        entities and triggers on both sides does not count.

    Returns
    -------
    dict
        ``per_role`` in the order of their frequency in gold, ``micro``, ``macro`` (the mean over the roles that gold
        has) and ``relaxed``, the micro scores that do without the triggers' spans; each with precision, recall, F1
        and support.

    Raises
    ------
    ValueError
        If the documents differ in their texts or sentences, or an argument names an entity that its document has not.
    """
    pairs = list(zip(gold, predicted, strict=True))
    strict, relaxed = (
        pooled(table for pair in pairs for table in _counts_by_role(*pair, relaxed=way)) for way in (False, True)
    )
    frequent_first = sorted(strict.items(), key=lambda item: (-item[1].gold, item[0]))
    by_role = {role: counts.scores() for role, counts in frequent_first}
    return {
        "per_role": by_role,
        "micro": sum(strict.values(), Counts()).scores(),
        "macro": macro_average(by_role),
        "relaxed": sum(relaxed.values(), Counts()).scores(),
    }


def argument_counts(gold: Sequence[Document], predicted: Sequence[Document]) -> list[list[int]]:
    """Return the hits, predicted and gold arguments of every sentence: what resampling needs.

    Parameters, errors: see :func:`argument_scores`.
    """
    rows: list[list[int]] = []
    for expected, found in zip(gold, predicted, strict=True):
        for table in _counts_by_role(expected, found):
            total = sum(table.values(), Counts())
            rows.append([total.hits, total.predicted, total.gold])
    return rows


def argument_items(document: Document) -> list[set[Item]]:
    """Return for every sentence the arguments of the events whose triggers begin in it.

    Raises
    ------
    ValueError
        If an argument names an entity that the document has not.
    """
    fillers = {entity.id: (entity.start, entity.end) for entity in document.entities}
    items: list[set[Item]] = [set() for _ in document.sentences]
    for event in document.events:
        index = document.sentence_index(event.trigger.start)
        if index is None:
            continue  # No sentence, nothing to count it for; the trigger itself counts nowhere either.
        for argument in event.arguments:
            if argument.entity not in fillers:
                raise ValueError(
                    f"document {document.id!r}: the {argument.role} of event {event.id} is {argument.entity!r}, which "
                    "is no entity of the document"
                )
            trigger = event.trigger
            items[index].add((event.type, trigger.start, trigger.end, argument.role, *fillers[argument.entity]))
    return items


def _counts_by_role(gold: Document, predicted: Document, *, relaxed: bool = False) -> list[dict[str, Counts]]:
    """Count the arguments of each sentence by role; roles that neither side has there are not listed."""
    if not all(both_have(gold, predicted, layer) for layer in ("entities", "triggers")):
        return [{} for _ in gold.sentences]
    sentence_pairs(gold, predicted)  # Raises where they cannot be compared.
    return [
        {
            role: Counts.of({i for i in ours if i[_ROLE] == role}, {i for i in theirs if i[_ROLE] == role})
            for role in sorted({item[_ROLE] for item in ours | theirs})
        }
        for ours, theirs in zip(*(_items(document, relaxed=relaxed) for document in (gold, predicted)), strict=True)
    ]


def _items(document: Document, *, relaxed: bool) -> list[set[Item]]:
    items = argument_items(document)
    if relaxed:
        # An item belongs to a sentence: without the trigger's span any event of the type there is meant.
        return [{(type, 0, 0, role, start, end) for type, _, _, role, start, end in sentence} for sentence in items]
    return items
