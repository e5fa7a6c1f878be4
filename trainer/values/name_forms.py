"""One spelling for names: what writers change in a name without naming anything else is folded away."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

import regex

from trainer.text.mentions import mention_name
from trainer.values.spelling import folded

_NOT_IN_WORDS = regex.compile(r"[^\p{L}\p{N}]+")
_ARTICLE = "ال"
# A word of two letters is no noun that lost its article.
_SHORTEST_NOUN = 3
_PRONOUNS = ("ه", "ها", "هم", "هما", "هن", "نا", "ي", "ك", "كم")
# Folded: ة is ه alone and ت before an ending; the -an of the accusative is gone with its sign or a bare alif.
_ENDINGS = ("ون", "ين", "ان", "ات", "تين", "تان", "ه", "ت", "ا", "ي", "و")
# أبناء is written أبناؤ or أبنائ before a pronoun.
_HAMZA_BEFORE_PRONOUN = regex.compile(r"(?<=ا)[وي]\Z")


def name_words(text: str) -> list[str]:
    """Return the words of a name without vowels, quotes, brackets and dashes, one letter for ا أ إ آ, ي ى, ه ة.

    >>> name_words("تنظيم “الدّولة الإسلاميّة”")
    ['تنظيم', 'الدوله', 'الاسلاميه']
    """
    return _NOT_IN_WORDS.sub(" ", folded(normalize("NFKC", text)).casefold()).split()


def name_key(words: list[str]) -> str:
    """Return what names are looked up by: the words without the spaces, which أبو ظبي has and أبوظبي has not."""
    return "".join(words)


def readings(text: str) -> Iterator[list[str]]:
    """Yield the words of a mention as it stands, then without attached و ف ب ل ك if that is another reading.

    The mention as it stands comes first: a name that is known is never cut.
    """
    whole = name_words(text)
    yield whole
    if (name := name_words(mention_name(text))) != whole:
        yield name


def without_article(word: str) -> str:
    """Return a folded word without ال.

    >>> without_article("المسلحون")
    'مسلحون'
    """
    rest = word.removeprefix(_ARTICLE)
    return rest if len(rest) >= _SHORTEST_NOUN else word


def noun_stems(word: str) -> set[str]:
    """Return what a folded noun or adjective may be a form of: without article, pronoun and ending.

    The set is for looking up in a list of known words; most of it is no word at all.

    >>> "عايل" in noun_stems("عايلاتهم"), "مدني" in noun_stems("المدنيين")
    (True, True)
    """
    bare = without_article(word)
    owned = {bare, *(bare.removesuffix(pronoun) for pronoun in _PRONOUNS)}
    owned |= {_HAMZA_BEFORE_PRONOUN.sub("ء", stem) for stem in owned}
    stems = owned | {stem.removesuffix(ending) for stem in owned for ending in _ENDINGS}
    return {stem for stem in stems if len(stem) >= _SHORTEST_NOUN - 1}
