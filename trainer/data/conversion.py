"""Annotation from one form into another: brat folders and inline markup."""

from __future__ import annotations

from pathlib import Path

from trainer.documents import Document
from trainer.formats.brat import annotation_conf, read_brat_folder, write_brat_file
from trainer.formats.inline import SUFFIX, is_inline, read_inline
from trainer.formats.inline_writer import write_inline_file
from trainer.schema import Schema


def read_annotated(source: str | Path) -> list[Document]:
    """Read a brat folder, a ``.marked`` file or a folder of ``.marked`` files.

    Raises
    ------
    FileNotFoundError
        If ``source`` is none of them.
    ValueError
        If it cannot be read; the message names file and line.
    """
    source = Path(source)
    if is_inline(source):
        return read_inline(source)
    if source.is_dir() and any(source.glob("*.txt")):
        return read_brat_folder(source)
    raise FileNotFoundError(f"{source} is neither a {SUFFIX} file nor a folder with {SUFFIX} or brat's .txt files")


def convert(source: str | Path, target: str | Path, schema: Schema) -> list[Document]:
    """Write the documents of ``source`` as ``target``: a ``.marked`` file by its name, else a brat folder.

    Files of the target with the same names are replaced.

    Raises
    ------
    ValueError
        Also if two documents, or one with a name of several parts, cannot be files of one brat folder.
    """
    target = Path(target)
    documents = read_annotated(source)
    if target.suffix == SUFFIX:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_inline_file(documents, target)
        return documents
    ids = [document.id for document in documents]
    if bad := [id for id in ids if ids.count(id) > 1 or Path(id).name != id]:
        raise ValueError(f"document '{bad[0]}' can be no file of a brat folder: ids must be different and without '/'")
    target.mkdir(parents=True, exist_ok=True)
    for document in documents:
        # Not with_suffix: an id may have dots.
        write_brat_file(document, target / f"{document.id}.txt")
    (target / "annotation.conf").write_text(annotation_conf(schema), encoding="utf-8", newline="")
    return documents
