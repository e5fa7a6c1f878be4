"""The ``marsad`` command: puts the subcommands together and turns errors into sentences."""

from __future__ import annotations

import os
import sys

import typer
from rich.markup import escape

from trainer import __version__
from trainer.cli import (
    annotate,
    compare,
    crossval,
    data,
    encoder,
    evaluate,
    evaluate_records,
    events,
    export,
    predict,
    train,
)
from trainer.cli.console import errors, use_unicode
from trainer.extras import EXTRAS, how_to_install

app = typer.Typer(
    name="marsad",
    help="Marsad (مرصد): Arabic conflict news as data. Train, evaluate and run a tagger of entities and events.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("train", context_settings=train.CONTEXT)(train.train_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("evaluate-records")(evaluate_records.evaluate_records_command)
app.command("crossval", context_settings=crossval.CONTEXT)(crossval.crossval_command)
app.command("compare")(compare.compare_command)
app.command("predict")(predict.predict_command)
app.command("events")(events.events_command)
app.command("export")(export.export_command)
app.add_typer(data.app, name="data")
app.add_typer(annotate.app, name="annotate")
app.add_typer(encoder.app, name="encoder")


def _version(show: bool) -> None:
    if show:
        typer.echo(f"marsad {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the whole traceback of an error."),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Set what holds for all subcommands."""
    if debug:
        os.environ["MARSAD_DEBUG"] = "1"


def main(arguments: list[str] | None = None) -> None:
    """Run the command; an expected error becomes one sentence and exit code 1.

    Parameters
    ----------
    arguments:
        The command line without the program's name; by default the process's own.
    """
    use_unicode()
    # OpenMP's threads spin while they wait for each other; where another process wants one of the
    # cores, training is many times slower (docs/decisions.md). Must be set before torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        app(args=arguments)
    except (OSError, ValueError, ImportError) as error:
        text = _sentence(error)
        if text is None or os.environ.get("MARSAD_DEBUG"):
            raise
        errors.print(f"[bold red]error:[/] {escape(text)}", soft_wrap=True)
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """Say what went wrong; ``None`` where an import failed that no extra mends: then Marsad itself is broken."""
    # An import error that names no module is a sentence of Marsad's own.
    if isinstance(error, ImportError) and error.name is not None:
        package = error.name.partition(".")[0]
        if package not in EXTRAS or not isinstance(error, ModuleNotFoundError):
            return None
        return f"this needs {package}, which is not installed: {how_to_install([package])}"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)
