"""What the user names as input: a file, a folder, an address in an object store, standard input."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

from trainer.readers.file_ids import distinct_ids
from trainer.readers.folders import Folder, files_in
from trainer.readers.input_files import BY_FIRST_BYTES, InputFile
from trainer.readers.local_files import local_files
from trainer.readers.records import Reject
from trainer.readers.stores import at_address, store_files

STANDARD_INPUT = "-"
TEXT_FROM_STANDARD_INPUT = "stdin"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def find(sources: Sequence[str]) -> list[InputFile | Folder]:
    """Return the file or the folder behind each of ``sources``.

    One source gives its files ids without the path to it. Of several the ids have as much of it as it takes to tell
    them apart: files with names of their own nothing, others, and all where a folder is among the sources, the path
    as it was named. The same file named twice has the same id.

    Raises
    ------
    FileNotFoundError
        If one of ``sources`` does not exist.
    ValueError
        If one is an address of an unknown kind.
    OSError
        If a store does not answer.
    """
    found = [_find(source) for source in sources]
    paths = [_path(source) for source in sources]
    if len(set(paths)) == 1:
        return found
    files = {path for path, item in zip(paths, found, strict=True) if isinstance(item, InputFile)}
    if STANDARD_INPUT in files:
        files.add(TEXT_FROM_STANDARD_INPUT)
    ids = distinct_ids(files, with_folders=any(isinstance(item, Folder) for item in found))
    return [replace(item, id=ids.get(path, path)) for path, item in zip(paths, found, strict=True)]


def files_of(found: InputFile | Folder, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    """Yield the files of what was found; what of a folder, and what it raises, is said at :func:`files_in`."""
    if isinstance(found, InputFile):
        yield found
    else:
        yield from files_in(found, on_skipped)


def _find(source: str) -> InputFile | Folder:
    if source == STANDARD_INPUT:
        return InputFile(source, source, "", BY_FIRST_BYTES, 0, lambda: nullcontext(sys.stdin.buffer))
    filesystem, path = at_address(source) if _ADDRESS.match(source) else (None, source)
    return local_files(path, source) if filesystem is None else store_files(filesystem, path, source)


def _path(source: str) -> str:
    """Return ``source`` for ids: what its files are called after, the same for ``a``, ``./a`` and ``a/``."""
    if _ADDRESS.match(source):
        return source.partition("?")[0].rstrip("/")
    path = os.path.normpath(source)
    return "" if path == os.curdir else path
