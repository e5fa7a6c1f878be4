"""One line of IOB2 text: what kind of line it is, its word and its tag, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import regex

OUTSIDE = "O"
DOCUMENT_MARK = "-DOCSTART-"
_NEW_DOCUMENT = regex.compile(r"# newdoc(?!\S)")
_FIELD_COMMENT = regex.compile(r"# \S+ =(?!\S)")
_TAG = regex.compile(r"O|[BI]-.+")
_INVISIBLE = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}]+")


class Kind(Enum):
    """What a line is."""

    BLANK = "blank"
    DOCUMENT = "document"
    COMMENT = "comment"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number, its kind, and its columns without those at the ends that show nothing.

    ``marks`` are the invisible marks that stood in columns of their own there, or alone in the line.
    """

    number: int
    kind: Kind
    columns: tuple[str, ...] = ()
    marks: str = ""

    @property
    def ends_with_tag(self) -> bool:
        """Whether the last column is a tag."""
        return bool(self.columns) and _TAG.fullmatch(visible(self.columns[-1])) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """A word and its tag (``prefix`` is O, B or I), and the number of their line."""

    line: int
    word: str
    prefix: str
    label: str


class Problems(list[tuple[int, str]]):
    """What is wrong in a file, by the number of the line."""

    def add(self, line: int, problem: str) -> None:
        """Add what is wrong in a line and what was made of it."""
        self.append((line, problem))


def visible(text: str) -> str:
    """Return ``text`` without white space, controls, and marks such as U+FEFF and U+200F."""
    return _INVISIBLE.sub("", text)


def parse_line(number: int, content: str) -> Line:
    """Split a line at its tabs, or where it has none at its spaces, and say what it is."""
    content = content.strip(" \t\r")
    # Only these separate: the other characters that Python counts as white space may stand in a word.
    tabs = "\t" in content
    columns = [column.strip(" ") for column in content.split("\t" if tabs else " ") if tabs or column]
    first, last = 0, len(columns)
    while first < last and not visible(columns[first]):
        first += 1
    while first < last and not visible(columns[last - 1]):
        last -= 1
    marks = "".join([*columns[:first], *columns[last:]])
    line = Line(number, Kind.WORD, tuple(columns[first:last]), marks)
    if not line.columns:
        return Line(number, Kind.BLANK, marks=marks)
    if visible(line.columns[0]) == DOCUMENT_MARK or _NEW_DOCUMENT.match(content):
        return Line(number, Kind.DOCUMENT)
    # A line of two columns that begins with # is the word # and its tag.
    if content.startswith("# ") and (
        _FIELD_COMMENT.match(content) or (len(line.columns) > 2 and not line.ends_with_tag)
    ):
        return Line(number, Kind.COMMENT)
    return line


def token_of(line: Line, usual_columns: int, problems: Problems) -> Token | None:
    """Read a line with a word, in a file whose lines have ``usual_columns``; ``None`` where there is no word."""
    columns = line.columns
    if line.marks:
        problems.add(line.number, f"invisible marks {line.marks!r} beside the word and its tag; they are left out")
    if len(columns) == 1 and line.ends_with_tag:
        problems.add(line.number, f"tag {columns[0]!r} without a word; the line is left out")
        return None
    word = columns[0].strip()
    if word != columns[0]:
        problems.add(line.number, f"white space around the word {columns[0]!r}; it is left out")
    if len(word.split()) > 1:
        problems.add(line.number, f"white space inside the word {word!r}; it is kept as one word")
    if len(columns) == 1:
        problems.add(line.number, f"word {word!r} without a tag; read as {OUTSIDE}")
        return Token(line.number, word, OUTSIDE, "")
    if len(columns) != usual_columns:
        problems.add(
            line.number,
            f"{len(columns)} columns where most lines have {usual_columns}; {columns[0]!r} is read as the word and "
            f"{columns[-1]!r} as its tag",
        )
    return Token(line.number, word, *_prefix_and_label(line.number, columns, problems))


def _prefix_and_label(number: int, columns: Sequence[str], problems: Problems) -> tuple[str, str]:
    tag = visible(columns[-1])
    if tag != columns[-1]:
        problems.add(number, f"invisible marks in the tag {columns[-1]!r}; read as {tag!r}")
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, _, rest = tag.partition("-")
    label = rest.lstrip("-")
    if prefix not in ("B", "I") or not label:
        problems.add(number, f"tag {tag!r} is neither {OUTSIDE} nor B-LABEL nor I-LABEL; read as {OUTSIDE}")
        return OUTSIDE, ""
    if label != rest:
        problems.add(number, f"tag {tag!r} has a hyphen too many; read as {prefix}-{label}")
    return prefix, label
