"""The scores of a cross-validation on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from trainer.crossval.tables import headline_tables
from trainer.evaluation.text_table import TextTable


def results_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return the headline tables of every grouping."""
    return [text_table(table) for table in headline_tables(results)]


def text_table(text: TextTable) -> Table:
    """Return a table of text for the screen."""
    table = Table(title=escape(text.title), title_justify="left")
    for position, column in enumerate(text.columns):
        table.add_column(escape(column), justify="right" if position else "left")
    for row in text.rows:
        table.add_row(*map(escape, row))
    return table
