"""Files in object stores and whatever else pyarrow reaches by an address: ``s3://``, ``gs://``, ``file://``."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import Any, Literal

from pyarrow import fs

from trainer.readers.folders import Entry, Folder
from trainer.readers.input_files import InputFile, split_name, why


def at_address(address: str) -> tuple[fs.FileSystem | None, str]:
    """Return the file system of ``address`` and the path there; ``None`` for the disks of this machine.

    Raises
    ------
    ValueError
        If it is an address of an unknown kind.
    OSError
        If the store does not answer.
    """
    try:
        filesystem, path = fs.FileSystem.from_uri(address)
    except ValueError as error:
        raise ValueError(f"{address} is no address that can be read: {why(error)}") from error
    except OSError as error:
        raise OSError(f"{address} cannot be reached: {why(error)}") from error
    return (None if isinstance(filesystem, fs.LocalFileSystem) else filesystem), path


def store_files(filesystem: fs.FileSystem, path: str, address: str) -> InputFile | Folder:
    """Return the file or the folder at ``path``, which the user calls ``address``.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    OSError
        If the store does not answer.
    """
    name, path = address.partition("?")[0], path.rstrip("/")
    try:
        info = filesystem.get_file_info(path)
    except OSError as error:
        raise OSError(f"{address} cannot be read: {why(error)}") from error
    if info.type == fs.FileType.NotFound:
        raise FileNotFoundError(f"there is no file or folder {address}")
    if info.type == fs.FileType.Directory:
        return Folder(name.rstrip("/"), partial(_entries, filesystem, path), partial(_open, filesystem, path))
    stem, ending, compression = split_name(posixpath.basename(path))
    return InputFile(name, stem, ending, compression, info.size or 0, partial(_open, filesystem, path, ""))


def _entries(filesystem: fs.FileSystem, root: str, inside: str) -> list[Entry]:
    kinds: dict[Any, Literal["file", "folder"]] = {fs.FileType.File: "file", fs.FileType.Directory: "folder"}
    infos = filesystem.get_file_info(fs.FileSelector(_joined(root, inside)))
    return [Entry(info.base_name, kinds[info.type], info.size or 0) for info in infos if info.type in kinds]


def _open(filesystem: fs.FileSystem, root: str, inside: str) -> Any:
    # Not ``open_input_stream``: Parquet is read from its end.
    return filesystem.open_input_file(_joined(root, inside))


def _joined(root: str, inside: str) -> str:
    return posixpath.join(root, inside) if inside else root
