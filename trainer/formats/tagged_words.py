"""Documents as sentences of words with tags, and back: what all formats with a tag for every word share."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from trainer.documents import Document, Sentence, Span
from trainer.formats.nested_columns import LeftOut, outermost
from trainer.formats.tag_schemes import IOB2, Scheme, WordSpan, tags_of_spans

Report = Callable[[str, str], None]

# Where a format does not say which sentences make a document.
SENTENCES_A_DOCUMENT = 50


def document_of_words(id: str, sentences: Iterable[tuple[Sequence[str], Iterable[WordSpan]]]) -> Document:
    """Return a document of these sentences, each its words and its spans, annotated for entities.

    Its text is the words with a space between them, and a line break between sentences.
    """
    given = [(list(words), list(spans)) for words, spans in sentences]
    text = "\n".join(" ".join(words) for words, _ in given)
    document = Document(text, id, layers=("entities",))
    offset = 0
    for words, spans in given:
        placed = []
        for word in words:
            placed.append(Span(offset, offset + len(word), word))
            offset += len(word) + 1
        document.words += placed
        document.sentences.append(Sentence(placed[0].start, placed[-1].end))
        for first, last, label in spans:
            document.add_entity(placed[first].start, placed[last - 1].end, label)
    return document


def tagged_sentences(
    document: Document, scheme: Scheme = IOB2, report: Report | None = None
) -> list[list[tuple[str, str]]]:
    """Return the words of every sentence with the tags of their entities; sentences without words are left out.

    Parameters
    ----------
    report:
        Called with the document and with what tags cannot show of it, and what became of that: an entity that cuts
        a word gets the whole word; of entities that overlap the outermost stay (see
        :func:`~trainer.formats.nested_columns.outermost`); one over the end of a sentence, and events and event
        types, are left out; so is a whole document that was not annotated for entities or has no words.

    Raises
    ------
    ValueError
        Without ``report``, for a document or an entity that tags of words cannot show. Events are no error.
    """
    place = f"document {document.id!r}"
    in_sentences = [words for words in map(document.words_of, document.sentences) if words]
    if report is None:
        spans = _exact_spans(document)
        if not in_sentences or sum(map(len, in_sentences)) != len(document.words):
            raise ValueError(f"{place} has no words, or words outside its sentences")
    elif "entities" not in document.layers or not in_sentences:
        why = "it has no words" if "entities" in document.layers else "it was not annotated for entities"
        report(place, f"left out: {why}")
        return []
    else:
        spans = _flat_spans(document, lambda loss: report(place, loss))
        _tell_what_tags_do_not_hold(document, in_sentences, lambda loss: report(place, loss))
    number_of = {word.start: number for number, word in enumerate(document.words)}
    span_from = {first: (last, label) for first, last, label in spans}
    sentences = []
    for words in in_sentences:
        start = number_of[words[0].start]
        begun = [start + position for position in range(len(words)) if start + position in span_from]
        local = [(first - start, span_from[first][0] - start, span_from[first][1]) for first in begun]
        tags = tags_of_spans(local, len(words), scheme)
        sentences.append([(word.text, tag) for word, tag in zip(words, tags, strict=True)])
    return sentences


def _exact_spans(document: Document) -> list[WordSpan]:
    """Return the entities as spans of the document's words; ``ValueError`` for one that is none."""
    if "entities" not in document.layers:
        raise ValueError(f"document {document.id!r} was not annotated for entities")
    spans: list[WordSpan] = []
    taken: set[int] = set()
    starts = {word.start: number for number, word in enumerate(document.words)}
    ends = {word.end: number for number, word in enumerate(document.words)}
    for entity in document.entities:
        named = f"document {document.id!r}: {entity.label} {entity.text!r} ({entity.start}..{entity.end})"
        if entity.start not in starts or entity.end not in ends:
            raise ValueError(f"{named} does not begin and end with a word")
        if document.sentence_index(entity.start) != document.sentence_index(entity.end - 1):
            raise ValueError(f"{named} runs over the end of its sentence")
        words = range(starts[entity.start], ends[entity.end] + 1)
        if not taken.isdisjoint(words):
            raise ValueError(f"{named} overlaps another entity")
        taken.update(words)
        spans.append((words.start, words.stop, entity.label))
    return spans


def _flat_spans(document: Document, tell: Callable[[str], None]) -> list[WordSpan]:
    """Return what tags can show of the entities, as spans of the document's words; tell of the rest."""
    starts = [word.start for word in document.words]
    ends = [word.end for word in document.words]
    moved: list[str] = []
    nowhere: list[str] = []
    spans: list[WordSpan] = []
    for entity in document.entities:
        first, last = bisect_right(ends, entity.start), bisect_left(starts, entity.end)
        index = document.sentence_index(starts[first]) if first < last else None
        if index is None or ends[last - 1] > document.sentences[index].end:
            nowhere.append(entity.label)
            continue
        if (starts[first], ends[last - 1]) != (entity.start, entity.end):
            moved.append(entity.label)
        spans.append((first, last, entity.label))
    left_out = LeftOut()
    kept = outermost(spans, left_out)
    if moved:
        tell(f"entities whose edges were moved to those of their words: {_counted(moved)}")
    if nowhere:
        tell(f"entities left out because no sentence has words for them: {_counted(nowhere)}")
    for message in left_out.messages():
        tell(f"entities {message}")
    return kept


def _tell_what_tags_do_not_hold(
    document: Document, in_sentences: Sequence[Sequence[Span]], tell: Callable[[str], None]
) -> None:
    if outside := len(document.words) - sum(map(len, in_sentences)):
        tell(f"words left out because they stand in no sentence: {outside}")
    if document.events:
        tell(f"events left out: {_counted([event.type for event in document.events])}")
    if types := [type for sentence in document.sentences for type in sentence.event_types]:
        tell(f"event types of sentences left out: {_counted(types)}")


def _counted(labels: Sequence[str]) -> str:
    counts = Counter(labels)
    return f"{len(labels)} ({', '.join(f'{label} {counts[label]}' for label in sorted(counts))})"
