"""JSON Lines: one document a line, in the shape of :meth:`trainer.documents.Document.to_dict`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

import regex

from trainer.documents import Document

_SURROGATES = regex.compile(r"\p{Cs}")


def document_to_json(document: Document) -> str:
    r"""Return ``document`` as one line of JSON.

    Real Unicode, except lone surrogates, which no UTF-8 file can hold: they are written as ``\udXXX``.
    """
    line = json.dumps(document.to_dict(), ensure_ascii=False, default=str)
    return _SURROGATES.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


def write_jsonl(documents: Iterable[Document], file: TextIO) -> None:
    """Write one line a document."""
    for document in documents:
        file.write(document_to_json(document) + "\n")


def read_jsonl(lines: Iterable[str], source: str) -> Iterator[Document]:
    """Read documents that :func:`write_jsonl` wrote.

    Raises
    ------
    ValueError
        For a line that is no such document; the message names the line.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield Document.from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(f"{source}:{number}: no Marsad document: {error}") from error
