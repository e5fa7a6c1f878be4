"""What the property tests draw from: any Unicode string, documents over it; what JSON makes of them; linear time."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from trainer.documents import Argument, Document

# What the code under test looks for, so that random texts are dense in it.
_FRAGMENTS = (
    *("قُتِل", "الحسكة", "عنصراً", "لا\u200cیزال", "ـ", "د", "م", "2015", "٣", "3.5", "U.S.", "المزيد", "اقرأ أيضاً"),
    *(".", "..", "…", "؟", "!", "۔", "،", '"', "”", "»", ")", "(", "<b>", "&", "'", ";", "#", "\\", "{", "}"),
    *(" ", "  ", "\t", "\u00a0", "\u3000", "\x1c", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"),
    *("\0", "\x1b", "\x7f", "\ufeff", "\ufffe", "\u200b", "\u200d", "\u202e", "\u2066", "\u2069", "\u0651", "\u0301"),
    *("\ud800", "\udfff", "\ud83d\ude00", "😀", "👨\u200d👩\u200d👧", "𞺀", "𝟗", "漢"),
)
ANY_CHARACTER = st.characters()  # without arguments: every code point, lone surrogates included
ANY_TEXT = st.one_of(
    st.text(ANY_CHARACTER, max_size=40),
    st.lists(st.one_of(st.sampled_from(_FRAGMENTS), ANY_CHARACTER), max_size=30).map("".join),
)
ENCODABLE_TEXT = ANY_TEXT.map(lambda text: "".join(c for c in text if not "\ud800" <= c <= "\udfff"))


def _without_surrogate_pairs(text: str) -> str:
    """Return ``text`` without the one thing JSON cannot say: a high surrogate before a low one is another character."""
    kept = ""
    for character in text:
        if not ("\ud800" <= kept[-1:] <= "\udbff" and "\udc00" <= character <= "\udfff"):
            kept += character
    return kept


JSON_TEXT = ANY_TEXT.map(_without_surrogate_pairs)
# With NaN, infinities and surrogate pairs, which JSON does not have.
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf]), ANY_TEXT
)


@st.composite
def documents(draw: Any, texts: st.SearchStrategy[str] = JSON_TEXT) -> Document:
    """Draw a document with metadata, entities, events, arguments and attributes over any of ``texts``."""
    keys = st.sampled_from(["title", "العنوان", "source"])
    metadata = draw(st.dictionaries(keys, st.one_of(_VALUES, st.lists(_VALUES, max_size=2))))
    document = Document.from_text(draw(texts), id=draw(ANY_TEXT), metadata=metadata)
    scores = st.one_of(st.none(), st.floats(0, 1))
    if document.text:
        for _ in range(draw(st.integers(0, 4))):
            document.add_entity(*draw(_spans(document)), draw(st.sampled_from(["PER", "GPE"])), score=draw(scores))
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from(["KILL", "CLASH"]))
            event = document.add_event(*draw(_spans(document)), kind, score=draw(scores))
            event.attributes = draw(st.lists(st.sampled_from(["Disputed"]), max_size=1))
            if document.entities:
                fillers = st.sampled_from([entity.id for entity in document.entities])
                roles = st.sampled_from(["AGENT", "TARGET"])
                event.arguments = draw(st.lists(st.builds(Argument, roles, fillers, scores), max_size=3))
    document.set_event_types_from_triggers()
    document.model = draw(st.sampled_from([None, {"name": "marsad", "fingerprint": "abc"}]))
    return document


@st.composite
def _spans(draw: Any, document: Document) -> tuple[int, int]:
    start = draw(st.integers(0, len(document.text) - 1))
    return start, draw(st.integers(start + 1, len(document.text)))


def read_strictly(text: str) -> Any:
    """Read JSON as a parser does that takes nothing else: Python's own takes NaN, too."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def in_json(value: Any) -> Any:
    """Return what Marsad's JSON says of ``value``: no NaN, no infinities, and no surrogate pairs in texts."""
    if isinstance(value, str):
        halves = [_is_half_of_a_pair(value, position) for position in range(len(value))]
        return "".join("\ufffd" if half else value[position] for position, half in enumerate(halves))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {in_json(key): in_json(item) for key, item in value.items()}
    return [in_json(item) for item in value] if isinstance(value, list) else value


def _is_half_of_a_pair(text: str, position: int) -> bool:
    pairs = (text[position : position + 2], text[max(position - 1, 0) : position + 1])
    return any(len(pair) == 2 and "\ud800" <= pair[0] <= "\udbff" and "\udc00" <= pair[1] <= "\udfff" for pair in pairs)


def assert_linear(function: Callable[[str], object], pattern: str, size: int) -> None:
    """Fail if ``function`` takes far more than four times as long for a text four times as long.

    Processor time, the best of three, so that other programs on the machine do not count. A quadratic
    algorithm takes sixteen times as long.
    """
    short, long = (pattern * (length // len(pattern)) for length in (size, 4 * size))
    taken = [min(_processor_time(function, text) for _ in range(3)) for text in (short, long)]
    assert taken[1] < 9 * taken[0] + 0.02, f"{taken[0]:.4f} s for {len(short)}, {taken[1]:.4f} s for {len(long)}"


def _processor_time(function: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    function(text)
    return time.process_time() - begin
