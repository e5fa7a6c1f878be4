"""Runs of words that text written for training shares with articles that scores are taken on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trainer.data.near_duplicates import folded_words
from trainer.documents import Document

# Six words in a row that two texts have in common are a quotation, not a phrase of the language.
RUN_WORDS = 6


def shared_run_problems(written: Iterable[Document], tested: Iterable[Document]) -> Iterator[str]:
    """Yield every run of six words of ``written`` that stands in a ``tested`` document, too.

    Spelling, diacritics and punctuation do not count.
    """
    known: dict[tuple[str, ...], str] = {}
    for document in tested:
        for run in _runs(document):
            known.setdefault(run, document.id)
    for document in written:
        found = {run: known[run] for run in _runs(document) if run in known}
        for run, id in found.items():
            yield f"{document.id}: the words {' '.join(run)!r} stand in {id}; write what is not in an article"


def _runs(document: Document) -> Iterator[tuple[str, ...]]:
    for sentence in document.sentences:
        words = folded_words(document.text[sentence.start : sentence.end])
        for start in range(len(words) - RUN_WORDS + 1):
            yield tuple(words[start : start + RUN_WORDS])
