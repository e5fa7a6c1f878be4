"""Files and folders of this machine; a folder that cannot be listed is a reject, and the rest is found."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import BinaryIO, cast

from trainer.readers.input_files import InputFile, split_name, why
from trainer.readers.records import Place, Reject

# Hidden, or what other programs write beside their results and while they work.
LEFT_OUT = (".", "_")


def local_files(path: str, name: str, on_skipped: Callable[[str], None]) -> InputFile | Iterator[InputFile | Reject]:
    """Return the file at ``path``, or find the files of the folder there; their names begin with ``name``.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    """
    if os.path.isdir(path):
        return _walk(path, name, on_skipped)
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file or folder {name}")
    return _input_file(path, name, os.path.basename(path), _open)


def _walk(root: str, name: str, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    """Find the files folder by folder: an archive may have more paths than should lie in memory at once."""
    pending = [("", "folder")]
    while pending:
        relative, kind = pending.pop()
        path, shown = os.path.join(root, relative), os.path.join(name, relative)
        if kind == "file":
            yield _input_file(path, shown, relative, _open_regular)
        elif kind == "link":
            on_skipped(f"{shown} is a link to a folder and was not followed")
        else:
            try:
                with os.scandir(path) as entries:
                    inside = sorted((entry.name, _kind(entry)) for entry in entries)
            except OSError as error:
                yield Reject(Place(shown), f"the folder cannot be read: {why(error)}")
                continue
            pending += [(os.path.join(relative, n), k) for n, k in reversed(inside) if not n.startswith(LEFT_OUT)]


def _kind(entry: os.DirEntry[str]) -> str:
    # Opening it will say what is wrong with a link that nobody may follow.
    with suppress(OSError):
        if entry.is_dir():
            return "link" if entry.is_symlink() else "folder"
    return "file"


def _input_file(path: str, name: str, id_path: str, opener: Callable[[str], BinaryIO]) -> InputFile:
    stem, ending, compression = split_name(id_path)
    try:
        size = os.stat(path).st_size
    except OSError:
        size = 0  # opening it will say what is wrong
    return InputFile(name, stem, ending, compression, size, partial(opener, path))


def _open(path: str) -> BinaryIO:
    return cast(BinaryIO, open(path, "rb", buffering=0))


def _open_regular(path: str) -> BinaryIO:
    """Open a file of a folder: a pipe among the articles would let the run wait forever."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError("it is no regular file")
    return _open(path)
