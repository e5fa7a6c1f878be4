"""A folder on a disk or in an object store, in which a file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from trainer.safe_writes import flush

# Stores in which an object is there when all of it is; elsewhere a file is renamed when it is whole.
_OBJECT_STORES = {"s3", "gcs", "abfs"}
UNFINISHED = "_unfinished"


class StorageFolder:
    """A folder of small files, each read at once; names of files are relative to it.

    Parameters
    ----------
    filesystem, path:
        As :mod:`pyarrow.fs` has them. Nothing is made before the first file is written.
    """

    def __init__(self, filesystem: FileSystem, path: str) -> None:
        self.filesystem = filesystem
        self.path = path.rstrip("/")

    @classmethod
    def at(cls, place: str) -> StorageFolder:
        """Return the folder at a path of this machine, or at a URI such as ``s3://bucket/labelled``.

        Raises
        ------
        ValueError
            If nothing is known about such a URI.
        """
        if "://" not in place:
            return cls(LocalFileSystem(), str(Path(place).resolve()))
        try:
            return cls(*FileSystem.from_uri(place))
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise ValueError(f"{place} is no folder that can be written to: {error}") from error

    def __str__(self) -> str:
        return self.path

    def names(self, folder: str = "") -> set[str]:
        """Return the names in ``folder``, of files and of folders; none where there is no such folder."""
        with self._explained("listed", folder):
            found = self.filesystem.get_file_info(FileSelector(self._inside(folder), allow_not_found=True))
        return {info.base_name for info in found}

    def read(self, name: str) -> bytes:
        """Return what stands in a file."""
        # pyarrow would look at the name's ending and decompress.
        with (
            self._explained("read", name),
            self.filesystem.open_input_stream(self._inside(name), compression=None) as file,
        ):
            return file.read()

    def write(self, name: str, content: bytes | pyarrow.Buffer) -> None:
        """Write or replace a file; whoever reads it finds the old content or all of the new.

        Raises
        ------
        OSError
            If the disk or the store does not take it.
        """
        self.write_pieces(name, [content])

    def write_pieces(self, name: str, pieces: Iterable[bytes | pyarrow.Buffer]) -> None:
        """Write a file of any size as :meth:`write` does, with one of its pieces in memory at a time.

        If a piece cannot be had, an object store keeps those before it, and a disk the old content.

        Raises
        ------
        OSError
            If the disk or the store does not take it.
        """
        place = self._inside(name)
        with self._explained("written", name):
            if self.filesystem.type_name in _OBJECT_STORES:
                self._put(place, pieces)
                return
            # A name of its own: two workers may write the same part when one was thought to be dead.
            written = self._inside(f"{UNFINISHED}/{uuid4().hex}")
            for path in (written, place):
                self.filesystem.create_dir(path.rpartition("/")[0], recursive=True)
            self._put(written, pieces)
            if isinstance(self.filesystem, LocalFileSystem):
                flush(Path(written))
            self.filesystem.move(written, place)

    def delete(self, name: str) -> None:
        """Delete a file or a folder with all that is in it, if there is one."""
        place = self._inside(name)
        with self._explained("deleted", name):
            kind = self.filesystem.get_file_info(place).type
            if kind == FileType.Directory:
                self.filesystem.delete_dir(place)
            elif kind != FileType.NotFound:
                self.filesystem.delete_file(place)

    def _put(self, place: str, pieces: Iterable[bytes | pyarrow.Buffer]) -> None:
        with self.filesystem.open_output_stream(place, compression=None) as file:
            for piece in pieces:
                file.write(piece)

    def _inside(self, name: str) -> str:
        return f"{self.path}/{name}" if name else self.path

    @contextmanager
    def _explained(self, done: str, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OSError(f"{self._inside(name)} cannot be {done}: {error}") from error
