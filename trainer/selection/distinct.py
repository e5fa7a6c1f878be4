"""The best so far of a stream of sentences, no two of which are near-duplicates, in bounded memory."""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from trainer.data.near_duplicates import SentenceFingerprints, folded_words, shingle_hashes
from trainer.documents import Document, Sentence

Item = TypeVar("Item")


@dataclass(order=True)
class _Entry(Generic[Item]):
    score: float
    # Of equal scores the first to come is the better one.
    rank: int
    document: Document = field(compare=False)
    shingles: list[int] = field(compare=False)
    item: Item = field(compare=False)


class DistinctBest(Generic[Item]):
    """Keeps the ``keep`` best items; of near-duplicates, told apart by the text of their sentences, only the better.

    The same items in the same order always leave the same ones.
    """

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.repeated = 0
        self._offered = 0
        self._entries: list[_Entry[Item]] = []
        # By hash of three words in a row, the ranks of the entries that have it.
        self._index: dict[int, set[int]] = defaultdict(set)

    @property
    def items(self) -> list[Item]:
        """The items that are kept, the best first."""
        return [entry.item for entry in reversed(self._entries)]

    def offer(self, score: float, text: str, item: Item) -> None:
        """Keep ``item`` if its ``score`` is among the best and nothing better says nearly what ``text`` says."""
        self._offered += 1
        if len(self._entries) >= self.keep and (not self._entries or score <= self._entries[0].score):
            return
        # Not segmented anew: the sentence is what it is.
        document = Document(text, sentences=[Sentence(0, len(text))])
        shingles = shingle_hashes(folded_words(text)).tolist()
        entry = _Entry(score, -self._offered, document, shingles, item)
        close = self._near_duplicates(entry)
        self.repeated += bool(close)
        if any(other > entry for other in close):
            return
        for other in close:
            self._remove(other)
        insort(self._entries, entry)
        for shingle in shingles:
            self._index[shingle].add(entry.rank)
        if len(self._entries) > self.keep:
            self._remove(self._entries[0])

    def _near_duplicates(self, entry: _Entry[Item]) -> list[_Entry[Item]]:
        # The index only says which few to compare; what a near-duplicate is, is said in one place.
        shared = Counter(rank for shingle in entry.shingles for rank in self._index.get(shingle, ()))
        if not shared:
            return []
        fingerprints = SentenceFingerprints.of([entry.document])
        suspects = [other for other in self._entries if other.rank in shared]
        return [other for other in suspects if fingerprints.find([other.document])]

    def _remove(self, entry: _Entry[Item]) -> None:
        self._entries.remove(entry)
        for shingle in entry.shingles:
            self._index[shingle].discard(entry.rank)
            if not self._index[shingle]:
                del self._index[shingle]
