"""Weighted words and letter sequences of a sentence, and a logistic regression for each event type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from trainer.documents import Document
from trainer.encoders.normalizer import arabic_normalizer
from trainer.text.surrogates import encodable

_THRESHOLD = 0.5
_normalize = arabic_normalizer().normalize_str


class TfidfBaseline:
    """TF-IDF of words, word pairs and letter sequences within words, and one classifier for each type.

    Parameters
    ----------
    training:
        Annotated documents.
    event_types:
        The types to score. One that all or no sentences of ``training`` have gets 1 or 0 in every sentence.
    seed:
        For the classifiers.
    """

    name = "tfidf"
    layers: tuple[str, ...] = ("event_types",)

    def __init__(self, training: Sequence[Document], event_types: Sequence[str], seed: int) -> None:
        sentences = [sentence for document in training for sentence in document.sentences]
        texts = [text for document in training for text in _texts(document)]
        self._features = _features()
        # Without any word there is nothing to weigh, and every type has its share of the sentences.
        vectors = self._features.fit_transform(texts) if any(texts) else None
        self._shares: dict[str, float] = {}
        self._classifiers: dict[str, LogisticRegression] = {}
        for type in event_types:
            gold = np.array([type in sentence.event_types for sentence in sentences], dtype=bool)
            self._shares[type] = float(gold.mean()) if sentences else 0.0
            if vectors is not None and gold.any() and not gold.all():
                self._classifiers[type] = _classifier(seed).fit(vectors, gold)

    def predict(self, documents: Iterable[Document]) -> list[Document]:
        """Return copies of ``documents`` whose sentences have a score of every type, and the types that reach 0.5."""
        labelled = [document.without_annotations() for document in documents]
        for document in labelled:
            for sentence, scores in zip(document.sentences, self._scores(_texts(document)), strict=True):
                sentence.type_scores = scores
                sentence.event_types = {type: score for type, score in scores.items() if score >= _THRESHOLD}
        return labelled

    def _scores(self, texts: list[str]) -> list[dict[str, float]]:
        columns = {type: [share] * len(texts) for type, share in self._shares.items()}
        if self._classifiers and texts:  # scikit-learn takes no empty list
            vectors = self._features.transform(texts)
            for type, classifier in self._classifiers.items():
                columns[type] = classifier.predict_proba(vectors)[:, 1].tolist()
        return [{type: column[index] for type, column in columns.items()} for index in range(len(texts))]


def _features() -> FeatureUnion:
    # The text comes as normalised words with spaces between them.
    words = TfidfVectorizer(analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), lowercase=False)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False)
    return FeatureUnion([("words", words), ("letters", letters)])


def _classifier(seed: int) -> LogisticRegression:
    # Most types occur in a few sentences: without weights that make up for it few ever reach the threshold.
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000, random_state=seed)


def _texts(document: Document) -> list[str]:
    """Return the normalised words of each sentence; a sentence whose words normalise to nothing is empty."""
    return [
        " ".join(part for word in document.words_of(sentence) for part in _normalize(encodable(word.text)).split())
        for sentence in document.sentences
    ]
