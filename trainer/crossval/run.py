"""Run the tasks of a cross-validation side by side; a stopped one goes on where it was."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import torch

from trainer.crossval.fold_run import run_task
from trainer.crossval.plan import Task


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
    # A terminated task cannot clear away its checkpoints: they lie in here, and go with it.
    with tempfile.TemporaryDirectory(prefix="marsad-crossval-") as scratch:
        context = multiprocessing.get_context("spawn")
        workers = min(jobs, len(tasks)) or 1
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(scratch, prepare))
        try:
            _follow({pool.submit(run_task, task, output): task for task in tasks}, done)
        except BaseException:
            # Tasks that run now are not waited for: they have written nothing yet.
            children = multiprocessing.active_children()
            for process in children:
                process.terminate()
            for process in children:
                process.join()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()


def _follow(running: dict[Future[None], Task], done: Callable[[Task], None]) -> None:
    """Call ``done`` for each task as it ends, until none is left or one has failed."""
    while running:
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in ended:
            task = running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                raise ChildProcessError(
                    f"a process was killed while it ran a fold ({task.name}), most likely for want of memory; "
                    "run the command again with fewer --jobs, it goes on where it was"
                ) from error
            if isinstance(error, (OSError, ValueError)):
                raise ValueError(f"fold {task.name}: {error}") from error
            if error is not None:
                error.add_note(f"in the fold {task.name}")
                raise error
            done(task)


def _begin(scratch: str, prepare: Callable[[], None]) -> None:
    """Prepare a worker: one thread, so that results do not depend on how many tasks run side by side."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = scratch
    torch.set_num_threads(1)
    prepare()


def _end_with_parent() -> None:
    """Leave when the command is killed outright: nobody would tell the worker that there is nothing more to do."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
