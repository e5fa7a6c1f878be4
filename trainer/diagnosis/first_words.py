"""Words such as مدينة or تنظيم that the spans of a corpus mostly include, where they are left out, and the reverse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Mark, Splits, all_documents, marks_of, name_key, shown, times
from trainer.documents import Document, Span

# How often spans of a label must begin with a word, or follow it, and in what share of the cases, before the other
# way is odd.
RULE_TIMES, RULE_SHARE = 5, 0.8
_SPACE = regex.compile(r"[^\S\n]+[\"'“”„‟«‹(]?")
_AND = regex.compile(r"[\"'“”„‟»›)]?[^\S\n]+(?=و)")


@dataclass
class _Uses:
    """The spans of one label that have a word as their first, and those that the word stands before."""

    inside: list[tuple[Mark, Span]] = field(default_factory=list)
    before: list[tuple[Mark, Span]] = field(default_factory=list)


def first_words(splits: Splits) -> Iterator[Finding]:
    """Yield entities that leave a word outside that those of their label mostly begin with, or include one that is
    mostly left outside.

    Of "حلب" after مدينة nothing is said where the corpus has it both ways.
    """
    uses: dict[tuple[str, str], _Uses] = defaultdict(_Uses)
    for document in all_documents(splits):
        for mark, word, included in _first_words(document):
            found = uses[mark.label, " ".join(name_key(word.text))]
            (found.inside if included else found.before).append((mark, word))
    for found in uses.values():
        inside, before = len(found.inside), len(found.before)
        if inside >= RULE_TIMES and inside >= RULE_SHARE * (inside + before):
            for mark, word in found.before:
                message = (
                    f"'{shown(mark.text)}' leaves out '{word.text}', with which {mark.label} begins {times(inside)} "
                    f"and which it leaves out {times(before)}"
                )
                yield _finding(mark, message, word.start, mark.end, inside / (inside + before))
        elif before >= RULE_TIMES and before >= RULE_SHARE * (inside + before):
            for mark, word in found.inside:
                message = (
                    f"'{shown(mark.text)}' begins with '{word.text}', which {mark.label} leaves out {times(before)} "
                    f"and includes {times(inside)}"
                )
                rest = mark.document.text[word.end : mark.end].lstrip()
                yield _finding(mark, message, mark.end - len(rest), mark.end, before / (inside + before))


def _first_words(document: Document) -> Iterator[tuple[Mark, Span, bool]]:
    """Yield entities with their first word (True), if there are more, and with the word before them (False)."""
    marks = [mark for mark in marks_of(document) if mark.layer == "entities"]
    position_of = {word.start: position for position, word in enumerate(document.words)}
    ends = {mark.end for mark in marks}
    starts = {mark.start for mark in marks}
    for mark in marks:
        position = position_of.get(mark.start)
        if position is None:
            continue  # half a word, or a lone mark: told elsewhere
        first = document.words[position]
        if first.end < mark.end and _SPACE.match(document.text, first.end) and name_key(first.text):
            yield mark, first, True
        if position > 0:
            before = document.words[position - 1]
            gap = document.text[before.end : mark.start]
            # A word that ends another entity belongs to that one, and one before several names to them all: جبال الحجر
            # والفجيرة.
            following = _AND.match(document.text, mark.end)
            shared = following is not None and following.end() in starts
            if _SPACE.fullmatch(gap) and before.end not in ends and not shared and name_key(before.text):
                yield mark, before, False


def _finding(mark: Mark, message: str, start: int, end: int, share: float) -> Finding:
    suggested = mark.document.text[start:end]
    return Finding.at(
        "boundary", mark.document, mark.start, mark.end, message, label=mark.label, suggested=suggested, score=share
    )
