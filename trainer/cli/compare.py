"""``marsad compare``."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from trainer.cli.console import output, quiet_libraries


def compare_command(
    a: Path = typer.Argument(
        help="The output folder of a 'marsad crossval', or the file of a 'marsad evaluate --output'."
    ),
    b: Path = typer.Argument(help="Another one on the same corpus, or the same one with another --system-b."),
    system_a: str = typer.Option("model", help="The system of A: a row of its tables."),
    system_b: str = typer.Option("model", help="The system of B."),
) -> None:
    """Compare two runs on the same data: differences of micro F1 with intervals (paired bootstrap)."""
    quiet_libraries()
    from trainer.crossval.compare import compare_runs
    from trainer.crossval.tables import LAYER_NAMES
    from trainer.evaluation.bootstrap import METHOD

    table = Table(title=escape(f"A: {a}, {system_a}\nB: {b}, {system_b}"), title_justify="left")
    table.add_column("folds", overflow="fold")
    table.add_column("strict micro F1 of")
    for name in ("A", "B", "A less B", "95% interval", "p"):
        table.add_column(name, justify="right")
    for grouping, layers in compare_runs(a, b, system_a, system_b).items():
        for layer, (ours, theirs, difference) in layers.items():
            interval = f"{difference.low:+.3f} {difference.high:+.3f}"
            cells = (f"{ours:.3f}", f"{theirs:.3f}", f"{difference.mean:+.3f}", interval, _p(difference.p))
            table.add_row(grouping, LAYER_NAMES[layer], *cells)
    output.print(table)
    output.print(f"{METHOD}, paired; p is two-sided", markup=False, soft_wrap=True)


def _p(value: float) -> str:
    """Write a p-value; a resampling cannot say that it is nought."""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"
