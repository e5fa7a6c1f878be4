"""From scores to spans: the best legal BIO sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.tags import OUTSIDE


class BioDecoder:
    """Finds the most probable tag sequence among those in which every I continues its own type.

    Parameters
    ----------
    tags:
        The tag set, e.g. ``["O", "B-PER", "I-PER", …]``, in the order of the scores' columns.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = list(tags)
        position = {tag: index for index, tag in enumerate(self.tags)}
        self._outside = position[OUTSIDE]
        types = [tag[2:] for tag in self.tags if tag.startswith("B-")]
        self._begun = {position[f"B-{name}"]: name for name in types}
        self._begin = np.array([position[f"B-{name}"] for name in types], dtype=np.int64)
        self._inside = np.array([position[f"I-{name}"] for name in types], dtype=np.int64)
        # By tag the type that it is of, and the type that the word before must be of; -1 for none, -2 for any.
        self._type_of, self._needs = [-1] * len(self.tags), [-2] * len(self.tags)
        for index, (begin, inside) in enumerate(zip(self._begin, self._inside, strict=True)):
            self._type_of[begin] = self._type_of[inside] = self._needs[inside] = index

    def decode(
        self, log_probabilities: NDArray[np.float32], outside_shift: float = 0.0
    ) -> list[tuple[int, int, str, float]]:
        """Return the spans of the best legal sequence.

        Parameters
        ----------
        log_probabilities:
            (words, tags), the log-softmax of the logits.
        outside_shift:
            Added to the log probability of every word to be outside while the sequence is chosen, and only there:
            a span's score is always what the model gave.

        Returns
        -------
        list of (first word, last word + 1, type, score)
            The score is the geometric mean of the probabilities of the span's tags.
        """
        path = self.best_path(self._shifted(log_probabilities, outside_shift))
        spans: list[tuple[int, int, str, float]] = []
        if path.count(self._outside) == len(path):
            return spans
        word = 0
        while word < len(path):
            name = self._begun.get(path[word])
            if name is None:
                word += 1
                continue
            last = word + 1
            while last < len(path) and path[last] not in self._begun and path[last] != self._outside:
                last += 1
            score = float(np.exp(np.mean(log_probabilities[np.arange(word, last), path[word:last]])))
            spans.append((word, last, name, min(score, 1.0)))
            word = last
        return spans

    def _shifted(self, log_probabilities: NDArray[np.float32], outside_shift: float) -> NDArray[np.float32]:
        if outside_shift == 0:
            return log_probabilities
        shifted = log_probabilities.copy()
        shifted[:, self._outside] += np.float32(outside_shift)
        return shifted

    def best_path(self, log_probabilities: NDArray[np.float32]) -> list[int]:
        """Return the tag indices of the best legal sequence (Viterbi).

        Any tag may precede O and B; only B and I of the same type may precede I. So a step needs
        the best of all tags and, for each type, the better of two: it is linear in the tags.
        """
        best_tags = log_probabilities.argmax(-1).tolist()
        if self._is_legal(best_tags):
            # As for nearly all sentences: no sequence is better than that of each word's best tag.
            return best_tags
        length, count = log_probabilities.shape
        score = log_probabilities[0].astype(np.float64)
        score[self._inside] = -np.inf
        previous = np.zeros((length, count), dtype=np.int16)
        for word in range(1, length):
            best = int(score.argmax())
            origin = np.full(count, best, dtype=np.int64)
            keep_inside = score[self._inside] > score[self._begin]
            origin[self._inside] = np.where(keep_inside, self._inside, self._begin)
            previous[word] = origin
            score = score[origin] + log_probabilities[word]
        path = [int(score.argmax())]
        for word in range(length - 1, 0, -1):
            path.append(int(previous[word, path[-1]]))
        return path[::-1]

    def _is_legal(self, path: Sequence[int]) -> bool:
        before = -1
        for tag in path:
            if self._needs[tag] not in (-2, before):
                return False
            before = self._type_of[tag]
        return True
