"""``marsad predict``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.cli.archive_options import (
    Clean,
    Dedupe,
    Device,
    Dial,
    IdColumn,
    JsonLog,
    LeastScores,
    ModelFolder,
    Overwrite,
    Precision,
    Quiet,
    RuntimeName,
    TextColumn,
)
from trainer.cli.archive_run import Job, ended_in_order, label_options, require_one_way_to_tell, tell_end
from trainer.cli.predict_progress import shown_progress
from trainer.writers.named_outputs import FORMATS, named_for

if TYPE_CHECKING:
    from trainer.archive.progress import Totals

ENGINES = ("local", "ray")


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
    model: ModelFolder = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    clean: Clean = False,
    dedupe: Dedupe = False,
    thresholds: LeastScores = [],  # noqa: B006 - the parser gives a list of its own
    dial: Dial = 0.0,
    runtime: RuntimeName = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    engine: str = typer.Option("local", help="local, or ray: many machines; then one .parquet output, a folder."),
    workers: int | None = typer.Option(None, min=1, help="With --engine ray: models at once; by default all that fit."),
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json_log: JsonLog = False,
) -> None:
    """Label texts, a few or a whole archive.

    The same command continues a run that was stopped. Exit code 0: all done; 3: some of the input was rejected and is
    listed in a file beside the output; 1: failed; 130: stopped.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is none of {', '.join(ENGINES)}")
    require_one_way_to_tell(quiet=quiet, json_log=json_log)
    if workers is not None and engine != "ray":
        raise ValueError("--workers is for --engine ray; one model on this machine uses all of its processors")
    if format is not None:
        targets = [named_for(target, format) for target in targets]
    from trainer.readers.reading import Columns

    job = Job(
        sources=sources,
        columns=Columns(text_column, id_column),
        options=label_options(clean=clean, thresholds=thresholds, dial=dial),
        dedupe=dedupe,
        runtime=runtime,
        device=device,
        precision=precision,
        overwrite=overwrite,
        quiet=quiet,
        json_log=json_log,
    )
    with ended_in_order(json_log):
        totals, rejects = _on_ray(job, targets, model, workers) if engine == "ray" else _here(job, targets, model)
    tell_end(totals, "labelled", targets, rejects, quiet=quiet, json_log=json_log)


def _here(job: Job, targets: list[str], model: Path | None) -> tuple[Totals, str]:
    from trainer.archive.manifest import run_identity
    from trainer.archive.outputs import writers_for
    from trainer.readers.reading import input_bytes, read_records
    from trainer.writers.writer import writer_for

    predictor = job.predictor(model)
    writers = writers_for(targets, job.sources, lambda target: writer_for(target, predictor.schema))
    identity = run_identity(predictor, job.options, job.sources, job.columns, dedupe=job.dedupe)
    size = input_bytes(job.sources)
    items = read_records(job.sources, job.columns, job.skipped)
    return job.run(items, size, job.labelling(predictor), writers, identity)


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
