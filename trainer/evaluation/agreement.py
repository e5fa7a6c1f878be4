"""Agreement of two annotations of the same texts: F1 of spans and arguments, kappa, and what was taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sklearn.metrics import cohen_kappa_score

from trainer.documents import Document, Entity, Event
from trainer.evaluation.span_counts import Counts, pooled
from trainer.schema import Schema

# A span of a layer: start, end, label.
LabelledSpan = tuple[int, int, str]
# An argument: its event's trigger, its role, and its filler with the entity's label.
LinkedArgument = tuple[LabelledSpan, str, LabelledSpan]
NOTHING = "–"
# Of the documents that one side lacks, so many are named.
_NAMED = 5


def agreement(first: Sequence[Document], second: Sequence[Document], schema: Schema) -> dict[str, Any]:
    """Compare two annotations of the same texts.

    Parameters
    ----------
    first, second:
        Documents with the same ids and texts, in any order.

    Returns
    -------
    dict
        ``documents`` and ``sentences`` compared. For ``entities``, ``triggers`` and ``arguments``: ``strict`` and
        ``overlap`` scores (``precision``, ``recall``, ``f1``, and the numbers ``support`` of the first and
        ``predicted`` of the second; F1 is the same either way), ``per_type`` strict scores, and for the first two
        ``confusion``: how often a label of the first met one of the second over overlapping spans, ``–`` for no
        span. Spans overlap that share a character and have the same label; each is paired at most once. Arguments
        agree strictly when trigger, event type, role, filler and its label do, and by overlap when role and type
        agree and both spans overlap.
        ``arguments_of_shared_triggers`` has the strict scores of those whose trigger both annotations have.
        ``attributes`` has one score for each attribute over the triggers that both have. ``kappa`` is Cohen's kappa
        of the event types of sentences: ``pooled`` over every pair of sentence and type, and ``per_type``, ``None``
        where neither annotation has the type in any sentence.

    Raises
    ------
    ValueError
        If the documents are not the same on both sides.
    """
    pairs = same_documents(first, second)
    result: dict[str, Any] = {
        "documents": len(pairs),
        "sentences": sum(len(one.sentences) for one, _ in pairs),
    }
    for layer, spans in (("entities", entity_spans), ("triggers", trigger_spans)):
        layers = [(spans(one), spans(other)) for one, other in pairs]
        result[layer] = {
            **_scores(layers, _overlapping, lambda span: span[2]),
            "confusion": _confusion(layers),
        }
    linked = [(linked_arguments(one), linked_arguments(other)) for one, other in pairs]
    result["arguments"] = _scores(linked, _same_link, lambda link: link[1])
    shared = [
        ({link for link in one if link[0] in both}, {link for link in other if link[0] in both})
        for (one, other), both in zip(linked, (trigger_spans(a) & trigger_spans(b) for a, b in pairs), strict=True)
    ]
    result["arguments_of_shared_triggers"] = _told(_total(Counts.of(one, other) for one, other in shared))
    result["attributes"] = {name: _told(_attribute(pairs, name)) for name in schema.attribute_names}
    result["kappa"] = _kappa(pairs, schema)
    return result


def same_documents(first: Sequence[Document], second: Sequence[Document]) -> list[tuple[Document, Document]]:
    """Pair documents by id, in the order of ``first``; ``ValueError`` unless both have the same ids and texts."""
    others = {document.id: document for document in second}
    ids = [document.id for document in first]
    for side, lacking in (("first", set(others) - set(ids)), ("second", set(ids) - set(others))):
        if lacking:
            named = ", ".join(sorted(lacking)[:_NAMED])
            more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
            raise ValueError(f"the {side} annotation lacks document {named}{more}")
    if len(set(ids)) < len(ids) or len(others) < len(second):
        raise ValueError("a document stands twice in one of the two annotations")
    for document in first:
        if document.text != (text := others[document.id].text):
            place = next(
                (i for i, (a, b) in enumerate(zip(document.text, text, strict=False)) if a != b),
                min(len(text), len(document.text)),
            )
            raise ValueError(
                f"the texts of document {document.id} differ from character {place} on: "
                f"{document.text[place : place + 20]!r} and {text[place : place + 20]!r}"
            )
    return [(document, others[document.id]) for document in first]


def entity_spans(document: Document) -> set[LabelledSpan]:
    """Return the entities of a document as labelled spans."""
    return {_of_entity(entity) for entity in document.entities}


def trigger_spans(document: Document) -> set[LabelledSpan]:
    """Return the triggers of a document as spans labelled with their event type."""
    return {labelled_trigger(event) for event in document.events}


def linked_arguments(document: Document) -> set[LinkedArgument]:
    """Return the arguments of a document with their triggers and fillers as labelled spans."""
    entities = {entity.id: _of_entity(entity) for entity in document.entities}
    return {
        (labelled_trigger(event), argument.role, entities[argument.entity])
        for event in document.events
        for argument in event.arguments
    }


def _of_entity(entity: Entity) -> LabelledSpan:
    return entity.start, entity.end, entity.label


def labelled_trigger(event: Event) -> LabelledSpan:
    """Return the trigger of an event as a span labelled with the event's type."""
    return event.trigger.start, event.trigger.end, event.type


