"""A few sentences for every label, picked so that a reader sees what the label means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trainer.data.label_counts import ATTRIBUTES, ROLES
from trainer.documents import Document

EXAMPLES = 5
# A sentence of fewer words is mostly a subhead, which shows little of how a label is used.
READABLE_WORDS = 6
# Of a longer sentence only the surroundings of what is marked are shown: a broken text may be one long sentence.
SHOWN_CHARACTERS = 400
# The split that 'marsad evaluate' scores on unless told otherwise.
TEST = "test"
# The kinds of marks: what has the label, and for a role the trigger of its event.
LABELLED, TRIGGER = "labelled", "trigger"


@dataclass(frozen=True)
class Example:
    """A sentence with what has a label marked in it.

    ``pieces`` are stretches of its text, each with the kind of its mark: ``LABELLED``, ``TRIGGER`` or ``""``. Where the
    label is the sentence's own (event types) nothing is marked. ``sentence`` counts from 1.
    """

    document: str
    sentence: int
    pieces: tuple[tuple[str, str], ...]


# Marks: start, end, kind. A candidate: the document's place in the list, the sentence's in the document, its marks.
_Marks = tuple[tuple[int, int, str], ...]
_Place = tuple[int, int, _Marks]


def shown_documents(parts: Mapping[str, Sequence[Document]]) -> list[Document]:
    """Return the documents to take examples from: all but those to test on, which nobody should learn from.

    Those, too, where there is nothing else.
    """
    shown = [document for name, documents in parts.items() if name != TEST for document in documents]
    return shown or [document for documents in parts.values() for document in documents]


def label_examples(documents: Sequence[Document]) -> dict[str, dict[str, list[Example]]]:
    """Return up to ``EXAMPLES`` examples for every label of every table of :mod:`trainer.data.label_counts`.

    The shortest sentences come first, those too short to be read last, and each is of another document as long as
    there are enough. No sentence stands twice under a label, also where two documents have it. The order of
    ``documents`` decides between equally long ones, so that the same documents give the same examples. Event types of
    sentences get none where the document has triggers, which show the same.
    """
    # The first place in every sentence; a long one may have a label thousands of times.
    places: dict[tuple[str, str], dict[tuple[int, int], _Marks]] = defaultdict(dict)
    for number, document in enumerate(documents):
        for table, label, index, marks in _labelled(document):
            places[table, label].setdefault((number, index), marks)
    examples: dict[str, dict[str, list[Example]]] = defaultdict(dict)
    for (table, label), marks_of in places.items():
        examples[table][label] = _picked(documents, [(*place, marks) for place, marks in marks_of.items()])
    return dict(examples)


def _labelled(document: Document) -> Iterator[tuple[str, str, int, _Marks]]:
    """Yield the table, the label, the sentence and the marks of all that is labelled within one sentence."""
    entities = {entity.id: entity for entity in document.entities}
    for entity in document.entities:
        index = document.sentence_index(entity.start)
        if index is not None:
            yield "entities", entity.label, index, ((entity.start, entity.end, LABELLED),)
    for event in document.events:
        index = document.sentence_index(event.trigger.start)
        if index is None:
            continue
        trigger = (event.trigger.start, event.trigger.end)
        yield "triggers", event.type, index, ((*trigger, LABELLED),)
        for attribute in event.attributes:
            yield ATTRIBUTES, attribute, index, ((*trigger, LABELLED),)
        for argument in event.arguments:
            filler = entities.get(argument.entity)
            # An argument may lie in another sentence than its trigger.
            if filler is not None and document.sentence_index(filler.start) == index:
                yield ROLES, argument.role, index, ((filler.start, filler.end, LABELLED), (*trigger, TRIGGER))
    if "triggers" not in document.layers:
        for index, sentence in enumerate(document.sentences):
            for type in sentence.event_types:
                yield "event_types", type, index, ()


def _picked(documents: Sequence[Document], places: Iterable[_Place]) -> list[Example]:
    def order(place: _Place) -> tuple[bool, int]:
        document = documents[place[0]]
        words = len(document.words_of(document.sentences[place[1]]))
        return words < READABLE_WORDS, words

    # Sorting is stable: equally long ones stay in the order of the documents.
    ordered = sorted(places, key=order)
    chosen: list[_Place] = []
    texts: set[str] = set()
    # First one of each document, then whatever there is.
    for fresh_documents in (True, False):
        for place in ordered:
            if len(chosen) == EXAMPLES:
                break
            if fresh_documents and any(place[0] == other[0] for other in chosen):
                continue
            if (text := _folded(documents, place)) in texts:
                continue
            texts.add(text)
            chosen.append(place)
    return [_example(documents[number], index, marks) for number, index, marks in sorted(chosen, key=order)]


def _folded(documents: Sequence[Document], place: _Place) -> str:
    """Return the sentence's words, for comparison: two that differ in white space are the same."""
    sentence = documents[place[0]].sentences[place[1]]
    return " ".join(documents[place[0]].text[sentence.start : sentence.end].split())


def _example(document: Document, index: int, marks: _Marks) -> Example:
    sentence = document.sentences[index]
    start, end = sentence.start, sentence.end
    inside = [(max(a, start), min(b, end), kind) for a, b, kind in marks]
    before = after = ""
    if end - start > SHOWN_CHARACTERS:
        middle = inside[0][0] if inside else start
        shown_start = max(start, min(middle - SHOWN_CHARACTERS // 2, end - SHOWN_CHARACTERS))
        shown_end = shown_start + SHOWN_CHARACTERS
        before, after = "…" if shown_start > start else "", "…" if shown_end < end else ""
        start, end = shown_start, shown_end
        inside = [(max(a, start), min(b, end), kind) for a, b, kind in inside if a < end and b > start]
    pieces = [(before, "")] if before else []
    cuts = sorted({start, end, *(edge for a, b, _ in inside for edge in (a, b))})
    for left, right in pairwise(cuts):
        # What has the label comes first among the marks, and wins where a trigger lies in it.
        kind = next((kind for a, b, kind in inside if a <= left and right <= b), "")
        pieces.append((document.text[left:right], kind))
    return Example(document.id, index + 1, (*pieces, *([(after, "")] if after else [])))
