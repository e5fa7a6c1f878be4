"""A file that is one text."""

from __future__ import annotations

from collections.abc import Iterator

from trainer.readers.columns import Columns
from trainer.readers.input_files import LONGEST, TOO_LONG, OpenFile, not_utf8, why
from trainer.readers.records import Item, Record


def read_text(file: OpenFile, columns: Columns) -> Iterator[Item]:
    """Yield the text as it is, with its line ends and a byte order mark if it has one; it has no columns."""
    try:
        content = file.content()
    except OSError as error:
        yield file.reject(f"it cannot be read: {why(error)}")
        return
    if len(content) > LONGEST:
        yield file.reject(f"it is {TOO_LONG}")
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield file.reject(not_utf8(error), detail=f"byte {error.start + 1}")
        return
    yield Record(file.place(), text, file.id, done=file.done)
