"""Where two annotations of the same texts differ, place by place: what adjudication goes through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trainer.documents import Document
from trainer.evaluation.agreement import (
    NOTHING,
    LabelledSpan,
    LinkedArgument,
    entity_spans,
    labelled_trigger,
    linked_arguments,
    same_documents,
    trigger_spans,
)


@dataclass(frozen=True)
class Disagreement:
    """A place where two annotations differ: what each has there, ``–`` for nothing."""

    document: str
    layer: str
    start: int
    first: str
    second: str
    context: str


def disagreements(first: Sequence[Document], second: Sequence[Document]) -> Iterator[Disagreement]:
    """Yield every place where two annotations differ, document after document in the order of the text.

    Spans of the two that overlap are told together, as one disagreement.
    """
    for one, other in same_documents(first, second):
        found: list[Disagreement] = []
        for layer, spans in (("entities", entity_spans), ("triggers", trigger_spans)):
            ours, theirs = spans(one), spans(other)
            for start, mine, yours in _differing(ours - theirs, theirs - ours):
                found.append(
                    Disagreement(one.id, layer, start, _told(one, mine), _told(one, yours), _context(one, start))
                )
        found += _event_disagreements(one, other)
        yield from sorted(found, key=lambda item: item.start)


def _differing(
    ours: set[LabelledSpan], theirs: set[LabelledSpan]
) -> Iterator[tuple[int, list[LabelledSpan], list[LabelledSpan]]]:
    """Yield stretches of touching spans of which one side lacks some: where each starts, and both sides' spans."""
    group: tuple[list[LabelledSpan], list[LabelledSpan]] = ([], [])
    start = end = 0
    for span, side in sorted([(span, 0) for span in ours] + [(span, 1) for span in theirs]):
        if span[0] >= end and (group[0] or group[1]):
            yield start, *group
            group = ([], [])
        if not group[0] and not group[1]:
            start = span[0]
        group[side].append(span)
        end = max(end, span[1])
    if group[0] or group[1]:
        yield start, *group


def _event_disagreements(one: Document, other: Document) -> Iterator[Disagreement]:
    """Yield the arguments and attributes that only one side gives to a trigger that both have."""
    ours, theirs = linked_arguments(one), linked_arguments(other)
    attributes = [{labelled_trigger(event): set(event.attributes) for event in side.events} for side in (one, other)]
    for trigger in sorted(trigger_spans(one) & trigger_spans(other)):
        mine, yours = ({link for link in side if link[0] == trigger} for side in (ours, theirs))
        me, you = (side[trigger] for side in attributes)
        if mine == yours and me == you:
            continue
        name = f"arguments of {one.text[trigger[0] : trigger[1]]}|{trigger[2]}"
        first, second = _roles(one, mine - yours, me - you), _roles(one, yours - mine, you - me)
        yield Disagreement(one.id, name, trigger[0], first, second, _context(one, trigger[0]))


def _told(document: Document, spans: Iterable[LabelledSpan]) -> str:
    return ", ".join(f"{document.text[start:end]}|{label}" for start, end, label in spans) or NOTHING


def _roles(document: Document, links: set[LinkedArgument], attributes: set[str]) -> str:
    parts = [f"{role} {document.text[start:end]}|{label} ({start})" for _, role, (start, end, label) in sorted(links)]
    return "; ".join([*parts, *sorted(attributes)]) or NOTHING


def _context(document: Document, offset: int) -> str:
    index = document.sentence_index(offset)
    if index is None:
        return ""
    sentence = document.sentences[index]
    start, end = max(sentence.start, offset - 60), min(sentence.end, offset + 90)
    return " ".join(document.text[start:end].split())
