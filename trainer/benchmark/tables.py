"""The tables that ``scripts/benchmark_inference.py`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_LAYER_NAMES = {"entities": "entities", "triggers": "triggers", "event_types": "event types"}
_WIDTH = 110
# What stands below a table is as wide as the table.
_NARROWEST = 80


def print_report(report: Mapping[str, Any]) -> None:
    """Print everything but the single rounds to standard output."""
    output = Console(highlight=False, width=_WIDTH)
    output.print(_speed_table(report))
    if report["startup_seconds"]:
        output.print(_startup_table(report))
    if any("agreement" in row for row in report["rows"].values()):
        output.print(_agreement_table(report))
    if report["reference_f1"]:
        output.print(_f1_table(report))
    for name, reason in report["left_out"].items():
        output.print(f"left out: {name}: {reason}", markup=False, soft_wrap=True)
    output.print(_machine_line(report["machine"]), markup=False, soft_wrap=True)


def _speed_table(report: Mapping[str, Any]) -> Table:
    settings = report["settings"]
    table = _table_of(
        "Speed",
        (
            "runs with",
            "words/s",
            "ratio to\npipeline-32",
            "ms, median\n/ 90th perc.",
            "ratio to\npipeline-1",
            "peak\nMiB",
        ),
    )
    for name, row in report["rows"].items():
        latency = row["latency_ms"]
        gpu = f"\nGPU {row['gpu_memory_mib']:,.0f}" if "gpu_memory_mib" in row else ""
        table.add_row(
            name,
            f"{row['runtime']}, {row['precision']}",
            _with_range(row["words_per_second"], ",.0f"),
            _with_range(row["ratio"], ".2f"),
            f"{latency['median']:.1f} / {latency['p90']:.1f}",
            _with_range(row["latency_ratio"], ".2f"),
            f"{row['peak_memory_mib']:,.0f}{gpu}",
        )
    table.caption = (
        f"words/s: {settings['sentences']:,} sentences, {settings['words']:,} words, the same for all rows, in one "
        f"call; median and range of {settings['rounds']} rounds. ms: {settings['latency_sentences']:,} of the "
        "sentences, one call each. Ratios: to the pipeline in the same round, median and range; above 1 is faster. "
        "Rows called fp32-… are compared with the pipeline called so. Peak memory: of the whole process, before "
        "agreement is measured."
    )
    return table


def _startup_table(report: Mapping[str, Any]) -> Table:
    table = _table_of("Start-up", ("seconds",))
    for name, found in report["startup_seconds"].items():
        table.add_row(name, _with_range(found, ".2f"))
    table.caption = "A whole program that labels one sentence, from file to file; median and range, warm file cache."
    return table


def _agreement_table(report: Mapping[str, Any]) -> Table:
    table = _table_of("Agreement with torch in fp32", tuple(_LAYER_NAMES.values()))
    for name, row in report["rows"].items():
        if "agreement" in row:
            table.add_row(name, *(_agreement_cell(row["agreement"].get(layer)) for layer in _LAYER_NAMES))
    table.caption = (
        f"{report['settings']['agreement_sentences']:,} sentences: identical / of the reference / found, and below the "
        "identical ones as share of the reference's and of those that either side found."
    )
    return table


def _agreement_cell(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "–"
    counts = f"{found['identical']:,} / {found['reference']:,} / {found['found']:,}"
    shares = ["–" if found[key] is None else f"{found[key]:.4f}" for key in ("of_reference", "of_either")]
    return f"{counts}\n{'  '.join(shares)}"


def _f1_table(report: Mapping[str, Any]) -> Table:
    table = _table_of("Micro F1 on gold, and its distance from the reference in points", tuple(_LAYER_NAMES.values()))
    best = report["reference_f1"]
    table.add_row("reference", *(f"{best[layer]:.3f}" if layer in best else "–" for layer in _LAYER_NAMES))
    for name, row in report["rows"].items():
        cells = [row["f1"].get(layer) for layer in _LAYER_NAMES]
        table.add_row(name, *(f"{c['f1']:.3f} ({c['points_from_reference']:+.2f})" if c else "–" for c in cells))
    return table


def _table_of(title: str, columns: Sequence[str]) -> Table:
    table = Table("", title=title, title_justify="left", caption_justify="left", min_width=_NARROWEST)
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _with_range(found: Mapping[str, float] | None, form: str) -> str:
    if found is None:
        return "–"
    value, low, high = (format(found[key], form) for key in ("median", "min", "max"))
    return value if low == high else f"{value}\n{low}–{high}"


def _machine_line(facts: Mapping[str, Any]) -> str:
    flags = facts["flags"] or {}
    found = ", ".join(name for name, there in flags.items() if there) or "none of these flags"
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items() if version)
    threads = f"{facts['threads']} threads on {facts['cores']} cores"
    return f"{facts['processor']}, {threads}, {found}; {versions}, Python {facts['python']}"
