"""Turn scores into annotation: a :class:`Document` comes in bare and goes out labelled."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from trainer.data.tags import OUTSIDE, types_of_tags
from trainer.documents import LAYERS, Document, Sentence, Span
from trainer.modeling.argument_filling import ArgumentFiller
from trainer.modeling.decoding import BioDecoder
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.runtime import Runtime
from trainer.modeling.scoring import Scorer, SentenceScores
from trainer.modeling.strictness import Strictness
from trainer.text.words import is_word_character


@dataclass(frozen=True)
class Thresholds:
    """The decision thresholds of a trained model, chosen on validation data.

    ``event_type`` is the score from which a sentence's event type counts, ``argument`` the one from which an entity
    plays a role in an event.
    """

    event_type: float = 0.5
    argument: float = 0.5

    def save(self, path: Path) -> None:
        """Write the thresholds as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Thresholds:
        """Read what :meth:`save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


_AS_TRAINED = Strictness()


class Tagger:
    """Labels documents with a trained model.

    How trigger and sentence head are reconciled: the score of an event type in a sentence is the
    mean of what the sentence head says and the best that any single word says as a trigger of that
    type (``docs/decisions.md`` has the measurement).
    """

    def __init__(self, runtime: Runtime, tokenizer: Tokenizer, thresholds: Thresholds | None = None) -> None:
        self.scorer = Scorer(runtime, tokenizer)
        self.thresholds = thresholds or Thresholds()
        layout = runtime.layout
        trigger_tags = layout.labels_of(TRIGGER)
        # A model that only tags triggers knows the types of a sentence, too: those of its triggers.
        self.layers = tuple(
            layer for layer in LAYERS if layer in layout.layers or (layer == "event_types" and trigger_tags)
        )
        self.event_types = layout.labels_of(EVENT_TYPE) or types_of_tags(trigger_tags)
        entity_types = types_of_tags(layout.labels_of(ENTITY))
        scorer = runtime.pair_scorer
        self._filler = ArgumentFiller(layout, scorer) if scorer is not None else None
        self.roles = self._filler.roles if self._filler is not None else []
        self.labels = [
            *entity_types,
            *dict.fromkeys([*types_of_tags(trigger_tags), *self.event_types]),
            *self.roles,
        ]
        self._entity_decoder = BioDecoder(layout.labels_of(ENTITY) or [OUTSIDE])
        self._trigger_decoder = BioDecoder(trigger_tags or [OUTSIDE])
        # (2, types): the columns of each type's B and I.
        self._trigger_columns = (
            [[trigger_tags.index(f"{prefix}-{name}") for name in self.event_types] for prefix in "BI"]
            if trigger_tags
            else []
        )

    def tag(self, documents: Sequence[Document], strictness: Strictness = _AS_TRAINED) -> list[Document]:
        """Return labelled copies of ``documents``; words and sentences are taken as they are."""
        return self.start(documents, strictness)()

    def start(
        self, documents: Sequence[Document], strictness: Strictness = _AS_TRAINED
    ) -> Callable[[], list[Document]]:
        """Begin to label ``documents``; call what is returned for the labelled copies, as :meth:`tag` gives them.

        Where the runtime works in threads of its own, it does so between the two calls.
        """
        labelled = [replace(document.without_annotations(), layers=self.layers) for document in documents]
        scores_of_sentences = self._start_scoring(labelled)

        def tagged() -> list[Document]:
            found = iter(scores_of_sentences())
            for document in labelled:
                of_document = [next(found) for _ in document.sentences]
                for sentence, scores in zip(document.sentences, of_document, strict=True):
                    if scores is not None:
                        self._annotate(document, sentence, scores, strictness)
                self._fill_arguments(document, of_document, strictness)
            return labelled

        return tagged

    def fill_arguments(self, documents: Sequence[Document], strictness: Strictness = _AS_TRAINED) -> list[Document]:
        """Return copies of ``documents`` with their entities and events, and the arguments that the model gives these.

        Raises
        ------
        ValueError
            If the model has no head for arguments.
        """
        if self._filler is None:
            raise ValueError("the model has no head for arguments; train it on text that is annotated for them")
        copies = [copy.deepcopy(document) for document in documents]
        found = iter(self._start_scoring(copies)())
        for document in copies:
            self._fill_arguments(document, [next(found) for _ in document.sentences], strictness)
        return copies

    def _fill_arguments(
        self, document: Document, scores: Sequence[SentenceScores | None], strictness: Strictness
    ) -> None:
        if self._filler is not None:
            projections = [found.argument if found is not None else None for found in scores]
            self._filler.fill(
                document, projections, lambda role: strictness.least_score(role, self.thresholds.argument)
            )

    def score(self, documents: Sequence[Document]) -> list[SentenceScores | None]:
        """Return the scores of every sentence, document after document."""
        return self._start_scoring(documents)()

    def _start_scoring(self, documents: Sequence[Document]) -> Callable[[], list[SentenceScores | None]]:
        texts: list[str] = []
        words: list[list[tuple[int, int]]] = []
        neighbours: list[tuple[int | None, int | None]] = []
        for document in documents:
            last = len(document.sentences) - 1
            for index, sentence in enumerate(document.sentences):
                position = len(texts)
                neighbours.append((position - 1 if index > 0 else None, position + 1 if index < last else None))
                texts.append(document.text[sentence.start : sentence.end])
                offsets = document.words_of(sentence)
                words.append([(word.start - sentence.start, word.end - sentence.start) for word in offsets])
        return self.scorer.start(texts, words, neighbours)

    def event_type_scores(self, scores: SentenceScores) -> NDArray[np.float32]:
        """Return one score an event type: the mean of sentence head and best trigger, or the one that there is."""
        evidence = self.trigger_evidence(scores)
        if scores.event_type is None:
            return evidence
        if scores.trigger is None:
            return scores.event_type
        mean: NDArray[np.float32] = (scores.event_type + evidence) / np.float32(2)
        return mean

    def trigger_evidence(self, scores: SentenceScores) -> NDArray[np.float32]:
        """Return for each event type the highest probability of any word to be its trigger; 0 without triggers."""
        if scores.trigger is None:
            return np.zeros(len(self.event_types), dtype=np.float32)
        probabilities = np.exp(scores.trigger)
        begin, inside = (probabilities.take(columns, 1) for columns in self._trigger_columns)
        highest: NDArray[np.float32] = (begin + inside).max(0)
        return highest

    def _annotate(self, document: Document, sentence: Sentence, scores: SentenceScores, strictness: Strictness) -> None:
        words: list[Span] = document.words_of(sentence)

        def spans(decoder: BioDecoder, tags: NDArray[np.float32] | None) -> Iterator[tuple[int, int, str, float]]:
            for first, last, label, score in decoder.decode(tags, strictness.outside_shift) if tags is not None else ():
                start, end = words[first].start, words[last - 1].end
                # A quote mark alone is no mention: there must be a letter or digit.
                if strictness.span_counts(label, score) and any(map(is_word_character, document.text[start:end])):
                    yield start, end, label, _rounded(score)

        for start, end, label, score in spans(self._entity_decoder, scores.entity):
            document.add_entity(start, end, label, score=score)
        for start, end, type, score in spans(self._trigger_decoder, scores.trigger):
            document.add_event(start, end, type, score=score)
        for name, score in zip(self.event_types, self.event_type_scores(scores), strict=True):
            sentence.type_scores[name] = _rounded(float(score))
            if score >= strictness.least_score(name, self.thresholds.event_type):
                sentence.event_types[name] = sentence.type_scores[name]


def _rounded(score: float) -> float:
    """Keep four decimals: more only makes files longer and comparisons of runs harder."""
    return round(score, 4)
