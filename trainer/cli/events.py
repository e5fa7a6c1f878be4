"""``marsad events``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

if TYPE_CHECKING:
    from trainer.archive.local_engine import Labelling
    from trainer.archive.made_records import MadeRecords
    from trainer.archive.progress import Totals
    from trainer.schema import Schema
    from trainer.writers.writer import Writer

# What is asked of a model or of the reader of texts, neither of which labelled input needs.
_OF_A_MODEL = (
    *("model", "clean", "thresholds", "dial", "runtime", "device", "precision"),
    *("text_column", "id_column"),
)


def events_command(
    context: typer.Context,
    sources: list[str] = typer.Argument(
        ...,
        metavar="IN...",
        help="A text file, a folder, a .jsonl, .csv, .tsv or .parquet file (also .gz, .zst), or - for standard input. "
        "With --labelled: what marsad predict wrote as .jsonl or .parquet, a dataset.yaml, or any labelled corpus.",
    ),
    targets: list[str] = typer.Option(
        ..., "--output", help="A .csv, .parquet, .jsonl (.gz, .zst) or .html file; can be given several times."
    ),
    model: ModelFolder = None,
    labelled: bool = typer.Option(False, "--labelled", help="The input is labelled already: run no model."),
    actors: list[Path] = typer.Option(
        [], "--actors", help="A file of actors of your own, before Marsad's; can be given several times."
    ),
    places: list[Path] = typer.Option(
        [], "--places", help="A GeoNames file of places, before Marsad's; can be given several times."
    ),
    date_column: str | None = typer.Option(
        None, help="The column, or key of the metadata, with the day on which a text was published."
    ),
    source_column: str | None = typer.Option(
        None, help="The column, or key of the metadata, with the newspaper or the agency."
    ),
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    clean: Clean = False,
    dedupe: Dedupe = False,
    thresholds: LeastScores = [],  # noqa: B006 - the parser gives a list of its own
    dial: Dial = 0.0,
    runtime: RuntimeName = "auto",
    device: Device = "auto",
    precision: Precision = "auto",
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json_log: JsonLog = False,
) -> None:
    """Turn texts, a few or a whole archive, into a table of events: what happened, when, where, and who did it.

    The same command continues a run that was stopped. Exit code 0: all done; 3: some of the input was rejected and is
    listed in a file beside the output; 1: failed; 130: stopped.
    """
    require_one_way_to_tell(quiet=quiet, json_log=json_log)
    if labelled:
        _refuse_options_of_a_model(context)
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
    wanted = _Wanted(targets, actors, places, date_column, source_column)
    with ended_in_order(json_log):
        totals, rejects = _of_labelled(job, wanted) if labelled else _of_texts(job, wanted, model)
    tell_end(totals, "turned into event records", targets, rejects, quiet=quiet, json_log=json_log)


@dataclass(frozen=True)
class _Wanted:
    """The table that is asked for: its files, and what its rows are made with."""

    targets: list[str]
    actors: Sequence[Path]
    places: Sequence[Path]
    date_column: str | None
    source_column: str | None

    def maker(self, schema: Schema) -> MadeRecords:
        from trainer.archive.made_records import MadeRecords
        from trainer.records.maker import RecordMaker

        maker = RecordMaker.load(
            schema,
            actors=self.actors,
            places=self.places,
            date_column=self.date_column,
            source_column=self.source_column,
        )
        return MadeRecords(maker)

    def writers(self, sources: Sequence[str], maker: MadeRecords, schema: Schema) -> dict[Path, Writer]:
        from trainer.archive.outputs import writers_for
        from trainer.records.coding import Coder
        from trainer.writers.event_outputs import event_writer_for

        coder = Coder.load()
        return writers_for(self.targets, sources, lambda target: event_writer_for(target, maker, coder, schema))

    def identity(self) -> dict[str, object]:
        from trainer.archive.manifest import records_identity

        return records_identity(self.actors, self.places, self.date_column, self.source_column)

    def labelling(self, labelling: Labelling, maker: MadeRecords, job: Job, *, anew: bool) -> Labelling:
        """Return ``labelling`` that makes the records, and tells when the table will have empty columns."""
        from trainer.archive.empty_columns import EmptyColumns

        columns = {"--date-column": self.date_column, "--source-column": self.source_column}
        return EmptyColumns(columns, maker.records, job.warning, anew=anew).watched(maker.made(labelling))


def _of_texts(job: Job, wanted: _Wanted, model: Path | None) -> tuple[Totals, str]:
    from trainer.archive.labelled_input import is_corpus_file
    from trainer.archive.manifest import run_identity
    from trainer.readers.reading import input_bytes, read_records

    if corpora := [name for name in job.sources if is_corpus_file(name)]:
        raise ValueError(f"{corpora[0]} is a corpus file and no text; its labels are read with --labelled")
    predictor = job.predictor(model)
    maker = wanted.maker(predictor.schema)
    writers = wanted.writers(job.sources, maker, predictor.schema)
    identity = run_identity(predictor, job.options, job.sources, job.columns, dedupe=job.dedupe) | wanted.identity()
    size = input_bytes(job.sources)
    items = read_records(job.sources, job.columns, job.skipped)
    labelling = wanted.labelling(job.labelling(predictor), maker, job, anew=True)
    return job.run(items, size, labelling, writers, identity)


def _of_labelled(job: Job, wanted: _Wanted) -> tuple[Totals, str]:
    from trainer.archive.labelled_input import LabelledInput, parts_as_read
    from trainer.archive.manifest import labelled_identity

    source = LabelledInput(job.sources)
    maker = wanted.maker(source.schema)
    writers = wanted.writers(job.sources, maker, source.schema)
    identity = labelled_identity(job.sources, source.schema, dedupe=job.dedupe) | wanted.identity()
    items = source.items(job.skipped)
    labelling = wanted.labelling(parts_as_read, maker, job, anew=False)
    return job.run(items, source.size, labelling, writers, identity)


def _refuse_options_of_a_model(context: typer.Context) -> None:
    """Refuse what was asked of a model that does not run, instead of passing over it.

    Raises
    ------
    ValueError
        Naming the options.
    """
    # What stands on the command line, also where it is the default.
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in _OF_A_MODEL and _was_given(context, parameter.name)
    ]
    if given:
        raise ValueError(
            f"{', '.join(given)}: with --labelled no model runs and no text is looked for; leave it out, or leave out "
            "--labelled"
        )


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
