"""What readers give: a record that can be labelled, or the place and the reason of one that could not be read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from trainer.documents import Document, DuplicateOf


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the input.

    ``file`` is named as the user named it, ``-`` for standard input. ``line`` counts from 1 and is ``None`` where a
    file has no lines to count (a whole text, Parquet). ``detail`` says the rest: «row 17», «character 24», «byte 3».
    """

    file: str
    line: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} ({self.detail})" if self.detail else place


@dataclass(slots=True)
class Record:
    """A text to label with what came along with it.

    ``metadata`` holds every other column. ``done`` is how many bytes of the whole input were read when this was
    found, for the progress bar alone.
    """

    place: Place
    text: str
    id: str
    metadata: dict[str, Any] = field(default_factory=dict)
    duplicate_of: DuplicateOf | None = None
    done: int = 0

    def to_document(self) -> Document:
        """Segment the text."""
        document = Document.from_text(self.text, self.id, self.metadata)
        document.duplicate_of = self.duplicate_of
        return document


@dataclass(slots=True)
class Reject:
    """Something of the input that cannot be labelled, and why; ``id`` where it is known."""

    place: Place
    reason: str
    id: str = ""
    done: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return a line of ``rejects.jsonl``."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "location": str(self.place),
            "id": self.id or None,
            "reason": self.reason,
        }

    def to_line(self) -> bytes:
        """Return :meth:`to_dict` as a line of JSON; names of files and ids may hold lone surrogates."""
        return (json.dumps(self.to_dict(), ensure_ascii=False) + "\n").encode("utf-8", errors="backslashreplace")


Item = Record | Reject
