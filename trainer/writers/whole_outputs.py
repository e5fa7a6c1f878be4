"""Outputs that appear when they are whole: written beside their place under a hidden name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(*targets: Path) -> Iterator[Sequence[Path]]:
    """Give a path to write to for each of ``targets``, files or folders; after the block they take their places.

    They are on the disk before the first of them is renamed. After an error nothing of them is left and ``targets``
    are as they were; what a killed process left is overwritten by the next that writes the same.
    """
    # Through a link: a file on a larger disk stays there.
    places = [target.resolve() for target in targets]
    written = [place.with_name(f".{place.name}.partial") for place in places]
    try:
        for path in written:
            path.parent.mkdir(parents=True, exist_ok=True)
            delete(path)
        yield written
        for path in written:
            _flush(path)
        for path, place in zip(written, places, strict=True):
            _rename(path, place)
    finally:
        for path in written:
            delete(path)


def require_no_folder(*files: Path) -> None:
    """Raise ``IsADirectoryError`` if there is a folder where a file is to be written."""
    for file in files:
        if file.is_dir():
            raise IsADirectoryError(f"{file} is a folder; name another output, or remove it")


def delete(path: Path) -> None:
    """Delete a file or folder if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _rename(written: Path, place: Path) -> None:
    if written.is_dir() and place.exists():
        # A folder that is not empty cannot be replaced by a rename.
        aside = place.with_name(f".{place.name}.replaced")
        delete(aside)
        place.rename(aside)
        written.rename(place)
        delete(aside)
    else:
        written.replace(place)


def _flush(path: Path) -> None:
    """Wait until ``path`` is on the disk: a full network disk may tell only then."""
    if path.is_dir():
        # One call for all: waiting for each of 100,000 small files takes minutes.
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
