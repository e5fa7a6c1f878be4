"""How tags of words mark spans: IOB2, IOB1, BIOES and BILOU, told from the tags themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

OUTSIDE = "O"
# A tag in its parts: its prefix, and its label ("" with the prefix O).
Tag = tuple[str, str]
# The first word of a span, the one after its last, and the label.
WordSpan = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to tag spans: beside O, B and I, the prefixes of the last word of a span and of the only one."""

    name: str
    end: str = ""
    single: str = ""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All that may stand before a label."""
        return tuple(prefix for prefix in ("B", "I", self.end, self.single) if prefix)


IOB2 = Scheme("IOB2")  # B begins every span
IOB1 = Scheme("IOB1")  # I begins a span; B one that follows another of its label without a gap
BIOES = Scheme("BIOES", "E", "S")  # the same as IOBES
BILOU = Scheme("BILOU", "L", "U")
SCHEMES: Mapping[str, Scheme] = {scheme.name.lower(): scheme for scheme in (IOB2, IOB1, BIOES, BILOU)}

# Up to so many spans of a file that begin with I are slips, which are worth naming one by one.
SLIPS = 3
_TAG = regex.compile(r"[BIESLU]-.+")
_TAG_WITH_LABEL = regex.compile(r"(?P<prefix>[^-]*)-+(?P<label>[^-].*)")


def is_tag(tag: str) -> bool:
    """Whether ``tag`` is one in any of the schemes."""
    return tag == OUTSIDE or _TAG.fullmatch(tag) is not None


def split_tag(tag: str, prefixes: Iterable[str]) -> Tag | None:
    """Return the parts of a tag, without hyphens too many; ``None`` if it is neither O nor has one of ``prefixes``.

    >>> split_tag("I--ORG", IOB2.prefixes)
    ('I', 'ORG')
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    match = _TAG_WITH_LABEL.fullmatch(tag)
    return (match["prefix"], match["label"]) if match and match["prefix"] in prefixes else None


def scheme_of(sentences: Sequence[Sequence[str]]) -> Scheme:
    """Return the scheme of a file's tags: IOB2, unless they cannot be that.

    They are BIOES or BILOU if most words with a label stand in spans that such tags close, and IOB1 if more than
    ``SLIPS`` spans begin with I, and fewer with a B that IOB1 would not write. One word alone shows nothing.
    """
    if sum(map(len, sentences)) < 2:
        return IOB2
    every_prefix = {*BIOES.prefixes, *BILOU.prefixes}
    split = [[split_tag(tag, every_prefix) or (OUTSIDE, "") for tag in tags] for tags in sentences]
    labelled = sum(prefix != OUTSIDE for tags in split for prefix, _ in tags)
    closed = {scheme: sum(_closed_words(tags, scheme) for tags in split) for scheme in (BIOES, BILOU)}
    best = max(closed, key=closed.__getitem__)
    if 2 * closed[best] > labelled:
        return best
    begun_with_i = begun_with_b = 0
    for tags in split:
        before = ""
        for prefix, label in tags:
            begun_with_i += prefix == "I" and label != before
            begun_with_b += prefix == "B" and label != before
            before = label
    return IOB1 if begun_with_i > max(SLIPS, begun_with_b) else IOB2


def _closed_words(tags: Iterable[Tag], scheme: Scheme) -> int:
    """Return how many words stand in spans as ``scheme`` writes them, from B to the end or single."""
    words = length = 0
    open_label = ""
    for prefix, label in tags:
        if prefix == scheme.single:
            words, length = words + 1, 0
        elif prefix == "B":
            length, open_label = 1, label
        elif length and label == open_label and prefix in ("I", scheme.end):
            length += 1
            if prefix == scheme.end:
                words, length = words + length, 0
        else:
            length = 0
    return words


def spans_of_tags(tags: Sequence[Tag], scheme: Scheme, tell: Callable[[int, str], None]) -> Iterator[WordSpan]:
    """Yield the spans of a sentence in order; a tag that continues none begins one.

    ``tell`` is called with the number of a word, and what is wrong with its tag and what was made of it.
    """
    first, open_label = 0, ""
    for position, (prefix, label) in enumerate(tags):
        if open_label and label == open_label and prefix in ("I", scheme.end):
            if prefix == scheme.end:
                yield first, position + 1, label
                open_label = ""
            continue
        if open_label:
            _tell_unclosed(position - 1, open_label, scheme, tell)
            yield first, position, open_label
            open_label = ""
        if prefix == OUTSIDE:
            continue
        if prefix == scheme.end or (prefix == "I" and scheme != IOB1):
            read_as = scheme.single if prefix == scheme.end else "B"
            tell(position, f"{prefix}-{label} continues no {label}; read as {read_as}-{label}")
        if prefix in (scheme.end, scheme.single):
            yield position, position + 1, label
        else:
            first, open_label = position, label
    if open_label:
        _tell_unclosed(len(tags) - 1, open_label, scheme, tell)
        yield first, len(tags), open_label


def _tell_unclosed(position: int, label: str, scheme: Scheme, tell: Callable[[int, str], None]) -> None:
    if scheme.end:
        tell(position, f"{label} breaks off without {scheme.end}-{label}; read as a span that ends here")


def tags_of_spans(spans: Iterable[WordSpan], words: int, scheme: Scheme = IOB2) -> list[str]:
    """Return the tags of a sentence of ``words`` words with these spans, of which no two share a word.

    >>> tags_of_spans([(0, 2, "PERS"), (2, 3, "PERS")], 4, IOB1)
    ['I-PERS', 'I-PERS', 'B-PERS', 'O']
    """
    tags = [OUTSIDE] * words
    end_before, label_before = 0, ""
    for first, last, label in sorted(spans):
        prefixes = ["I"] * (last - first)
        if scheme != IOB1 or (end_before, label_before) == (first, label):
            prefixes[0] = "B"
        if scheme.end:
            prefixes[-1] = scheme.end if last - first > 1 else scheme.single
        tags[first:last] = [f"{prefix}-{label}" for prefix in prefixes]
        end_before, label_before = last, label
    return tags
