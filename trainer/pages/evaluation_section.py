"""What one section of the evaluation page shows, as plain values: a split, or a grouping of a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.evaluation.inspection import Inspection
    from trainer.evaluation.span_errors import SpanError

KIND_NAMES = {"missed": "فائت", "invented": "زائد", "boundary": "حدود", "type": "نوع"}
# Systems that are called otherwise are shown by their own name.
MODEL = "model"
SYSTEM_NAMES = {
    MODEL: "النموذج model",
    "random weights": "أوزان عشوائية random weights",
    "majority": "الأغلب majority",
    "lexicon": "معجم lexicon",
    "crf": "CRF",
    "tfidf": "TF-IDF",
    "nearest entity": "أقرب كيان nearest entity",
}


@dataclass(frozen=True)
class Score:
    """F1 of a system on a layer: strict micro with its 95% interval, deviation over seeds (one seed: none), macro."""

    mean: float
    low: float
    high: float
    deviation: float | None = None
    macro: float | None = None


@dataclass(frozen=True)
class CurvePoint:
    """One run of a learning curve: the share of the text for training only, its documents, the model's scores."""

    share: float
    documents: int
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A span in a sentence, in characters of the sentence; ``kinds`` of error, none where it is right."""

    layer: str
    start: int
    end: int
    label: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedSentence:
    """A wrong sentence: the spans and event types that gold has, and those that one run predicted.

    ``number`` counts the sentences of the article from 1. Event types are spans over the whole sentence.
    """

    run: str
    article: str
    number: int
    text: str
    gold: list[MarkedSpan]
    predicted: list[MarkedSpan]
    errors: list[SpanError]


@dataclass(frozen=True)
class Section:
    """All that a section shows.

    Parameters
    ----------
    key:
        Distinguishes the section in ids and file names: lower-case Latin letters and hyphens.
    title, facts, method, warning:
        Text for people: the heading, pairs of a name and a value, sentences on how it was measured, and what
        forbids to believe the scores (or nothing).
    layers:
        The layers that are scored.
    systems:
        By name, the scores of each layer that the system predicts; ``MODEL``, which is inspected, first.
    scores:
        For each run what :func:`trainer.evaluation.detailed.detailed_scores` gives.
    inspection:
        The system's predictions compared with gold.
    sentences:
        The wrong sentences, run by run.
    folds:
        Of each fold the tested, trained and chosen articles.
    curve:
        The learning curve, from the smallest share on.
    history:
        What the model folder keeps of its training: ``history`` and ``best_kept``.
    """

    key: str
    title: str
    facts: Sequence[tuple[str, str]]
    method: Sequence[str]
    layers: Sequence[str]
    systems: Mapping[str, Mapping[str, Score]]
    scores: Sequence[Mapping[str, Any]]
    inspection: Inspection
    sentences: Sequence[ComparedSentence]
    warning: str = ""
    folds: Sequence[Mapping[str, Sequence[str]]] = ()
    curve: Sequence[CurvePoint] = ()
    history: Mapping[str, Any] = field(default_factory=dict)

    @property
    def several_seeds(self) -> bool:
        """Whether the figures are those of more than one model."""
        return len(self.scores) > 1