def _touch(one: LabelledSpan, other: LabelledSpan) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _overlapping(one: LabelledSpan, other: LabelledSpan) -> bool:
    return one[2] == other[2] and _touch(one, other)


def _same_link(one: LinkedArgument, other: LinkedArgument) -> bool:
    return one[1] == other[1] and _overlapping(one[0], other[0]) and _touch(one[2], other[2])


def _scores(layers: Sequence[tuple[set, set]], alike: Callable[[Any, Any], bool], name: Callable) -> dict[str, Any]:
    types = pooled(
        {
            label: Counts.of({i for i in one if name(i) == label}, {i for i in other if name(i) == label})
            for label in {name(item) for item in one | other}
        }
        for one, other in layers
    )
    return {
        "strict": _told(_total(types.values())),
        "overlap": _told(_total(_paired(one, other, alike) for one, other in layers)),
        "per_type": {label: _told(counts) for label, counts in sorted(types.items())},
    }


def _total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def _told(counts: Counts) -> dict[str, float]:
    return {**counts.scores(), "predicted": counts.predicted}


def _paired(one: set, other: set, alike: Callable[[Any, Any], bool]) -> Counts:
    """Pair each item with at most one of the other side: the same first, then in the order of the text."""
    hits = len(one & other)
    left = sorted(other - one)
    for item in sorted(one - other):
        match = next((candidate for candidate in left if alike(item, candidate)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return Counts(hits, len(other), len(one))


def _confusion(layers: Sequence[tuple[set[LabelledSpan], set[LabelledSpan]]]) -> dict[str, dict[str, int]]:
    """Count which label met which: over equal spans, then over overlapping ones, then against nothing."""
    table: Counter[tuple[str, str]] = Counter()
    for one, other in layers:
        left = sorted(other)
        for closeness in ((lambda a, b: a == b), (lambda a, b: a[:2] == b[:2]), _overlapping, _touch):
            unpaired = []
            for span in sorted(one):
                match = next((candidate for candidate in left if closeness(span, candidate)), None)
                if match is None:
                    unpaired.append(span)
                else:
                    left.remove(match)
                    table[span[2], match[2]] += 1
            one = set(unpaired)
        table.update((span[2], NOTHING) for span in one)
        table.update((NOTHING, span[2]) for span in left)
    rows = sorted({row for row, _ in table})
    return {row: {column: table[row, column] for r, column in sorted(table) if r == row} for row in rows}


def _attribute(pairs: Sequence[tuple[Document, Document]], name: str) -> Counts:
    def holders(document: Document, shared: set[LabelledSpan]) -> set[LabelledSpan]:
        return {labelled_trigger(e) for e in document.events if name in e.attributes} & shared

    shared = [trigger_spans(one) & trigger_spans(other) for one, other in pairs]
    return _total(
        Counts.of(holders(one, both), holders(other, both)) for (one, other), both in zip(pairs, shared, strict=True)
    )


def _kappa(pairs: Sequence[tuple[Document, Document]], schema: Schema) -> dict[str, Any]:
    decisions: dict[str, tuple[list[bool], list[bool]]] = {}
    for label in schema.event_types:
        decisions[label] = (
            [label in sentence.event_types for one, _ in pairs for sentence in one.sentences],
            [label in sentence.event_types for _, other in pairs for sentence in other.sentences],
        )
    pooled_decisions = [[d for ours_theirs in decisions.values() for d in ours_theirs[side]] for side in (0, 1)]
    return {
        "pooled": _kappa_of(*pooled_decisions),
        "per_type": {label: _kappa_of(*both) for label, both in decisions.items()},
    }


def _kappa_of(one: list[bool], other: list[bool]) -> float | None:
    if not any(one) and not any(other):
        return None
    if one == other:
        return 1.0  # also where every sentence has the type, for which the formula has no value
    return float(cohen_kappa_score(one, other))
