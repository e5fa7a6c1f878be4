"""Scores of event records as tables on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

_NOTHING = "–"
_COLUMNS = ("precision", "recall", "F1 \\[95%]", "gold", "found")
# What a record must share with one of the gold to be right; docs/record-evaluation.md has the whole rules.
_LEVELS = {"loose": "loose: a mention", "found": "found: and main type", "strict": "strict: and mentions"}


def record_tables(report: Mapping[str, Any], name: str) -> Iterator[Table]:
    """Yield the tables of a report of :mod:`trainer.evaluation.records`; ``name`` is in their titles."""
    yield _records(report, name)
    yield _fields(report, name, "aligned", "of records that are paired")
    yield _fields(report, name, "all", "of all records")
    yield _by_type(report, name)
    if report["confusions"]:
        yield _confusions(report, name)


def _records(report: Mapping[str, Any], name: str) -> Table:
    table = _table(f"Records: {name}", "shared", *_COLUMNS)
    for level, meaning in _LEVELS.items():
        score = report["records"][level]
        table.add_row(meaning, *_cells(score), *_sizes(score))
    table.add_section()
    for part, meaning in (("aligned", "links of paired"), ("all", "links of all")):
        score = report["links"][part]
        table.add_row(meaning, *_cells(score), *_sizes(score))
    return table


def _fields(report: Mapping[str, Any], name: str, part: str, whose: str) -> Table:
    table = _table(f"Fields {whose}: {name}", "field", *_COLUMNS)
    for field, score in report[part].items():
        table.add_row(field, *_cells(score), *_sizes(score))
    return table


def _by_type(report: Mapping[str, Any], name: str) -> Table:
    table = _table(f"Records by main type: {name}; as found", "type", *_COLUMNS)
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
