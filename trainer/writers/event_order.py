"""The order of event records by date, and which tell of one happening, in a temporary file: there may be millions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from trainer.pages.events import Totals
from trainer.pages.events_timeline import Counted, Days, days_of
from trainer.records.record import EventRecord
from trainer.temporary_database import TemporaryDatabase, to_bytes, to_text

# Of the other records of a happening so many are linked.
_MOST_LINKED = 10
_KEPT_HAPPENINGS = 10_000


class Placed(NamedTuple):
    """A record in the order of dates, its place counted from 1: the part and the offset of its line there.

    ``articles`` is the number of documents that tell its happening, ``retellings`` that of its other records.
    """

    place: int
    part: int
    offset: int
    happening: str
    articles: int
    retellings: int


class Sibling(NamedTuple):
    """Another record of the same happening."""

    place: int
    id: str
    document: str


class EventOrder(TemporaryDatabase):
    """Takes the records in the order of the input, then their happenings, then gives them in the order of their dates.

    Raises
    ------
    OSError
        Here and in the methods, if there is no room for the temporary file.
    """

    def __init__(self) -> None:
        super().__init__(
            "putting records of events in the order of their dates",
            "CREATE TABLE records (number INTEGER PRIMARY KEY, first TEXT, last TEXT, kind BLOB, disputed INTEGER, "
            "part INTEGER, offset INTEGER, id BLOB, document BLOB, happening BLOB)",
            "CREATE TABLE placed (place INTEGER PRIMARY KEY, first TEXT, last TEXT, kind BLOB, disputed INTEGER, "
            "part INTEGER, offset INTEGER, id BLOB, document BLOB, happening BLOB)",
        )
        self._count = 0
        self._told = lru_cache(maxsize=_KEPT_HAPPENINGS)(self._count_told)

    def add(self, record: EventRecord, kind: str, part: int, offset: int) -> None:
        """Take the next record; ``kind`` is what the timeline groups it by, ``offset`` is in bytes."""
        days = days_of(record)
        first, last = (day.isoformat() for day in days) if days else (None, None)
        row = (
            *(self._count, first, last, to_bytes(kind), record.disputed, part, offset),
            *(to_bytes(record.id), to_bytes(record.document), b""),
        )
        with self.reading_and_writing():
            self.connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._count += 1

    def place(self, happenings: Iterable[str]) -> None:
        """Put the records in order, once all are there; ``happenings`` has the one of each, as they were added."""
        rows = ((to_bytes(happening), number) for number, happening in enumerate(happenings))
        with self.reading_and_writing():
            self.connection.executemany("UPDATE records SET happening = ? WHERE number = ?", rows)
            columns = "first, last, kind, disputed, part, offset, id, document, happening"
            self.connection.execute(
                f"INSERT INTO placed ({columns}) SELECT {columns} FROM records ORDER BY first IS NULL, first, number"
            )
            self.connection.execute("DROP TABLE records")
            self.connection.execute("CREATE INDEX told ON placed (happening, document)")

    def __len__(self) -> int:
        return self._count

    def totals(self) -> Totals:
        """Return what the head of the index counts."""
        with self.reading_and_writing():
            query = "SELECT count(DISTINCT document), count(first), total(disputed) FROM placed"
            documents, dated, disputed = self.connection.execute(query).fetchone()
            query = "SELECT count(*) FROM (SELECT 1 FROM placed GROUP BY happening HAVING count(DISTINCT document) > 1)"
            (happenings,) = self.connection.execute(query).fetchone()
        return Totals(self._count, documents, dated, happenings, int(disputed))

    def kinds(self) -> list[str]:
        """Return what the timeline groups by, in alphabetical order, without the empty one."""
        with self.reading_and_writing():
            found = self.connection.execute("SELECT DISTINCT kind FROM placed").fetchall()
        return sorted(kind for (kind,) in map(_texts, found) if kind)

    def counted(self) -> Iterator[Counted]:
        """Yield how many records there are of the same days and kind."""
        query = "SELECT first, last, kind, count(*), min(place) FROM placed GROUP BY first, last, kind"
        with self.reading_and_writing():
            for first, last, kind, number, place in self.connection.execute(query):
                days = Days(date.fromisoformat(first), date.fromisoformat(last)) if first else None
                yield Counted(days, to_text(kind), number, place)

    def records(self, first: int, last: int) -> Iterator[Placed]:
        """Yield the records from one place to another, both included."""
        query = "SELECT place, part, offset, happening FROM placed WHERE place BETWEEN ? AND ? ORDER BY place"
        with self.reading_and_writing():
            found = self.connection.execute(query, (first, last)).fetchall()
        for place, part, offset, happening in found:
            articles, records = self._told(happening)
            yield Placed(place, part, offset, to_text(happening), articles, records - 1)

    def siblings(self, record: Placed) -> list[Sibling]:
        """Return the first of the other records of the happening of ``record``."""
        if not record.retellings:
            return []
        query = "SELECT place, id, document FROM placed WHERE happening = ? AND place <> ? ORDER BY place LIMIT ?"
        with self.reading_and_writing():
            found = self.connection.execute(query, (to_bytes(record.happening), record.place, _MOST_LINKED))
            return [Sibling(place, to_text(id), to_text(document)) for place, id, document in found]

    def _count_told(self, happening: bytes) -> tuple[int, int]:
        query = "SELECT count(DISTINCT document), count(*) FROM placed WHERE happening = ?"
        with self.reading_and_writing():
            articles, records = self.connection.execute(query, (happening,)).fetchone()
        return articles, records


def _texts(row: tuple[bytes, ...]) -> list[str]:
    return [to_text(cell) for cell in row]
