"""The scores of a cross-validation on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from trainer.crossval.tables import TextTable, headline_tables


def results_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return the headline tables of every grouping."""
    return [_rich(table) for table in headline_tables(results)]


def _rich(text: TextTable) -> Table:
    table = Table(title=escape(text.title), title_justify="left")
    for position, column in enumerate(text.columns):
        table.add_column(escape(column), justify="right" if position else "left")
    for row in text.rows:
        table.add_row(*map(escape, row))
    return table
