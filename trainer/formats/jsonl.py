"""JSON Lines: one document a line, in the shape of :meth:`trainer.documents.Document.to_dict`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

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


def text_record(line: str) -> Document:
    """Read a line with at least ``text`` and perhaps ``id``; other fields become metadata.

    Raises
    ------
    ValueError
        If the line is no such record; the message says why.
    """
    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"broken JSON ({error.msg} at character {error.pos + 1})") from None
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    if not isinstance(record, dict):
        raise ValueError(f"expected a JSON object with 'text', found {type(record).__name__}")
    if not isinstance(record.get("text"), str):
        raise ValueError("the record has no 'text' string")
    metadata = {key: value for key, value in record.items() if key not in ("id", "text")}
    # Exporters write null for "no id".
    id = "" if record.get("id") is None else str(record["id"])
    return Document.from_text(record["text"], id=id, metadata=metadata)
