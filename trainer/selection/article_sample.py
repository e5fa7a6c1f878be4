"""A sample of an archive: articles drawn at random in one pass, with no more of it in memory than is drawn."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import xxhash

from trainer.readers.records import Record


def sample_articles(records: Iterable[Record], count: int, seed: int) -> list[Record]:
    """Draw ``count`` of ``records`` at random, in the order in which they came.

    An article's lot depends on ``seed`` and its id alone, so that an archive in another order, or in other files, gives
    the same sample, and a larger sample holds the smaller.
    """

    def lots() -> Iterable[tuple[int, int, Record]]:
        for position, record in enumerate(records):
            lot = xxhash.xxh3_64_intdigest(record.id.encode("utf-8", errors="surrogatepass"), seed=seed)
            # Positions differ: records are never compared.
            yield lot, position, record

    drawn = heapq.nsmallest(count, lots())
    return [record for _, _, record in sorted(drawn, key=lambda entry: entry[1])]
