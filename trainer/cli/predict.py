"""``marsad predict``."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.cli.console import errors, output
from trainer.cli.predict_progress import log_line, shown_progress
from trainer.writers.named_outputs import FORMATS, named_for

if TYPE_CHECKING:
    from trainer.archive.labelling import LabelOptions
    from trainer.archive.progress import Totals
    from trainer.readers.reading import Columns

ENGINES = ("local", "ray")
SOME_REJECTED = 3
STOPPED = 130


def predict_command(
    sources: list[str] = typer.Option(
        ...,
        "--input",
        help="A text file, a folder, a .jsonl, .csv, .tsv or .parquet file (also .gz, .zst), or - for standard input; "
        "can be given several times.",
    ),
    targets: list[str] = typer.Option(
        ...,
        "--output",
        help="A .jsonl (.gz, .zst), .parquet, .csv or .html file, or a folder for brat files; can be given several "
        "times.",
    ),
    format: str | None = typer.Option(
        None, help=f"The kind of outputs whose name has no ending: {', '.join(FORMATS)} (without it: brat)."
    ),
    model: Path | None = typer.Option(None, help="A model folder; by default the one that the quickstart trained."),
    text_column: str = typer.Option("text", help="The column of tables and the key of JSON lines with the text."),
    id_column: str | None = typer.Option(
        None, help="The column with the ids; by default 'id' if there is one. '' numbers the documents."
    ),
    clean: bool = typer.Option(False, help="Leave out lines of the page that are not article text."),
    dedupe: bool = typer.Option(False, help="Mark articles that repeat most of an earlier one (wire copies)."),
    thresholds: list[str] = typer.Option(
        [], "--threshold", help="LABEL=SCORE: leave out what scores less; can be given several times."
    ),
    dial: float = typer.Option(0.0, min=-1.0, max=1.0, help="From -1, find more, to 1, be right more often."),
    runtime: str = typer.Option(
        "auto", help="torch, openvino or onnx; auto takes the fastest that the model was exported for."
    ),
    device: str = typer.Option("auto", help="cpu, cuda, cuda:1 …; auto takes a GPU if there is one."),
    precision: str = typer.Option("auto", help="fp32 or bf16; auto takes bf16 where the processor has it."),
    engine: str = typer.Option("local", help="local, or ray: many machines; then one .parquet output, a folder."),
    workers: int | None = typer.Option(None, min=1, help="With --engine ray: models at once; by default all that fit."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Begin anew where an unfinished run could be continued."),
    quiet: bool = typer.Option(False, "--quiet", help="Print errors alone."),
    json_log: bool = typer.Option(False, "--json-log", help="Write the progress as JSON lines to standard error."),
) -> None:
    """Label texts, a few or a whole archive.

    The same command continues a run that was stopped. Exit code 0: all done; 3: some of the input was rejected and is
    listed in a file beside the output; 1: failed; 130: stopped.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is none of {', '.join(ENGINES)}")
    if quiet and json_log:
        raise ValueError("--quiet prints nothing and --json-log prints JSON: give one of them")
    if workers is not None and engine != "ray":
        raise ValueError("--workers is for --engine ray; one model on this machine uses all of its processors")
    if format is not None:
        targets = [named_for(target, format) for target in targets]
    from trainer.archive.labelling import LabelOptions
    from trainer.readers.reading import Columns

    job = Job(
        sources=sources,
        columns=Columns(text_column, id_column),
        options=LabelOptions(clean, _thresholds(thresholds), dial),
        dedupe=dedupe,
        runtime=runtime,
        device=device,
        precision=precision,
        overwrite=overwrite,
        quiet=quiet,
        json_log=json_log,
    )
    with _stoppable(json_log), _failures_logged(json_log):
        totals, rejects = _on_ray(job, targets, model, workers) if engine == "ray" else _here(job, targets, model)
    _tell(totals, targets, rejects, quiet=quiet, json_log=json_log)
    if totals.rejected:
        raise typer.Exit(SOME_REJECTED)


