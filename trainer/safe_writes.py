"""Folders that appear whole or not at all whenever their writer is killed, and failed writes in one sentence.

A folder is written inside ``.partial`` beside its place and renamed when it is whole. So whatever ``.partial``
holds is worthless: half written, or half deleted. ``.replaced`` holds what a new folder is just replacing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PARTIAL = ".partial"
_REPLACED = ".replaced"
# Rust libraries (safetensors, tokenizers) end their messages like this, and raise errors of their own.
_RUST_ERROR = re.compile(r"(?:.*: )?(?P<reason>[^:]+) \(os error \d+\)")
# PyTorch's writer, which does not say what is wrong with the disk.
_TORCH_ERROR = re.compile(r"inline_container|PytorchStreamWriter|PyTorchFileWriter")


def partial(folder: Path) -> Path:
    """Return where ``folder`` is to be written before :func:`put_in_place`; not made here."""
    return folder.parent / _PARTIAL / folder.name


def put_in_place(folder: Path) -> None:
    """Make what was written to ``partial(folder)`` visible as ``folder``; only then an old one is deleted.

    The files are flushed to the disk first: a full network disk may tell only then, and after a power cut a
    renamed folder would have empty files.
    """
    written = partial(folder)
    _let_others_read(written)
    for path in [*written.rglob("*"), written]:
        flush(path)
    if folder.exists():
        aside = folder.parent / _REPLACED / folder.name
        aside.parent.mkdir(exist_ok=True)
        folder.rename(aside)
    written.rename(folder)
    flush(folder.parent)
    _delete_leftovers(folder.parent)


def remove(folder: Path) -> None:
    """Delete ``folder`` so that a half deleted one is never visible; nothing happens if there is none."""
    if folder.exists():
        _delete_leftovers(folder.parent)
        partial(folder).parent.mkdir(exist_ok=True)
        folder.rename(partial(folder))
        _delete_leftovers(folder.parent)


def repair(parent: Path) -> None:
    """Clear away in ``parent`` what a killed process left, and put back what it had only half replaced."""
    replaced = parent / _REPLACED
    for aside in list(replaced.iterdir()) if replaced.is_dir() else ():
        if not (parent / aside.name).exists():
            aside.rename(parent / aside.name)
    _delete_leftovers(parent)


def _delete_leftovers(parent: Path) -> None:
    # What cannot be deleted now (a network disk may hold open files) is in nobody's way, and is tried again.
    for name in (_PARTIAL, _REPLACED):
        shutil.rmtree(parent / name, ignore_errors=True)


def _let_others_read(folder: Path) -> None:
    """Let those read the files of ``folder`` who may read the folder: safetensors lets only their owner."""
    for path in folder.rglob("*"):
        mode = path.parent.stat().st_mode & 0o666
        if path.is_file() and path.stat().st_mode & 0o777 != mode:
            # Some disks have no permissions that could be changed.
            with suppress(PermissionError):
                path.chmod(mode)


def flush(path: Path) -> None:
    """Wait until the disk has ``path``, a file or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(folder: Path, kept: Callable[[], str]) -> Iterator[None]:
    """Do as :func:`told`, and delete what was half written of ``folder`` beside it."""
    with told(folder, kept):
        try:
            yield
        except Exception as error:
            if _reason(error) is not None:
                shutil.rmtree(folder.parent / _PARTIAL, ignore_errors=True)
            raise


@contextmanager
def told(path: Path, kept: Callable[[], str]) -> Iterator[None]:
    """Say in one sentence what is lost and what is not when ``path`` cannot be written.

    Parameters
    ----------
    kept:
        Says what is left to go on with and how, as the end of the sentence.

    Raises
    ------
    OSError
        In place of the error of the library that was writing. Other errors pass.
    """
    try:
        yield
    except Exception as error:
        reason = _reason(error)
        if reason is None:
            raise
        free = size(free_space(path))
        raise OSError(f"{path} could not be written: {reason} ({free} are free on its disk); {kept()}") from error


def _reason(error: Exception) -> str | None:
    """Return why ``error`` says that a file could not be written; ``None`` if it says something else."""
    if isinstance(error, OSError):
        # Arrow puts more around it.
        reason = os.strerror(error.errno) if error.errno else str(error)
    elif match := _RUST_ERROR.fullmatch(str(error)):
        reason = match["reason"]
    elif _TORCH_ERROR.search(str(error)):
        reason = "the disk did not take all of a file"
    else:
        return None
    return reason[:1].lower() + reason[1:]


def free_space(folder: Path) -> int:
    """Return the free bytes on the disk that holds ``folder``, or will when it is made."""
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(existing).free


def size(count: int) -> str:
    """Return a number of bytes as people read it.

    >>> size(2_300_000_000)
    '2.3 GB'
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
