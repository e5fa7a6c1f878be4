"""Parquet: the table of documents in one file, compressed with zstd, a row group a part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet

from trainer.documents import Document
from trainer.writers.document_table import DOCUMENT_SCHEMA, documents_table
from trainer.writers.whole_outputs import replacing, require_no_folder

_PART = "documents.parquet"
_COMPRESSION = "zstd"


class ParquetWriter:
    """Writes Parquet with the columns of ``DOCUMENT_SCHEMA``."""

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write a row for each document."""
        pyarrow.parquet.write_table(documents_table(documents), folder / _PART, compression=_COMPRESSION)

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write the rows of all parts one after another."""
        with (
            replacing(target) as (path,),
            pyarrow.parquet.ParquetWriter(path, DOCUMENT_SCHEMA, compression=_COMPRESSION) as file,
        ):
            for part in parts:
                with pyarrow.parquet.ParquetFile(part / _PART) as rows:
                    if rows.metadata.num_rows:
                        file.write_table(rows.read())

    def files(self, target: Path) -> list[Path]:
        """Return the one file."""
        return [target]

    def check(self, target: Path) -> None:
        """Refuse a folder."""
        require_no_folder(target)
