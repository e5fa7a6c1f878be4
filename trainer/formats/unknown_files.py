"""Why a file or folder may be of no format that Marsad knows, for the message that says so."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

from trainer.formats.sentence_labels import DELIMITERS, LABEL_COLUMNS, TEXT

_JSON, _JSON_LINES, _PLAIN = ".json", ".jsonl", ".txt"
_LOOKED_AT_BYTES = 1 << 20
_SHOWN_CHARACTERS = 60


def why_unknown(path: Path) -> str:
    """Return what people would see if they opened ``path``: it is empty, broken, or names other columns.

    "" where nothing can be said, such as of pictures.
    """
    if path.is_dir():
        return _of_folder(path)
    suffix = path.suffix.lower()
    if not path.is_file() or suffix not in (_JSON, _JSON_LINES, _PLAIN, *DELIMITERS):
        return ""
    try:
        content = _beginning(path, whole=suffix == _JSON)
    except UnicodeDecodeError as error:
        return f"it is not UTF-8 from byte {error.start} on; save it as UTF-8 and try again"
    lines = content.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return "it is empty"
    if suffix == _JSON:
        return _of_json(content)
    if suffix == _JSON_LINES:
        return _of_json_line(lines[first], first + 1)
    if suffix in DELIMITERS:
        shown = lines[first].strip()[:_SHOWN_CHARACTERS]
        return f"line {first + 1}, {shown!r}, does not name the columns '{TEXT}' and '{LABEL_COLUMNS[0]}'"
    return "its lines are not words with a tag each"


def _beginning(path: Path, *, whole: bool) -> str:
    with path.open("rb") as file:
        head = file.read(-1 if whole else _LOOKED_AT_BYTES)
    # Not final: the last character may be cut.
    return codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole)


def _of_folder(path: Path) -> str:
    if any(path.glob("*.txt")):
        return ".txt files without .ann files are text that nobody has annotated"
    return "" if any(path.iterdir()) else "it is empty"


def _of_json(content: str) -> str:
    try:
        tasks = json.loads(content)
    except json.JSONDecodeError as error:
        return f"broken JSON in line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        return "JSON nested too deeply"
    return "" if tasks else "it has no tasks"


def _of_json_line(line: str, number: int) -> str:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return f"line {number} is broken JSON, column {error.colno}: {error.msg}"
    except RecursionError:
        return f"line {number} is JSON nested too deeply"
    keys = ", ".join(map(repr, record)) if isinstance(record, dict) else ""
    return f"line {number} has {keys or 'no keys'}, not a text with labels"
