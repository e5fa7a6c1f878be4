"""``marsad data``: build, check and clean labelled data."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from trainer.cli.console import errors, output, quiet_libraries

app = typer.Typer(help="Labelled data: build the dataset, check annotation, clean raw pages.", no_args_is_help=True)
_DEFAULT_CORPUS = Path("data/dataset.yaml")


@app.command("build")
def build_command(
    corpus: Path = typer.Argument(_DEFAULT_CORPUS, help="The corpus file."),
    target: Path = typer.Option(Path("outputs/dataset"), "--output", help="The dataset folder to write."),
) -> None:
    """Write the corpus as a datasets.DatasetDict, one row a sentence."""
    quiet_libraries()
    from trainer.data.storage import build_dataset

    dataset = build_dataset(corpus, target)
    rows = ", ".join(f"{split} {len(rows)}" for split, rows in dataset.items())
    output.print(f"{target}: sentences in {rows}", markup=False, soft_wrap=True)


@app.command("check")
def check_command(corpus: Path = typer.Argument(_DEFAULT_CORPUS, help="The corpus file.")) -> None:
    """Validate the annotation against texts and schema; print counts per label and split."""
    quiet_libraries()
    from trainer.data.check import check_corpus

    report = check_corpus(corpus)
    splits = list(report.sentences)
    table = Table(title=escape(str(corpus)), title_justify="left")
    table.add_column("label")
    for name in [*splits, "all"]:
        table.add_column(escape(name), justify="right")
    for title, sizes in (("sentences", report.sentences), ("words and punctuation", report.words)):
        table.add_row(title, *(str(sizes[split]) for split in splits), str(sum(sizes.values())))
    for title, counts in (("entities", report.entities), ("event triggers", report.events)):
        table.add_section()
        totals = {split: sum(counts[split].values()) for split in splits}
        table.add_row(f"[bold]{title}[/]", *(str(totals[split]) for split in splits), str(sum(totals.values())))
        labels = sorted({label for counter in counts.values() for label in counter})
        for label in sorted(labels, key=lambda name: -sum(counts[split][name] for split in splits)):
            row = [counts[split][label] for split in splits]
            table.add_row(f"  {escape(label)}", *map(str, row), str(sum(row)))
    output.print(table)
    for problem in report.problems:
        errors.print(problem, markup=False, soft_wrap=True)
    if report.problems:
        errors.print(f"{len(report.problems)} problems")
        raise typer.Exit(1)
    output.print(f"no problems (schema {report.schema.name})")


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
