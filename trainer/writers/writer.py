"""What every kind of output can do, and which kind the name of an output asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from trainer.documents import Document
from trainer.schema import Schema
from trainer.writers.brat_folder import BratWriter
from trainer.writers.csv_tables import CsvWriter
from trainer.writers.html_pages import HtmlWriter
from trainer.writers.json_lines import JsonLinesWriter
from trainer.writers.parquet_file import ParquetWriter


class Writer(Protocol):
    """Writes the documents of a run part by part, and puts the parts together at the end.

    What comes out depends on the documents and their order alone, not on where they are cut into parts (but a page of
    HTML shows one part, and a row group of Parquet holds one).
    """

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write ``documents`` into the existing ``folder``, under names that no other kind of output uses."""

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Put the folders that :meth:`write_part` filled together as ``target``, in their order.

        Memory stays flat. ``target`` appears when it is whole; what stood there is replaced only then.

        Raises
        ------
        OSError
            If the disk does not take it, or :meth:`check` would have refused.
        """

    def files(self, target: Path) -> list[Path]:
        """Return the files and folders that :meth:`assemble` makes or replaces."""

    def check(self, target: Path) -> None:
        """Ask before the work of hours whether something stands at ``target`` that will not be replaced.

        Raises
        ------
        OSError
            Naming what stands in the way.
        """


_WRITERS: dict[str, Callable[[Schema], Writer]] = {
    ".jsonl": lambda schema: JsonLinesWriter(),
    ".jsonl.gz": lambda schema: JsonLinesWriter("gzip"),
    ".jsonl.zst": lambda schema: JsonLinesWriter("zstd"),
    ".parquet": lambda schema: ParquetWriter(),
    ".csv": lambda schema: CsvWriter(),
    ".html": HtmlWriter,
}


def writer_for(target: Path, schema: Schema) -> Writer:
    """Return the writer for an output by the ending of its name; a name without an ending is a folder of brat files.

    Raises
    ------
    ValueError
        For another ending; the message lists those that there are.
    """
    name = target.name.lower()
    for ending, writer in _WRITERS.items():
        if name.endswith(ending):
            return writer(schema)
    if target.suffix:
        raise ValueError(
            f"{target}: the name of an output must end in one of {', '.join(_WRITERS)}; "
            "a name without an ending is a folder of brat files"
        )
    return BratWriter(schema)
