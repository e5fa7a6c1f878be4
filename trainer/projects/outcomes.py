"""What became of each thing suggested: kept, removed, given another label or other ends; and what was added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.documents import LAYERS, Document
from trainer.evaluation.agreement import LabelledSpan, entity_spans, trigger_spans

ARGUMENTS, ATTRIBUTES = "arguments", "attributes"
# The layers of documents, and what hangs on events.
COMPARED = (*LAYERS, ARGUMENTS, ATTRIBUTES)
KEPT, RELABELLED, MOVED, REPLACED, REMOVED, ADDED = KINDS = (
    "kept",
    "other_label",
    "other_ends",
    "other_label_and_ends",
    "removed",
    "added",
)
# The trigger of an event, and the entity that plays a role in it; no entity where an attribute is of the event itself.
_Ends = tuple[LabelledSpan, LabelledSpan | None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Something that is annotated: ``text`` stands at ``start`` to ``end``.

    An event type lies over its sentence. An argument and an attribute lie where their trigger does; the label is the
    role or the attribute, and the text of an argument is that of trigger and entity.
    """

    start: int
    end: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of ``suggested``, or that ``corrected`` was added; ``kind`` is one of ``KINDS``.

    ``sentence`` is the index of the sentence in ``document``, an id; ``None`` between sentences.
    """

    document: str
    sentence: int | None
    layer: str
    kind: str
    suggested: Labelled | None
    corrected: Labelled | None

    @property
    def first(self) -> Labelled:
        """What was suggested; of what was added, that."""
        found = self.suggested or self.corrected
        assert found is not None
        return found


def outcomes(suggested: Document, corrected: Document) -> Iterator[Outcome]:
    """Yield what became of everything suggested in a document, and what was added, layer after layer.

    Spans of the two are paired one to one: those with the same ends, then those that overlap and have the same label,
    then others that overlap, the largest overlap first. What has no partner was removed or added. Event types are
    never paired. Arguments and attributes follow the pairs of their trigger and entity.

    Parameters
    ----------
    suggested, corrected:
        The same text, cut into the same sentences. Layers that either lacks are left out.
    """
    layers = [layer for layer in LAYERS if layer in suggested.layers and layer in corrected.layers]
    became: dict[str, dict[LabelledSpan, LabelledSpan]] = {"entities": {}, "triggers": {}}
    for layer, spans in (("entities", entity_spans), ("triggers", trigger_spans)):
        if layer in layers:
            ours, theirs = spans(suggested), spans(corrected)
            became[layer] = _paired(ours, theirs)
            yield from _of_spans(corrected, layer, ours, theirs, became[layer])
    if "event_types" in layers:
        for before, after in zip(suggested.sentences, corrected.sentences, strict=True):
            ours, theirs = ({(s.start, s.end, type) for type in s.event_types} for s in (before, after))
            # Every type lies over all of the sentence, which makes none the mistaken form of another.
            yield from _of_spans(corrected, "event_types", ours, theirs, {span: span for span in ours & theirs})
    if "triggers" in layers:
        yield from _of_links(suggested, corrected, became)


def _paired(ours: set[LabelledSpan], theirs: set[LabelledSpan]) -> dict[LabelledSpan, LabelledSpan]:
    """Map each suggested span to what it became, where it was not removed."""
    became = {span: span for span in ours & theirs}
    removed, added = ours - theirs, theirs - ours
    candidates = [(one, other) for one in removed for other in added if _overlap(one, other) > 0]

    def closeness(pair: tuple[LabelledSpan, LabelledSpan]) -> tuple[Any, ...]:
        one, other = pair
        return one[:2] != other[:2], one[2] != other[2], -_overlap(one, other), one, other

    for one, other in sorted(candidates, key=closeness):
        if one in removed and other in added:
            became[one] = other
            removed.remove(one)
            added.remove(other)
    return became


def _overlap(one: LabelledSpan, other: LabelledSpan) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def _of_spans(
    document: Document,
    layer: str,
    ours: set[LabelledSpan],
    theirs: set[LabelledSpan],
    became: Mapping[LabelledSpan, LabelledSpan],
) -> Iterator[Outcome]:
    for one in sorted(ours):
        other = became.get(one)
        kind = REMOVED if other is None else _kind(one[:2] == other[:2], one[2] == other[2])
        yield _of_pair(document, layer, kind, one, other)
    for other in sorted(theirs - set(became.values())):
        yield _of_pair(document, layer, ADDED, None, other)


def _kind(same_ends: bool, same_label: bool) -> str:
    if same_ends:
        return KEPT if same_label else RELABELLED
    return MOVED if same_label else REPLACED


def _of_pair(document: Document, layer: str, kind: str, *pair: LabelledSpan | None) -> Outcome:
    suggested, corrected = (span and Labelled(*span, document.text[span[0] : span[1]]) for span in pair)
    index = document.sentence_index(min(span[0] for span in pair if span))
    return Outcome(document.id, index, layer, kind, suggested, corrected)


def _of_links(
    suggested: Document, corrected: Document, became: Mapping[str, Mapping[LabelledSpan, LabelledSpan]]
) -> Iterator[Outcome]:
    """Yield the arguments, then the attributes; each is looked for where its trigger and its entity are now."""
    before: dict[_Ends, set[str]] = {}
    for (trigger, filler), names in _links(suggested).items():
        now = became["triggers"].get(trigger, trigger), filler and became["entities"].get(filler, filler)
        before.setdefault(now, set()).update(names)
    after = _links(corrected)
    for layer in (ARGUMENTS, ATTRIBUTES):
        ends = [pair for pair in {**before, **after} if (pair[1] is not None) == (layer == ARGUMENTS)]
        for pair in sorted(ends, key=lambda pair: (pair[0], pair[1] or pair[0])):
            yield from _of_names(corrected, layer, pair, before.get(pair, set()), after.get(pair, set()))


def _links(document: Document) -> dict[_Ends, set[str]]:
    """Return the roles of every pair of trigger and entity, and the attributes of every trigger."""
    entities = {entity.id: (entity.start, entity.end, entity.label) for entity in document.entities}
    links: dict[_Ends, set[str]] = {}
    for event in document.events:
        trigger = (event.trigger.start, event.trigger.end, event.type)
        for argument in event.arguments:
            if argument.entity in entities:
                links.setdefault((trigger, entities[argument.entity]), set()).add(argument.role)
        if event.attributes:
            links.setdefault((trigger, None), set()).update(event.attributes)
    return links


def _of_names(document: Document, layer: str, ends: _Ends, ours: set[str], theirs: set[str]) -> Iterator[Outcome]:
    """Yield what became of the roles of one pair, or of the attributes of one trigger."""
    (start, end, _), filler = ends
    text = document.text[start:end] + (f" ← {document.text[filler[0] : filler[1]]}" if filler else "")
    removed, added = sorted(ours - theirs), sorted(theirs - ours)
    pairs: list[tuple[str, str | None, str | None]] = [(KEPT, name, name) for name in sorted(ours & theirs)]
    while layer == ARGUMENTS and removed and added:
        pairs.append((RELABELLED, removed.pop(0), added.pop(0)))
    pairs += [(REMOVED, name, None) for name in removed] + [(ADDED, None, name) for name in added]
    for kind, *names in pairs:
        before, after = (None if name is None else Labelled(start, end, name, text) for name in names)
        yield Outcome(document.id, document.sentence_index(start), layer, kind, before, after)
