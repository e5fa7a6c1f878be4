"""The same words with different labels: slips where one label is the rule, an open question where none is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Mark, Splits, all_marks, listed, shown

# A label that the words have at least so often, and in at least this share of all cases, is the rule; the others are
# slips. A single word needs more, because it more often has two meanings (المدافع are guns, and a player of football).
RULE_TIMES, RULE_SHARE, WORD_SHARE = 3, 0.75, 0.85
# Anything more even is a question for the guidelines, told once; of single words if the second label is no exception.
QUESTION_TIMES = 2


def label_conflicts(splits: Splits) -> Iterator[Finding]:
    """Yield what departs from the label that the same words have elsewhere; clitics and spelling do not count.

    Where no label is the rule, one finding says so, at the first place that has the second most frequent one.
    """
    by_words: dict[tuple[str, tuple[str, ...]], list[Mark]] = defaultdict(list)
    for mark in all_marks(splits):
        if key := mark.key:
            by_words[mark.layer, key].append(mark)
    for (_, key), marks in by_words.items():
        # Among equally frequent labels the order of the alphabet decides, not that of the documents.
        counts = sorted(Counter(mark.label for mark in marks).items(), key=lambda item: (-item[1], item[0]))
        if len(counts) == 1:
            continue
        usual, number = counts[0]
        rule_share = RULE_SHARE if len(key) > 1 else WORD_SHARE
        if number >= RULE_TIMES and number >= rule_share * len(marks):
            yield from (_slip(mark, usual, counts, number / len(marks)) for mark in marks if mark.label != usual)
        elif len(key) > 1 or counts[1][1] >= QUESTION_TIMES:
            yield _question(next(mark for mark in marks if mark.label == counts[1][0]), counts)


def _slip(mark: Mark, usual: str, counts: list[tuple[str, int]], share: float) -> Finding:
    message = f"'{shown(mark.text)}' is {mark.label} here; the same words are {listed(counts)}"
    return Finding.at(
        "inconsistent-label",
        mark.document,
        mark.start,
        mark.end,
        message,
        label=mark.label,
        suggested=usual,
        score=share,
    )


def _question(mark: Mark, counts: list[tuple[str, int]]) -> Finding:
    message = f"'{shown(mark.text)}' is {listed(counts)}; see whether the guidelines tell these apart"
    return Finding.at("inconsistent-label", mark.document, mark.start, mark.end, message, label=mark.label)
