"""What a label mapping did, for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from trainer.data.label_mapping import MappedCounts


def mapping_table(counts: MappedCounts) -> Table:
    """Return a row for each label that was mapped or dropped, most frequent first in each section."""
    table = Table(title="Label mapping", title_justify="left")
    for name in ("", "from", "to", "number"):
        table.add_column(name, justify="right" if name == "number" else "left")
    for section, mapped in counts.mapped.items():
        rows = [(label, target, number) for (label, target), number in mapped.items()]
        rows += [(label, "dropped", number) for label, number in counts.dropped[section].items()]
        table.add_section()
        for label, target, number in sorted(rows, key=lambda row: (-row[2], row[0])):
            table.add_row(section, escape(label), escape(target), str(number))
    for role, number in sorted(counts.without_filler.items()):
        table.add_row("roles", escape(role), "dropped with its filler", str(number))
    return table


def unmarked_lines(counts: MappedCounts) -> Iterator[str]:
    """Yield what the mapped corpus says nothing of."""
    for section, labels in counts.unmarked.items():
        if labels:
            yield f"never marked in what was mapped ({section}): {', '.join(labels)}"
    if counts.removed_layers:
        yield f"layers of which no label is kept, taken away: {', '.join(counts.removed_layers)}"
