"""Find articles that say little that an earlier one has not said: wire copies, with or without edits.

An article's fingerprint is the set of hashes of its runs of three words (see ``trainer.data.near_duplicates``). It is
a copy if at least half of that set stands in one earlier article. What counts is the share of its *own* runs: a short
excerpt of a long article is a copy, the long article that follows a short bulletin is not, it has more to say.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.near_duplicates import folded_words, hash_of_words, shingle_hashes
from trainer.documents import DuplicateOf
from trainer.temporary_database import TemporaryDatabase, to_bytes, to_text

# Chosen on an archive of 30,676 articles of 14 Saudi newspapers and agencies, 18 days of 2015 in the order of time. A
# language model read pairs of an article and the earlier one that has most of it (titles, what they share, the rest),
# 20 drawn by chance for each step of the share, a third of them under 80 words: the same story copied or edited | the
# same story with about as much of its own | something else in the same words.
#   0.3-0.4   7 | 6 | 7        0.5-0.6  17 | 2 | 1        0.7-0.8  18 | 1 | 1        0.9-1.0  20 | 0 | 0
#   0.4-0.5  12 | 4 | 4        0.6-0.7  17 | 1 | 2        0.8-0.9  20 | 0 | 0
# Something else are formulas: royal telegrams, company results, closing prices, the weather, the weekly count of
# travellers, and, sadly for counts of killings, the statements on executions (up to 0.82). No threshold parts them
# from copies. They lie days apart: of 27 pairs of at least 0.5 with three days and more between them, 8 were formulas.
SIMILARITY = 0.5
# Of 26 texts of 15 to 39 words with half in an earlier one 6 were formulas (births, weddings, a new case of an
# illness); of the 13 with 0.8 of them there only a box of addresses. All 18 below 15 words were names of authors and
# captions, so those are copies only if they are identical.
SHORT_WORDS, SHORT_SIMILARITY = 40, 0.8
MINIMUM_WORDS = 15
# A copy with less of an earlier article has enough of its own to be copied itself: of 12 articles that are only found
# when such copies are compared with later articles, too, 8 were the same story, 4 other news or formulas. It also
# keeps the copies of a new execution together, although its first report looks like a copy of an older one.
FULL_SIMILARITY = 0.8

# Every fourth run is looked up, to find the articles that are then compared in full.
_SAMPLED = 4
# Runs that stand in this many articles are phrases that all news share; the first ones are enough.
_MOST_POSTINGS = 50
# The articles that share most of the sampled runs, above all of the rare ones, are compared.
_COMPARED = 10
# Signed, because SQLite takes more bytes for large numbers.
_DTYPE = "<i4"
_Hashes = NDArray[Any]


class ArticleCopies(TemporaryDatabase):
    """Says of articles, in the order of the input, in which earlier one most of them stands.

    Nearly full copies are not compared with later articles themselves, so that copies of copies point to the first.
    The same articles in the same order always give the same answers.

    Raises
    ------
    OSError
        Here and in :meth:`check`, if there is no room for the temporary file.
    """

    def __init__(self) -> None:
        super().__init__(
            "looking for duplicates",
            "CREATE TABLE articles (number INTEGER PRIMARY KEY, id BLOB NOT NULL, hashes BLOB NOT NULL)",
            "CREATE TABLE postings (hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)) WITHOUT ROWID",
        )

    def check(self, id: str, text: str) -> DuplicateOf | None:
        """Return the earlier article that has most of ``text``, of several the first of the closest.

        Any strings are accepted.
        """
        words = folded_words(text)
        if not words:
            return None
        hashes, sampled = _fingerprint(words)
        needed = SHORT_SIMILARITY if len(words) < SHORT_WORDS else SIMILARITY
        with self.reading_and_writing():
            postings = {hash: self._postings(hash) for hash in sampled}
            original, similarity = self._closest(hashes, postings)
            if similarity < FULL_SIMILARITY:
                self._remember(id, hashes, postings)
        return DuplicateOf(original, round(similarity, 3)) if similarity >= needed else None

    def _postings(self, hash: int) -> list[int]:
        """Return the numbers of the first articles with ``hash``."""
        query = "SELECT number FROM postings WHERE hash = ? ORDER BY number LIMIT ?"
        return [number for (number,) in self.connection.execute(query, (hash, _MOST_POSTINGS))]

    def _closest(self, hashes: _Hashes, postings: dict[int, list[int]]) -> tuple[str, float]:
        """Return the id of the article that has most of ``hashes``, of several the first, and the share."""
        shared: dict[int, float] = defaultdict(float)
        for numbers in postings.values():
            for number in numbers:
                # A run that few articles have says more: a statement in set phrases is found by its names.
                shared[number] += 1 / len(numbers)
        candidates = sorted(shared, key=lambda number: (-shared[number], number))[:_COMPARED]
        original, similarity = b"", 0.0
        for number in sorted(candidates):
            query = "SELECT id, hashes FROM articles WHERE number = ?"
            id, content = self.connection.execute(query, (number,)).fetchone()
            others = np.frombuffer(content, dtype=_DTYPE)
            share = float(np.isin(hashes, others, assume_unique=True).mean())
            if share > similarity:
                original, similarity = id, share
        return to_text(original), similarity

    def _remember(self, id: str, hashes: _Hashes, postings: dict[int, list[int]]) -> None:
        insert = "INSERT INTO articles (id, hashes) VALUES (?, ?)"
        number = self.connection.execute(insert, (to_bytes(id), hashes.tobytes())).lastrowid
        rows = [(hash, number) for hash, numbers in postings.items() if len(numbers) < _MOST_POSTINGS]
        self.connection.executemany("INSERT INTO postings VALUES (?, ?)", rows)


def _fingerprint(words: list[str]) -> tuple[_Hashes, list[int]]:
    """Return all hashes of a text, and those by which it is looked up and found."""
    if len(words) < MINIMUM_WORDS:
        # One hash of all words; the empty word makes it another than that of a run of three in a longer text.
        whole = _halved(np.array([hash_of_words(["", *words])], dtype="<u8"))
        return whole, whole.tolist()
    hashes = _halved(shingle_hashes(words))
    return hashes, hashes[hashes % _SAMPLED == 0].tolist()


def _halved(hashes: _Hashes) -> _Hashes:
    """Keep 32 of 64 bits: half the disk, and still two articles of 300 runs share one by chance in 40,000 pairs."""
    return np.unique(hashes.astype("<u4").view(_DTYPE))
