"""One line of words and tags: what kind of line it is, its word and its tags, and what is wrong with it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import regex

from trainer.formats.tag_schemes import IOB2, OUTSIDE, Scheme, Tag, is_tag, split_tag

DOCUMENT_MARK = "-DOCSTART-"
# Where the text of Wojood had a line break.
LINE_BREAK_MARK = "$#$"
_NEW_DOCUMENT = regex.compile(r"# newdoc(?!\S)")
_FIELD_COMMENT = regex.compile(r"# \S+ =(?!\S)")
# One value for all words outside of spans, which are most of a file.
_NO_SPAN: tuple[Tag] = ((OUTSIDE, ""),)
_INVISIBLE = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}]+")


class Kind(Enum):
    """What a line is."""

    BLANK = "blank"
    DOCUMENT = "document"
    COMMENT = "comment"
    LINE_BREAK = "line break"
    WORD = "word"


class Line(NamedTuple):
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
        return bool(self.columns) and is_tag(visible(self.columns[-1]))

    @property
    def has_several_tags(self) -> bool:
        """Whether all columns after the first, and more than one, are tags."""
        return len(self.columns) > 2 and all(is_tag(visible(column)) for column in self.columns[1:])


class Token(NamedTuple):
    """A word and its tags, and the number of their line; there are several, or none, only in nested columns."""

    line: int
    word: str
    tags: tuple[Tag, ...]

    @property
    def outside(self) -> bool:
        """Whether the word stands in no span."""
        return all(prefix == OUTSIDE for prefix, _ in self.tags)


class Problems(list[tuple[int, str]]):
    """What is wrong in a file, by the number of the line."""

    def add(self, line: int, problem: str) -> None:
        """Add what is wrong in a line and what was made of it."""
        self.append((line, problem))


def visible(text: str) -> str:
    """Return ``text`` without white space, controls, and marks such as U+FEFF and U+200F."""
    # Nearly all texts have none of these, and that is quick to see.
    if text.isprintable() and " " not in text:
        return text
    return _INVISIBLE.sub("", text)


def parse_line(number: int, content: str) -> Line:
    """Split a line at its tabs, or where it has none at its spaces, and say what it is."""
    content = content.strip(" \t\r")
    # Only these separate: the other characters that Python counts as white space may stand in a word.
    tabs = "\t" in content
    columns = [column.strip(" ") for column in content.split("\t")] if tabs else [*filter(None, content.split(" "))]
    first, last = 0, len(columns)
    while first < last and not (beginning := visible(columns[first])):
        first += 1
    while first < last and not visible(columns[last - 1]):
        last -= 1
    if first == last:
        return Line(number, Kind.BLANK, marks="".join(columns))
    marks = "".join([*columns[:first], *columns[last:]])
    line = Line(number, Kind.WORD, tuple(columns[first:last]), marks)
    if beginning == DOCUMENT_MARK or _NEW_DOCUMENT.match(content):
        return Line(number, Kind.DOCUMENT)
    # A line of two columns that begins with # is the word # and its tag.
    if content.startswith("# ") and (
        _FIELD_COMMENT.match(content) or (len(line.columns) > 2 and not line.ends_with_tag)
    ):
        return Line(number, Kind.COMMENT)
    if line.columns[0] == LINE_BREAK_MARK and [visible(column) for column in line.columns[1:]] == [OUTSIDE]:
        return Line(number, Kind.LINE_BREAK)
    return line


def token_of(
    line: Line, usual_columns: int, problems: Problems, *, scheme: Scheme = IOB2, nested: bool = False
) -> Token | None:
    """Read a line with a word, in a file whose lines have ``usual_columns``; ``None`` where there is no word.

    ``scheme`` is that of the file's tags; in a file of ``nested`` columns a word has any number of them.
    """
    columns = line.columns
    if line.marks:
        problems.add(line.number, f"invisible marks {line.marks!r} beside the word and its tag; they are left out")
    if len(columns) == 1 and split_tag(visible(columns[0]), scheme.prefixes):
        problems.add(line.number, f"tag {columns[0]!r} without a word; the line is left out")
        return None
    word = columns[0].strip()
    if word != columns[0]:
        problems.add(line.number, f"white space around the word {columns[0]!r}; it is left out")
    if len(word.split()) > 1:
        problems.add(line.number, f"white space inside the word {word!r}; it is kept as one word")
    if len(columns) == 1:
        problems.add(line.number, f"word {word!r} without a tag; read as {OUTSIDE}")
        return Token(line.number, word, _NO_SPAN)
    if nested and line.has_several_tags:
        tags = (_tag(line.number, column, scheme, problems) for column in columns[1:])
        return Token(line.number, word, tuple(tag for tag in tags if tag[0] != OUTSIDE))
    if len(columns) != usual_columns:
        problems.add(
            line.number,
            f"{len(columns)} columns where most lines have {usual_columns}; {columns[0]!r} is read as the word and "
            f"{columns[-1]!r} as its tag",
        )
    if columns[-1] == OUTSIDE:
        return Token(line.number, word, _NO_SPAN)
    return Token(line.number, word, (_tag(line.number, columns[-1], scheme, problems),))


def _tag(number: int, column: str, scheme: Scheme, problems: Problems) -> Tag:
    tag = visible(column)
    if tag != column:
        problems.add(number, f"invisible marks in the tag {column!r}; read as {tag!r}")
    parts = split_tag(tag, scheme.prefixes)
    if parts is None:
        known = " nor ".join(f"{prefix}-LABEL" for prefix in scheme.prefixes)
        problems.add(number, f"tag {tag!r} is neither {OUTSIDE} nor {known}; read as {OUTSIDE}")
        return OUTSIDE, ""
    read_as = "-".join(filter(None, parts))
    if read_as != tag:
        problems.add(number, f"tag {tag!r} has a hyphen too many; read as {read_as}")
    return parts
