"""A database in a temporary file: for what an archive of millions of articles needs to remember, and memory cannot."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from trainer.safe_writes import free_space, size

# SQLite's own memory; beyond it pages go to the file, which the system caches as it can.
_CACHE_KIB = 64 * 1024


class TemporaryDatabase:
    """A private SQLite database that is gone when its process ends, however it ends.

    Text is stored as bytes (see :func:`to_bytes`): SQLite's own text takes neither lone surrogates nor NUL.

    Parameters
    ----------
    purpose:
        What the database is for, as the beginning of an error: «looking for duplicates».
    tables:
        The ``CREATE TABLE`` statements.

    Raises
    ------
    OSError
        Here and in :meth:`reading_and_writing`, if the temporary file cannot be made, read or written.
    """

    def __init__(self, purpose: str, *tables: str) -> None:
        self._purpose = purpose
        self._folder = Path(tempfile.gettempdir())
        with self.reading_and_writing():
            # The name is deleted as soon as SQLite has the file open: nothing is left after a kill -9. That rules
            # out a journal, which nobody needs who never rolls back.
            with tempfile.NamedTemporaryFile(prefix="marsad-", suffix=".sqlite", dir=self._folder) as file:
                # Iterators are read ahead in threads and closed in others; one uses the connection at a time.
                self.connection = sqlite3.connect(file.name, isolation_level=None, check_same_thread=False)
                for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
                    self.connection.execute(f"PRAGMA {setting}")
                self.connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                for table in tables:
                    self.connection.execute(table)
            # Never committed: pages are written when the cache is full, not after every article.
            self.connection.execute("BEGIN")

    @contextmanager
    def reading_and_writing(self) -> Iterator[None]:
        """Say in one sentence what is wrong with the temporary file, and what to do about it."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise OSError(
                f"{self._purpose} needs a temporary file in {self._folder}, which could not be used: {error} "
                f"({size(free_space(self._folder))} are free); make room there or set TMPDIR to another folder"
            ) from error

    def close(self) -> None:
        """Give the space on the disk back."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def to_bytes(text: str) -> bytes:
    """Return any string as bytes, lone surrogates included.

    >>> to_text(to_bytes("خبر\\0\\ud800")) == "خبر\\0\\ud800"
    True
    """
    return text.encode("utf-8", errors="surrogatepass")


def to_text(content: bytes) -> str:
    """Return what :func:`to_bytes` was given."""
    return content.decode("utf-8", errors="surrogatepass")
