"""``marsad predict``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from trainer.cli.console import errors, output, quiet_libraries

if TYPE_CHECKING:
    from trainer.documents import Document

SOME_REJECTED = 3
_FORMATS = (".jsonl", ".html")


def predict_command(
    source: str = typer.Option(..., "--input", help="A text file, a folder of .txt files, a .jsonl file, or -."),
    targets: list[Path] = typer.Option(
        ..., "--output", help="A .jsonl or .html file to write; can be given twice to get both."
    ),
    model: Path | None = typer.Option(None, help="A model folder; by default the one that the quickstart trained."),
    clean: bool = typer.Option(False, help="Leave out lines of the page that are not article text."),
) -> None:
    """Label texts. Exit code 0: all done; 3: some inputs could not be read; 1: failed."""
    for target in targets:
        if target.suffix not in _FORMATS:
            raise ValueError(f"{target}: the output's name must end in {' or '.join(_FORMATS)}")
    quiet_libraries()
    from trainer.formats.html import write_html
    from trainer.formats.inputs import read_inputs
    from trainer.formats.jsonl import document_to_json
    from trainer.inference.api import load

    predictor = load(model)
    rejected: list[str] = []

    def reject(place: str, reason: str) -> None:
        rejected.append(place)
        errors.print(f"rejected {place}: {reason}", markup=False, soft_wrap=True)

    page: list[Document] = []
    count = 0
    with ExitStack() as stack:
        files = []
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".jsonl":
                files.append(stack.enter_context(target.open("w", encoding="utf-8", newline="\n")))
        documents = predictor.predict(read_inputs(source, reject), clean=clean)
        for document in _with_progress(documents):
            count += 1
            for file in files:
                file.write(document_to_json(document) + "\n")
            if len(files) < len(targets):
                page.append(document)
    for target in targets:
        if target.suffix == ".html":
            write_html(page, target, predictor.schema.arabic_names())
    output.print(f"{count} documents labelled: {', '.join(str(target) for target in targets)}", markup=False)
    if rejected:
        errors.print(f"{len(rejected)} inputs rejected, listed above")
        raise typer.Exit(SOME_REJECTED)


def _with_progress(documents: Iterator[Document]) -> Iterator[Document]:
    columns = (SpinnerColumn(), TextColumn("{task.completed} documents"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("predict", total=None)
        for document in documents:
            progress.advance(task)
            yield document
