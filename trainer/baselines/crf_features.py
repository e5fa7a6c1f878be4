"""What a linear-chain CRF is told about each word of a sentence: spelling, shape and neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import regex

from trainer.encoders.normalizer import arabic_normalizer
from trainer.text.mentions import mention_name
from trainer.text.surrogates import encodable

_WINDOW = 2  # words on either side
_LONGEST_AFFIX = 4
_EDGE = "<edge>"
_ARTICLE = "ال"
# The first that fits; a word of the normaliser's output has digits 0-9 and no diacritics.
_SHAPES = {
    "digits": regex.compile(r"\p{N}+"),
    "arabic": regex.compile(r"(?=\p{Arabic})\p{L}[\p{L}\p{M}]*"),
    "latin": regex.compile(r"\p{Latin}[\p{Latin}\p{M}]*"),
    "quote": regex.compile("[\"'`\\p{Pi}\\p{Pf}„‚]"),
    "punctuation": regex.compile(r"[\p{P}\p{S}]+"),
}
_normalize = arabic_normalizer().normalize_str


def sentence_features(words: Sequence[str]) -> list[list[str]]:
    """Return the features of every word of a sentence, in the order that ``pycrfsuite`` trains on.

    Each feature begins with the distance of the word that it is about. Affixes are given of the word and its direct
    neighbours, the rest of two words on either side. Any strings are accepted.

    >>> features = sentence_features(["قصف", "بالمدينة", "."])[1]
    >>> [feature for feature in features if feature.startswith("0:")][:4]
    ['0:form=بالمدينة', '0:bare=مدينة', '0:shape=arabic', '0:length=4']
    """
    forms = [_normalize(encodable(word)) for word in words]
    spelling = [_spelling(form) for form in forms]
    affixes = [_affixes(form) for form in forms]
    padded = [_EDGE] * _WINDOW + forms + [_EDGE] * _WINDOW
    rows = []
    for index in range(len(forms)):
        row = ["bias"]
        for distance in range(-_WINDOW, _WINDOW + 1):
            place = index + distance
            if not 0 <= place < len(forms):
                row.append(f"{distance}:{_EDGE}")
                continue
            told = spelling[place] + (affixes[place] if abs(distance) <= 1 else [])
            row += [f"{distance}:{feature}" for feature in told]
        around = padded[index : index + 2 * _WINDOW + 1]
        row += [f"{first - _WINDOW}:pair={left} {right}" for first, (left, right) in enumerate(pairwise(around))]
        rows.append(row)
    return rows


def _spelling(form: str) -> list[str]:
    """Return the word, the word without clitics and article, its shape and how long it is."""
    shape = next((name for name, pattern in _SHAPES.items() if pattern.fullmatch(form)), "mixed")
    bare = mention_name(form).removeprefix(_ARTICLE)
    return [f"form={form}", f"bare={bare}", f"shape={shape}", f"length={min(len(form), 8) // 2}"]


def _affixes(form: str) -> list[str]:
    sizes = range(1, min(_LONGEST_AFFIX, len(form) - 1) + 1)
    return [affix for size in sizes for affix in (f"prefix={form[:size]}", f"suffix={form[-size:]}")]
