"""What is said to people of words and sentences whose labels are doubted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.diagnosis.findings import Finding
from trainer.documents import Document, Sentence
from trainer.text.words import is_word_character

if TYPE_CHECKING:
    # What finds the doubts needs packages that what tells of them does not.
    from trainer.diagnosis.doubted_types import DoubtedType
    from trainer.diagnosis.doubts import Doubt

_KIND = "label-error"
# How many characters of a sentence a message shows.
_SHOWN = 60
# What an annotated span of a layer is called.
_SPAN_OF = {"entities": "entity", "triggers": "trigger"}


def span_finding(doubt: Doubt, layer: str, document: Document, sentence: Sentence) -> Finding | None:
    """Return what is said of words in a layer; ``None`` of words without a letter or digit, such as a name's quotes."""
    words = document.words_of(sentence)
    start, end = words[doubt.first].start, words[doubt.last - 1].end
    text = document.text[start:end]
    if not any(map(is_word_character, text)):
        return None
    says = f"cross-validation says {doubt.suggested or 'no label'} ({doubt.probability:.2f})"
    if doubt.whole:
        message = f"'{text}' is {doubt.given or f'no {_SPAN_OF[layer]}'} here; {says}"
    else:
        first, last = doubt.span or (doubt.first, doubt.last)
        span = document.text[words[first].start : words[last - 1].end]
        if doubt.given:
            message = f"'{text}' is part of the {doubt.given} '{span}'; {says}"
        else:
            message = f"'{text}' is outside the {doubt.suggested} '{span}'; {says}"
    return Finding.at(
        _KIND, document, start, end, message, label=doubt.given, suggested=doubt.suggested, score=doubt.probability
    )


def type_finding(doubt: DoubtedType, document: Document, sentence: Sentence) -> Finding:
    """Return what is said of the type of a sentence."""
    text = document.text[sentence.start : sentence.end]
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"
    has, should = ("has", "should not") if doubt.given else ("has not", "should")
    return Finding.at(
        _KIND,
        document,
        sentence.start,
        sentence.end,
        f"'{shown}' {has} the type {doubt.type}; cross-validation says it {should} ({doubt.probability:.2f})",
        label=doubt.type if doubt.given else "",
        suggested="" if doubt.given else doubt.type,
        score=doubt.probability,
    )
