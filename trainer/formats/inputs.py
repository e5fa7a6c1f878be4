"""Texts to label, wherever they are: a text file, a folder of them, JSONL, or standard input."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from trainer.documents import Document
from trainer.formats.jsonl import text_record

Reject = Callable[[str, str], None]


def read_inputs(source: str, reject: Reject) -> Iterator[Document]:
    """Yield bare documents from ``source``.

    Parameters
    ----------
    source:
        A ``.jsonl`` file, any other file (one text), a folder (every ``.txt`` file in it), or ``-``:
        standard input, JSONL if it begins with ``{``, else one text.
    reject:
        Called with a place (``file:line``) and a reason for everything that cannot be read; the
        rest goes on.

    Raises
    ------
    FileNotFoundError
        If ``source`` does not exist or is a folder without texts.
    """
    if source == "-":
        yield from _standard_input(reject)
        return
    path = Path(source)
    if path.is_dir():
        files = sorted(path.glob("*.txt"))
        if not files:
            raise FileNotFoundError(f"{path} has no .txt files")
        for file in files:
            yield from _text_file(file, reject)
    elif not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    elif path.suffix == ".jsonl":
        with path.open("rb") as lines:
            yield from _json_lines(lines, str(path), reject)
    else:
        yield from _text_file(path, reject)


def _text_file(path: Path, reject: Reject) -> Iterator[Document]:
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reject(str(path), f"cannot be read as UTF-8 text: {error}")
        return
    yield Document.from_text(text, id=path.stem)


def _standard_input(reject: Reject) -> Iterator[Document]:
    first = sys.stdin.buffer.readline()
    rest = sys.stdin.buffer
    if first.removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
        yield from _json_lines(_chain(first, rest), "-", reject)
        return
    try:
        yield Document.from_text((first + rest.read()).decode("utf-8"), id="stdin")
    except UnicodeDecodeError as error:
        reject("-", f"cannot be read as UTF-8 text: {error}")


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _json_lines(lines: Iterable[bytes], source: str, reject: Reject) -> Iterator[Document]:
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        if not line.strip():
            continue
        try:
            document = text_record(line.decode("utf-8"))
        except ValueError as error:
            reject(f"{source}:{number}", str(error))
            continue
        document.id = document.id or f"{Path(source).stem}:{number}"
        yield document
