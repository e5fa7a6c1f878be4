"""Likely label errors: what models that learnt from the rest of a corpus would have annotated otherwise."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.tags import OUTSIDE, tags_of_sentences
from trainer.diagnosis.copy_safe_folds import copy_safe_folds
from trainer.diagnosis.error_findings import span_finding, type_finding
from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import SPAN_LAYERS, Splits, all_documents, marks_of
from trainer.documents import Document
from trainer.extras import how_to_install, installed

logger = logging.getLogger(__name__)

_PACKAGES = ("cleanlab", "sklearn", "pycrfsuite", "torch")
# A label that is rarer cannot be learnt from a part of its spans: every one of them would look wrong.
LEAST_EXAMPLES = 5
_EVENT_TYPES = "event_types"
Progress = Callable[[int, int], None]


def find_label_errors(
    splits: Splits, *, folds: int = 5, seed: int = 1, encoder: str = "bundled", progress: Progress | None = None
) -> Iterator[Finding]:
    """Find likely errors in entities, triggers and event types; the surest come first.

    The documents of all splits are divided into folds; what is said of a fold comes from models that learnt from the
    others. Confident learning (cleanlab) tells which labels these models contradict. Event types are looked at only
    where no triggers were annotated: elsewhere they are those of the triggers. Labels of fewer than
    :data:`LEAST_EXAMPLES` examples are not doubted. The same corpus on the same machine gives the same findings.

    Parameters
    ----------
    folds:
        How many parts; fewer where there are fewer documents.
    seed:
        For the division into folds.
    encoder:
        By whose states words are told apart: ``bundled``, a folder or a name on the hub. One that was fine-tuned on
        this corpus has learnt the errors and would repeat them.
    progress:
        Called with how many steps are done, and of how many.

    Raises
    ------
    ImportError
        If a package is not installed; the message says how to install it.
    ValueError
        If there are not two documents that do not copy each other, or no label has enough examples; if ``folds`` is
        less than 2.
    OSError
        If the encoder cannot be had.
    """
    # Not a generator itself: what is wrong is said here, and not when the first finding is asked for.
    if folds < 2:
        raise ValueError(f"label errors are looked for with at least 2 folds, not {folds}")
    if missing := [package for package in _PACKAGES if not installed(package)]:
        raise ImportError(
            f"likely label errors need {', '.join(missing)}, which is not installed: {how_to_install(missing)}"
        )
    layers: list[_Layer] = []
    reasons: dict[str, str] = {}
    for name in (*SPAN_LAYERS, _EVENT_TYPES):
        documents = [document for document in all_documents(splits) if _is_judged(document, name)]
        try:
            layers.append(_Layer.of(name, documents, folds, seed))
        except ValueError as error:
            reasons[name] = str(error)
    if not layers:
        raise ValueError(f"no label errors can be looked for: {'; '.join(dict.fromkeys(reasons.values()))}")
    for name, reason in reasons.items():
        logger.info("no label errors are looked for in the layer %s: %s", name, reason)
    return iter(_findings(layers, encoder, progress))


def _is_judged(document: Document, layer: str) -> bool:
    if layer == _EVENT_TYPES and "triggers" in document.layers:
        return False
    return layer in document.layers and bool(document.words)


@dataclass(frozen=True)
class _Layer:
    """A layer, the documents that were annotated for it with their folds, and how often it has each label."""

    name: str
    documents: list[Document]
    fold_of: NDArray[np.int64]  # (documents,)
    counts: Counter[str]

    @classmethod
    def of(cls, name: str, documents: list[Document], folds: int, seed: int) -> _Layer:
        """Divide the documents; ``ValueError`` where there is nothing to learn from."""
        counts = Counter(label for document in documents for label in _labels(document, name))
        if not any(count >= LEAST_EXAMPLES for count in counts.values()):
            raise ValueError(f"no label has {LEAST_EXAMPLES} examples")
        return cls(name, documents, copy_safe_folds(documents, folds, seed), counts)

    def is_rare(self, label: str) -> bool:
        """Whether ``label`` is one that has too few examples to be doubted."""
        return 0 < self.counts[label] < LEAST_EXAMPLES


def _labels(document: Document, layer: str) -> Iterator[str]:
    if layer == _EVENT_TYPES:
        yield from (type for sentence in document.sentences for type in sentence.event_types)
    else:
        yield from (mark.label for mark in marks_of(document) if mark.layer == layer)


def _findings(layers: Sequence[_Layer], encoder: str, progress: Progress | None) -> list[Finding]:
    spans = [layer for layer in layers if layer.name != _EVENT_TYPES]
    steps = bool(spans) + sum(len(np.unique(layer.fold_of)) for layer in layers)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if progress is not None:
            progress(count, steps)

    found: list[Finding] = []
    if spans:
        # Once for both layers, which mostly have the same documents. By identity: ids may stand twice in a corpus that
        # is broken.
        documents = list({id(document): document for layer in spans for document in layer.documents}.values())
        states = _states(documents, encoder)
        done()
        for layer in spans:
            found += _doubted_spans(layer, states, done)
    for layer in layers:
        if layer.name == _EVENT_TYPES:
            found += _doubted_types(layer, done)
    # sorted() keeps the order of the corpus among equals.
    return sorted(found, key=lambda finding: -(finding.score or 0.0))


def _states(documents: list[Document], encoder: str) -> dict[int, list[NDArray[np.float16]]]:
    """Return the states of the words of each sentence, by the identity of the document."""
    from trainer.diagnosis.frozen_states import frozen_states

    of_sentences = iter(frozen_states(encoder, documents))
    return {id(document): [next(of_sentences) for _ in document.sentences] for document in documents}


def _doubted_spans(
    layer: _Layer, states: dict[int, list[NDArray[np.float16]]], done: Callable[[], None]
) -> Iterator[Finding]:
    from trainer.diagnosis.doubts import doubts
    from trainer.diagnosis.word_probabilities import word_features, word_probabilities

    tags = [own for document in layer.documents for own in tags_of_sentences(document, layer.name)]
    labels = [OUTSIDE, *sorted(layer.counts)]
    own_states = [rows for document in layer.documents for rows in states[id(document)]]
    fold_of = np.repeat(layer.fold_of, [len(document.sentences) for document in layer.documents])
    probabilities = word_probabilities(tags, labels, own_states, word_features(layer.documents), fold_of, done)
    places = [(document, sentence) for document in layer.documents for sentence in document.sentences]
    for doubt in doubts(tags, probabilities, labels):
        if not layer.is_rare(doubt.given) and (finding := span_finding(doubt, layer.name, *places[doubt.sentence])):
            yield finding


def _doubted_types(layer: _Layer, done: Callable[[], None]) -> Iterator[Finding]:
    from trainer.diagnosis.doubted_types import doubted_types

    places = [(document, sentence) for document in layer.documents for sentence in document.sentences]
    for doubt in doubted_types(layer.documents, sorted(layer.counts), layer.fold_of, done):
        if not layer.is_rare(doubt.type):
            yield type_finding(doubt, *places[doubt.sentence])
