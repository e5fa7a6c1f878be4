"""JSON Lines: one document a line, in the shape of :meth:`trainer.documents.Document.to_dict`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from trainer.documents import Document, Origin
from trainer.text.surrogates import encodable, without_pairs


def strict_json(value: Any) -> str:
    """Return ``value`` as JSON of real Unicode, with ``null`` for NaN and infinities.

    Python writes those as names that JSON does not have. What is no value of JSON, such as a date, is its text.

    >>> strict_json({"العنوان": "سقوط", "share": float("nan")})
    '{"العنوان": "سقوط", "share": null}'
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_finite(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def document_to_json(document: Document) -> str:
    r"""Return ``document`` as one line of JSON.

    Real Unicode, except lone surrogates, which no UTF-8 file can hold: they are written as ``\udXXX``. Two of them
    that a reader would take for one character are written as U+FFFD twice, so that offsets stay.
    """
    line = without_pairs(strict_json(_cut_from_written_text(document.to_dict())))
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _cut_from_written_text(data: dict[str, Any]) -> dict[str, Any]:
    """Make spans say what the text will say at their offsets, also those that begin or end inside a pair."""
    text = without_pairs(data["text"])
    if text != data["text"]:
        for span in [*data.get("entities", ()), *(event["trigger"] for event in data.get("events", ()))]:
            written = text[span["start"] : span["end"]]
            if "name" in span and written != span["text"]:
                # A name is made from the text, not cut from it: nobody can tell which of its surrogates are of a pair.
                span["name"] = encodable(span["name"])
            span["text"] = written
    return data


def write_jsonl(documents: Iterable[Document], file: TextIO) -> None:
    """Write one line a document."""
    for document in documents:
        file.write(document_to_json(document) + "\n")


def read_jsonl(lines: Iterable[str], source: str) -> Iterator[Document]:
    """Read documents that :func:`write_jsonl` wrote; ``source`` names the file, in messages and as their origin.

    Raises
    ------
    ValueError
        For a line that is no such document; the message names the line.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                document = Document.from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                # The message of a KeyError is the key alone.
                problem = f"{error} is missing" if isinstance(error, KeyError) else error
                raise ValueError(f"{source}:{number}: no Marsad document: {problem}") from error
            document.origin = Origin(source, ((0, number),))
            yield document
