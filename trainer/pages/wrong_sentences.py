"""Wrong sentences cut into pieces that a page marks, and what their filters go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trainer.pages.evaluation_section import ComparedSentence, MarkedSpan, Section
from trainer.pages.label_looks import Look, entity_looks, event_looks


@dataclass(frozen=True)
class MarkedPiece:
    """A stretch of a sentence inside the same spans, and the spans that end with it."""

    text: str
    entity: MarkedSpan | None
    trigger: MarkedSpan | None
    ending: list[MarkedSpan]


@dataclass(frozen=True)
class MarkedSide:
    """One of the two sides of a wrong sentence: its event types and its text in pieces."""

    types: list[MarkedSpan]
    pieces: list[MarkedPiece]


@dataclass(frozen=True)
class WrongSentenceView:
    """A wrong sentence as the template shows it.

    ``run`` and ``article`` are numbers that the filters know; ``errors`` has a word for each error, made of its
    layer, its kinds and the keys of its types' looks.
    """

    sentence: ComparedSentence
    run: int
    article: int
    errors: str
    kinds: list[str]
    gold: MarkedSide
    predicted: MarkedSide


@dataclass(frozen=True)
class Looks:
    """How the labels of all wrong sentences of a page look; event types look alike in both their layers."""

    entities: dict[str, Look]
    events: dict[str, Look]

    @classmethod
    def of(cls, sections: Iterable[Section], arabic_names: Mapping[str, str]) -> Looks:
        """Count the labels of the wrong sentences, and look them up."""
        spans = [
            span
            for section in sections
            for sentence in section.sentences
            for span in (*sentence.gold, *sentence.predicted)
        ]
        entities = Counter(span.label for span in spans if span.layer == "entities")
        events = Counter(span.label for span in spans if span.layer != "entities")
        return cls(entity_looks(entities, arabic_names), event_looks(events, arabic_names))

    def in_layer(self, layer: str) -> dict[str, Look]:
        """Return the looks of the labels of a layer."""
        return self.entities if layer == "entities" else self.events


@dataclass(frozen=True)
class WrongSentences:
    """The wrong sentences of a section with the choices of their filters, in the order of their numbers."""

    views: list[WrongSentenceView]
    runs: list[str]
    articles: list[str]
    # By layer, the looks of the types that some error has.
    types: dict[str, list[Look]]


def wrong_sentences(section: Section, looks: Looks) -> WrongSentences:
    """Prepare the wrong sentences of ``section``."""
    runs = list(section.inspection.runs)
    articles = list(dict.fromkeys(sentence.article for sentence in section.sentences))
    run_numbers = {run: number for number, run in enumerate(runs)}
    article_numbers = {article: number for number, article in enumerate(articles)}
    wrong_types: dict[str, set[str]] = {layer: set() for layer in section.layers}
    views = []
    for sentence in section.sentences:
        words = []
        for error in sentence.errors:
            labels = dict.fromkeys(span[2] for span in (error.gold, error.predicted) if span)
            wrong_types[error.layer].update(labels)
            keys = [looks.in_layer(error.layer)[label].key for label in labels]
            words.append(f"{error.layer}:{'+'.join(error.kinds)}:{'+'.join(keys)}")
        views.append(
            WrongSentenceView(
                sentence=sentence,
                run=run_numbers[sentence.run],
                article=article_numbers[sentence.article],
                errors=" ".join(words),
                kinds=list(dict.fromkeys(kind for error in sentence.errors for kind in error.kinds)),
                gold=_side(sentence.text, sentence.gold),
                predicted=_side(sentence.text, sentence.predicted),
            )
        )
    types = {
        layer: [look for label, look in looks.in_layer(layer).items() if label in labels]
        for layer, labels in wrong_types.items()
        if labels
    }
    return WrongSentences(views, runs, articles, types)


def _side(text: str, spans: Sequence[MarkedSpan]) -> MarkedSide:
    marked = [span for span in spans if span.layer != "event_types"]
    cuts = sorted({0, len(text), *(edge for span in marked for edge in (span.start, span.end))})
    pieces = []
    for start, end in pairwise(cuts):
        around = {span.layer: span for span in marked if span.start <= start and end <= span.end}
        ending = [span for span in around.values() if span.end == end]
        pieces.append(MarkedPiece(text[start:end], around.get("entities"), around.get("triggers"), ending))
    return MarkedSide([span for span in spans if span.layer == "event_types"], pieces)
