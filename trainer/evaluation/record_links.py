"""Links between records of different documents: which of them tell of one happening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from trainer.evaluation.gold_records import GoldRecord
from trainer.evaluation.record_alignment import Pair
from trainer.evaluation.span_counts import Counts
from trainer.records.record import EventRecord

_Link = frozenset[str]


def link_counts(
    gold: Iterable[GoldRecord], predicted: Iterable[EventRecord], pairs: Iterable[Pair]
) -> Mapping[str, Counts]:
    """Count pairs of records of different documents that are linked.

    Of the gold they are linked by ``same_as``, of the predicted ones if they share ``happening``. A link is right if
    both its records are paired with gold records that are linked.

    Returns
    -------
    dict
        ``aligned``: only links between records that are in a pair; ``all``: all links.
    """
    predicted_of = {pair.gold.id: pair.predicted.id for pair in pairs}
    paired = set(predicted_of.values())
    known = {frozenset((record.id, other)) for record in gold for other in record.same_as}
    # The links of the gold, by the predicted records that stand for their ends.
    standing = {frozenset(predicted_of[id] for id in link) for link in known if all(id in predicted_of for id in link)}
    found = _links(list(predicted))
    hits = len(standing & found)
    return {
        "aligned": Counts(hits, sum(link <= paired for link in found), len(standing)),
        "all": Counts(hits, len(found), len(known)),
    }


def _links(records: Sequence[EventRecord]) -> set[_Link]:
    happenings: dict[str, list[EventRecord]] = defaultdict(list)
    for record in records:
        if record.happening is not None:
            happenings[record.happening].append(record)
    return {
        frozenset((one.id, other.id))
        for same in happenings.values()
        for one, other in combinations(same, 2)
        if one.document != other.document
    }
