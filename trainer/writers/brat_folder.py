"""A folder of brat files that opens in brat as it is: two files a document, and the labels."""

from __future__ import annotations

import csv
import filecmp
import json
from collections.abc import Sequence
from pathlib import Path

from trainer.documents import Document
from trainer.formats.brat import annotation_conf, brat_annotations
from trainer.schema import Schema
from trainer.text.surrogates import encodable, without_pairs
from trainer.writers.csv_cells import cell
from trainer.writers.file_names import UniqueNames
from trainer.writers.whole_outputs import replacing

_PART = "brat.jsonl"
_NAMES = "documents.csv"


class BratWriter:
    """Writes ``NAME.txt`` and ``NAME.ann`` for each document, ``annotation.conf``, and ``documents.csv`` with the ids.

    A part is one file of JSON lines: names can be given only when those of all parts are known, and a file is written
    to the disk much faster than 512.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def write_part(self, documents: Sequence[Document], folder: Path) -> None:
        """Write the content of the files of each document.

        Raises
        ------
        ValueError
            If an argument of an event points to no entity.
        """
        with (folder / _PART).open("w", encoding="utf-8", newline="\n") as file:
            for document in map(_encodable, documents):
                # Escaped: ids may have surrogates, of which such escapes would make one character where two are a pair.
                line = json.dumps([without_pairs(document.id), document.text, brat_annotations(document)])
                file.write(line + "\n")

    def assemble(self, parts: Sequence[Path], target: Path) -> None:
        """Write the files of all parts into a new folder.

        One that has files in it is left as it is, and refused unless they are the same: then a run that was killed at
        the very end had written them.
        """
        with replacing(target) as (folder,):
            self._write_files(parts, folder)
            if not _same_files(folder, target):
                self.check(target)

    def _write_files(self, parts: Sequence[Path], folder: Path) -> None:
        names = UniqueNames()
        folder.mkdir()
        (folder / "annotation.conf").write_text(annotation_conf(self.schema), encoding="utf-8", newline="\n")
        with (folder / _NAMES).open("w", encoding="utf-8-sig", newline="") as table:
            rows = csv.writer(table)
            rows.writerow(["file", "document_id"])
            for part in parts:
                with (part / _PART).open(encoding="utf-8") as lines:
                    for line in lines:
                        id, text, annotations = json.loads(line)
                        name = names.name(id)
                        # Bytes: the line ends of a text are never translated, offsets count them.
                        (folder / f"{name}.txt").write_bytes(text.encode("utf-8"))
                        (folder / f"{name}.ann").write_bytes(annotations.encode("utf-8"))
                        rows.writerow([cell(name), cell(id)])

    def files(self, target: Path) -> list[Path]:
        """Return the folder."""
        return [target]

    def check(self, target: Path) -> None:
        """Refuse a file, and a folder that is not empty: its files are not ours to delete."""
        if target.exists() and not target.is_dir():
            raise FileExistsError(f"{target} is a file; a folder of brat files needs another name")
        if target.is_dir() and any(target.iterdir()):
            raise FileExistsError(f"{target} is not empty; name another folder for the brat files, or empty it")


def _same_files(folder: Path, other: Path) -> bool:
    if not other.is_dir() or {path.name for path in folder.iterdir()} != {path.name for path in other.iterdir()}:
        return False
    return all(
        (other / path.name).is_file() and filecmp.cmp(path, other / path.name, False) for path in folder.iterdir()
    )


def _encodable(document: Document) -> Document:
    """Return ``document``, or a copy without lone surrogates, which no UTF-8 file can hold; offsets stay."""
    text = encodable(document.text)
    if text == document.text:
        return document
    copy = Document(text, document.id, sentences=document.sentences)
    for entity in document.entities:
        copy.add_entity(entity.start, entity.end, entity.label, id=entity.id)
    for event in document.events:
        copied = copy.add_event(event.trigger.start, event.trigger.end, event.type, id=event.id)
        copied.arguments, copied.attributes = event.arguments, event.attributes
    return copy
