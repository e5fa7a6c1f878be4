"""Files in object stores and whatever else pyarrow reaches by an address: ``s3://``, ``gs://``, ``file://``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial

from pyarrow import fs

from trainer.readers.input_files import InputFile, split_name, why
from trainer.readers.local_files import LEFT_OUT


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


def store_files(filesystem: fs.FileSystem, path: str, address: str) -> InputFile | Iterator[InputFile]:
    """Return the file at ``path``, or the files below it; their names begin with ``address``.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    OSError
        If the store does not answer.
    """
    name = address.partition("?")[0]
    try:
        info = filesystem.get_file_info(path)
        if info.type == fs.FileType.NotFound:
            raise FileNotFoundError(f"there is no file or folder {address}")
        if info.type != fs.FileType.Directory:
            return _input_file(filesystem, info, name, posixpath.basename(path))
        infos = filesystem.get_file_info(fs.FileSelector(path, recursive=True))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise OSError(f"{address} cannot be read: {why(error)}") from error
    return _below(filesystem, path.rstrip("/"), infos, name.rstrip("/"))


def _below(filesystem: fs.FileSystem, root: str, infos: list[fs.FileInfo], name: str) -> Iterator[InputFile]:
    paths = {info.path[len(root) :].strip("/"): info for info in infos if info.type == fs.FileType.File}
    for relative in sorted(paths, key=lambda path: path.split("/")):
        if not any(part.startswith(LEFT_OUT) for part in relative.split("/")):
            yield _input_file(filesystem, paths[relative], f"{name}/{relative}", relative)


def _input_file(filesystem: fs.FileSystem, info: fs.FileInfo, name: str, id_path: str) -> InputFile:
    stem, ending, compression = split_name(id_path)
    # Not ``open_input_stream``: Parquet is read from its end.
    return InputFile(name, stem, ending, compression, info.size or 0, partial(filesystem.open_input_file, info.path))
