"""Run the tasks of a cross-validation side by side; a stopped one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from trainer.crossval.fold_run import run_task
from trainer.crossval.plan import Task
from trainer.side_by_side import run_side_by_side


def default_jobs() -> int:
    """Return one task a core, or one in all where an accelerator does the work.

    A fold of a small corpus has batches so small that a second thread gains nothing, while a second
    fold beside it takes no longer than alone.
    """
    return 1 if torch.accelerator.is_available() else torch.get_num_threads()


def finished(task: Task, output: Path) -> bool:
    """Whether ``task`` has run already, with the same settings, data and version."""
    return _stored_key(task, output) == task.key


def finished_otherwise(task: Task, output: Path) -> bool:
    """Whether what lies in the place of ``task`` was made with other settings, data or another version."""
    return _stored_key(task, output) not in (None, task.key)


def _stored_key(task: Task, output: Path) -> str | None:
    """Return the key of what lies in the place of ``task``: ``None`` for no file and for a damaged one."""
    try:
        stored = json.loads(task.path(output).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return stored.get("key") if isinstance(stored, dict) else None


def run_tasks(
    tasks: Sequence[Task], output: Path, jobs: int, done: Callable[[Task], None], prepare: Callable[[], None]
) -> None:
    """Run ``tasks`` in ``jobs`` processes; ``done`` is called as each is finished.

    ``prepare``, a function of a module, is called first in each process, such as to keep libraries quiet.
    What is finished stays when the run is interrupted or a task fails.

    Raises
    ------
    ChildProcessError
        If a process was killed, most likely for want of memory.
    ValueError
        If a task failed; the message names it.
    """
    run_side_by_side(run_task, tasks, output, kind="fold", jobs=jobs, done=done, prepare=prepare)
