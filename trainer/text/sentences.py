"""Split text into sentences, with offsets into the text as it was given.

A line break always ends a sentence: in news pages it closes a paragraph, a headline or a
subhead. Inside a line the terminators are ``.``, ``!``, ``?``, ``؟``, ``۔`` together with the
quotes and brackets that close after them. What looks like a terminator but is none:

* the dot of a decimal (3.5), of a list number (1. أولا), of an abbreviation (د. أحمد، أ.د.، U.S.) or inside a
  name (cnn.com);
* two dots, which Arabic newspapers use as a dash (مذبحة في عدن.. والمقاومة تزحف);
* an ellipsis, unless the line ends there, since the sentence usually goes on after it.
"""

from __future__ import annotations

import regex

_LINE = regex.compile(r"[^\n\r\u0085\u2028\u2029\v\f]+")
_CLOSERS = "\"'”’»›)]}"
# Quotes directly after the terminators close; a straight quote after a space opens the next sentence.
_TERMINATOR = regex.compile(rf"(?P<marks>[.!?؟۔…]+)(?P<closers>[{regex.escape(_CLOSERS)}]*)")
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_LAST_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+\Z")
# Two letters are enough to know; ۔ is \p{Arabic} itself, so a longer match could run on to the end of the line.
_NEXT_WORD = regex.compile(r"\p{Arabic}{2}")
_MARKS = regex.compile(r"[\p{M}ـ]+")
_BEFORE_SINGLE_LETTER = regex.compile(r"(?P<number>\p{N}\s*)?(?P<letter>\p{L})\Z")

# Abbreviations of two and more letters; single letters (د. م. أ. U.S.) are covered by rule.
_ABBREVIATIONS = frozenset(
    {"Mr", "Mrs", "Ms", "Dr", "Gen", "Col", "Lt", "Sgt", "St", "No", "vs", "Inc", "Ltd", "Jr", "Sr"}
)


def sentence_offsets(text: str) -> list[tuple[int, int]]:
    """Return the ``(start, end)`` code point offsets of the sentences of ``text``.

    Sentences are in order, do not overlap, neither start nor end with white space, and
    together hold every character that is not white space. Any string is accepted.

    >>> text = "سقط 3.5 طن. قال د. أحمد: «انتهى الأمر.»\\nعنوان"
    >>> [text[s:e] for s, e in sentence_offsets(text)]
    ['سقط 3.5 طن.', 'قال د. أحمد: «انتهى الأمر.»', 'عنوان']
    """
    sentences: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        start = line.start()
        for match in _TERMINATOR.finditer(text, line.start(), line.end()):
            if _ends_sentence(text, match, start, line.end()):
                _append_stripped(sentences, text, start, match.end())
                start = match.end()
        _append_stripped(sentences, text, start, line.end())
    return sentences


def _append_stripped(sentences: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        sentences.append((start, end))


def _ends_sentence(text: str, match: regex.Match[str], sentence_start: int, line_end: int) -> bool:
    marks = match.group("marks")
    followed_by_space = match.end() >= line_end or text[match.end()].isspace()
    if any(mark in "!?؟" for mark in marks):
        return followed_by_space or _LETTER.match(text, match.end()) is not None
    if marks not in (".", "۔"):
        return False
    # A long word before the dot bounds the look-back, so that one line of a megabyte stays linear.
    before = text[max(sentence_start, match.start() - 40) : match.start()]
    if _is_abbreviation(before):
        return False
    # «1. أولا»: the number of a list item.
    if match.start() - sentence_start <= len(before) and before.strip().isdecimal():
        return False
    if followed_by_space:
        return True
    # «...الآخرين.في البداية»: the space after the dot is missing between two Arabic words; spelled-out
    # letter names (سي.إن.إن، آر.بي.جي) have one or two letters before the dot.
    last = _LAST_WORD.search(before)
    return (
        last is not None
        and not match.group("closers")
        and len(_MARKS.sub("", last.group())) >= 3
        and regex.match(r"\p{Arabic}", last.group()) is not None
        and _NEXT_WORD.match(text, match.end()) is not None
    )


def _is_abbreviation(before: str) -> bool:
    last = _LAST_WORD.search(before)
    if last is None:
        return False
    word = _MARKS.sub("", last.group())
    if word in _ABBREVIATIONS:
        return True
    if len(word) != 1 or not word.isalpha():
        return False
    single = _BEFORE_SINGLE_LETTER.search(_MARKS.sub("", before))
    # «عام 2015 م.»: after a number a single letter is a unit or an era, and the sentence may end.
    return single is not None and single.group("number") is None
