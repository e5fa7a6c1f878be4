"""``marsad annotate ingest``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.cli.console import errors, output

if TYPE_CHECKING:
    from trainer.projects.corrected import Corrections
    from trainer.projects.growing import Growth

# Ids that are named where there may be hundreds.
_NAMED_IDS = 5


def ingest_command(
    corrected: Path = typer.Argument(
        help="What came back: an export of Label Studio (JSON, JSON-MIN), or a folder of brat files."
    ),
    project: Path = typer.Option(..., "--project", help="The folder that 'marsad annotate suggest' wrote."),
    corpus: Path = typer.Option(..., "--corpus", help="The dataset.yaml to add to; it is made if it is not there."),
    split: str = typer.Option("train", "--split", help="The split of the corpus to add to."),
    json_file: Path | None = typer.Option(None, "--json", help="Write everything that is told to this JSON file, too."),
) -> None:
    """Take corrected suggestions back: check them, show what people changed, add them to a corpus."""
    from trainer.projects.corrected import read_corrections
    from trainer.projects.growing import grow_corpus
    from trainer.projects.ingested import corpus_notes, write_report
    from trainer.writers.whole_outputs import require_no_folder

    if json_file is not None:
        # Before the corpus has grown.
        require_no_folder(json_file)
    corrections = read_corrections(corrected, project)
    _print_told(corrections)
    if not corrections.pairs:
        raise ValueError(
            f"{corrected} has no annotated document of {project}, so nothing is added; of a project in Label Studio, "
            "name the file that it exports"
        )
    _print_differences(corrections)
    growth = grow_corpus(corpus, corrections.documents, corrections.schema, corpus_notes(corrections), split)
    _print_growth(growth, split)
    if json_file is not None:
        write_report(json_file, corrections, growth)
        _tell(f"written: {json_file}")
    if corrections.left_out:
        raise typer.Exit(1)


def _print_told(corrections: Corrections) -> None:
    for kind, told in (
        ("", corrections.left_out),
        ("note: ", corrections.notes),
        ("look again: ", corrections.warnings),
    ):
        for line in told:
            errors.print(kind + line, markup=False, soft_wrap=True)
    taken, left_out, waiting = len(corrections.pairs), len(corrections.left_out), corrections.waiting
    told_waiting = f", {len(waiting)} wait to be annotated ({_named(waiting)})" if waiting else ""
    told_left_out = f", {left_out} are left out" if left_out else ""
    _tell(f"{taken} corrected documents{told_left_out}{told_waiting}")
    if corrections.by_brat and taken:
        _tell(
            "brat does not say which documents people have read: all in the folder count as corrected; to take back a "
            "part of a project, put its files into a folder of their own"
        )


def _print_differences(corrections: Corrections) -> None:
    from trainer.cli.differences_table import differences_tables
    from trainer.projects.differences import Differences

    differences = Differences.of(corrections.pairs)
    for table in differences_tables(differences):
        output.print(table)
    _tell(f"{differences.untouched} of {differences.sentences} sentences are as they were suggested")
    if corrections.retyped:
        _tell(f"{corrections.retyped} sentences get the event types of their triggers instead of those suggested")


def _print_growth(growth: Growth, split: str) -> None:
    for match in growth.repeats:
        errors.print(
            f"look again: {match.document} repeats a sentence of {match.training_document} that the corpus had "
            f"({match.similarity:.0%})",
            markup=False,
            soft_wrap=True,
        )
    if growth.already:
        _tell(f"{len(growth.already)} documents were in the corpus already")
    if growth.elsewhere:
        _tell(
            f"{len(growth.elsewhere)} documents are not in '{split}' but where other sentences of their article stand: "
            f"{_named(growth.elsewhere)}"
        )
    added = ", ".join(f"{name} {len(ids)}" for name, ids in growth.added.items()) or "none"
    _tell(f"{growth.corpus}: {'made; ' if growth.made else ''}documents added: {added}")


def _named(ids: Iterable[str]) -> str:
    first = [*ids]
    return ", ".join(first[:_NAMED_IDS]) + (" …" if len(first) > _NAMED_IDS else "")


def _tell(text: str) -> None:
    output.print(text, markup=False, soft_wrap=True)
