"""The files behind what the user names: a file, a folder of them, an address in an object store, standard input."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from trainer.readers.input_files import InputFile
from trainer.readers.local_files import local_files
from trainer.readers.records import Reject
from trainer.readers.stores import at_address, store_files

STANDARD_INPUT = "-"
ENDINGS = (".txt", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_ENDINGS_READ = f"{', '.join(ENDINGS)} are read, all but the last also with .gz or .zst"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def files_of(source: str, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    """Yield the files of ``source``, those of a folder and of the folders in it in the order of their paths.

    Files and folders in a folder are left out if they begin with ``.`` or ``_``. ``on_skipped`` is told in a
    sentence what else was.

    Raises
    ------
    FileNotFoundError
        If there is no ``source``, or it is a folder without files that can be read.
    ValueError
        If it is an address of an unknown kind.
    OSError
        If a store does not answer.
    """
    if source == STANDARD_INPUT:
        yield InputFile(source, source, "", None, 0, lambda: nullcontext(sys.stdin.buffer))
        return
    found: InputFile | Iterator[InputFile | Reject]
    filesystem, path = at_address(source) if _ADDRESS.match(source) else (None, source)
    found = local_files(path, source, on_skipped) if filesystem is None else store_files(filesystem, path, source)
    if isinstance(found, InputFile):
        yield found
    else:
        yield from _with_known_ending(found, source, on_skipped)


def _with_known_ending(
    found: Iterator[InputFile | Reject], folder: str, on_skipped: Callable[[str], None]
) -> Iterator[InputFile | Reject]:
    others: Counter[str] = Counter()
    empty = True
    for file in found:
        if isinstance(file, InputFile) and file.ending not in ENDINGS:
            others[file.ending or "no ending"] += 1
        else:
            empty = False
            yield file
    if empty:
        raise FileNotFoundError(f"{folder} has nothing to read; {_ENDINGS_READ}")
    if others:
        endings = ", ".join(f"{ending} ({count})" for ending, count in others.most_common(5))
        on_skipped(f"skipped in {folder}: {endings}; {_ENDINGS_READ}")
