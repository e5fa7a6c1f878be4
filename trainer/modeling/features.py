"""Sentences as model inputs: subwords, windows, and where each word begins.

A sentence with more subwords than the model's window becomes several windows that overlap; nothing
is cut off. Words are traced to subwords by character offsets, so any fast tokenizer works.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

from trainer.text.surrogates import encodable

# Most words in a window; one of ordinary text has fewer words than subwords.
_MOST_WORDS = 1024


@dataclass(frozen=True, slots=True)
class Window:
    """The words ``first_word`` up to ``last_word`` (exclusive) of a sentence, ready for the encoder.

    The subwords of word ``first_word + i`` are those at the positions ``word_tokens[i]`` up to
    ``word_ends[i]`` (exclusive) of ``input_ids``; there is at least one.
    """

    sentence: int
    first_word: int
    last_word: int
    input_ids: list[int]
    word_tokens: list[int]
    word_ends: list[int]
    # How many of the subwords come from the sentence before and from the one after.
    context: tuple[int, int] = (0, 0)


# For each sentence the positions of the one before it and the one after it, ``None`` where there is none.
Neighbours = Sequence[tuple[int | None, int | None]]


class SentenceEncoder:
    """Turns sentences into windows for one tokenizer and window size.

    Parameters
    ----------
    tokenizer:
        A ``tokenizers`` tokenizer, with Marsad's normaliser inside.
    window:
        Most subwords in a window, special tokens included.
    context:
        Most subwords of each neighbouring sentence that a window holds as well, where it has room.
    """

    def __init__(self, tokenizer: Tokenizer, window: int, context: int = 0) -> None:
        self.tokenizer = tokenizer
        self.context = context
        # Text is never parsed for special tokens: «</s>» in an article is four characters.
        tokenizer.encode_special_tokens = True
        tokenizer.no_truncation()
        tokenizer.no_padding()
        probe = tokenizer.encode("ا")
        special = probe.special_tokens_mask
        content = [position for position, flag in enumerate(special) if not flag]
        self.prefix = probe.ids[: content[0]]
        self.suffix = probe.ids[content[-1] + 1 :]
        self._filler = probe.ids[content[0]]
        self.budget = window - len(self.prefix) - len(self.suffix)
        if self.budget < 8:
            raise ValueError(f"window {window} leaves no room for text; use at least 16")

    @property
    def affixes(self) -> tuple[int, int]:
        """Return how many special tokens a window begins and ends with."""
        return len(self.prefix), len(self.suffix)

    def windows(
        self,
        sentences: Sequence[str],
        words: Sequence[Sequence[tuple[int, int]]],
        neighbours: Neighbours | None = None,
    ) -> list[Window]:
        """Encode ``sentences``; ``words[i]`` are the word offsets within ``sentences[i]``.

        A sentence without words has no window. ``neighbours`` are needed where there is a context.
        """
        encodings = self.tokenizer.encode_batch([encodable(text) for text in sentences], add_special_tokens=False)
        windows: list[Window] = []
        for index, (encoding, offsets) in enumerate(zip(encodings, words, strict=True)):
            all_ids, token_offsets = encoding.ids, encoding.offsets  # each look at them is a copy
            starts, stops = _first_tokens(token_offsets, offsets), _tokens_behind(token_offsets, offsets)
            for first, last in _split(starts, len(all_ids), self.budget):
                begin = starts[first]
                end = starts[last] if last < len(starts) else len(all_ids)
                # A single word longer than the window (no Arabic word is) keeps its first subwords. Words
                # that the normaliser dropped whole have none: something stands in, so that no input is empty.
                ids = all_ids[begin : min(end, begin + self.budget)] or [self._filler]
                whole = last - first == len(starts)
                around = neighbours[index] if neighbours and whole else (None, None)
                before, after = self._context(encodings, around, len(ids))
                offset = len(self.prefix) + len(before)
                tokens = [min(start - begin, len(ids) - 1) + offset for start in starts[first:last]]
                ends = [
                    max(min(stop - begin, len(ids)) + offset, start + 1)
                    for start, stop in zip(tokens, stops[first:last], strict=True)
                ]
                inputs = [*self.prefix, *before, *ids, *after, *self.suffix]
                windows.append(Window(index, first, last, inputs, tokens, ends, (len(before), len(after))))
        return windows

    def _context(
        self, encodings: Sequence[Encoding], neighbours: tuple[int | None, int | None], length: int
    ) -> tuple[list[int], list[int]]:
        """Return what of the neighbouring sentences fits beside a sentence of ``length`` subwords."""
        room = min(self.context, (self.budget - length) // 2)
        if room <= 0:
            return [], []
        before, after = (encodings[index].ids if index is not None else [] for index in neighbours)
        return before[-room:], after[:room]


def _first_tokens(token_offsets: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each word its first token: the first that ends behind the word's start.

    A token may span two words (``".`` in some vocabularies), then both point to it; a word that the
    normaliser dropped whole points to the token that follows it, or to the last.
    """
    if not token_offsets:
        return [0] * len(words)
    ends = [end for _, end in token_offsets]
    return [min(bisect_right(ends, start), len(ends) - 1) for start, _ in words]


def _tokens_behind(token_offsets: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]) -> list[int]:
    """Return for each word the first token that begins behind it: a space that is a token belongs to no word."""
    token_starts = [start for start, _ in token_offsets]
    return [bisect_left(token_starts, end) for _, end in words]


def _split(starts: Sequence[int], token_count: int, budget: int) -> list[tuple[int, int]]:
    """Split words into windows of at most ``budget`` tokens that overlap by a quarter of it.

    The number of words has a bound of its own: of those that the normaliser drops whole, a million share a token.
    """
    if not starts:
        return []
    if token_count <= budget and len(starts) <= _MOST_WORDS:
        return [(0, len(starts))]
    windows = []
    first = 0
    while True:
        last = first + 1
        while (
            last < len(starts)
            and last - first < _MOST_WORDS
            and _end(starts, last, token_count) - starts[first] <= budget
        ):
            last += 1
        windows.append((first, last))
        if last >= len(starts):
            return windows
        # The next window reaches back for context, but not so far that ``last`` would not fit again.
        end, following = _end(starts, last, token_count), last
        while (
            following - 1 > first
            and last - following < _MOST_WORDS // 4
            and starts[last] - starts[following - 1] <= budget // 4
            and end - starts[following - 1] <= budget
        ):
            following -= 1
        first = following


def _end(starts: Sequence[int], word: int, token_count: int) -> int:
    """Return where the tokens of ``word`` end."""
    return starts[word + 1] if word + 1 < len(starts) else token_count


def central_windows(windows: Sequence[Window], word_count: int) -> list[int]:
    """Return for each word of a sentence the position in ``windows`` of the one to believe.

    Where windows overlap, that is the one in which the word stands farthest from a cut edge; the
    sentence's own beginning and end are no cut.
    """
    best, chosen = [-1] * word_count, [0] * word_count
    for position, window in enumerate(windows):
        for word in range(window.first_word, window.last_word):
            left = word - window.first_word if window.first_word > 0 else word_count
            right = window.last_word - 1 - word if window.last_word < word_count else word_count
            if min(left, right) > best[word]:
                best[word], chosen[word] = min(left, right), position
    return chosen
