"""What every baseline can do, and all of them fitted on the same articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from trainer.baselines.crf import CrfBaseline
from trainer.baselines.lexicon import LexiconBaseline
from trainer.baselines.majority import MajorityBaseline
from trainer.baselines.tfidf import TfidfBaseline
from trainer.documents import Document
from trainer.schema import Schema


class Baseline(Protocol):
    """A predictor that needs no encoder.

    ``layers`` names those of :data:`trainer.evaluation.scores.LAYERS` that it predicts. It says nothing about the
    others, so their scores would say nothing about it.
    """

    name: str
    layers: tuple[str, ...]

    def predict(self, documents: Iterable[Document]) -> list[Document]:
        """Return labelled copies of ``documents``; their own annotation is not looked at."""
        ...


def fit_baselines(training: Sequence[Document], schema: Schema, seed: int) -> list[Baseline]:
    """Fit all baselines, the simplest first.

    Parameters
    ----------
    training:
        Annotated documents.
    schema:
        The labels of the corpus: a classifier of sentences scores all of its event types, seen or not.
    seed:
        For what is random in fitting.
    """
    return [
        MajorityBaseline(training),
        LexiconBaseline(training),
        CrfBaseline(training),
        TfidfBaseline(training, schema.event_types, seed),
    ]
