"""What people changed in suggestions, as tables on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from trainer.cli.tables import LAYER_NAMES
from trainer.projects.differences import Differences
from trainer.projects.outcomes import ADDED, ARGUMENTS, ATTRIBUTES, KEPT, MOVED, RELABELLED, REMOVED, REPLACED

_NAMES = {**LAYER_NAMES, ARGUMENTS: "arguments", ATTRIBUTES: "attributes"}
_COLUMNS = {
    "kept": KEPT,
    "other\nlabel": RELABELLED,
    "other\nends": MOVED,
    "both": REPLACED,
    "removed": REMOVED,
    "added": ADDED,
}
# Rows of the tables of what was changed most.
_SHOWN = 10


def differences_tables(differences: Differences) -> Iterator[Table]:
    """Yield a table of the layers, and of the labels, confusions and strings that were changed most, if there are."""
    table = _table("What became of the suggestions", "", *_COLUMNS, "F1")
    scores = differences.scores()
    for layer, kinds in differences.kinds().items():
        table.add_row(_NAMES[layer], *_cells(kinds), f"{scores[layer].scores()['f1']:.3f}")
    yield table
    changed = {key: kinds for key, kinds in differences.labels().items() if kinds.total() > kinds[KEPT]}
    if changed:
        table = _table("Labels changed most", "label", "layer", *_COLUMNS)
        for (layer, label), kinds in [*changed.items()][:_SHOWN]:
            table.add_row(escape(label), _NAMES[layer], *_cells(kinds))
        yield table
    if confusions := differences.confusions():
        table = _table("Labels that became others", "suggested", "corrected", "layer", "times")
        for (layer, suggested, corrected), count in [*confusions.items()][:_SHOWN]:
            table.add_row(escape(suggested), escape(corrected), _NAMES[layer], str(count))
        yield table
    if strings := differences.strings():
        table = _table("Strings changed most often", "string", "change", "layer", "times")
        for (layer, text, change), count in [*strings.items()][:_SHOWN]:
            table.add_row(escape(" ".join(text.split())), escape(change), _NAMES[layer], str(count))
        yield table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    numbers = {*_COLUMNS, "F1", "times"}
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _cells(kinds: Counter[str]) -> list[str]:
    return [str(kinds[kind]) for kind in _COLUMNS.values()]
