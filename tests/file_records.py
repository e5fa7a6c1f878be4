"""What the tests of tables share: write a file, read its records, and say briefly what came of them."""

from __future__ import annotations

from pathlib import Path

from trainer.readers.reading import Columns, read_records
from trainer.readers.records import Item, Record

# Arabic as old Windows programs save it, and what is said of it where UTF-8 was expected.
WINDOWS_1256 = "قُتل عنصر".encode("cp1256", errors="replace")
CONTINUATION = "it is not UTF-8: byte 0xde (invalid continuation byte)"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def read(path: Path, columns: Columns = Columns()) -> list[Item]:  # noqa: B008 - frozen
    return list(read_records([str(path)], columns))


def summary(items: list[Item], path: Path) -> list[tuple[str, str]]:
    """Return id and text of records, place within ``path`` and reason of rejects."""
    return [
        (i.id, i.text) if isinstance(i, Record) else (str(i.place).removeprefix(str(path)), i.reason) for i in items
    ]
