"""The documents that sentences are chosen from: which of their sentences can be chosen, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trainer.data.near_duplicates import MINIMUM_WORDS, SentenceFingerprints, folded_words
from trainer.documents import Document
from trainer.inference.article_chunks import article_sentences

# What has more words is a poem, a list or a page without full stops: it costs as much to correct as several sentences,
# and a budget counts sentences. Of an archive of newspapers 3 % are longer.
MOST_WORDS = 100


@dataclass
class PoolCounts:
    """What a pool came to.

    ``sentences`` are all that were looked at, ``known`` those that repeat what is annotated, ``candidates`` those that
    could be chosen; ``repeated`` are candidates that would have been kept but for another that says nearly the same.
    """

    documents: int = 0
    sentences: int = 0
    known: int = 0
    candidates: int = 0
    repeated: int = 0
    total_uncertainty: float = 0.0

    @property
    def mean_uncertainty(self) -> float:
        """The mean uncertainty of all candidates; 0 where there are none."""
        return self.total_uncertainty / self.candidates if self.candidates else 0.0


@dataclass(frozen=True)
class PoolArticle:
    """A document of a pool and the indices of its sentences: those of the article, and those that can be chosen.

    Page cleaning says what is of the article. Of that, sentences of fewer than ``MINIMUM_WORDS`` words or
    more than ``MOST_WORDS`` cannot be chosen, and near-duplicates of what is annotated neither.
    """

    document: Document
    sentences: list[int]
    eligible: set[int]

    @property
    def article(self) -> Document:
        """The document with the sentences of the article alone."""
        return replace(self.document, sentences=[self.document.sentences[index] for index in self.sentences])

    @classmethod
    def of(cls, document: Document, annotated: SentenceFingerprints, counts: PoolCounts) -> PoolArticle:
        """Look at ``document``, and add to ``counts`` what it comes to."""
        texts = [document.text[sentence.start : sentence.end] for sentence in document.sentences]
        of_article = article_sentences(document)
        # As many words as near-duplicates are told by: shorter sentences are subheads and bylines, and nobody could
        # say whether they are annotated already.
        whole = {i for i in of_article if MINIMUM_WORDS <= len(folded_words(texts[i])) <= MOST_WORDS}
        known = whole & {match.sentence for match in annotated.find([document])}
        counts.documents += 1
        counts.sentences += len(texts)
        counts.known += len(known)
        counts.candidates += len(whole - known)
        return cls(document, of_article, whole - known)
