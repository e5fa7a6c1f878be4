"""Scores of event records against hand-made ones; ``docs/record-evaluation.md`` has the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.folds import complete_groups
from trainer.evaluation.bootstrap import RESAMPLES, Estimate, estimate
from trainer.evaluation.gold_records import GoldDocument, GoldRecord
from trainer.evaluation.record_alignment import Pair, align
from trainer.evaluation.record_fields import FieldScorer
from trainer.evaluation.record_links import link_counts
from trainer.evaluation.span_counts import Counts, pooled
from trainer.records.record import EventRecord

METHOD = f"95% intervals of F1: {RESAMPLES} bootstrap resamples of the documents that have something to score"
# Part of the report and what is scored in it: ("records", "found"), ("types", "CLASH"), ("aligned", "date") …
_Measure = tuple[str, str]


@dataclass(frozen=True)
class _Run:
    """One run of a system: the counts of every document, links, and which record was taken for which."""

    counts: Sequence[Mapping[_Measure, Counts]]
    links: Mapping[str, Counts]
    confusions: Counter[tuple[str, str]]
    told: dict[str, Any]


def evaluate_records(
    gold: Sequence[GoldDocument],
    runs: Mapping[str, Sequence[EventRecord]],
    scorer: FieldScorer,
    groups: Sequence[Sequence[str]] = (),
) -> dict[str, Any]:
    """Score the records of one or more runs, such as those of several seeds, on the same documents.

    Parameters
    ----------
    gold:
        The documents that were run. One of which a run has no record counts as one in which it found nothing.
    runs:
        By name, all records of a run; those of other documents are counted and not scored.
    groups:
        Ids of documents that copy each other: a resample draws all of them or none.

    Returns
    -------
    dict
        ``units`` are the groups of documents that resamples draw, ``runs`` say of each run what was paired. Scores are
        ``precision``, ``recall`` and ``f1`` as means over the runs (``None`` where there is nothing to score), ``low``
        and ``high`` of the interval, the ``deviation`` over the runs and ``counts``: of each run hits, predicted and
        gold. They stand under ``records`` (found, strict, loose), ``types`` (as found), ``aligned`` and ``all`` (by
        field, over records that are paired and over all) and, without intervals, ``links``. ``confusions`` are the
        different main types of paired records.

    Raises
    ------
    ValueError
        If a run has a record twice, or records of none of the documents, or if there are no documents or runs.
    """
    ids = [document.document for document in gold]
    if not ids or not runs:
        raise ValueError("there is nothing to score: give records, and documents of the gold that were run")
    for name, records in runs.items():
        for id, count in Counter(record.id for record in records).items():
            if count > 1:
                raise ValueError(f"{name} has {count} records {id}; a file holds one run, each document once")
    scored = {name: _scored(gold, records, scorer) for name, records in runs.items()}
    for name, run in scored.items():
        if len(run.told["without_records"]) == len(ids) and any(document.records for document in gold):
            raise ValueError(
                f"{name} has no record of any of the documents {_some(ids)}. Every file is a run of all of them; "
                "are its documents called otherwise?"
            )
    units = [[ids.index(id) for id in group] for group in complete_groups(ids, groups)]
    return {
        "documents": ids,
        "units": [[ids[i] for i in unit] for unit in units],
        "interval_method": METHOD,
        "runs": {name: run.told for name, run in scored.items()},
        **_scores([run.counts for run in scored.values()], units),
        "links": {part: _score([run.links[part] for run in scored.values()], None) for part in ("aligned", "all")},
        "confusions": _confusions([run.confusions for run in scored.values()]),
    }


def _scored(gold: Sequence[GoldDocument], records: Sequence[EventRecord], scorer: FieldScorer) -> _Run:
    by_document: dict[str, list[EventRecord]] = defaultdict(list)
    for record in records:
        by_document[record.document].append(record)
    known = [record for document in gold for record in document.records]
    found = [record for document in gold for record in by_document[document.document]]
    counts, pairs, told = [], [], []
    for document in gold:
        aligned = align(document.records, by_document[document.document])
        missed = _others(document.records, [pair.gold for pair in aligned])
        spurious = _others(by_document[document.document], [pair.predicted for pair in aligned])
        compared = [scorer.pair(pair.gold, pair.predicted) for pair in aligned]
        fields = {"aligned": pooled(compared)}
        fields["all"] = pooled([*compared, *map(scorer.missed, missed), *map(scorer.spurious, spurious)])
        counts.append(
            _record_counts(document.records, by_document[document.document], aligned)
            | {(part, name): count for part, table in fields.items() for name, count in table.items()}
        )
        pairs += aligned
        told += [_told(pair, fields) for pair, fields in zip(aligned, compared, strict=True)]
    ours = {document.document for document in gold}
    return _Run(
        counts,
        link_counts(known, found, pairs),
        Counter((pair.gold.type, pair.predicted.type) for pair in pairs if not pair.same_type),
        {
            "records": len(found),
            "without_records": [document.document for document in gold if not by_document[document.document]],
            "records_of_other_documents": sum(record.document not in ours for record in records),
            "linked": any(record.happening is not None for record in found),
            "pairs": told,
            "missed": [record.id for record in _others(known, [pair.gold for pair in pairs])],
            "spurious": [record.id for record in _others(found, [pair.predicted for pair in pairs])],
        },
    )


def _record_counts(
    gold: Sequence[GoldRecord], predicted: Sequence[EventRecord], pairs: Sequence[Pair]
) -> dict[_Measure, Counts]:
    found = [pair for pair in pairs if pair.same_type]
    hits = {
        "loose": sum(pair.compatible_type for pair in pairs),
        "found": len(found),
        "strict": sum(pair.half_shared for pair in found),
    }
    right, mine, theirs = (
        Counter(record.type for record in records) for records in ([pair.gold for pair in found], gold, predicted)
    )
    return {("records", name): Counts(count, len(predicted), len(gold)) for name, count in hits.items()} | {
        ("types", type): Counts(right[type], theirs[type], mine[type]) for type in mine | theirs
    }


def _told(pair: Pair, fields: Mapping[str, Counts]) -> dict[str, Any]:
    differ = [name for name, count in fields.items() if count.hits < max(count.predicted, count.gold)]
    return {"gold": pair.gold.id, "predicted": pair.predicted.id, "shared_mentions": pair.shared, "differ": differ}


def _scores(
    runs: Sequence[Sequence[Mapping[_Measure, Counts]]], units: Sequence[Sequence[int]]
) -> dict[str, dict[str, Any]]:
    """Return the scores by part and name, in the order in which they were first counted."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in ("records", "types", "aligned", "all")}
    for part, name in dict.fromkeys(name for run in runs for document in run for name in document):
        # (runs, units, 3)
        counts = np.array([[_sum(run[i].get((part, name)) for i in unit) for unit in units] for run in runs])
        parts[part][name] = _score([Counts(*row) for row in counts.sum(1).tolist()], _interval(counts))
    parts["types"] = dict(sorted(parts["types"].items()))
    return parts


