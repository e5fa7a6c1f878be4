"""Everything that can be said of a corpus without training a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from tokenizers import Tokenizer

from trainer.diagnosis.boundaries import odd_boundaries
from trainer.diagnosis.findings import KINDS, Finding
from trainer.diagnosis.first_words import first_words
from trainer.diagnosis.label_conflicts import label_conflicts
from trainer.diagnosis.long_sentences import long_sentences
from trainer.diagnosis.marks import Splits
from trainer.diagnosis.missed_mentions import missed_mentions
from trainer.diagnosis.rare_labels import rare_labels
from trainer.diagnosis.split_copies import split_copies
from trainer.schema import Schema


def diagnose(
    splits: Splits,
    schema: Schema,
    *,
    groups: Sequence[Sequence[str]] = (),
    tokenizer: Tokenizer | None = None,
    window: int = 0,
) -> Iterator[Finding]:
    """Yield what is odd in a corpus. Findings are hints: broken annotation is told by :mod:`trainer.data.check`.

    Parameters
    ----------
    splits:
        The documents by split; what is for training only is a split called ``training_only``.
    schema:
        The labels that there should be.
    groups:
        Ids of documents that are known to copy each other.
    tokenizer, window:
        How an encoder cuts text into subwords, and how many of them one input holds; without a tokenizer nothing is
        said of long sentences.
    """
    yield from chain(
        odd_boundaries(splits),
        first_words(splits),
        label_conflicts(splits),
        missed_mentions(splits),
        split_copies(splits, groups),
        rare_labels(splits, schema),
    )
    if tokenizer is not None:
        yield from long_sentences(splits, tokenizer, window)


def by_kind(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Return the findings of every kind that there are, in the order of :data:`KINDS`; the surest of a kind first."""
    groups = {kind: [finding for finding in findings if finding.kind == kind] for kind in KINDS}
    # sorted() keeps the order of the corpus among equals.
    return {kind: sorted(found, key=lambda f: -(f.score or 0.0)) for kind, found in groups.items() if found}
