"""JSON Lines: a JSON object a line; a line that is none costs that line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trainer.readers.columns import Columns
from trainer.readers.input_files import LONGEST, TOO_LONG, OpenFile, not_utf8
from trainer.readers.records import Item

# Python reads deeper objects, some of which it could not write again.
_DEEPEST = 100


def read_json_lines(file: OpenFile, columns: Columns) -> Iterator[Item]:
    """Yield a record, or a reject, a line; empty lines are skipped. Damage to the file raises ``OSError``."""
    for line in file.lines():
        if line := line.rstrip():
            yield _item(line, file, columns)


def _item(line: bytes, file: OpenFile, columns: Columns) -> Item:
    number = file.line
    if len(line) > LONGEST:
        return file.reject(f"the line is {TOO_LONG}", number)
    try:
        fields: Any = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return file.reject(not_utf8(error), number, f"byte {error.start + 1}")
    except json.JSONDecodeError as error:
        return file.reject(f"broken JSON: {error.msg}", number, f"character {error.pos + 1}")
    except RecursionError:
        return file.reject(f"JSON nested deeper than {_DEEPEST} levels", number)
    except ValueError as error:  # a number of more digits than Python reads
        return file.reject(f"broken JSON: {error}", number)
    if not isinstance(fields, dict):
        return file.reject(f"expected a JSON object with '{columns.text}', found {type(fields).__name__}", number)
    if line.count(b"[") + line.count(b"{") > _DEEPEST and _deeper(fields, _DEEPEST):
        return file.reject(f"JSON nested deeper than {_DEEPEST} levels", number)
    return columns.item(fields, file.place(number), f"{file.id}:{number}", file.done)


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(item, levels - 1) for item in inner)
