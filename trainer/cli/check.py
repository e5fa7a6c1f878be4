"""``marsad data check``."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.table import Table

from trainer.cli.console import errors, output, quiet_libraries
from trainer.cli.data_report import DEFAULT_CORPUS


def check_command(
    sources: list[Path] = typer.Argument(
        None,
        help="A corpus file (dataset.yaml), a labelled file (IOB2, sentence labels), or .marked files and folders.",
        show_default=str(DEFAULT_CORPUS),
    ),
    schema: Path = typer.Option(None, "--schema", help="The schema for .marked files; Marsad's own by default."),
) -> None:
    """Validate annotation against texts and schema; print counts per label."""
    quiet_libraries()
    sources = sources or [DEFAULT_CORPUS]
    if any(source.suffix in (".yaml", ".yml") for source in sources):
        if len(sources) > 1:
            raise ValueError("a corpus file is checked alone; give it, or .marked files and folders of them")
        from trainer.cli.data_tables import corpus_counts
        from trainer.data.check import check_corpus

        corpus = check_corpus(sources[0])
        _print_checked(corpus_counts(str(sources[0]), corpus), corpus.problems, corpus.schema.name)
        return
    from trainer.data.labelled_files import is_labelled_file

    if any(is_labelled_file(source) for source in sources):
        if len(sources) > 1:
            raise ValueError("a labelled file is checked alone")
        from trainer.cli.data_tables import corpus_counts
        from trainer.data.check import check_labelled_files

        corpus = check_labelled_files({"all": sources[0]}, schema)
        _print_checked(corpus_counts(str(sources[0]), corpus), corpus.problems, corpus.schema.name)
        return
    from trainer.cli.data_tables import inline_counts
    from trainer.data.check_inline import check_inline
    from trainer.schema import load_schema

    marked = check_inline(sources, load_schema(schema))
    _print_checked(inline_counts(", ".join(map(str, sources)), marked), marked.problems, marked.schema.name)


def _print_checked(counts: Table, problems: list[str], schema: str) -> None:
    output.print(counts)
    for problem in problems:
        errors.print(problem, markup=False, soft_wrap=True)
    if problems:
        errors.print(f"{len(problems)} problems")
        raise typer.Exit(1)
    output.print(f"no problems (schema {schema})")
