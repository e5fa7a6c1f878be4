"""The documents that sentences are chosen from: which of their sentences can be chosen, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from trainer.data.near_duplicates import MINIMUM_WORDS, SentenceFingerprints, folded_words
from trainer.documents import Document
from trainer.text.cleaning import Cleaner, load_cleaner

# What has more words is a poem, a list or a page without full stops: it costs as much to correct as several sentences,
# and a budget counts sentences. Of an archive of newspapers 3 % are longer.
MOST_WORDS = 100
# Documents that are looked at together; closed early by one of many characters, so that memory has a bound.
_CHUNK, _CHUNK_CHARACTERS = 32, 400_000


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


def article_sentences(document: Document) -> list[int]:
    """Return the indices of the sentences that page cleaning keeps."""
    cleaned = _cleaner().clean(document.text, document.id)
    return [i for i, sentence in enumerate(document.sentences) if cleaned.keeps(sentence.start, sentence.end)]


def article_of(document: Document) -> Document:
    """Return ``document`` with the sentences of :func:`article_sentences` alone; its text stays."""
    return replace(document, sentences=[document.sentences[index] for index in article_sentences(document)])


@cache
def _cleaner() -> Cleaner:
    """Read the rules once, not for every document."""
    return load_cleaner()


def chunks(pool: Iterable[Document]) -> Iterator[list[Document]]:
    """Cut ``pool`` into lists of documents, so many that a model scores them quickly and memory has a bound."""
    chunk: list[Document] = []
    characters = 0
    for document in pool:
        chunk.append(document)
        characters += len(document.text)
        if len(chunk) == _CHUNK or characters >= _CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
