"""Files and folders of this machine."""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import BinaryIO, cast

from trainer.readers.folders import Entry, Folder
from trainer.readers.input_files import InputFile, split_name


def local_files(path: str, name: str) -> InputFile | Folder:
    """Return the file or the folder at ``path``, which the user calls ``name``.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    """
    if os.path.isdir(path):
        return Folder(name.rstrip("/") or name, partial(_entries, path), partial(_open_regular, path))
    try:
        size = os.stat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"there is no file or folder {name}") from None
    except OSError:
        size = 0  # opening it will say what is wrong
    stem, ending, compression = split_name(os.path.basename(path))
    return InputFile(name, stem, ending, compression, size, partial(_open, path))


def _entries(root: str, inside: str) -> list[Entry]:
    with os.scandir(os.path.join(root, inside)) as entries:
        return [_entry(entry) for entry in entries]


def _entry(entry: os.DirEntry[str]) -> Entry:
    try:
        if entry.is_dir():
            return Entry(entry.name, "link" if entry.is_symlink() else "folder")
        return Entry(entry.name, "file", entry.stat().st_size)
    except OSError:  # opening it will say what is wrong, such as with a link to nothing
        return Entry(entry.name, "file")


def _open(path: str) -> BinaryIO:
    return cast(BinaryIO, open(path, "rb", buffering=0))


def _open_regular(root: str, inside: str) -> BinaryIO:
    """Open a file of a folder: a pipe among the articles would let the run wait forever."""
    path = os.path.join(root, inside)
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError("it is no regular file")
    return _open(path)
