"""``marsad export``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from trainer.cli.console import output, quiet_libraries

if TYPE_CHECKING:
    from trainer.documents import Document


def export_command(
    model: Path = typer.Argument(help="A model folder that 'marsad train' wrote."),
    folder: Path = typer.Argument(metavar="OUTPUT", help="The folder to write."),
    head: str = typer.Option(help="The head to export: entity, trigger or event_type."),
    source: str | None = typer.Option(
        None, "--input", help="Compare on this text, given as for 'marsad predict'; by default on a few sentences."
    ),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace OUTPUT whatever is in it."),
) -> None:
    """Export a head as a plain Transformers model, which needs no Marsad to run, and compare it with the model."""
    quiet_libraries()
    from trainer.export.run import export_head

    documents = list(_documents(source)) if source is not None else None
    parity = export_head(model, folder, head, documents=documents, overwrite=overwrite)
    output.print(f"exported: {folder}", markup=False, soft_wrap=True)
    output.print(f"largest difference of logits on {parity.sentences} sentences: {parity.largest_difference:.1e}")
    table = Table(title="identical to what Marsad finds", title_justify="left")
    for name in ("pipeline", "both", "either", "share"):
        table.add_column(name, justify="left" if name == "pipeline" else "right")
    for way, agreement in parity.identical.items():
        share = "–" if agreement.share is None else f"{agreement.share:.2f}"
        table.add_row(way, str(agreement.both), str(agreement.either), share)
    output.print(table)


def _documents(source: str) -> Iterator[Document]:
    from trainer.readers.reading import read_records
    from trainer.readers.records import Reject

    for item in read_records([source]):
        if isinstance(item, Reject):
            raise ValueError(f"{item.place}: {item.reason}")
        yield item.to_document()
