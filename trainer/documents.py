"""The one object that flows through Marsad: text with words, sentences, entities and events.

Readers make a :class:`Document`, models fill it in, writers print it. All offsets count Unicode
code points of ``Document.text``, which is the string that the caller gave and is never changed;
``document.text[x.start:x.end] == x.text`` holds for every word, entity and trigger. What a document is
made of is in :mod:`trainer.annotations` and can be imported from here, too.
"""

from __future__ import annotations

import html
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from trainer.annotations import LAYERS, Argument, DuplicateOf, Entity, Event, Origin, Sentence, Span
from trainer.text.mentions import mention_name
from trainer.text.sentences import sentence_offsets
from trainer.text.words import word_offsets

__all__ = [
    "FORMAT_VERSION",
    "LAYERS",
    "Argument",
    "Document",
    "DuplicateOf",
    "Entity",
    "Event",
    "Origin",
    "Sentence",
    "Span",
    "in_order",
]

FORMAT_VERSION = 1
# How much of its text a document shows in a log.
_SHOWN_CHARACTERS = 60


_Annotated = TypeVar("_Annotated", Entity, Event)


class _TakenIds:
    """The ids in a list of entities or events, so that the next one without an id gets one that is free.

    The list is looked through only where somebody else replaced, lengthened or shortened it since the last time.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._items: object = None
        self._count = 0
        self._number = 0
        self._taken: set[str] = set()

    def __reduce__(self) -> tuple[type[_TakenIds], tuple[str]]:
        """Copies look through the list of their own document."""
        return _TakenIds, (self._prefix,)

    def free(self, items: Sequence[Entity] | Sequence[Event]) -> str:
        """Return an id that none of ``items`` has: their number and one more, or the next that is free."""
        if not self._knows(items):
            self._items, self._count, self._number = items, len(items), 0
            self._taken = {item.id for item in items}
        self._number = max(self._number, len(items)) + 1
        while f"{self._prefix}{self._number}" in self._taken:
            self._number += 1
        return f"{self._prefix}{self._number}"

    def append(self, items: list[_Annotated], item: _Annotated) -> None:
        """Append ``item`` to ``items``."""
        known = self._knows(items)
        items.append(item)
        if known:
            self._count += 1
            self._taken.add(item.id)

    def _knows(self, items: Sequence[Entity] | Sequence[Event]) -> bool:
        return items is self._items and len(items) == self._count


@dataclass(repr=False)
class Document:
    """A text and everything known about it. Build it with :meth:`from_text`.

    ``layers`` names the layers that were annotated. A layer that is not in it says nothing: no entity in
    a document without the layer ``entities`` means "not looked for", not "none there".
    ``duplicate_of`` is set where duplicates were looked for and one was found. ``origin`` is where a reader of labelled
    files found the document; it is neither compared nor written.
    """

    text: str
    id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    words: list[Span] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    model: dict[str, str] | None = None
    layers: tuple[str, ...] = LAYERS
    duplicate_of: DuplicateOf | None = None
    origin: Origin | None = field(default=None, compare=False)
    _entity_ids: _TakenIds = field(default_factory=lambda: _TakenIds("T"), init=False, compare=False)
    _event_ids: _TakenIds = field(default_factory=lambda: _TakenIds("E"), init=False, compare=False)

    @classmethod
    def from_text(cls, text: str, id: str = "", metadata: Mapping[str, Any] | None = None) -> Document:
        """Segment ``text`` into words and sentences. Any Unicode string is accepted."""
        if not isinstance(text, str):
            raise TypeError(f"a document's text must be a str, not {type(text).__name__}")
        return cls(
            text=text,
            id=id,
            metadata=dict(metadata or {}),
            words=[Span(start, end, text[start:end]) for start, end in word_offsets(text)],
            sentences=[Sentence(start, end) for start, end in sentence_offsets(text)],
        )

    def without_annotations(self) -> Document:
        """Return a copy with the same text, words and sentences and nothing annotated."""
        return Document(
            text=self.text,
            id=self.id,
            metadata=dict(self.metadata),
            words=list(self.words),
            sentences=[Sentence(sentence.start, sentence.end) for sentence in self.sentences],
            layers=self.layers,
            duplicate_of=self.duplicate_of,
        )

    def keep_layers(self, layers: Iterable[str]) -> None:
        """Forget the annotation of every layer that is not among ``layers``."""
        kept = set(layers)
        self.layers = tuple(layer for layer in self.layers if layer in kept)
        if "triggers" not in kept:
            self.events = []
        if "entities" not in kept:
            self.entities = []
            for event in self.events:
                event.arguments = []  # they point to entities
        if "event_types" not in kept:
            for sentence in self.sentences:
                sentence.event_types = {}

    def add_entity(
        self, start: int, end: int, label: str, *, score: float | None = None, id: str | None = None
    ) -> Entity:
        """Append an entity over ``text[start:end]``; raises ``ValueError`` for an impossible span.

        Without ``id`` it gets one that no entity of the document has.
        """
        text = self._text_of(start, end)
        id = id or self._entity_ids.free(self.entities)
        entity = Entity(id, start, end, label, text, mention_name(text), score)
        self._entity_ids.append(self.entities, entity)
        return entity

    def add_event(self, start: int, end: int, type: str, *, score: float | None = None, id: str | None = None) -> Event:
        """Append an event whose trigger is ``text[start:end]``; ``ValueError`` for an impossible span.

        Without ``id`` it gets one that no event of the document has.
        """
        trigger = Span(start, end, self._text_of(start, end))
        event = Event(id or self._event_ids.free(self.events), type, trigger, score)
        self._event_ids.append(self.events, event)
        return event

    def _text_of(self, start: int, end: int) -> str:
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}..{end} does not lie in the text of {len(self.text)} characters")
        return self.text[start:end]

    def sentence_index(self, offset: int) -> int | None:
        """Return the index of the sentence that holds ``offset``, or ``None`` between sentences."""
        index = bisect_right(self.sentences, offset, key=lambda sentence: sentence.start) - 1
        if index >= 0 and offset < self.sentences[index].end:
            return index
        return None

    def words_of(self, sentence: Sentence) -> list[Span]:
        """Return the words of ``sentence``, in order."""
        first = bisect_right(self.words, sentence.start - 1, key=lambda word: word.start)
        last = bisect_right(self.words, sentence.end - 1, key=lambda word: word.start)
        return self.words[first:last]

    def set_event_types_from_triggers(self) -> None:
        """Give every sentence the types of its triggers, as the annotation scheme defines them."""
        for sentence in self.sentences:
            sentence.event_types = {}
        for event in self.events:
            index = self.sentence_index(event.trigger.start)
            if index is not None:
                self.sentences[index].event_types[event.type] = 1.0

    def to_dict(self, *, type_scores: bool = False) -> dict[str, Any]:
        """Return the document in Marsad's JSON shape, version 1 (see ``docs/output-format.md``).

        A layer that the document does not have has no key; a document without sentences names its layers. With
        ``type_scores`` every sentence also has the scores of the types that do not count.
        """
        data: dict[str, Any] = {
            "version": FORMAT_VERSION,
            "model": dict(self.model) if self.model else None,
            "id": self.id,
            "text": self.text,
            "metadata": self.metadata,
        }
        if self.duplicate_of:
            data["duplicate_of"] = self.duplicate_of.to_dict()
        if not self.sentences:
            # No sentence can show by its keys whether event types were looked for.
            data["layers"] = list(self.layers)
        if "entities" in self.layers:
            data["entities"] = [entity.to_dict() for entity in self.entities]
        if "triggers" in self.layers:
            data["events"] = [event.to_dict() for event in self.events]
        data["sentences"] = [{"start": sentence.start, "end": sentence.end} for sentence in self.sentences]
        if "event_types" in self.layers:
            for item, sentence in zip(data["sentences"], self.sentences, strict=True):
                item["event_types"] = dict(sentence.event_types)
                if type_scores:
                    item["type_scores"] = dict(sentence.type_scores)
        return data

    def to_brat(self) -> str:
        """Return the annotation as the content of a brat ``.ann`` file; the ``.txt`` beside it is the text."""
        # Here and in _repr_html_ alone, documents look back to the formats that are built on them: a document that
        # cannot show itself would send everyone who has one to look for the function that can.
        from trainer.formats.brat import brat_annotations

        return brat_annotations(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the text with its annotation, in a frame, so that no style leaks out."""
        from trainer.pages.predictions import predictions_page

        page = html.escape(predictions_page([self]))
        return f'<iframe srcdoc="{page}" sandbox="" style="width: 100%; height: 30rem; border: 0"></iframe>'

    def __repr__(self) -> str:
        """Return a line for logs: the beginning of the text, and how much of everything there is."""
        beginning = self.text[:_SHOWN_CHARACTERS] + ("…" if len(self.text) > _SHOWN_CHARACTERS else "")
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in ("sentences", "entities", "events"))
        return f"Document(id={self.id!r}, text={beginning!r}, {counts})"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Document:
        """Rebuild a document from :meth:`to_dict`; ``ValueError`` where spans and text disagree."""
        if not isinstance(data, Mapping):
            raise ValueError(f"expected a JSON object, found {type(data).__name__}")
        if data.get("version") != FORMAT_VERSION:
            raise ValueError(f"document version is {data.get('version')!r}; this Marsad reads {FORMAT_VERSION}")
        document = cls.from_text(data["text"], data["id"], data["metadata"])
        document.model = dict(data["model"]) if data.get("model") else None
        if duplicate := data.get("duplicate_of"):
            document.duplicate_of = DuplicateOf(duplicate["id"], duplicate["similarity"])
        document.sentences = [
            Sentence(s["start"], s["end"], dict(s.get("event_types") or {}), dict(s.get("type_scores") or {}))
            for s in data["sentences"]
        ]
        has = {
            "entities": "entities" in data,
            "triggers": "events" in data,
            "event_types": all("event_types" in s for s in data["sentences"]),
        }
        layers = data.get("layers", [layer for layer in LAYERS if has[layer]])
        document.layers = tuple(layer for layer in LAYERS if layer in layers)
        for sentence in document.sentences:
            document._text_of(sentence.start, sentence.end)
        for item in data.get("entities", ()):
            entity = document.add_entity(item["start"], item["end"], item["label"], score=item["score"], id=item["id"])
            entity.name = item["name"]
            _require_same_text(item["id"], entity.text, item["text"])
        for item in data.get("events", ()):
            trigger = item["trigger"]
            event = document.add_event(
                trigger["start"], trigger["end"], item["type"], score=item["score"], id=item["id"]
            )
            _require_same_text(item["id"], event.trigger.text, trigger["text"])
            event.arguments = [Argument(a["role"], a["entity"], a.get("score")) for a in item["arguments"]]
            event.attributes = list(item.get("attributes", []))
        return document


def _require_same_text(id: str, found: str, claimed: str) -> None:
    if found != claimed:
        raise ValueError(f"{id}: the text at its offsets is {found!r}, not {claimed!r}")


def in_order(spans: Iterable[Entity]) -> list[Entity]:
    """Return entities by position, the longer first where two start together."""
    return sorted(spans, key=lambda span: (span.start, -span.end))
