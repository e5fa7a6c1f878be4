"""``marsad data detach`` and ``marsad data join``: annotation that is kept without its text."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.console import errors, output, quiet_libraries


def detach_command(
    source: Path = typer.Argument(
        help="Annotated excerpts: .marked, with the fact start=OFFSET of each in its article."
    ),
    target: Path = typer.Argument(help="The .jsonl file to write: places, hashes and labels, no text."),
) -> None:
    """Write annotation without its text, for articles that may not be passed on."""
    from trainer.data.joining import detached_rows
    from trainer.data.labelled_files import read_labelled_file
    from trainer.formats.standoff import write_standoff

    rows = detached_rows(read_labelled_file(source))
    write_standoff(rows, target)
    output.print(f"{target}: {len(rows)} sentences", markup=False, soft_wrap=True)


def join_command(
    annotation: Path = typer.Argument(help="A .jsonl file that 'marsad data detach' wrote."),
    archive: Path = typer.Argument(help="The archive with the articles: .parquet or .jsonl, or a folder of them."),
    folder: Path = typer.Option(Path("outputs/ood"), "--output", help="The folder to write; has a dataset.yaml then."),
    schema: Path = typer.Option(None, "--schema", help="The schema of the labels; Marsad's own by default."),
) -> None:
    """Put annotation that is kept without text to its articles: a corpus to evaluate on."""
    quiet_libraries()
    from trainer.data.joining import archive_articles, join, write_joined
    from trainer.schema import load_schema

    joined = join(annotation, archive_articles(archive))
    if joined.missing:
        named = ", ".join(joined.missing[:5]) + (" …" if len(joined.missing) > 5 else "")
        errors.print(
            f"{len(joined.missing)} annotated articles are not in {archive}, or with another text: {named}",
            markup=False,
            soft_wrap=True,
        )
    if not joined.documents:
        raise typer.Exit(1)
    corpus = write_joined(joined.documents, load_schema(schema), folder)
    sentences = sum(len(document.sentences) for document in joined.documents)
    output.print(f"{corpus}: {sentences} sentences of {len(joined.documents)} articles", markup=False, soft_wrap=True)
    if joined.missing:
        raise typer.Exit(1)
