"""What a document is made of: words and triggers, entities, events with their arguments, sentences.

These are plain values. They know neither their document nor the schema: a label is any string, and whether offsets lie
in the text is checked by the methods of :class:`trainer.documents.Document` that add them or read them back. ``start``
and ``end`` count Unicode code points of the document's text, and ``end`` is exclusive. A ``score`` is a probability
from 0 to 1, ``None`` where a person annotated. ``to_dict`` gives the JSON shape of ``docs/output-format.md``; sentences
have none, because what is written of them depends on the layers of their document.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

# The layers of annotation: labelled spans, triggers of events, and the event types of sentences.
LAYERS = ("entities", "triggers", "event_types")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document's text: a word, or the trigger of an event."""

    start: int
    end: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the span as JSON says it."""
        return {"start": self.start, "end": self.end, "text": self.text}


@dataclass(slots=True)
class Entity:
    """A mention of an entity.

    ``name`` is the mention without attached clitics (وداعش gives داعش); ``score`` is the model's
    probability of the span, ``None`` for a human annotation.
    """

    id: str
    start: int
    end: int
    label: str
    text: str
    name: str
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the entity as JSON says it."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "label": self.label,
            "text": self.text,
            "name": self.name,
            "score": self.score,
        }


@dataclass(slots=True)
class Argument:
    """An entity that plays a role in an event, by the entity's id in the same document."""

    role: str
    entity: str
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the argument as JSON says it."""
        return {"role": self.role, "entity": self.entity, "score": self.score}


@dataclass(slots=True)
class Event:
    """One event mention: its type, the word or expression that tells it, and who takes part."""

    id: str
    type: str
    trigger: Span
    score: float | None = None
    arguments: list[Argument] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the event as JSON says it; without attributes there is no key for them."""
        data: dict[str, Any] = {
            "id": self.id,
            "type": self.type,
            "score": self.score,
            "trigger": self.trigger.to_dict(),
            "arguments": [argument.to_dict() for argument in self.arguments],
        }
        if self.attributes:
            data["attributes"] = list(self.attributes)
        return data


@dataclass(slots=True)
class Sentence:
    """A sentence and its event types, each with a score (1.0 in human annotation).

    ``type_scores`` has the score of every type a model knows, also of those that do not count. It is
    empty where no model gave any, and no part of the annotation: equality ignores it, JSON leaves it
    out unless asked.
    """

    start: int
    end: int
    event_types: dict[str, float] = field(default_factory=dict)
    type_scores: dict[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class DuplicateOf:
    """The earlier article of a run in which most of a document stands, as wire copies do.

    ``similarity`` is the share of the document's runs of three words that the article ``id`` has, too.
    """

    id: str
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """Return the reference as JSON says it."""
        return {"id": self.id, "similarity": self.similarity}


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a document was read from, so that whoever finds fault with the document can say where.

    ``lines`` are pairs of an offset in the text and the number, from 1, of the line that begins there, in order of the
    offsets; without any the file is all that is known. ``unit`` is what is counted: lines, or the tasks and rows of
    files that are no lines to a reader.
    """

    file: str
    lines: tuple[tuple[int, int], ...] = ()
    unit: str = "line"

    def line(self, offset: int) -> int | None:
        """Return the number of the line that ``offset`` stands in."""
        index = bisect_right(self.lines, offset, key=lambda pair: pair[0])
        return self.lines[max(index - 1, 0)][1] if self.lines else None

    def place(self, offset: int = 0) -> str:
        """Return the place as messages say it.

        >>> Origin("news.iob2", ((0, 3), (5, 4))).place(6)
        'news.iob2:4'
        >>> Origin("tasks.json", ((0, 12),), "task").place()
        'tasks.json, task 12'
        """
        line = self.line(offset)
        if line is None:
            return self.file
        return f"{self.file}:{line}" if self.unit == "line" else f"{self.file}, {self.unit} {line}"
