"""Documents as they are given to a model: with the sentences of the article alone, and so many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from trainer.documents import Document
from trainer.text.cleaning import Cleaner, load_cleaner

# Documents may be books: a chunk is closed with this many characters, so that memory has a bound.
CHUNK_CHARACTERS = 400_000


def chunks_of(documents: Iterable[Document], most: int) -> Iterator[list[Document]]:
    """Cut ``documents`` into lists of at most ``most``, closed early by one of many characters."""
    chunk: list[Document] = []
    characters = 0
    for document in documents:
        chunk.append(document)
        characters += len(document.text)
        if len(chunk) == most or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


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
