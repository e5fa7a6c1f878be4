"""Linear-chain CRFs over words: the usual tagger before there were pretrained encoders."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pycrfsuite

from trainer.baselines.crf_features import sentence_features
from trainer.data.tags import OUTSIDE, bio_tags, entity_tags, trigger_tags
from trainer.documents import Document, Sentence
from trainer.modeling.decoding import BioDecoder

# Chosen on articles 000 to 003, each news report left out in turn: with a few dozen sentences the features that
# occur once are most of what there is, so both penalties are small.
_TRAINING = {"c1": 0.1, "c2": 0.001, "max_iterations": 200}
_LEAST_PROBABILITY = 1e-12


class CrfBaseline:
    """Two CRFs, one for entities and one for triggers; a sentence has the types of its triggers.

    Fitting draws no random numbers: the same articles give the same predictions.

    Parameters
    ----------
    training:
        Annotated documents. A layer without a span among them stays empty in predictions.
    """

    name = "crf"
    layers: tuple[str, ...] = ("entities", "triggers", "event_types")

    def __init__(self, training: Sequence[Document]) -> None:
        self.entities = _SpanTagger(training, entity_tags)
        self.triggers = _SpanTagger(training, trigger_tags)

    def predict(self, documents: Iterable[Document]) -> list[Document]:
        """Return copies of ``documents`` with the spans of the CRFs; scores are probabilities."""
        labelled = [document.without_annotations() for document in documents]
        for document in labelled:
            for sentence in document.sentences:
                words = document.words_of(sentence)
                features = sentence_features([word.text for word in words])
                for first, last, label, score in self.entities.spans(features):
                    document.add_entity(words[first].start, words[last - 1].end, label, score=score)
                for first, last, type, score in self.triggers.spans(features):
                    document.add_event(words[first].start, words[last - 1].end, type, score=score)
            document.set_event_types_from_triggers()
        return labelled


class _SpanTagger:
    """One CRF.

    A CRF that has learnt from a few articles can rank an I that continues nothing highest. So it is asked for the
    probability of every tag of every word, and of the legal tag sequences the one with the greatest product of them
    is taken, as with the encoder's model.
    """

    def __init__(self, training: Sequence[Document], tags_of: Callable[[Document, Sentence], list[str]]) -> None:
        rows = [
            (sentence_features([word.text for word in document.words_of(sentence)]), tags_of(document, sentence))
            for document in training
            for sentence in document.sentences
        ]
        types = sorted({tag[2:] for _, tags in rows for tag in tags if tag != OUTSIDE})
        self._decoder = BioDecoder(bio_tags(types))
        self._tagger = fit_crf(rows, _TRAINING) if types else None

    def spans(self, features: list[list[str]]) -> list[tuple[int, int, str, float]]:
        """Return the spans ``(first word, last word + 1, type, score)`` of a sentence."""
        if self._tagger is None or not features:
            return []
        self._tagger.set(features)
        probability = np.zeros((len(features), len(self._decoder.tags)), dtype=np.float32)
        known = set(self._tagger.labels())  # an I tag of which no article has an example is none of them
        for column, tag in enumerate(self._decoder.tags):
            if tag in known:
                probability[:, column] = [self._tagger.marginal(tag, word) for word in range(len(features))]
        return self._decoder.decode(np.log(np.maximum(probability, _LEAST_PROBABILITY)))


def fit_crf(
    rows: Iterable[tuple[list[list[str]], Sequence[str]]], parameters: Mapping[str, float]
) -> pycrfsuite.Tagger:
    """Fit a linear-chain CRF on sentences, each given with the features and the tags of its words.

    ``parameters`` are those of CRFsuite's L-BFGS.
    """
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=parameters, verbose=False)
    for features, tags in rows:
        if tags:
            trainer.append(features, tags)
    tagger = pycrfsuite.Tagger()
    # The library writes a model to a file only. It reads the file whole, so that the folder can go.
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "crf"))
        trainer.train(file)
        tagger.open(file)
    return tagger
