"""The files of a folder and of the folders in it, one folder at a time, on a disk or in a store."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from trainer.readers.file_ids import distinct_ids
from trainer.readers.input_files import InputFile, split_name, why
from trainer.readers.records import Place, Reject

ENDINGS = (".txt", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
# Hidden, or what other programs write beside their results and while they work.
_LEFT_OUT = (".", "_")
_WHAT_IS_READ = (
    f"{', '.join(ENDINGS)} are read, all but the last also with .gz or .zst, unless the name begins with . or _"
)
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder; ``link`` is a link to a folder, ``size`` that of a file in bytes, 0 if it is not known."""

    name: str
    kind: Literal["file", "folder", "link"]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to read.

    ``name`` is what the user calls it, ``id`` what the ids of its files begin with. ``entries`` and ``open`` take a
    path inside of it and raise ``OSError``.
    """

    name: str
    entries: Callable[[str], Iterable[Entry]]
    open: Callable[[str], AbstractContextManager[Any]]
    id: str = ""


def files_in(folder: Folder, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    """Yield the files with a known ending in the order of their paths; a folder that cannot be listed is a reject.

    Only what is left of the folders on the way lies in memory: an archive may have very many files. ``on_skipped``
    is told of links to folders, which are not followed, and at the end in a sentence what else was not read.

    Raises
    ------
    FileNotFoundError
        At the end, if there is nothing that can be read.
    """
    skipped, empty = _Skipped(), True
    # The path within the folder, the id and the entry.
    pending = [("", "", Entry("", "folder"))]
    while pending:
        path, id, entry = pending.pop()
        name = posixpath.join(folder.name, path) if path else folder.name
        if entry.kind == "link":
            on_skipped(f"{name} is a link to a folder and was not followed")
        elif entry.kind == "file":
            empty = False
            _, ending, compression = split_name(path)
            yield InputFile(name, id, ending, compression, entry.size, partial(folder.open, path))
        else:
            try:
                listed = sorted(folder.entries(path), key=lambda entry: entry.name)
            except OSError as error:
                empty = False
                yield Reject(Place(name), f"the folder cannot be read: {why(error)}")
                continue
            read = [entry for entry in listed if not skipped.count(path, entry)]
            ids = distinct_ids(entry.name for entry in read if entry.kind == "file")
            pending += [
                (posixpath.join(path, e.name), posixpath.join(folder.id, path, ids.get(e.name, "")), e)
                for e in reversed(read)
            ]
    if empty:
        raise FileNotFoundError(f"{folder.name} has nothing to read; {_WHAT_IS_READ}")
    if told := skipped.told():
        on_skipped(f"skipped in {folder.name}: {told}; {_WHAT_IS_READ}")


class _Skipped:
    """Counts what of a folder is not read."""

    def __init__(self) -> None:
        self._endings: Counter[str] = Counter()
        self._left_out_names: list[str] = []
        self._left_out = 0

    def count(self, path: str, entry: Entry) -> bool:
        """Return whether ``entry`` of the folder at ``path`` is not read, and count it if somebody may miss it."""
        ending = split_name(entry.name)[1]
        readable = entry.kind != "file" or ending in ENDINGS
        if entry.name.startswith(_LEFT_OUT):
            if readable:
                self._left_out += 1
                if len(self._left_out_names) < _NAMES_SHOWN:
                    name = posixpath.join(path, entry.name)
                    self._left_out_names.append(name if entry.kind == "file" else f"{name}/")
            return True
        if not readable:
            self._endings[ending or "no ending"] += 1
        return not readable

    def told(self) -> str:
        """Return what was counted, nothing if there was nothing.

        Of names that begin with ``.`` or ``_`` those of folders and of files with a known ending.
        """
        counts = [f"{ending} ({count})" for ending, count in self._endings.most_common(5)]
        more = self._left_out - len(self._left_out_names)
        names = ", ".join(self._left_out_names) + (f" and {more} more such names" if more else "")
        return ", ".join([*counts, *([names] if names else [])])
