"""``marsad data convert``."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.console import errors, output


def convert_command(
    source: Path = typer.Argument(help="A brat folder, a .marked file or a folder of .marked files."),
    target: Path = typer.Argument(help="A .marked file to write, or a folder for brat."),
    schema: Path = typer.Option(
        None, "--schema", help="The schema for brat's annotation.conf; Marsad's own by default."
    ),
) -> None:
    """Turn brat standoff into inline markup or back."""
    from trainer.data.conversion import convert
    from trainer.schema import load_schema

    documents = convert(source, target, load_schema(schema))
    facts = sorted({key for document in documents for key in document.metadata})
    if facts and target.suffix != ".marked":
        errors.print(f"left out, brat files do not keep it: {', '.join(facts)}", markup=False, soft_wrap=True)
    output.print(f"{target}: {len(documents)} documents", markup=False, soft_wrap=True)
