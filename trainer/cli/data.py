"""``marsad data``: build, check and clean labelled data."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.table import Table

from trainer.cli.agreement import agreement_command
from trainer.cli.console import errors, output, quiet_libraries
from trainer.cli.data_report import DEFAULT_CORPUS, report_command
from trainer.cli.standoff import detach_command, join_command

app = typer.Typer(help="Labelled data: build, check, convert, compare.", no_args_is_help=True)
app.command("agreement")(agreement_command)
app.command("report")(report_command)
app.command("detach")(detach_command)
app.command("join")(join_command)


@app.command("build")
def build_command(
    corpus: Path = typer.Argument(DEFAULT_CORPUS, help="The corpus file."),
    target: Path = typer.Option(Path("outputs/dataset"), "--output", help="The dataset folder to write."),
) -> None:
    """Write the corpus as a datasets.DatasetDict, one row a sentence."""
    quiet_libraries()
    from trainer.data.storage import build_dataset

    dataset = build_dataset(corpus, target)
    rows = ", ".join(f"{split} {len(rows)}" for split, rows in dataset.items())
    output.print(f"{target}: sentences in {rows}", markup=False, soft_wrap=True)


@app.command("check")
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


@app.command("clean")
def clean_command(
    source: Path = typer.Argument(help="A raw .txt page or a folder of them."),
    target: Path = typer.Argument(help="The folder for the article texts and their offset maps."),
) -> None:
    """Turn raw pages into article text; print every line that is dropped, with the rule."""
    from trainer.data.cleaned_files import clean_files

    for id, cleaned in clean_files(source, target).items():
        kept = sum(end - start for start, end in cleaned.kept)
        output.print(f"{id}: kept {kept} of {len(cleaned.raw)} characters", markup=False)
        for line in cleaned.dropped:
            output.print(f"  dropped ({line.rule}): {line.text}", markup=False, soft_wrap=True)


@app.command("convert")
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
