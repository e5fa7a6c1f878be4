"""Which sentences of a pool to annotate next: those that the model is least sure of, spread over what they say.

The whole strategy is :func:`choose`. :func:`draw_at_random` draws from the same sentences without a model: that is what
the strategy has to beat. Both read a pool once and remember no more of it than they keep.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray
from tokenizers import Tokenizer

from trainer.data.near_duplicates import SentenceFingerprints, folded_words
from trainer.documents import Document
from trainer.inference.article_chunks import chunks_of
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.temperatures import Temperatures
from trainer.selection.distinct import DistinctBest
from trainer.selection.embeddings import sentence_embeddings
from trainer.selection.pool import PoolArticle, PoolCounts
from trainer.selection.uncertainty import sentence_uncertainty

# For each sentence to choose, so many of the most uncertain are looked at when they are spread.
KEPT_FOR_EACH = 10
# Documents of the pool that are scored together.
_CHUNK = 32


@dataclass(frozen=True)
class Candidate:
    """A sentence of ``document``, by its index there, and how unsure the model is of it; 0 where none was asked."""

    document: Document
    sentence: int
    uncertainty: float

    @property
    def text(self) -> str:
        """The text of the sentence."""
        sentence = self.document.sentences[self.sentence]
        return self.document.text[sentence.start : sentence.end]


def choose(
    pool: Iterable[Document],
    *,
    tagger: Tagger,
    model: MarsadModel,
    tokenizer: Tokenizer,
    temperatures: Temperatures,
    annotated: SentenceFingerprints,
    budget: int,
    counts: PoolCounts | None = None,
) -> list[Candidate]:
    """Choose at most ``budget`` sentences of ``pool`` to annotate, the most uncertain first.

    Parameters
    ----------
    pool:
        Documents, bare or not; their annotation is not looked at. Read once.
    tagger, model, tokenizer:
        The model that is to learn from them: how unsure it is of a sentence, and what its encoder makes of one.
    temperatures:
        Those of the model.
    annotated:
        What is annotated already: near-duplicates of its sentences are not chosen.
    counts:
        Filled in with what the pool came to.

    Raises
    ------
    ValueError
        If ``budget`` is less than 1.
    """
    _require_budget(budget)
    candidates = most_uncertain(pool, tagger, temperatures, annotated, KEPT_FOR_EACH * budget, counts)
    places = [(candidate.document, candidate.sentence) for candidate in candidates]
    return spread(candidates, sentence_embeddings(model, tokenizer, places), budget)


def draw_at_random(
    pool: Iterable[Document], annotated: SentenceFingerprints, budget: int, seed: int
) -> list[Candidate]:
    """Draw at most ``budget`` sentences of ``pool`` at random, from those that :func:`choose` chooses from.

    A sentence's lot depends on ``seed`` and its words alone: neither on the order of the pool nor on how often a
    sentence stands in it.

    Raises
    ------
    ValueError
        If ``budget`` is less than 1.
    """
    _require_budget(budget)
    best: DistinctBest[Candidate] = DistinctBest(budget)
    counts = PoolCounts()
    for document in pool:
        for index in sorted(PoolArticle.of(document, annotated, counts).eligible):
            candidate = Candidate(document, index, 0.0)
            words = " ".join(folded_words(candidate.text))
            best.offer(xxhash.xxh3_64_intdigest(words.encode("utf-8"), seed=seed), candidate.text, candidate)
    return best.items


def most_uncertain(
    pool: Iterable[Document],
    tagger: Tagger,
    temperatures: Temperatures,
    annotated: SentenceFingerprints,
    keep: int,
    counts: PoolCounts | None = None,
) -> list[Candidate]:
    """Return the ``keep`` sentences of ``pool`` that the model is least sure of, the most uncertain first.

    Left out are sentences that page cleaning would drop, those of fewer than five or more than a hundred words,
    near-duplicates of what is ``annotated``, and near-duplicates of each other, of which the most uncertain stays. Of
    equally uncertain ones the first of the pool comes first. Never more than a chunk of the pool and the ``keep`` best
    are in memory.
    """
    counts = counts if counts is not None else PoolCounts()
    best: DistinctBest[Candidate] = DistinctBest(keep)
    for documents in chunks_of(pool, _CHUNK):
        articles = [PoolArticle.of(document, annotated, counts) for document in documents]
        scores = iter(tagger.score([article.article for article in articles]))
        for article in articles:
            for index in article.sentences:
                sentence_scores = next(scores)
                if index in article.eligible and sentence_scores is not None:
                    uncertainty = sentence_uncertainty(sentence_scores, temperatures)
                    counts.total_uncertainty += uncertainty
                    candidate = Candidate(article.document, index, uncertainty)
                    best.offer(uncertainty, candidate.text, candidate)
    counts.repeated += best.repeated
    return best.items


def spread(candidates: Sequence[Candidate], embeddings: NDArray[Any], budget: int) -> list[Candidate]:
    """Choose ``budget`` of ``candidates`` that differ in what they say, the most uncertain first.

    The embeddings are divided into ``budget`` clusters, and of each the most uncertain candidate is taken. Clusters lie
    where many sentences are. To take again and again what lies farthest from all that is taken (k-center) would begin
    with the oddest sentences of an archive: lists, foreign words, broken pages.

    Parameters
    ----------
    candidates:
        The most uncertain first.
    embeddings:
        (candidates, hidden), a row for each.
    """
    if len(candidates) <= budget:
        return list(candidates)
    first_of_cluster: dict[int, int] = {}
    for position, cluster in enumerate(_clusters(embeddings, budget)):
        first_of_cluster.setdefault(cluster, position)
    taken = set(first_of_cluster.values())
    # Where several have the same embedding, there may be fewer clusters than asked for.
    rest = (position for position in range(len(candidates)) if position not in taken)
    taken.update(islice(rest, budget - len(taken)))
    return [candidates[position] for position in sorted(taken)]


def _clusters(embeddings: NDArray[Any], count: int) -> list[int]:
    """Return for each row the number of its cluster."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # In one thread: several add up in the order in which they happen to end, and clusters would differ from run to run.
    with threadpool_limits(1), warnings.catch_warnings():
        # Fewer different points than clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        clusters: NDArray[Any] = KMeans(count, n_init=4, random_state=0).fit_predict(embeddings.astype(np.float64))
    return clusters.tolist()


def _require_budget(budget: int) -> None:
    if budget < 1:
        raise ValueError(f"the budget is {budget}; choose at least 1 sentence")
