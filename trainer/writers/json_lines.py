"""JSON Lines: the shape of :meth:`trainer.documents.Document.to_dict`, a document a line, compressed or not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from trainer.documents import Document
from trainer.formats.jsonl import write_jsonl
from trainer.writers.compressed_file import compressed_file
from trainer.writers.whole_outputs import replacing, require_no_folder

_PART = "documents.jsonl"


class JsonLinesWriter:
    """Writes JSON Lines.

    Parameters
    ----------
    compression:
        ``gzip`` or ``zstd`` for the file; parts are not compressed.
    """

    def __init__(self, compression: str | None = None) -> None:
        self.compression = compression

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write a line for each document."""
        with (folder / _PART).open("w", encoding="utf-8", newline="\n") as file:
            write_jsonl(documents, file)

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write the lines of all parts one after another."""
        with replacing(target) as (path,), compressed_file(path, self.compression) as file:
            for part in parts:
                with (part / _PART).open("rb") as lines:
                    shutil.copyfileobj(lines, file)

    def files(self, target: Path) -> list[Path]:
        """Return the one file."""
        return [target]

    def check(self, target: Path) -> None:
        """Refuse a folder."""
        require_no_folder(target)
