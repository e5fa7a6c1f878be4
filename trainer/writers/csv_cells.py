"""The cells of CSV tables: what people, spreadsheets and pandas all read as it was meant."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import Any

import regex

from trainer.formats.jsonl import strict_json

# A spreadsheet runs a cell that begins like this as a formula. Those that begin with quotes before it are marked, too,
# so that taking one quote away gives every text back.
_FORMULA = regex.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_NUMBER = regex.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?%?")
# Surrogates and control characters but tab and line ends: at NUL, programs in C take a text for ended.
_UNPRINTABLE = regex.compile(r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARK = "'"
_PREFIX = "input_"
# Characters of a value of the input in a cell. It stands in the row of every mention: the source of a page of 100 kB
# would stand there 88 times. And Excel takes 32,767 at most, and spreads a longer text over the rows below.
_LONGEST = 1000


def cell(value: Any) -> str:
    """Return any value of a document or of its metadata as the text of a cell.

    ``None``, NaN and infinities are empty cells; what is neither text nor date is JSON. A text that a spreadsheet would
    run as a formula begins with an apostrophe; a number never does.

    >>> [cell(value) for value in ("حلب", None, -5, "-5", True, ["أ"], "=1+1", "- قال")]
    ['حلب', '', '-5', '-5', 'true', '["أ"]', "'=1+1", "'- قال"]
    """
    return _cell(_text(value))


def input_cell(value: Any) -> str:
    """Return a value of the input as :func:`cell` does, of a long one its first 1,000 characters and an ellipsis."""
    text = _text(value)
    return _cell(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def input_columns(names: Sequence[str], own: Collection[str]) -> list[str]:
    """Return the names for columns of the input that stand beside our ``own`` columns, no two alike.

    One that is named like ours gets a prefix; one whose name an earlier one has got gets a number.

    >>> input_columns(["date", "start", "input_start", "a\\0", "a\\1"], ["start"])
    ['date', 'input_start', 'input_input_start', 'a�', 'a�_2']
    """
    given: dict[str, None] = {}
    for name in map(cell, names):
        bare = name
        while bare.startswith(_PREFIX):
            bare = bare.removeprefix(_PREFIX)
        plain = _PREFIX + name if bare in own else name
        given[next(numbered for numbered in _numbered(plain) if numbered not in given)] = None
    return list(given)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{name}_{number}"


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return strict_json(value) if isinstance(value, (bool, list, tuple, dict)) else str(value)


def _cell(text: str) -> str:
    text = _UNPRINTABLE.sub("\ufffd", text)
    return _MARK + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
