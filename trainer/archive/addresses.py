"""Addresses on disks and in object stores: what a file in a folder is called, and whether one lies in another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

# Two names of the same store.
_SAME_STORES = {"gcs": "gs", "abfss": "abfs"}


def inside(folder: str, name: str) -> str:
    """Return the address of a file in ``folder``; what tells how to reach a store stays at the end.

    >>> inside("s3://bucket/labelled.parquet?region=eu-west-1", "_rejects.jsonl")
    's3://bucket/labelled.parquet/_rejects.jsonl?region=eu-west-1'
    """
    path, mark, query = folder.partition("?") if "://" in folder else (folder, "", "")
    return f"{path.rstrip('/')}/{name}{mark}{query}"


def require_apart(output: str, sources: Sequence[str]) -> None:
    """Refuse an ``output`` that is one of ``sources``, lies in one of them, or has one in it.

    Nothing is asked of a store: a bucket that has two addresses is not known to be one.

    Raises
    ------
    ValueError
        Naming both.
    """
    there = _location(output)
    for source in sources:
        if source == "-":
            continue
        given = _location(source)
        if there == given:
            raise ValueError(f"{output} is the input; name another place for the output")
        if given in there.parents:
            raise ValueError(
                f"{output} lies in the input {source} and would be read the next time; "
                "name another place for the output"
            )
        if there in given.parents:
            raise ValueError(
                f"the input {source} lies in the output {output}, a folder for results alone; name another output"
            )


def _location(address: str) -> PurePosixPath:
    """Return a path on this machine, or ``s3:/bucket/…``, which is never the same as one."""
    if "://" not in address:
        return PurePosixPath(Path(address).resolve())
    parts = urlsplit(address)
    if parts.scheme == "file":
        return PurePosixPath(Path(unquote(parts.path)).resolve())
    # ``s3://key:secret@bucket``; in Azure's addresses what stands there is a part of the place.
    bucket = parts.netloc.rpartition("@")[2] if parts.scheme in ("s3", "gs", "gcs") else parts.netloc
    store = _SAME_STORES.get(parts.scheme, parts.scheme)
    return PurePosixPath(f"{store}:", bucket, unquote(parts.path).strip("/"))
