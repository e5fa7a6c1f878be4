"""Annotated spans of both layers in one shape, and the key by which repetitions of the same words are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from trainer.data.near_duplicates import folded_words
from trainer.documents import Document
from trainer.text.mentions import mention_name

# The layers whose annotation is spans.
SPAN_LAYERS = ("entities", "triggers")
Splits = Mapping[str, Sequence[Document]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A span that somebody annotated: an entity, or the trigger of an event with the event's type as its label."""

    document: Document
    layer: str
    start: int
    end: int
    label: str

    @property
    def text(self) -> str:
        """What stands there."""
        return self.document.text[self.start : self.end]

    @property
    def key(self) -> tuple[str, ...]:
        """The words by which repetitions are found; empty where there is no letter and no digit."""
        return name_key(self.text)


def shown(text: str) -> str:
    """Return words of a corpus as messages quote them: on one line."""
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def all_documents(splits: Splits) -> Iterator[Document]:
    """Yield the documents of all splits, one split after the other."""
    for documents in splits.values():
        yield from documents


def marks_of(document: Document) -> Iterator[Mark]:
    """Yield the entities of ``document``, then its triggers."""
    for entity in document.entities:
        yield Mark(document, "entities", entity.start, entity.end, entity.label)
    for event in document.events:
        yield Mark(document, "triggers", event.trigger.start, event.trigger.end, event.type)


def all_marks(splits: Splits) -> Iterator[Mark]:
    """Yield every annotated span of a corpus, in the order of its documents."""
    for document in all_documents(splits):
        yield from marks_of(document)


@lru_cache(maxsize=1 << 16)
def name_key(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` without attached clitics, diacritics, quotes and variants of spelling.

    >>> name_key("وبالحسكة") == name_key("الحسكه"), name_key('لـ"قسد"')
    (True, ('قسد',))
    """
    return tuple(folded_words(mention_name(text)))


@lru_cache(maxsize=1 << 16)
def word_key(word: str) -> str:
    """Return ``word`` as it stands behind the first word of a key: folded, with its clitics."""
    return "".join(folded_words(word))


def times(count: int) -> str:
    """Return ``count`` as sentences say it.

    >>> times(1), times(2), times(7)
    ('once', 'twice', '7 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def listed(counts: Iterable[tuple[str, int]]) -> str:
    """Return labels with their counts as sentences say them.

    >>> listed([("ARMED", 7), ("ORG", 1)])
    'ARMED 7 times and ORG once'
    """
    *others, last = [f"{label} {times(count)}" for label, count in counts]
    return f"{', '.join(others)} and {last}" if others else last
