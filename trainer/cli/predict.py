"""``marsad predict``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, islice
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
        if target.resolve() == Path(source).resolve():
            raise ValueError(f"{target} is the input; name another file for the output")
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
    documents = predictor.predict(read_inputs(source, reject), clean=clean)
    first = list(islice(documents, 1))  # before outputs are opened: a wrong input must not empty them
    with ExitStack() as stack:
        files = []
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".jsonl":
                files.append(stack.enter_context(target.open("w", encoding="utf-8", newline="\n")))
        for document in _with_progress(chain(first, documents)):
            count += 1
            for file in files:
                file.write(document_to_json(document) + "\n")
            if len(files) < len(targets):
                page.append(document)
    for target in targets:
        if target.suffix == ".html":
            write_html(page, target, predictor.schema.arabic_names())
    written = ", ".join(str(target) for target in targets)
    output.print(f"{count} documents labelled: {written}", markup=False, soft_wrap=True)
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
