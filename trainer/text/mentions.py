"""Entity mentions without the clitics that Arabic writing attaches to their first word.

In وقوات النظام، بالحسكة، للمدينة the letters و ب ل are words of their own (and, in, to), so a mention cut at
word boundaries carries them along. Whether a first letter is a clitic or belongs to the word (وزارة، بغداد)
cannot be told from the letter; ``data/clitics.yaml`` lists the words that decide, and the rules below say
what happens to a word that is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import regex
import yaml

from trainer.resources import resource_path

# A letter with everything that decorates it: diacritics, tatweel, joiners and direction marks.
_LETTER = regex.compile(r"(?=\p{Arabic})\p{L}[\p{M}\p{Cf}ـ]*")
_FIRST_WORD = regex.compile(rf"(?:{_LETTER.pattern})+")
_WORD_CHARACTER = regex.compile(r"[\p{L}\p{N}--ـ]", regex.VERSION1)
_EDGES = regex.compile(r"\A[\s\p{Cf}ـ]+|(?<![\s\p{Cf}])[\s\p{Cf}]+\Z")
# Either side may be any mark of its family: news pages write ”داعش” and )داعش( as well as “داعش”.
_QUOTED = [
    regex.compile(rf"[{marks}]+([^{marks}]+)[{marks}]+")
    for marks in ('"“”„‟＂', "«»", "‹›", "'‘’‚‛`", "()", r"\[\]", "{}", "﴾﴿")
]
# Clitics that are a word to themselves because something other than an Arabic letter follows: بـ"داعش"، لـ 30.
_CLITICS_ALONE = regex.compile("(?P<clitics>[وف]?[بلك]?)(?P<article>ال|(?<=ل)ل)?")
_GLUED = regex.compile(r"[\p{N}\p{Latin}\"“”„«‹'‘(\[{]")

_SAME_SPELLING = str.maketrans("أإآٱىیئؤةک", "ااااييءءهك")
_PRONOUNS = ("ه", "ها", "هم", "هما", "هن", "نا")
_PLURALS = ("ات", *("ات" + pronoun for pronoun in _PRONOUNS))
_PLAIN_ENDINGS = (
    *("ا", "ي", "يا", "يه", "و", "ين", "ان", "ون", "يين", "يون", "يات"),
    *(*_PRONOUNS, *("ي" + pronoun for pronoun in _PRONOUNS), *_PLURALS),
)
# What takes the place of ة.
_FEMININE_ENDINGS = ("تي", "تا", "تين", "تان", *("ت" + pronoun for pronoun in _PRONOUNS), *_PLURALS)


class _Words:
    """A set of folded words: whole ones, and ones that are also known with endings."""

    def __init__(self, whole: object, inflected: object = None) -> None:
        stems = list(_leaves(inflected))
        entries = {_folded(word) for word in [*_leaves(whole), *stems]}
        self._prefixes = tuple(entry[:-1] for entry in entries if entry.endswith("*"))
        self._whole = frozenset(entries)
        # Two letters are too few to tell a word with an ending from another word.
        self._plain = frozenset(_folded(stem) for stem in stems if len(stem) > 2 and not stem.endswith("ة"))
        self._feminine = frozenset(_folded(stem[:-1]) for stem in stems if len(stem) > 2 and stem.endswith("ة"))

    def __contains__(self, word: str) -> bool:
        return (
            word in self._whole
            or word.startswith(self._prefixes)
            or any(word.endswith(end) and word.removesuffix(end) in self._plain for end in _PLAIN_ENDINGS)
            or any(word.endswith(end) and word.removesuffix(end) in self._feminine for end in _FEMININE_ENDINGS)
        )


@dataclass(frozen=True)
class _Lexicon:
    own_letter: _Words
    bare: _Words
    lam_names: _Words
    lam_nouns: _Words
    hamza_is_root: _Words


def _leaves(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _leaves(branch)
    elif isinstance(tree, str):
        yield from tree.split()


@cache
def _lexicon() -> _Lexicon:
    data = yaml.safe_load(resource_path("clitics.yaml").read_text(encoding="utf-8"))
    own, lam, bare = data["own_letter"], data["lam"], data["bare"]
    return _Lexicon(
        own_letter=_Words([own["exact"], lam["names"], lam["nouns_exact"]], [own["inflected"], lam["nouns"]]),
        bare=_Words(bare["exact"], bare["inflected"]),
        lam_names=_Words(lam["names"]),
        lam_nouns=_Words(lam["nouns_exact"], lam["nouns"]),
        hamza_is_root=_Words(None, data["hamza_is_root"]),
    )


# The same few thousand names make up most mentions of an archive.
@lru_cache(maxsize=1 << 16)
def mention_name(text: str) -> str:
    """Return the name in an entity mention: no proclitics, no quotes or brackets around the whole.

    Only the first word is looked at, and pronouns at its end stay. The article that is hidden in لل is
    written out again. Any string is accepted; text without letters and digits comes back as it is.

    >>> [mention_name(text) for text in ("وداعش", "بالحسكة", "للمدينة", "وبدمشق", 'لـ"قسد"', "وزارة الدفاع")]
    ['داعش', 'الحسكة', 'المدينة', 'دمشق', 'قسد', 'وزارة الدفاع']
    """
    name = _unquoted(_without_proclitics(_unquoted(text)))
    return name if _WORD_CHARACTER.search(name) else text


def _unquoted(text: str) -> str:
    stripped = _EDGES.sub("", text)
    for pattern in _QUOTED:
        if (match := pattern.fullmatch(stripped)) and _WORD_CHARACTER.search(match[1]):
            return _unquoted(match[1])
    return stripped


def _without_proclitics(text: str) -> str:
    first = _FIRST_WORD.match(text)
    if first is None:
        return text
    letters = _LETTER.findall(first[0])
    word = "".join(letter[0] for letter in letters)
    alone = _CLITICS_ALONE.fullmatch(word)
    if alone is None:
        dropped, restored = _attached(word, [("ـ" in letter) for letter in letters])
    elif _leans_on(word, letters[-1], text[first.end() :]):
        dropped, restored = len(alone["clitics"]), "ا" if alone["article"] == "ل" else ""
    else:
        return text
    rest = (restored + "".join(letters[dropped:]) + text[first.end() :]).lstrip()
    return rest if _WORD_CHARACTER.search(rest) else text


def _leans_on(word: str, last_letter: str, following: str) -> bool:
    """Whether clitics alone in ``word`` belong to what follows, rather than being an initial (ب. حداد)."""
    if not _WORD_CHARACTER.search(following):
        return False
    spaced = following[:1].isspace()
    return bool(_GLUED.match(following)) or (spaced and ("ـ" in last_letter or word == "و"))


def _attached(word: str, tatweel: list[bool]) -> tuple[int, str]:
    """Return how many letters of ``word`` to drop, and what to write in their place."""
    start = 0
    if word[0] in "وف" and _is_clitic(word, tatweel[0]):
        start = 1
    rest = word[start:]
    if _hides_article(rest):
        # للبنان is ل + لبنان; للواء is ل + اللواء, where one of three lams is not written; للمدينة is the rule.
        lam_word, lexicon = _folded(rest[1:]), _lexicon()
        if lam_word in lexicon.lam_names:
            return start + 1, ""
        return start + 1, "ال" if lam_word in lexicon.lam_nouns else "ا"
    if rest[0] in "بلك" and _is_clitic(rest, tatweel[start]):
        start += 1
    return start, ""


def _is_clitic(word: str, tatweel: bool) -> bool:
    """Whether the first letter of ``word`` (one of و ف ب ل ك) is a clitic; ``tatweel`` says that one follows it."""
    lexicon, folded = _lexicon(), _folded(word)
    rest = folded[1:]
    if len(rest) < 2:
        return False
    if word[1] in "أإآ" and folded not in lexicon.hamza_is_root:
        return True
    if folded in lexicon.own_letter:
        return False
    if tatweel or rest in lexicon.bare or rest in lexicon.own_letter:
        return True
    if rest.startswith("ال"):
        return len(rest) > 3
    if word[0] in "وف" and (_hides_article(rest) or (rest[0] in "بلك" and _is_clitic(word[1:], tatweel=False))):
        return True
    # و joins any word, so an unknown one is stripped; but unknown وي… and وا… are mostly foreign names (ويلز،
    # واترلو), as few Arabic words begin with ي or a bare ا. Unknown ب ل ك ف are far more often root letters.
    return word[0] == "و" and len(rest) > 2 and rest[0] not in "اي"


def _hides_article(word: str) -> bool:
    return word.startswith("لل") and (len(word) > 3 or word == "لله")


def _folded(word: str) -> str:
    """Return ``word`` without marks and with one spelling for letters that writers interchange."""
    return regex.sub(r"[\p{M}\p{Cf}ـ]", "", word).translate(_SAME_SPELLING)
