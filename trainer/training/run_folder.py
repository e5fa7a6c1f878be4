"""The folder of a run: who may write into it, what it was started with, and what is finished."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from trainer.file_lock import locked_file
from trainer.safe_writes import explained, free_space, partial, put_in_place, remove, repair, size
from trainer.training.checkpoints import last_complete_checkpoint, what_is_kept
from trainer.training.run_record import FINISHED, RUN_FILE, read_record, require_same, run_record, write_record
from trainer.training.settings import RunSettings

logger = logging.getLogger(__name__)

PAGE_FILE = "training.html"
_LOCK_FILE = ".lock"


class AlreadyFinished(ValueError):  # noqa: N818 - nothing went wrong: a restarted job has nothing left to do
    """The run that was to be resumed has its model; a command may say so and end well."""


@contextmanager
def locked(settings: RunSettings, arguments: TrainingArguments) -> Iterator[None]:
    """Make the run's folder and keep it for this process, or for the processes that train together.

    A process that is killed keeps nothing.

    Raises
    ------
    OSError
        If another process is training into the folder, or it cannot be written.
    """
    if arguments.process_index != 0:
        yield
        return
    folder = Path(settings.output_dir)
    _require_writable(folder)
    busy = f"another process is training into {folder}: wait for its end, or choose another output_dir"
    with locked_file(folder / _LOCK_FILE, busy):
        try:
            yield
        finally:
            (folder / _LOCK_FILE).unlink(missing_ok=True)


def prepare_run_folder(
    settings: RunSettings, arguments: TrainingArguments, facts: Mapping[str, Any], *, resume: bool, overwrite: bool
) -> Path | None:
    """Decide how a run begins, and write down what decides its result; every process of the run calls it.

    Parameters
    ----------
    facts:
        What else decides the result, above all the fingerprint of the data. Must be JSON.
    resume:
        Go on from the last complete checkpoint, or begin if there is none.
    overwrite:
        Begin anew and delete the checkpoints that are there; ``model/`` and its page stay until there is another.

    Returns
    -------
    Path or None
        The checkpoint to go on from; ``None`` to begin.

    Raises
    ------
    FileExistsError
        If the folder has a model or checkpoints, and neither option says what to do about them.
    AlreadyFinished
        If a finished run is to be resumed.
    ValueError
        If both options are given, or a run is to be resumed that was started with something else.
    """
    if resume and overwrite:
        raise ValueError("--resume goes on with a run and --overwrite begins it anew: give one of them")
    with arguments.main_process_first(local=False):
        first = arguments.process_index == 0
        folder = Path(settings.output_dir)
        if first:
            folder.mkdir(parents=True, exist_ok=True)
            repair(folder)
            repair(settings.checkpoint_folder)
        record = run_record(settings, arguments, facts)
        checkpoint = None if overwrite else _checkpoint_to_resume(settings, arguments, record, resume)
        if first and checkpoint is None:
            if resume:
                logger.warning("%s has no complete checkpoint: starting from the beginning", folder)
            remove(settings.checkpoint_folder)
            write_record(folder, record)
        return checkpoint


def finish_run(settings: RunSettings) -> None:
    """Note that the model is complete, and delete the checkpoints; the main process calls it after ``publish``.

    The page of the model that was replaced goes, too: another may not come to be written.
    """
    folder = Path(settings.output_dir)
    # What cannot be deleted cannot be written either, and a warning will say so.
    with suppress(OSError):
        (folder / PAGE_FILE).unlink(missing_ok=True)
    write_record(folder, {**(read_record(folder) or {}), FINISHED: True})
    remove(settings.checkpoint_folder)


def publish(folder: Path, write: Callable[[Path], None], checkpoints: Path) -> None:
    """Let ``write`` fill a hidden folder, and make it visible as ``folder`` when it is complete.

    What stood there before is deleted only then, and is back after the next start if the process is killed in
    between.

    Parameters
    ----------
    checkpoints:
        Where the run's checkpoints are, for the message of an error.

    Raises
    ------
    OSError
        If the folder cannot be written; the message says what is kept.
    """
    with explained(folder, lambda: what_is_kept(checkpoints)):
        repair(folder.parent)
        partial(folder).mkdir(parents=True)
        write(partial(folder))
        put_in_place(folder)


def check_room(output_dir: Path, parameters: int, checkpoints: int, *, weight_average: bool = False) -> None:
    """Refuse a folder that cannot be written, or whose disk has no room for the run.

    Parameters
    ----------
    parameters:
        Of the model; each takes four bytes in the model and twelve in a checkpoint, with the two moments of
        Adam.
    checkpoints:
        How many are kept; one more is there while it is written.
    weight_average:
        Whether a checkpoint has an average of the weights, too.

    Raises
    ------
    OSError
        Before anything is trained.
    """
    _require_writable(output_dir)
    checkpoint = parameters * (16 if weight_average else 12)
    needed = parameters * 4 + checkpoint * (checkpoints + 1)
    # Those of a run that is resumed lie there already.
    there = sum(file.stat().st_size for file in output_dir.glob("checkpoints/*/*") if file.is_file())
    free = free_space(output_dir)
    if free + there < needed:
        raise OSError(
            f"the disk of {output_dir} has {size(free)} free, and the run needs {size(needed - there)} (the model "
            f"{size(parameters * 4)}, each of {checkpoints + 1} checkpoints {size(checkpoint)}): make room, choose "
            "another output_dir, or lower save_total_limit"
        )


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OSError(f"output_dir {folder} cannot be written: {reason}; choose another, or put this right") from error


def _checkpoint_to_resume(
    settings: RunSettings, arguments: TrainingArguments, record: dict[str, Any], resume: bool
) -> Path | None:
    """Return the last complete checkpoint if ``resume`` says so; refuse what would lose something."""
    folder, model = settings.output_dir, settings.model_folder
    checkpoint = last_complete_checkpoint(settings.checkpoint_folder)
    started = read_record(Path(folder))
    # A model beside an unfinished run is of an older one, which --overwrite will replace at its end.
    finished = model.exists() and (started is None or started.get(FINISHED, False))
    if resume and started is not None and (finished or checkpoint):
        require_same(folder, started, record)
    if finished and resume:
        raise AlreadyFinished(f"the run is finished, and its model is {model}; --overwrite would train it anew")
    if finished:
        raise FileExistsError(f"{model} is a finished model; --overwrite trains anew and replaces it at the end")
    if resume and checkpoint is not None:
        if started is None:
            raise ValueError(f"{folder} cannot be resumed: it has no {RUN_FILE} that says what it was started with")
        if arguments.save_only_model:
            raise ValueError(
                f"{folder} cannot be resumed: with 'save_only_model: true' a checkpoint lacks the optimiser's state; "
                "start anew with --overwrite"
            )
        return checkpoint
    if not resume and (checkpoint is not None or model.exists()):
        left = checkpoint or settings.output_dir
        raise FileExistsError(f"{left} is of an unfinished run; --resume goes on with it, --overwrite begins anew")
    return None
