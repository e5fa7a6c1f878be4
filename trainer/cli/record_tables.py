"""Scores of event records as tables on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

_NOTHING = "–"
_LEVELS = {
    "loose": "a shared mention, a type that the other's mentions have",
    "found": "a shared mention, the same main type",
    "strict": "half of the mentions shared, the same main type",
}


def record_tables(report: Mapping[str, Any], name: str) -> Iterator[Table]:
    """Yield the tables of a report of :mod:`trainer.evaluation.records`; ``name`` is in their titles."""
    yield _records(report, name)
    yield _fields(report, name)
    yield _by_type(report, name)
    if report["confusions"]:
        yield _confusions(report, name)


def _records(report: Mapping[str, Any], name: str) -> Table:
    table = _table(f"Records: {name}", "a record is right with", *_columns(""), "gold", "predicted")
    for level, meaning in _LEVELS.items():
        score = report["records"][level]
        table.add_row(f"{meaning} ({level})", *_cells(score), *_sizes(score))
    table.add_section()
    for part, meaning in (("aligned", "links, of records that are paired"), ("all", "links, of all records")):
        score = report["links"][part]
        table.add_row(meaning, *_cells(score), *_sizes(score))
    return table


def _fields(report: Mapping[str, Any], name: str) -> Table:
    title = f"Fields: {name}; of records that are paired, and of all"
    table = _table(title, "field", *_columns("paired "), *_columns("all "), "gold", "predicted")
    for field, score in report["all"].items():
        cells = _cells(report["aligned"][field]) if field in report["aligned"] else [_NOTHING] * 3
        table.add_row(field, *cells, *_cells(score), *_sizes(score))
    return table


def _by_type(report: Mapping[str, Any], name: str) -> Table:
    table = _table(f"Records by main type: {name}; as found", "type", *_columns(""), "gold", "predicted")
    for type, score in sorted(report["types"].items(), key=lambda item: -item[1]["counts"][0][2]):
        table.add_row(escape(type), *_cells(score), *_sizes(score))
    return table


def _confusions(report: Mapping[str, Any], name: str) -> Table:
    table = _table(f"Paired records of different main types: {name}", "gold", "predicted", "pairs")
    for item in report["confusions"]:
        table.add_row(escape(item["gold"]), escape(item["predicted"]), _average(item["pairs"]))
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=escape(title), title_justify="left")
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _columns(prefix: str) -> list[str]:
    return [f"{prefix}precision", f"{prefix}recall", f"{prefix}F1 \\[95%]"]


def _cells(score: Mapping[str, Any]) -> list[str]:
    interval = f" \\[{score['low']:.2f} {score['high']:.2f}]" if score["low"] is not None else ""
    f1 = _NOTHING if score["f1"] is None else f"{score['f1']:.3f}{interval}"
    return [_number(score["precision"]), _number(score["recall"]), f1]


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _sizes(score: Mapping[str, Any]) -> list[str]:
    """Return how many the gold has, and how many were predicted, the mean over runs."""
    return [str(score["counts"][0][2]), _average([predicted for _, predicted, _ in score["counts"]])]


def _average(counts: list[int]) -> str:
    mean = sum(counts) / len(counts)
    return str(int(mean)) if mean.is_integer() else f"{mean:.1f}"
