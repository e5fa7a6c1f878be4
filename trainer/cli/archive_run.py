"""A run over an archive as a command: what it is told to do, how it stops and what it tells."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trainer.cli.console import errors, output
from trainer.cli.predict_progress import log_line, shown_progress

if TYPE_CHECKING:
    from trainer.archive.labelling import LabelOptions
    from trainer.archive.local_engine import Labelling
    from trainer.archive.progress import Totals
    from trainer.inference.predictor import Predictor
    from trainer.readers.reading import Columns
    from trainer.readers.records import Item
    from trainer.writers.writer import Writer

SOME_REJECTED = 3
STOPPED = 130


@dataclass(frozen=True)
class Job:
    """What is to be done, whichever engine does it; what is said of a model counts only where one labels."""

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

    def predictor(self, model: Path | None) -> Predictor:
        """Load the model, and check what is asked of it: a wrong threshold is told now and not once a document."""
        from trainer.inference.api import load
        from trainer.process_memory import prepare_to_label_for_hours

        prepare_to_label_for_hours()
        predictor = load(model, runtime=self.runtime, device=self.device, precision=self.precision)
        predictor.predict([], thresholds=self.options.thresholds, dial=self.options.dial)
        return predictor

    def labelling(self, predictor: Predictor) -> Labelling:
        """Return what the engine labels with."""
        from trainer.archive.labelling import labelled_parts

        return partial(labelled_parts, predictor, options=self.options)

    def run(
        self,
        items: Iterable[Item],
        size: int | None,
        labelling: Labelling,
        writers: Mapping[Path, Writer],
        identity: Mapping[str, Any],
    ) -> tuple[Totals, str]:
        """Label ``items``, which are ``size`` bytes, on this machine; return counts and the name of the rejects."""
        from trainer.archive.checked_items import checked_items
        from trainer.archive.local_engine import LocalEngine

        with (
            shown_progress(size, quiet=self.quiet, json_log=self.json_log) as report,
            closing(checked_items(items, dedupe=self.dedupe)) as checked,
        ):
            engine = LocalEngine(labelling, writers, report)
            totals = engine.run(checked, identity, overwrite=self.overwrite)
        return totals, str(engine.rejects_file)

    def skipped(self, reason: str) -> None:
        """Tell what of a folder is not read."""
        self._tell("skipped", reason)

    def step(self, reason: str) -> None:
        """Tell what is done before and beside the labelling."""
        self._tell("step", reason)

    def warning(self, reason: str) -> None:
        """Tell what is probably not as the user wants it, though nothing failed."""
        self._tell("warning", reason)

    def _tell(self, event: str, reason: str) -> None:
        if self.json_log:
            log_line(event, reason=reason)
        elif not self.quiet:
            errors.print(reason, markup=False, soft_wrap=True)


def require_one_way_to_tell(*, quiet: bool, json_log: bool) -> None:
    """Refuse ``--quiet`` together with ``--json-log``."""
    if quiet and json_log:
        raise ValueError("--quiet prints nothing and --json-log prints JSON: give one of them")


def label_options(*, clean: bool, thresholds: Sequence[str], dial: float) -> LabelOptions:
    """Read what the options of a command ask of the model; thresholds are ``LABEL=SCORE``."""
    from trainer.archive.labelling import LabelOptions

    scores = {}
    for option in thresholds:
        label, _, score = option.partition("=")
        try:
            scores[label.strip()] = float(score)
        except ValueError:
            raise ValueError(f"--threshold {option}: expected LABEL=SCORE, such as GPE=0.8") from None
    return LabelOptions(clean, scores, dial)


@contextmanager
def ended_in_order(json_log: bool) -> Iterator[None]:
    """End a stopped run with 130, and make an error a line of the log too, where there is one."""
    with _stoppable(json_log), _failures_logged(json_log):
        yield


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


def tell_end(totals: Totals, what: str, targets: Sequence[str], rejects: str, *, quiet: bool, json_log: bool) -> None:
    """Say what came of a run, ``what`` was done with its documents; exit with 3 if some of the input was rejected."""
    if json_log:
        log_line("finished", documents=totals.documents, rejected=totals.rejected, outputs=targets)
    else:
        if not quiet:
            output.print(f"{totals.documents} documents {what}: {', '.join(targets)}", markup=False, soft_wrap=True)
        if totals.rejected:
            errors.print(f"{totals.rejected} inputs rejected, listed in {rejects}", markup=False, soft_wrap=True)
    if totals.rejected:
        raise typer.Exit(SOME_REJECTED)
