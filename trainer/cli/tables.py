"""Scores as tables on the screen."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

LAYER_NAMES = {"entities": "entities", "triggers": "event triggers", "event_types": "event types of sentences"}


def scores_table(scores: dict[str, Any], title: str) -> Table:
    """Return precision, recall, F1 and support per type, micro and macro, for every layer."""
    table = Table(title=f"Scores: {escape(title)}", title_justify="left")
    table.add_column("layer / type")
    for name in ("precision", "recall", "F1", "support"):
        table.add_column(name, justify="right")
    for layer, layer_name in LAYER_NAMES.items():
        if layer not in scores:
            continue
        table.add_section()
        table.add_row(f"[bold]{layer_name}[/]")
        rows = sorted(scores[layer]["per_type"].items(), key=lambda row: -row[1]["support"])
        for name, row in rows:
            table.add_row(f"  {escape(name)}", *_cells(row))
        for average in ("micro", "macro"):
            cells = [f"[bold]{cell}[/]" for cell in _cells(scores[layer][average])]
            table.add_row(f"  [bold]{average}[/]", *cells)
    return table


def comparison_table(systems: dict[str, dict[str, Any]], title: str) -> Table:
    """Return micro and macro F1 of several systems side by side.

    A system without scores of a layer does not predict it; it has a dash there.
    """
    table = Table(title=f"F1: {escape(title)}", title_justify="left")
    table.add_column("system")
    for layer_name in LAYER_NAMES.values():
        table.add_column(f"{layer_name}\nmicro", justify="right")
        table.add_column("\nmacro", justify="right")
    for name, scores in systems.items():
        cells = [
            f"{scores[layer][average]['f1']:.3f}" if layer in scores else "–"
            for layer in LAYER_NAMES
            for average in ("micro", "macro")
        ]
        table.add_row(escape(name), *cells)
    return table


def _cells(row: dict[str, float]) -> list[str]:
    return [f"{row['precision']:.3f}", f"{row['recall']:.3f}", f"{row['f1']:.3f}", str(int(row["support"]))]
