"""Nested spans: several tags beside a word, as in Wojood, and the spans that lie in no other.

A line is ``word TAG [TAG …]`` with a tag for every span that the word stands in, and the tags of a word are in no fixed
order: only the labels say which tags of two lines belong together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trainer.formats.iob2_lines import Kind, Line
from trainer.formats.tag_schemes import OUTSIDE, Tag, WordSpan


def has_nested_columns(lines: Iterable[Line]) -> bool:
    """Whether the words of a file have a tag for every span around them.

    They have if some lines are a word and one tag, and most longer ones a word and several tags without an O. In other
    files with columns of tags (chunks beside names) all lines are of one length and O stands in every column.
    """
    lengths: Counter[int] = Counter()
    nested = 0
    for line in lines:
        if line.kind is Kind.WORD:
            lengths[len(line.columns)] += 1
            nested += line.has_several_tags and OUTSIDE not in line.columns[1:]
    longer = sum(count for length, count in lengths.items() if length > 2)
    return lengths[2] > 0 and 2 * nested > longer


def nested_spans(words: Sequence[Sequence[Tag]], tell: Callable[[int, str], None]) -> list[WordSpan]:
    """Return all spans of a sentence, of whose words each has any number of tags B and I.

    Of several spans of one label around a word the one that began first goes on the longest.
    ``tell`` is called with the number of a word, and what is wrong with its tags and what was made of it.
    """
    spans: list[WordSpan] = []
    begun: defaultdict[str, list[int]] = defaultdict(list)  # where the open spans of a label begin, in order
    for position, tags in enumerate(words):
        continued = Counter(label for prefix, label in tags if prefix == "I")
        for label in list(begun):
            ended = begun[label][continued[label] :]
            spans += [(first, position, label) for first in ended]
            begun[label] = begun[label][: continued[label]]
            if not begun[label]:
                del begun[label]
        for label, count in continued.items():
            for _ in range(count - len(begun[label])):
                tell(position, f"I-{label} continues no {label}; read as B-{label}")
                begun[label].append(position)
        for prefix, label in tags:
            if prefix == "B":
                begun[label].append(position)
    spans += [(first, len(words), label) for label, starts in begun.items() for first in starts]
    return sorted(spans)


@dataclass
class LeftOut:
    """How many spans of each label were left out because of others."""

    inside: Counter[str] = field(default_factory=Counter)
    same_words: Counter[str] = field(default_factory=Counter)
    crossing: Counter[str] = field(default_factory=Counter)

    def messages(self) -> list[str]:
        """Say what was left out, a line for each reason that there was."""
        reasons = (
            ("inside a longer one", self.inside),
            ("over the same words as another, whose label is the first of the alphabet", self.same_words),
            ("over the edge of a longer one", self.crossing),
        )
        return [
            f"left out {reason}: {counts.total()} ({', '.join(f'{label} {counts[label]}' for label in sorted(counts))})"
            for reason, counts in reasons
            if counts
        ]


def outermost(spans: Iterable[WordSpan], left_out: LeftOut) -> list[WordSpan]:
    """Return the spans that lie in no other, in order; what is dropped is counted in ``left_out``.

    Of two that cross the longer one stays, of two as long the first, and of two over the same words the one whose
    label is the first of the alphabet: the same whatever the order of the tags in a file.
    """
    kept: list[WordSpan] = []
    span_at: dict[int, WordSpan] = {}  # by word
    for span in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        first, last, label = span
        around = {span_at.get(word) for word in range(first, last)}
        if around == {None}:
            kept.append(span)
            span_at.update(dict.fromkeys(range(first, last), span))
        elif len(around) > 1:
            left_out.crossing[label] += 1
        elif span_at[first][:2] == (first, last):
            left_out.same_words[label] += 1
        else:
            left_out.inside[label] += 1
    return sorted(kept)
