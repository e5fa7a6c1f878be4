"""The results of one Label Studio annotation, put into a document: regions first, then what refers to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.documents import Argument, Document, Entity, Event, Sentence
from trainer.formats.label_studio_config import SENTENCE, TRIGGERS, layer_of_control
from trainer.formats.label_studio_regions import Place, claim_of, misfit, places_of

Item = Mapping[str, Any]

_RELATION, _CHOICES = "relation", "choices"
_NO_ROLE = "a relation without a label; it is left out"
_NO_REGION = "a relation of a region that is not there; it is left out"
_NOT_TO_ENTITY = (
    "a relation that joins no trigger with an entity; it is left out. If one of its labels is an event type, say so "
    "with the labels of triggers"
)


@dataclass
class _Region:
    """What became of a region: more than one thing if it has several labels."""

    place: Place
    entities: list[Entity] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class ResultReader:
    """Reads the results of one annotation into ``document``.

    Parameters
    ----------
    document:
        Has its text, words and sentences; sentences that do not fit the regions of sentences are joined.
    predicted:
        Whether scores are read; people's annotation has none.
    trigger_labels:
        Labels that are event types, whatever the control.
    tell:
        Called with what is wrong, and what was made of it.
    """

    def __init__(
        self, document: Document, predicted: bool, trigger_labels: Collection[str], tell: Callable[[str], None]
    ) -> None:
        self._document = document
        self._predicted = predicted
        self._trigger_labels = trigger_labels
        self._tell = tell
        self._regions: dict[str, _Region] = {}
        self._ids: set[tuple[str, str]] = set()
        self._found: set[str] = set()

    def read(self, results: Sequence[Item]) -> set[str]:
        """Add everything to the document; return the layers of annotation that occurred."""
        self._read_regions([item for item in results if _kind(item).endswith("labels")])
        self._read_all_choices([item for item in results if _kind(item) == _CHOICES])
        for item in results:
            if _kind(item) == _RELATION:
                self._read_relation(item)
            elif _kind(item) != _CHOICES and not _kind(item).endswith("labels"):
                self._tell(f"a result of type {_kind(item)!r}; it is left out")
        return self._found

    def _read_regions(self, items: Sequence[Item]) -> None:
        for item, place in self._placed(items):
            labels = _strings(_value(item).get(_kind(item)))
            if not labels:
                self._tell("a region without a label; only choices for it are read")
                continue
            id = str(item.get("id") or f"region-{len(self._regions) + 1}")
            region = self._regions.setdefault(id, _Region(place))
            for label in labels:
                self._add(id, region, place, label, item)

    def _placed(self, items: Sequence[Item]) -> list[tuple[Item, Place]]:
        """Return the regions that lie in the text, with where they lie."""
        claims = [(item, claim) for item in items if (claim := claim_of(_value(item)))]
        for _ in range(len(items) - len(claims)):
            self._tell("a region without offsets in a text; it is left out")
        placed = []
        places = places_of(self._document.text, [claim for _, claim in claims])
        for (item, claim), place in zip(claims, places, strict=True):
            if place is None:
                self._tell(misfit(self._document.text, claim))
                continue
            if place.utf16:
                self._tell("a region counts UTF-16 code units, as Label Studio once did; read so")
            placed.append((item, place))
        return placed

    def _add(self, id: str, region: _Region, place: Place, label: str, item: Item) -> None:
        layer = self._layer(item, label)
        self._found.add(layer)
        if layer == "entities":
            id = self._free("T", id, label)
            region.entities.append(
                self._document.add_entity(place.start, place.end, label, score=self._score(item), id=id)
            )
        elif layer == "triggers":
            id = self._free("E", id, label)
            region.events.append(
                self._document.add_event(place.start, place.end, label, score=self._score(item), id=id)
            )
        else:
            self._join_sentences(place)
            if label != SENTENCE:
                self._tell(f"labels of '{item.get('from_name')}' are read as event types of sentences, by its name")
                self._add_event_types([label], item, region)

    def _free(self, kind: str, id: str, label: str) -> str:
        """Return ``id``, or for the second and further labels of a region another one."""
        while (kind, id) in self._ids:
            id += f"-{label}"
        self._ids.add((kind, id))
        return id

    def _layer(self, item: Item, label: str) -> str:
        control = str(item.get("from_name") or "")
        layer = layer_of_control(control)
        if layer == "entities" and label in self._trigger_labels:
            return "triggers"
        if layer == "triggers" and control != TRIGGERS:
            self._tell(f"labels of '{control}' are read as triggers of events, by its name")
        return layer

    def _score(self, item: Item) -> float | None:
        score = item.get("score")
        if not self._predicted or score is None:
            return None
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
            self._tell("a score that is no number from 0 to 1; it is left out")
            return None
        return float(score)

    def _read_all_choices(self, items: Sequence[Item]) -> None:
        bare = []
        for item in items:
            if region := self._regions.get(str(item.get("id"))):
                self._read_choices(item, region)
            elif claim_of(_value(item)):
                bare.append(item)
            else:
                self._read_choices(item, None)
        # Regions that have choices and no label are sentences.
        for item, place in self._placed(bare):
            self._join_sentences(place)
            self._read_choices(item, _Region(place))

    def _sentences_at(self, place: Place) -> slice:
        sentences = self._document.sentences
        first = bisect_right(sentences, place.start, key=lambda sentence: sentence.end)
        return slice(first, max(first, bisect_left(sentences, place.end, key=lambda sentence: sentence.start)))

    def _join_sentences(self, place: Place) -> None:
        """Make the sentences in which a region lies one."""
        where = self._sentences_at(place)
        touched = self._document.sentences[where]
        if len(touched) > 1:
            self._tell("a region of a sentence runs over several; they are read as one sentence")
            self._document.sentences[where] = [_joined(touched)]
        elif touched and (touched[0].start, touched[0].end) != (place.start, place.end):
            self._tell("a region of a sentence is not all of it; read as the sentence that it lies in")

    def _read_choices(self, item: Item, region: _Region | None) -> None:
        """Read choices for a region, or without one for the whole task."""
        given = _value(item).get(_CHOICES)
        choices = _strings(given)
        if not isinstance(given, (list, str)) or (isinstance(given, list) and len(choices) < len(given)):
            self._tell("a choice that is no string, as of nested choices; it is left out")
        if region and region.events:
            for event in region.events:
                event.attributes += choices
        elif region and region.entities:
            self._tell("choices for an entity; they are left out")
        else:
            self._add_event_types(choices, item, region)

    def _add_event_types(self, choices: Sequence[str], item: Item, region: _Region | None) -> None:
        """Give event types to the sentence of a region, or to the whole text as one sentence."""
        sentences = self._document.sentences
        where = self._sentences_at(region.place) if region else slice(0, len(sentences))
        if not sentences[where]:
            self._tell("choices where no sentence is; they are left out")
            return
        if len(sentences[where]) > 1:
            self._tell("choices for a whole task of several sentences; it is read as one sentence")
            sentences[where] = [_joined(sentences[where])]
        self._found.add("event_types")
        score = self._score(item)
        sentences[where][0].event_types |= dict.fromkeys(choices, 1.0 if score is None else score)

    def _read_relation(self, item: Item) -> None:
        ends = [self._regions.get(str(item.get(key))) for key in ("from_id", "to_id")]
        source, target = ends if item.get("direction") != "left" else ends[::-1]
        roles = _strings(item.get("labels"))
        if source is None or target is None:
            self._tell(_NO_REGION)
            return
        if not source.events and target.events:
            self._tell("a relation from an entity to a trigger; it is read as from the trigger")
            source, target = target, source
        if not source.events or not target.entities:
            self._tell(_NOT_TO_ENTITY)
        elif not roles:
            self._tell(_NO_ROLE)
        else:
            score = self._score(item)
            for event in source.events:
                event.arguments += [Argument(role, target.entities[0].id, score) for role in roles]


def _kind(item: Item) -> str:
    return str(item.get("type"))


def _value(item: Item) -> Mapping[str, Any]:
    value = item.get("value")
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


def _joined(sentences: Sequence[Sentence]) -> Sentence:
    types: defaultdict[str, float] = defaultdict(float)
    for sentence in sentences:
        for name, score in sentence.event_types.items():
            types[name] = max(types[name], score)
    return Sentence(sentences[0].start, sentences[-1].end, dict(types))
