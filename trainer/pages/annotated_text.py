"""A document's text cut into sentences and pieces that lie inside the same spans: what a page marks."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from trainer.documents import Document, Sentence

# So many spans of a kind are marked in each other.
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A span that covers a piece, by its index in the document's list.

    ``level`` counts the spans that it lies in or across, and is the same wherever it is marked; ``first`` where it has
    not been marked before.
    """

    span: int
    level: int
    first: bool


@dataclass(frozen=True, slots=True)
class End:
    """A span that ends with a piece, by its index; ``marked`` unless it lay too deep in others all along."""

    span: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text inside the same spans, by level; the spans that end with it, the innermost first."""

    text: str
    entities: Sequence[Mark]
    triggers: Sequence[Mark]
    ended_entities: Sequence[End]
    ended_triggers: Sequence[End]


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence, or text between sentences."""

    pieces: list[Piece]
    sentence: Sentence | None


def blocks(document: Document) -> list[Block]:
    """Cut the text into sentences and what is between them, and those into pieces at the edges of spans.

    Of the entities that cover a piece up to ``LEVELS`` are its marks, and as many triggers: those that begin first,
    the longest of those that begin together. A span deeper than that is marked from where one around it ends; if none
    does, it is only named where it ends. So every character inside a span is marked, every span that is not in white
    space alone has one ``End``, and it takes time in the number of spans, however they lie: a document may be a book.
    """
    stretches = _stretches(document)
    spans = [(entity.start, entity.end) for entity in document.entities]
    trigger_spans = [(event.trigger.start, event.trigger.end) for event in document.events]
    edges = (edge for start, end, _ in stretches for edge in (start, end))
    cuts = sorted({*edges, *(edge for span in (*spans, *trigger_spans) for edge in span)})
    # A piece is the text from the cut of its number to the next.
    shown = [range(bisect_left(cuts, start), bisect_left(cuts, end)) for start, end, _ in stretches]
    numbers = [number for block in shown for number in block]
    entities, triggers = _Layer(cuts, spans, numbers), _Layer(cuts, trigger_spans, numbers)
    return [
        Block(
            [
                Piece(
                    document.text[cuts[number] : cuts[number + 1]],
                    entities.marks(number),
                    triggers.marks(number),
                    entities.ends(number),
                    triggers.ends(number),
                )
                for number in block
            ],
            sentence,
        )
        for block, (_, _, sentence) in zip(shown, stretches, strict=True)
    ]


def _stretches(document: Document) -> list[tuple[int, int, Sentence | None]]:
    """Return where sentences lie, and the text between them that is not white space; no character is in two."""
    found: list[tuple[int, int, Sentence | None]] = []
    position = 0
    for sentence in document.sentences:
        if document.text[position : sentence.start].strip():
            found.append((position, sentence.start, None))
        found.append((max(position, sentence.start), max(position, sentence.end), sentence))
        position = max(position, sentence.end)
    if document.text[position:].strip():
        found.append((position, len(document.text), None))
    return found


class _Layer:
    """The spans of one kind over the pieces of a page, which are asked for in order."""

    def __init__(self, cuts: Sequence[int], spans: Sequence[tuple[int, int]], shown: Sequence[int]) -> None:
        outermost_first = sorted(range(len(spans)), key=lambda index: (spans[index][0], -spans[index][1]))
        self._levels = _levels(cuts, spans, outermost_first)
        self._ended: dict[int, list[int]] = defaultdict(list)
        self._marked: set[int] = set()
        for index in reversed(outermost_first):
            start, end = spans[index]
            last = bisect_left(shown, bisect_left(cuts, end)) - 1
            if last >= 0 and cuts[shown[last]] >= start:
                self._ended[shown[last]].append(index)

    def marks(self, number: int) -> Sequence[Mark]:
        """Return the marks of a piece."""
        if number not in self._levels:
            return ()
        found = []
        for level, index in self._levels[number]:
            found.append(Mark(index, level, first=index not in self._marked))
            self._marked.add(index)
        return found

    def ends(self, number: int) -> Sequence[End]:
        """Return the spans of which a piece is the last one shown."""
        if number not in self._ended:
            return ()
        return [End(index, index in self._marked) for index in self._ended[number]]


def _levels(
    cuts: Sequence[int], spans: Sequence[tuple[int, int]], outermost_first: Sequence[int]
) -> dict[int, list[tuple[int, int]]]:
    """Map the number of a stretch between two cuts to the levels that are taken there, each with the index of a span.

    All edges of ``spans`` are among ``cuts``, which are in order.
    """
    taken: list[int | None] = [None] * LEVELS
    # Spans that have begun and have no level yet, by their rank; those that have ended are dropped when they come up.
    waiting: list[int] = []
    following = 0
    levels: dict[int, list[tuple[int, int]]] = {}
    for number, cut in enumerate(cuts):
        while following < len(outermost_first) and spans[outermost_first[following]][0] <= cut:
            heappush(waiting, following)
            following += 1
        for level in range(LEVELS):
            index = taken[level]
            if index is not None and spans[index][1] <= cut:
                taken[level] = None
            while taken[level] is None and waiting:
                index = outermost_first[heappop(waiting)]
                if spans[index][1] > cut:
                    taken[level] = index
        found = [(level, index) for level, index in enumerate(taken) if index is not None]
        if found:
            levels[number] = found
    return levels
