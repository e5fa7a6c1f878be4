"""Which columns of a record are its text and its id; all the others go along as metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.readers.records import Item, Place, Record, Reject

_DEFAULT_ID = "id"
# A message with the names of a thousand columns helps nobody.
_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that hold text and id.

    ``id`` of ``None`` is the column ``id`` if there is one; a column that is named must be there. The empty string
    numbers the records by file and line, whatever columns there are.
    """

    text: str = "text"
    id: str | None = None

    def missing(self, names: Iterable[str]) -> str | None:
        """Return why a record, or a table, with the columns ``names`` cannot be read; ``None`` if it can."""
        there = list(names)
        wanted = next((name for name in (self.text, self.id) if name and name not in there), None)
        return wanted and f"there is no column '{wanted}' ({named(there)})"

    def item(self, fields: Mapping[str, Any], place: Place, numbered_id: str, done: int) -> Item:
        """Return the record that ``fields`` make, or why they make none; without an id it gets ``numbered_id``."""
        id_column = self._id_column(fields)
        # Exporters write null, or nothing, for "no id".
        id = "" if id_column is None or fields.get(id_column) is None else str(fields[id_column])
        if reason := self.missing(fields):
            return Reject(place, reason, id, done)
        text = fields[self.text]
        if not isinstance(text, str):
            what = "null" if text is None else f"of type {type(text).__name__}"
            return Reject(place, f"the text is {what}, no string", id, done)
        metadata = {name: value for name, value in fields.items() if name not in (self.text, id_column)}
        return Record(place, text, id or numbered_id, metadata, done=done)

    def _id_column(self, names: Iterable[str]) -> str | None:
        if self.id is None:
            return _DEFAULT_ID if _DEFAULT_ID in names and self.text != _DEFAULT_ID else None
        return self.id or None


def repeated(names: Sequence[str]) -> str | None:
    """Return why a table with the columns ``names`` cannot be read: a name that stands twice. Else ``None``."""
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    return None if twice is None else f"several columns have the name '{twice}' ({named(names)})"


def named(names: Sequence[str]) -> str:
    """Return names of columns for a message.

    >>> named(["id", "body"])
    'its columns: id, body'
    """
    if not names:
        return "it has no columns"
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"its columns: {', '.join(names[:_NAMES_SHOWN])}{more}"
