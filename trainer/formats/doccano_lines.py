"""The lines of doccano's JSON Lines: what stands under each key, and what is wrong with a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.documents import Origin
from trainer.formats.doccano_offsets import RawSpan
from trainer.formats.utf8_text import read_utf8

Report = Callable[[str, str], None]

ID, RELATIONS, SPANS = "id", "relations", "entities"
# Some versions export the text as "data".
TEXT_KEYS = ("text", "data")
# Spans or labels of the text: the content tells.
LABEL_KEYS = ("label", "labels")
CATEGORY_KEYS = ("cats", "accept")
# All other keys are metadata.
READ_KEYS = frozenset({ID, RELATIONS, SPANS, *TEXT_KEYS, *LABEL_KEYS, *CATEGORY_KEYS})
_MARSADS_OWN = {"version", "text", "sentences"}
# From which score on a label counts where every label has one, as in {"KILL": 0.9, "CLASH": 0.0}.
_COUNTS = 0.5


@dataclass
class LabelledLine:
    """A line of the file. ``None`` for spans or categories: nothing says that they were looked for."""

    origin: Origin
    text: str
    id: str
    metadata: dict[str, Any] = field(default_factory=dict)
    spans: list[RawSpan] | None = None
    categories: list[str] | None = None
    relations: list[Any] = field(default_factory=list)
    # Whether a list of labels was empty: whether it is of spans or of categories, the other lines tell.
    undecided: bool = False

    @property
    def place(self) -> str:
        """Where the line stands, as messages say it."""
        return self.origin.place()


def read_lines(path: Path, report: Report) -> list[LabelledLine]:
    """Read the lines of a file, in UTF-8; those that cannot be read are reported and left out.

    Raises
    ------
    ValueError
        If the file is no UTF-8, is Marsad's own JSON Lines, or no line of it can be read.
    """
    lines: list[LabelledLine] = []
    problems: list[tuple[str, str]] = []
    for number, content in _numbered(path):
        origin = Origin(str(path), ((0, number),))
        place = origin.place()
        try:
            record = json.loads(content)
        except ValueError as error:
            problems.append((place, f"broken JSON ({error})"))
            continue
        except RecursionError:
            problems.append((place, "JSON nested too deeply"))
            continue
        if is_marsads_own(record):
            raise ValueError(f"{place}: a document of Marsad's own JSON Lines, not of doccano's")
        try:
            lines.append(_labelled_line(origin, record, f"{path.stem}-{number}", report))
        except ValueError as error:
            problems.append((place, str(error)))
    if problems and not lines:
        place, problem = problems[0]
        raise ValueError(f"{place}: {problem}; no line of the file can be read as doccano's")
    for place, problem in problems:
        report(place, f"{problem}; the line is left out")
    _decide(lines)
    return lines


def is_marsads_own(record: Any) -> bool:
    """Whether a line is a document as :mod:`trainer.formats.jsonl` writes it."""
    return isinstance(record, dict) and record.keys() >= _MARSADS_OWN


def text_key(record: Any) -> str | None:
    """Return the key that has the text of a line, ``None`` if none has."""
    if not isinstance(record, Mapping):
        return None
    return next((key for key in TEXT_KEYS if isinstance(record.get(key), str)), None)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    content = read_utf8(path)
    # Not splitlines: JSON leaves U+2028 and the like as they are.
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield number, line


def _labelled_line(origin: Origin, record: Any, name: str, report: Report) -> LabelledLine:
    key_of_text = text_key(record)
    if key_of_text is None:
        raise ValueError("no JSON object with a text")
    line = LabelledLine(origin, record[key_of_text], name if record.get(ID) in (None, "") else str(record[ID]))
    for key, value in record.items():
        if key not in READ_KEYS or (key in TEXT_KEYS and key != key_of_text):
            line.metadata[key] = value
        elif key in LABEL_KEYS and value == []:
            line.undecided = True
        elif key == SPANS or (key in LABEL_KEYS and is_of_spans(value)):
            line.spans = [*(line.spans or ()), *_spans(line.place, key, value, report)]
        elif key == RELATIONS:
            line.relations = _list(key, value)
        elif key in (*LABEL_KEYS, *CATEGORY_KEYS) and value is not None:
            line.categories = [*(line.categories or ()), *_categories(key, value)]
    return line


def is_of_spans(value: Any) -> bool:
    """Whether what stands under ``label`` is a list of spans."""
    return isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value)


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"'{key}' is {type(value).__name__}, not a list")
    return value


def _spans(place: str, key: str, value: Any, report: Report) -> Iterator[RawSpan]:
    for item in _list(key, value):
        span = _span(item)
        if span is None:
            found = json.dumps(item, ensure_ascii=False)
            report(place, f"'{key}': expected [start, end, label], found {found}; it is left out")
        else:
            yield span


def _span(item: Any) -> RawSpan | None:
    if isinstance(item, list):
        item = dict(zip(("start_offset", "end_offset", "label"), item, strict=False))
    if not isinstance(item, dict):
        return None
    start, end, label, text = (item.get(key) for key in ("start_offset", "end_offset", "label", "text"))
    # Not isinstance: true is no offset.
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        return None
    return RawSpan(start, end, label, item.get(ID), text if isinstance(text, str) else None)


def _categories(key: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        value = [label for label, score in value.items() if isinstance(score, (int, float)) and score >= _COUNTS]
    elif isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise ValueError(f"'{key}' holds neither spans nor labels")
    return [label for label in value if label]


def _decide(lines: Iterable[LabelledLine]) -> None:
    """Take an empty list of labels for what the other lines have there."""
    lines = list(lines)
    of_spans = any(line.spans for line in lines)
    of_categories = any(line.categories for line in lines)
    for line in lines:
        if line.undecided and of_spans and line.spans is None:
            line.spans = []
        elif line.undecided and of_categories and line.categories is None:
            line.categories = []
