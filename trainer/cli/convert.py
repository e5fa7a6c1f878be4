"""``marsad data convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.cli.console import errors, output, quiet_libraries

if TYPE_CHECKING:
    from trainer.documents import Document

_FORMATS = "brat, marked, conll, label-studio, doccano, hub, sentence-labels or marsad"


def convert_command(
    source: Path = typer.Argument(help="Annotated text: a file or folder of any format in docs/formats.md."),
    target: Path = typer.Argument(help="The file or folder to write; its name says the format."),
    read_as: str = typer.Option(None, "--from", help=f"The format of the source, instead of a guess: {_FORMATS}."),
    write_as: str = typer.Option(None, "--to", help="The format to write, instead of a guess."),
    schema: Path = typer.Option(
        None, "--schema", help="The labels; by default Marsad's own if most are of it, else those that occur."
    ),
    mapping: str = typer.Option(None, "--map", help="A label mapping: a YAML file, or the name of a shipped one."),
    scheme: str = typer.Option(None, "--scheme", help="For tags of words: iob2, iob1, bioes or bilou."),
) -> None:
    """Turn annotation of one format into another; tell what was guessed, mapped and lost."""
    from trainer.cli.mapping_table import mapping_table, unmarked_lines
    from trainer.data.conversion import convert, plan
    from trainer.data.label_mapping import read_mapping
    from trainer.formats.tag_schemes import SCHEMES
    from trainer.schema import load_schema

    if scheme is not None and scheme.lower() not in SCHEMES:
        raise ValueError(f"--scheme {scheme} is none of {', '.join(SCHEMES)}")
    conversion = plan(source, target, read_as, write_as)
    output.print(
        f"{source}: read as {conversion.read_as.format.title} ({conversion.read_as.reason}); "
        f"{target}: written as {conversion.written_as.format.title} ({conversion.written_as.reason})",
        markup=False,
        soft_wrap=True,
    )
    if "hub" in (conversion.read_as.format.name, conversion.written_as.format.name):
        quiet_libraries()
    told = 0

    def report(place: str, message: str) -> None:
        nonlocal told
        told += 1
        errors.print(f"{place}: {message}", markup=False, soft_wrap=True)

    converted = convert(
        conversion,
        report,
        schema=load_schema(schema) if schema else None,
        mapping=read_mapping(mapping) if mapping else None,
        scheme=SCHEMES[scheme.lower()] if scheme else None,
    )
    if converted.counts:
        output.print(mapping_table(converted.counts))
        for line in unmarked_lines(converted.counts):
            output.print(line, markup=False, soft_wrap=True)
    written = " and ".join(map(str, converted.outputs))
    output.print(f"{written}: made of {_counted(converted.documents)}", markup=False, soft_wrap=True)
    if told:
        errors.print(f"{told} report{'s' if told > 1 else ''} above: what was guessed, wrong or left out")


def _counted(documents: list[Document]) -> str:
    """Return the size of what was converted, for people."""
    counts = {
        "document": len(documents),
        "sentence": sum(len(document.sentences) for document in documents),
        "entity": sum(len(document.entities) for document in documents),
        "event": sum(len(document.events) for document in documents),
    }
    if types := sum(map(_types_alone, documents)):
        counts["event type"] = types
    plurals = {"entity": "entities"}
    return ", ".join(f"{n} {name if n == 1 else plurals.get(name, name + 's')}" for name, n in counts.items())


def _types_alone(document: Document) -> int:
    """Return how many event types the sentences have, if no triggers say them."""
    return 0 if "triggers" in document.layers else sum(len(sentence.event_types) for sentence in document.sentences)
