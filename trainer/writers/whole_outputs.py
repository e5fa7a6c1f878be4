"""Outputs that appear when they are whole: written beside their place under a hidden name, then renamed.

For the output ``x`` that name is ``.x.partial``; what it holds is worthless. A folder that is being replaced is
``.x.replaced`` for a moment.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trainer.safe_writes import flush


@contextmanager
def replacing(*targets: Path) -> Iterator[Sequence[Path]]:
    """Give a path to write to for each of ``targets``, files or folders; after the block they take their places.

    They are on the disk before the first of them is renamed. After an error in the block ``targets`` are as they were,
    after one of a rename each is the old or the new one. What a killed process left is put back or deleted by the
    next that writes the same.
    """
    # Through a link: a file on a larger disk stays there.
    places = [target.resolve() for target in targets]
    written = [_partial(place) for place in places]
    try:
        for path, place in zip(written, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            _settle(place)
            _delete(path)
        yield written
        for path in written:
            for inner in (*path.rglob("*"), path):
                flush(inner)
        for path, place in zip(written, places, strict=True):
            _put_in_place(path, place)
        for folder in {place.parent for place in places}:
            flush(folder)
    finally:
        for path in written:
            _delete(path)


def remove(folder: Path) -> None:
    """Delete a folder of an earlier output, if there is one, so that a half deleted one is never visible."""
    place = folder.resolve()
    _settle(place)
    leaving = _partial(place)
    _delete(leaving)
    if place.exists():
        place.rename(leaving)
        _delete(leaving)


def require_no_folder(*files: Path) -> None:
    """Raise ``IsADirectoryError`` if there is a folder where a file is to be written."""
    for file in files:
        if file.is_dir():
            raise IsADirectoryError(f"{file} is a folder; name another output, or remove it")


def _partial(place: Path) -> Path:
    return place.with_name(f".{place.name}.partial")


def _put_in_place(written: Path, place: Path) -> None:
    if not (written.is_dir() and place.exists()):
        written.replace(place)
        return
    try:
        # A folder that is not empty cannot be replaced by a rename.
        place.rename(_aside(place))
        written.rename(place)
    finally:
        _settle(place)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.replaced")


def _settle(place: Path) -> None:
    """Put back what was moved aside from ``place`` if nothing has taken its place; otherwise delete it."""
    aside = _aside(place)
    if aside.exists() and not place.exists():
        aside.rename(place)
    # What cannot be deleted now (a network disk may hold open files) is in nobody's way, and is tried again.
    shutil.rmtree(aside, ignore_errors=True)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
