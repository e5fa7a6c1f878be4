"""What pipelines make of an exported head, beside what Marsad makes of the same sentences."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from transformers import Pipeline

from trainer.documents import Document
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.text.surrogates import encodable

STRATEGIES = ("simple", "first", "average", "max")
Items = set[tuple[int, int, str]]


@dataclass(frozen=True)
class Agreement:
    """How many spans, or types of sentences, both sides found, and how many either side found."""

    both: int = 0
    either: int = 0

    @property
    def share(self) -> float | None:
        """The share of identical ones; ``None`` where there was nothing to find."""
        return self.both / self.either if self.either else None

    def with_items(self, ours: Items, theirs: Items) -> Agreement:
        """Return the agreement with one more sentence counted."""
        return Agreement(self.both + len(ours & theirs), self.either + len(ours | theirs))


@dataclass(frozen=True)
class LabelledSentence:
    """A sentence and what Marsad found in it.

    ``words`` are offsets within ``text``; ``found`` has the labelled spans by head, also within ``text``. A type of the
    sentence spans all of it.
    """

    text: str
    words: list[tuple[int, int]]
    found: dict[str, Items] = field(default_factory=dict)


def labelled_sentences(documents: Iterable[Document]) -> list[LabelledSentence]:
    """Return the sentences with words of documents that Marsad labelled."""
    sentences = []
    for document in documents:
        entities = [(entity.start, entity.end, entity.label) for entity in document.entities]
        triggers = [(event.trigger.start, event.trigger.end, event.type) for event in document.events]
        for sentence in document.sentences:
            start, end = sentence.start, sentence.end
            words = [(word.start - start, word.end - start) for word in document.words_of(sentence)]
            found = {
                head: {(s - start, e - start, label) for s, e, label in spans if start <= s < end}
                for head, spans in ((ENTITY, entities), (TRIGGER, triggers))
            }
            found[EVENT_TYPE] = {(0, end - start, type) for type in sentence.event_types}
            if words:
                sentences.append(LabelledSentence(encodable(document.text[start:end]), words, found))
    return sentences


def tag_agreement(tagger: Pipeline, sentences: Sequence[LabelledSentence], head: str) -> dict[str, Agreement]:
    """Compare a token classification pipeline with Marsad, by strategy, and for text as well as for its words."""
    agreement: dict[str, Agreement] = {}
    for strategy in STRATEGIES:
        on_text, on_words = Agreement(), Agreement()
        for sentence in sentences:
            ours = sentence.found[head]
            on_text = on_text.with_items(ours, _spans_of_text(tagger, sentence, strategy))
            on_words = on_words.with_items(ours, _spans_of_words(tagger, sentence, strategy))
        agreement |= {strategy: on_text, f"{strategy}, words given": on_words}
    return agreement


def type_agreement(
    classifier: Pipeline, sentences: Sequence[LabelledSentence], head: str, threshold: float
) -> dict[str, Agreement]:
    """Compare a text classification pipeline with Marsad; a type counts from a score of ``threshold``."""
    agreement = Agreement()
    for sentence in sentences:
        scored = classifier(sentence.text, top_k=None, function_to_apply="sigmoid", truncation=True)
        theirs = {(0, len(sentence.text), item["label"]) for item in scored if item["score"] >= threshold}
        agreement = agreement.with_items(sentence.found[head], theirs)
    return {f"score of {threshold} or more": agreement}


def _spans_of_text(tagger: Pipeline, sentence: LabelledSentence, strategy: str) -> Items:
    with warnings.catch_warnings():
        # Tokenizers that are not WordPiece: "using fallback heuristic". How good that is, is what is measured here.
        warnings.simplefilter("ignore", UserWarning)
        spans = tagger(sentence.text, aggregation_strategy=strategy)
    return {(span["start"], span["end"], span["entity_group"]) for span in spans}


def _spans_of_words(tagger: Pipeline, sentence: LabelledSentence, strategy: str) -> Items:
    words = [sentence.text[start:end] for start, end in sentence.words]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        (spans,) = tagger(words, is_split_into_words=True, aggregation_strategy=strategy)
    # Offsets of the pipeline are those of the words with a space between each two.
    places = [place for start, end in sentence.words for place in range(start, end + 1)]
    return {(places[span["start"]], places[span["end"] - 1] + 1, span["entity_group"]) for span in spans}
