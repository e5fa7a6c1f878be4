"""The cells of CSV tables: what people, spreadsheets and pandas all read as it was meant."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import regex

from trainer.writers.encodable import printable

# A spreadsheet runs a cell that begins like this as a formula. Those that begin with quotes before it are marked, too,
# so that taking one quote away gives every text back.
_FORMULA = regex.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_NUMBER = regex.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?%?")
_MARK = "'"
_PREFIX = "input_"


def cell(value: Any) -> str:
    """Return any value of a document or of its metadata as the text of a cell.

    ``None`` is an empty cell; what is neither text nor date is JSON. A text that a spreadsheet would run as a formula
    begins with an apostrophe; a number never does.

    >>> [cell(value) for value in ("حلب", None, -5, "-5", True, ["أ"], "=1+1", "- قال")]
    ['حلب', '', '-5', '-5', 'true', '["أ"]', "'=1+1", "'- قال"]
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    if isinstance(value, (bool, list, tuple, dict)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = printable(str(value))
    return _MARK + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def input_column(name: str, own: Collection[str]) -> str:
    """Return the name for a column of the input that stands beside our ``own`` columns, never that of another.

    >>> [input_column(name, ["start"]) for name in ("date", "start", "input_start")]
    ['date', 'input_start', 'input_input_start']
    """
    name = cell(name)
    bare = name
    while bare.startswith(_PREFIX):
        bare = bare.removeprefix(_PREFIX)
    return _PREFIX + name if bare in own else name
