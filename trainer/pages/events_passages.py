"""The sentences of an event record with what it was made of marked in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trainer.annotations import Entity, Event, Span
from trainer.documents import Document, Sentence
from trainer.pages.annotated_text import Block, blocks
from trainer.records.record import EventRecord

# Of a longer sentence there is what is this near to a span: text without sentence ends may be a book.
_LONGEST = 1200
_NEAR = 300


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or a part of one: ``text`` lies in the document from ``start`` on.

    ``cut_before`` and ``cut_after`` say that the sentence goes on there.
    """

    start: int
    text: str
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage in pieces; entities and triggers of the pieces are indices of the two lists of labels."""

    block: Block
    fields: list[str]
    types: list[str]
    cut_before: bool
    cut_after: bool


def passages(document: Document, record: EventRecord) -> list[Passage]:
    """Return the sentences of ``document`` that hold something of ``record``, in their order."""
    spans = {mention.span for mention in record.mentions} | {span for _, span in fields(record)}
    found: list[list[int]] = []
    for start, end in sorted(_around(document, span) for span in spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        elif start < end:
            found.append([start, end])
    return [Passage(start, document.text[start:end], *_cuts(document, start, end)) for start, end in found]


def _around(document: Document, span: Span) -> tuple[int, int]:
    first, last = document.sentence_index(span.start), document.sentence_index(max(span.start, span.end - 1))
    start = span.start if first is None else document.sentences[first].start
    end = span.end if last is None else document.sentences[last].end
    if end - start > _LONGEST:
        start, end = _near(document.text, span, start, end)
    return start, end


def _near(text: str, span: Span, start: int, end: int) -> tuple[int, int]:
    """Return what is near to ``span`` between ``start`` and ``end``, in whole words if there are spaces."""
    first, last = max(start, span.start - _NEAR), min(end, span.end + _NEAR)
    if first > start:
        first = text.find(" ", first, span.start) + 1 or first
    if last < end:
        space = text.rfind(" ", span.end, last)
        last = space if space >= 0 else last
    return first, last


def _cuts(document: Document, start: int, end: int) -> tuple[bool, bool]:
    """Return whether a stretch begins inside a sentence or beside all, and whether it ends so."""
    first, last = document.sentence_index(start), document.sentence_index(end - 1)
    before = first is None or document.sentences[first].start < start
    after = last is None or document.sentences[last].end > end
    return before and start > 0, after and end < len(document.text)


def marked(passages: Sequence[Passage], record: EventRecord) -> list[MarkedPassage]:
    """Return ``passages`` with the triggers and the fields of ``record`` marked."""
    told = list(dict.fromkeys(fields(record)))
    result: list[MarkedPassage] = []
    for passage in passages:
        document = Document(passage.text, sentences=[Sentence(0, len(passage.text))])
        document.entities = [
            Entity("", span.start - passage.start, span.end - passage.start, name, span.text, "")
            for name, span in told
            if _holds(passage, span)
        ]
        document.events = [
            Event("", mention.type, Span(mention.span.start - passage.start, mention.span.end - passage.start, ""))
            for mention in record.mentions
            if _holds(passage, mention.span)
        ]
        labels = [entity.label for entity in document.entities], [event.type for event in document.events]
        result.extend(
            MarkedPassage(block, *labels, passage.cut_before, passage.cut_after) for block in blocks(document)
        )
    return result


def _holds(passage: Passage, span: Span) -> bool:
    return passage.start <= span.start < span.end <= passage.start + len(passage.text)


def fields(record: EventRecord) -> Iterator[tuple[str, Span]]:
    """Yield the name of a field and its span, for everything but the triggers that a record was made of."""
    if record.when:
        yield "when", record.when.span
    for where in (record.where, *record.other_places):
        while where is not None:
            yield "where", where.span
            where = where.within
    for name, sides in (("side_a", record.side_a), ("side_b", record.side_b)):
        for side in sides:
            yield name, side.span
    for name, claims in record.outcomes.items():
        for claim in claims:
            yield name, claim.span
    if record.weapon:
        yield "weapon", record.weapon.span
