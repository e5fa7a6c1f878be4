"""The results of a cross-validation as a Markdown page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainer.crossval.tables import detail_tables, headline_tables
from trainer.evaluation.text_table import TextTable

RESULTS_PAGE = "results.md"


def write_markdown(results: Mapping[str, Any], output: Path) -> Path:
    """Write ``results.md`` into the output folder and return its path."""
    path = output / RESULTS_PAGE
    path.write_text(results_page(results), encoding="utf-8")
    return path


def results_page(results: Mapping[str, Any]) -> str:
    """Return the page: how it was measured, the scores of all systems, and the model's in detail."""
    options = results["options"]
    overrides = "".join(f" --{key} {value}" for key, value in options["overrides"].items())
    seeds = ", ".join(map(str, options["seeds"]))
    without = f" without {', '.join(options['without'])}" if options["without"] else ""
    parts = [
        f"# Cross-validation of {options['config']}{overrides}",
        f"Corpus {results['data']['name']}{without}, seeds {seeds}. {results['intervals']}. Spans are scored strictly "
        "(seqeval, IOB2): both ends and the type must agree.",
        *(_folds(name, grouping) for name, grouping in results["groupings"].items()),
        *map(_table, headline_tables(results)),
        *map(_table, detail_tables(results)),
    ]
    return "\n\n".join(parts) + "\n"


def _folds(name: str, grouping: Mapping[str, Any]) -> str:
    lines = [f"Folds by {name} ({grouping['training_seconds']:.0f} s of work in all):", ""]
    for fold in grouping["folds"]:
        chosen = ", ".join(fold["validation"]) or "nothing"
        lines.append(f"* {', '.join(fold['test'])}: trained on {', '.join(fold['training'])}, chosen on {chosen}")
    return "\n".join(lines)


def _table(table: TextTable) -> str:
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return f"**{table.title}**\n\n" + "\n".join(lines)
