"""Which ids of an archive were given before."""

from __future__ import annotations

from trainer.temporary_database import TemporaryDatabase, to_bytes, to_text


class DistinctIds(TemporaryDatabase):
    """Remembers every id and where it was first seen, on the disk.

    >>> with DistinctIds() as ids:
    ...     print(ids.first_place("17", "a.jsonl:3"), ids.first_place("17", "b.jsonl:9"))
    None a.jsonl:3

    Raises
    ------
    OSError
        Here and in :meth:`first_place`, if there is no room for the temporary file.
    """

    def __init__(self) -> None:
        super().__init__(
            "looking for ids given twice",
            "CREATE TABLE ids (id BLOB PRIMARY KEY, place BLOB NOT NULL) WITHOUT ROWID",
        )

    def first_place(self, id: str, place: str) -> str | None:
        """Return the place that came first with ``id``; ``None`` if it is new, and ``place`` is remembered."""
        with self.reading_and_writing():
            row = (to_bytes(id), to_bytes(place))
            if self.connection.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", row).rowcount:
                return None
            (first,) = self.connection.execute("SELECT place FROM ids WHERE id = ?", row[:1]).fetchone()
        return to_text(first)
