"""Ids for what brings none along: a file is called by its name, or by as much more as tells it from the others."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable

from trainer.readers.input_files import split_name


def distinct_ids(paths: Iterable[str], *, with_folders: bool = False) -> dict[str, str]:
    """Return an id for each of ``paths``, whatever their order: the shortest that could mean none of the others.

    That is the name without its ending, the path without it, or the path. The records of a file are numbered after
    its id (``news:3``), so an id that looks like such a number of another is not given either.

    Parameters
    ----------
    with_folders:
        Never leave out the folders of a path.

    >>> distinct_ids(["2014/news.jsonl", "2015/news.jsonl", "2015/a.txt"])
    {'2014/news.jsonl': '2014/news', '2015/news.jsonl': '2015/news', '2015/a.txt': 'a'}
    >>> distinct_ids(["a.txt", "a.txt.gz", "b.txt"])
    {'a.txt': 'a.txt', 'a.txt.gz': 'a.txt.gz', 'b.txt': 'b'}
    """
    possible = {path: _possible_ids(path, with_folders) for path in paths}
    counts = Counter(id for ids in possible.values() for id in set(ids))
    return {
        path: next((id for id in ids if counts[id] == 1 and not counts[_numbered_in(id)]), path)
        for path, ids in possible.items()
    }


def _possible_ids(path: str, with_folders: bool) -> tuple[str, ...]:
    without_ending = split_name(path)[0]
    short = () if with_folders else (posixpath.basename(without_ending),)
    return (*short, without_ending, path)


def _numbered_in(id: str) -> str:
    """Return the file whose record has such an id if it was numbered: ``news`` of ``news:3``, else nothing."""
    file, _, number = id.rpartition(":")
    return file if number.isdecimal() else ""