def _interval(counts: NDArray) -> Estimate | None:
    """Resample the documents that have something to score: without any a resample would have an F1 of 0.

    What only one of them has tells nothing about another one, and has no interval.
    """
    told = counts[:, counts[..., 1:].sum((0, 2)) > 0]
    return estimate(told, [0] * told.shape[1]) if told.shape[1] > 1 else None


def _sum(counts: Iterable[Counts | None]) -> list[int]:
    total = Counts()
    for count in counts:
        total += count or Counts()
    return [total.hits, total.predicted, total.gold]


def _score(runs: Sequence[Counts], interval: Estimate | None) -> dict[str, Any]:
    f1 = [run.scores()["f1"] for run in runs if run.predicted or run.gold]
    return {
        "precision": _mean([run.hits / run.predicted for run in runs if run.predicted]),
        "recall": _mean([run.hits / run.gold for run in runs if run.gold]),
        "f1": _mean(f1),
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "deviation": float(np.std(f1, ddof=1)) if len(f1) > 1 else 0.0,
        "counts": [[run.hits, run.predicted, run.gold] for run in runs],
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _confusions(runs: Sequence[Counter[tuple[str, str]]]) -> list[dict[str, Any]]:
    """Return the pairs of different types, the most frequent first."""
    total: Counter[tuple[str, str]] = sum(runs, Counter())
    return [
        {"gold": gold, "predicted": predicted, "pairs": [run[gold, predicted] for run in runs]}
        for (gold, predicted), _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))
    ]


def _others(records: Sequence[Any], taken: Iterable[Any]) -> list[Any]:
    ids = {record.id for record in taken}
    return [record for record in records if record.id not in ids]


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
