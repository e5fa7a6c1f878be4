"""Run tasks side by side in processes of one thread each, so that results do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol, TypeVar

import torch


class Named(Protocol):
    """A task with a name for errors."""

    @property
    def name(self) -> str:
        """Return what errors call the task."""


Task = TypeVar("Task", bound=Named)


def run_side_by_side(
    run: Callable[[Task, Path], None],
    tasks: Sequence[Task],
    output: Path,
    *,
    kind: str,
    jobs: int,
    done: Callable[[Task], None],
    prepare: Callable[[], None],
) -> None:
    """Call ``run``, which must be fit to be pickled, with every task and ``output``, in ``jobs`` processes.

    What is finished stays when the work is interrupted or a task fails.

    Parameters
    ----------
    kind:
        What errors call a task, before its name.
    done:
        Called with each task as it is finished.
    prepare:
        A function of a module, called first in each process, such as to keep libraries quiet.

    Raises
    ------
    ChildProcessError
        If a process was killed, most likely for want of memory.
    ValueError
        If a task failed; the message names it.
    """
    if not tasks:
        return
    # A terminated task cannot clear its scratch files away: they lie in here, and go with it.
    with tempfile.TemporaryDirectory(prefix="marsad-tasks-") as scratch:
        context = multiprocessing.get_context("spawn")
        workers = min(jobs, len(tasks))
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(scratch, prepare))
        try:
            _follow({pool.submit(run, task, output): task for task in tasks}, kind, done)
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


def _follow(running: dict[Future[None], Task], kind: str, done: Callable[[Task], None]) -> None:
    """Call ``done`` for each task as it ends, until none is left or one has failed."""
    while running:
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        # In the order of the tasks: of several that failed the first is named.
        for future in [future for future in running if future in ended]:
            task = running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                raise ChildProcessError(
                    f"a process was killed while it ran the {kind} {task.name}, most likely for want of memory; "
                    "run the command again with fewer --jobs, it goes on where it was"
                ) from error
            if isinstance(error, (OSError, ValueError)):
                raise ValueError(f"{kind} {task.name}: {error}") from error
            if error is not None:
                error.add_note(f"in the {kind} {task.name}")
                raise error
            done(task)


def _begin(scratch: str, prepare: Callable[[], None]) -> None:
    """Prepare a worker: one thread, and an end when the command ends."""
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
