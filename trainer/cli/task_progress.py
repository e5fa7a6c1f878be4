"""The progress of tasks that run side by side and can be stopped: folds of a cross-validation, simulated runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from trainer.cli.console import errors

if TYPE_CHECKING:
    from trainer.side_by_side import Named

STOPPED = 130


@contextmanager
def shown_tasks(kind: str, total: int, target: Path, completed: int = 0) -> Iterator[Callable[[Named], None]]:
    """Show how many tasks are done; what is given is to be called with each as it ends.

    Stopped, by Ctrl-C or by the SIGTERM of a scheduler, it says that the same command goes on and ends with code 130.

    Parameters
    ----------
    kind:
        What the tasks are called, in the plural.
    target:
        The folder in which finished tasks leave their results.
    completed:
        How many of ``total`` were done before.
    """
    progress = Progress(
        TextColumn(kind),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=errors,
    )
    bar = progress.add_task(kind, total=total, completed=completed)

    def done(task: Named) -> None:
        progress.advance(bar)
        progress.console.print(f"finished: {task.name}", markup=False, highlight=False)

    # A time limit or a scheduler ends a run with SIGTERM; as it is, that would leave the processes of the tasks behind.
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress:
            yield done
    except KeyboardInterrupt:
        errors.print(
            f"stopped; what is finished lies in {target}, and the same command goes on from there", markup=False
        )
        raise typer.Exit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, earlier)
