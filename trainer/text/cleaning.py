"""Turn a raw news page into article text by the rules of a data file.

Cleaning only drops whole lines (and surplus blank lines); it rewrites nothing. The result says
which spans of the raw text were kept, so every offset leads back to the page, and what was dropped
by which rule.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex
import yaml

from trainer.resources import resource_path

_LINE = regex.compile(r"[^\n]*\n|[^\n]+\Z")
_QUOTES = regex.compile(r"[\"'“”„‘’«»‹›]")


@dataclass(frozen=True)
class DroppedLine:
    """A line of the raw text that is not article text, and the rule that says so."""

    start: int
    end: int
    text: str
    rule: str
    reason: str


@dataclass(frozen=True)
class CleanedText:
    """Article text as a selection of spans of ``raw``; ``text`` is those spans joined."""

    raw: str
    kept: tuple[tuple[int, int], ...]
    dropped: tuple[DroppedLine, ...]

    @property
    def text(self) -> str:
        """The article text."""
        return "".join(self.raw[start:end] for start, end in self.kept)

    def offset_map(self) -> list[tuple[int, int, int]]:
        """Return ``(clean_start, raw_start, length)`` for every kept span, in order."""
        rows, position = [], 0
        for start, end in self.kept:
            rows.append((position, start, end - start))
            position += end - start
        return rows

    def raw_offset(self, offset: int) -> int:
        """Return the place in ``raw`` of the character at ``offset`` of the article text."""
        rows = self.offset_map()
        index = bisect_right(rows, offset, key=lambda row: row[0]) - 1
        if index < 0 or offset < 0 or offset - rows[index][0] >= rows[index][2]:
            raise IndexError(f"offset {offset} is outside the article text")
        clean_start, raw_start, _ = rows[index]
        return raw_start + offset - clean_start

    def keeps(self, start: int, end: int) -> bool:
        """Whether ``raw[start:end]`` lies wholly inside a kept span."""
        index = bisect_right(self.kept, start, key=lambda span: span[0]) - 1
        return index >= 0 and end <= self.kept[index][1]


@dataclass(frozen=True)
class _LineRule:
    name: str
    pattern: regex.Pattern[str]
    reason: str


@dataclass(frozen=True)
class Cleaner:
    """The rules of a cleaning file. Make one with :func:`load_cleaner`."""

    line_rules: tuple[_LineRule, ...]
    headline_lines: int = 0
    headline_words: int = 4
    headline_reason: str = ""
    overrides: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def clean(self, raw: str, document_id: str = "") -> CleanedText:
        """Select the article text of ``raw``; per-document rules apply to ``document_id``."""
        kept: list[tuple[int, int]] = []
        dropped: list[DroppedLine] = []
        headlines: list[str] = []
        lines_with_text = 0
        cut = False
        blank_allowed = False
        for match in _LINE.finditer(raw):
            line = match.group().strip()
            if not line:
                if blank_allowed:
                    kept.append(match.span())
                    blank_allowed = False
                continue
            verdict = ("override", dropped[-1].reason) if cut else None
            if verdict is None:
                verdict, cut = self._override(document_id, line)
            verdict = verdict or self._line_rule(line) or self._repeated(line, headlines)
            if verdict is not None:
                dropped.append(DroppedLine(match.start(), match.end(), line, *verdict))
                continue
            lines_with_text += 1
            if lines_with_text <= self.headline_lines:
                headlines.append(_fold(line))
            kept.append(match.span())
            blank_allowed = True
        return CleanedText(raw, _trim(raw, _join(kept)), tuple(dropped))

    def _override(self, document_id: str, line: str) -> tuple[tuple[str, str] | None, bool]:
        for rule in self.overrides.get(document_id, ()):
            if rule.get("line") == line:
                return ("override", rule["reason"]), False
            if "from" in rule and line.startswith(rule["from"]):
                return ("override", rule["reason"]), True
        return None, False

    def _line_rule(self, line: str) -> tuple[str, str] | None:
        for rule in self.line_rules:
            if rule.pattern.fullmatch(line):
                return rule.name, rule.reason
        return None

    def _repeated(self, line: str, headlines: list[str]) -> tuple[str, str] | None:
        folded = _fold(line)
        # A headline ends without a full stop; a paragraph that an article prints twice is its text.
        if folded.endswith("."):
            return None
        if folded in headlines and len(folded.split()) >= self.headline_words:
            return "repeated-headline", self.headline_reason
        return None


def load_cleaner(path: str | Path | None = None) -> Cleaner:
    """Read a cleaning file; without a path, the one that Marsad ships.

    Raises
    ------
    ValueError
        If a rule lacks a name, pattern or reason, or its pattern is no regular expression.
    """
    path = Path(path) if path is not None else resource_path("cleaning.yaml")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = []
    for item in data.get("line_rules", []):
        missing = {"name", "pattern", "reason"} - set(item)
        if missing:
            raise ValueError(f"{path}: line rule {item.get('name', item)!r} lacks {', '.join(sorted(missing))}")
        try:
            rules.append(_LineRule(item["name"], regex.compile(item["pattern"]), item["reason"]))
        except regex.error as error:
            raise ValueError(f"{path}: the pattern of line rule {item['name']!r} is wrong: {error}") from error
    overrides = {str(key): list(value) for key, value in (data.get("documents") or {}).items()}
    for document_id, items in overrides.items():
        for item in items:
            if "reason" not in item or not {"line", "from"} & set(item):
                raise ValueError(f"{path}: a rule of document {document_id} needs a reason and 'line' or 'from'")
    headline = data.get("repeated_headline") or {}
    return Cleaner(
        line_rules=tuple(rules),
        headline_lines=int(headline.get("among_first_lines", 0)),
        headline_words=int(headline.get("minimum_words", 4)),
        headline_reason=str(headline.get("reason", "")),
        overrides=overrides,
    )


def _fold(line: str) -> str:
    """Make headlines comparable: quote marks and the number of spaces do not count."""
    return " ".join(_QUOTES.sub("", line).split())


def _join(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _trim(raw: str, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Strip white space at both ends of the whole selection."""
    spans = list(spans)
    while spans:
        start, end = spans[0]
        while start < end and raw[start].isspace():
            start += 1
        if start < end:
            spans[0] = (start, end)
            break
        spans.pop(0)
    while spans:
        start, end = spans[-1]
        while start < end and raw[end - 1].isspace():
            end -= 1
        if start < end:
            spans[-1] = (start, end)
            break
        spans.pop()
    return tuple(spans)