@dataclass(frozen=True)
class Job:
    """What is to be done, whichever engine does it."""

    sources: list[str]
    columns: Columns
    options: LabelOptions
    dedupe: bool
    runtime: str
    device: str
    precision: str
    overwrite: bool
    quiet: bool
    json_log: bool

    def skipped(self, reason: str) -> None:
        """Tell what of a folder is not read."""
        self._tell("skipped", reason)

    def step(self, reason: str) -> None:
        """Tell what is done before and beside the labelling."""
        self._tell("step", reason)

    def _tell(self, event: str, reason: str) -> None:
        if self.json_log:
            log_line(event, reason=reason)
        elif not self.quiet:
            errors.print(reason, markup=False, soft_wrap=True)


def _here(job: Job, targets: list[str], model: Path | None) -> tuple[Totals, str]:
    from trainer.archive.checked_items import checked_items
    from trainer.archive.local_engine import LocalEngine
    from trainer.archive.manifest import run_identity
    from trainer.archive.outputs import writers_for
    from trainer.inference.api import load
    from trainer.process_memory import prepare_to_label_for_hours
    from trainer.readers.reading import input_bytes, read_records

    prepare_to_label_for_hours()
    predictor = load(model, runtime=job.runtime, device=job.device, precision=job.precision)
    # Nothing is labelled yet: a wrong threshold is told before the run and not once a document.
    predictor.predict([], thresholds=job.options.thresholds, dial=job.options.dial)
    writers = writers_for(targets, job.sources, predictor.schema)
    identity = run_identity(predictor, job.options, job.sources, job.columns, dedupe=job.dedupe)
    with (
        shown_progress(input_bytes(job.sources), quiet=job.quiet, json_log=job.json_log) as report,
        closing(checked_items(read_records(job.sources, job.columns, job.skipped), dedupe=job.dedupe)) as items,
    ):
        run = LocalEngine(predictor, writers, job.options, report)
        totals = run.run(items, identity, overwrite=job.overwrite)
    return totals, str(run.rejects_file)


def _on_ray(job: Job, targets: list[str], model: Path | None, workers: int | None) -> tuple[Totals, str]:
    from trainer.archive.ray_engine import run_on_ray
    from trainer.archive.ray_output import rejects_address
    from trainer.inference.api import default_model
    from trainer.readers.reading import input_bytes

    target = targets[0].rstrip("/")
    # The address of a store may end in ?region=…
    if len(targets) > 1 or not target.partition("?")[0].endswith(".parquet"):
        raise ValueError("--engine ray writes one --output, a folder of Parquet files whose name ends in .parquet")
    with shown_progress(input_bytes(job.sources), quiet=job.quiet, json_log=job.json_log) as report:
        totals = run_on_ray(
            job.sources,
            job.columns,
            target,
            model or default_model(),
            job.options,
            dedupe=job.dedupe,
            runtime=job.runtime,
            device=job.device,
            precision=job.precision,
            workers=workers,
            overwrite=job.overwrite,
            report=report,
            on_skipped=job.skipped,
            on_step=job.step,
        )
    return totals, rejects_address(target)


def _thresholds(options: list[str]) -> dict[str, float]:
    """Read ``LABEL=SCORE`` options."""
    thresholds = {}
    for option in options:
        label, _, score = option.partition("=")
        try:
            thresholds[label.strip()] = float(score)
        except ValueError:
            raise ValueError(f"--threshold {option}: expected LABEL=SCORE, such as GPE=0.8") from None
    return thresholds


@contextmanager
def _stoppable(json_log: bool) -> Iterator[None]:
    """Let SIGTERM stop the run as Ctrl-C does: a part is never half written, and locks are given back."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        if json_log:
            log_line("stopped")
        else:
            errors.print("stopped; finished parts are kept, and the same command goes on from there")
        raise typer.Exit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, earlier)


@contextmanager
def _failures_logged(json_log: bool) -> Iterator[None]:
    """Make an error a line of the log too, where there is one."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        if not json_log or os.environ.get("MARSAD_DEBUG"):
            raise
        log_line("failed", error=str(error))
        raise typer.Exit(1) from None


def _tell(totals: Totals, targets: list[str], rejects: str, *, quiet: bool, json_log: bool) -> None:
    if json_log:
        log_line("finished", documents=totals.documents, rejected=totals.rejected, outputs=targets)
        return
    if not quiet:
        output.print(f"{totals.documents} documents labelled: {', '.join(targets)}", markup=False, soft_wrap=True)
    if totals.rejected:
        errors.print(f"{totals.rejected} inputs rejected, listed in {rejects}", markup=False, soft_wrap=True)
