"""``marsad data``: build, check and clean labelled data."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.agreement import agreement_command
from trainer.cli.check import check_command
from trainer.cli.console import output, quiet_libraries
from trainer.cli.convert import convert_command
from trainer.cli.data_report import DEFAULT_CORPUS, report_command
from trainer.cli.standoff import detach_command, join_command

app = typer.Typer(help="Labelled data: build, check, convert, compare.", no_args_is_help=True)
app.command("check")(check_command)
app.command("convert")(convert_command)
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
