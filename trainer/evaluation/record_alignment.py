"""Which predicted record of a document is which of the gold: by the trigger mentions that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.evaluation.best_pairs import best_pairs
from trainer.evaluation.gold_records import GoldRecord
from trainer.records.record import EventRecord


@dataclass(frozen=True)
class Pair:
    """A gold record and the predicted one that tells of the same happening, as far as mentions show.

    ``shared`` is how many mentions they share.
    """

    gold: GoldRecord
    predicted: EventRecord
    shared: int

    @property
    def same_type(self) -> bool:
        """Whether the main types are equal."""
        return self.gold.type == self.predicted.type

    @property
    def compatible_type(self) -> bool:
        """Whether the main type of one is the type of a mention of the other, so that only the choice differs."""
        return self.gold.type in {mention.type for mention in self.predicted.mentions} or self.predicted.type in {
            mention.type for mention in self.gold.mentions
        }

    @property
    def half_shared(self) -> bool:
        """Whether they share at least half of the mentions that either has (a Jaccard index of 0.5)."""
        return 2 * self.shared >= len(self.gold.mentions) + len(self.predicted.mentions) - self.shared


def align(gold: Sequence[GoldRecord], predicted: Sequence[EventRecord]) -> list[Pair]:
    """Pair the records of one document one to one, so that the pairs share as many mentions as possible.

    Two mentions are the same if their spans overlap, whatever their types. Among equally good ways the one with more
    pairs of the same main type is taken. Records that share no mention are no pair.
    """
    shared = {
        (i, j): count
        for i, ours in enumerate(gold)
        for j, theirs in enumerate(predicted)
        if (count := shared_mentions(ours, theirs))
    }
    # More than all the equal types together can add.
    one_mention = min(len(gold), len(predicted)) + 1
    weights = {(i, j): count * one_mention + (gold[i].type == predicted[j].type) for (i, j), count in shared.items()}
    return [Pair(gold[i], predicted[j], shared[i, j]) for i, j in best_pairs(weights)]


def shared_mentions(gold: GoldRecord, predicted: EventRecord) -> int:
    """Return how many trigger mentions two records share: of mentions that overlap, each is counted once."""
    ours = [mention.span for mention in gold.mentions]
    theirs = [(mention.span.start, mention.span.end) for mention in predicted.mentions]
    return min(_touched(ours, theirs), _touched(theirs, ours))


def overlapping(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two spans have a character in common."""
    return one[0] < other[1] and other[0] < one[1]


def _touched(spans: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> int:
    return sum(any(overlapping(span, other) for other in others) for span in spans)
