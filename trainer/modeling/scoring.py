"""Run the model over sentences and put what overlapping windows say back together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from trainer.modeling.features import Neighbours, SentenceEncoder, Window, central_windows
from trainer.modeling.layout import ARGUMENT, ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.runtime import Logits, Runtime
from trainer.modeling.window_batches import batches_of, padded_batch

# Widths of a batch that comes alone are multiples of at least this.
_STEP_ALONE = 8


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """What the heads say of one sentence.

    ``entity`` and ``trigger`` are (words, tags) log probabilities, ``event_type`` is (types,)
    probabilities, each type on its own, ``argument`` (words, 4 * size) what pairs of words are scored by
    (:class:`trainer.modeling.pair_scorer.PairScorer`); ``None`` where the model has no such head.
    """

    entity: NDArray[np.float32] | None = None
    trigger: NDArray[np.float32] | None = None
    event_type: NDArray[np.float32] | None = None
    argument: NDArray[np.float32] | None = None


class Scorer:
    """Scores sentences in batches of similar length.

    Parameters
    ----------
    runtime, tokenizer:
        A trained model, loaded, and its tokenizer.
    """

    def __init__(self, runtime: Runtime, tokenizer: Tokenizer) -> None:
        self.runtime = runtime
        self.encoder = SentenceEncoder(tokenizer, runtime.layout.window, runtime.layout.context)

    def score(
        self,
        sentences: Sequence[str],
        words: Sequence[Sequence[tuple[int, int]]],
        neighbours: Neighbours | None = None,
    ) -> list[SentenceScores | None]:
        """Score sentences, given with the offsets of their words; ``None`` for one without words."""
        return self.start(sentences, words, neighbours)()

    def start(
        self,
        sentences: Sequence[str],
        words: Sequence[Sequence[tuple[int, int]]],
        neighbours: Neighbours | None = None,
    ) -> Callable[[], list[SentenceScores | None]]:
        """Begin to score sentences; call what is returned for the scores, as :meth:`score` gives them."""
        windows = self.encoder.windows(sentences, words, neighbours)
        step = self.runtime.width_step
        batches = list(batches_of(windows, self.runtime.batch_tokens, step))
        alone = len(batches) == 1
        if alone:
            # Of a single sentence each call has another shape: more padding is quicker than kernels for all of them.
            step = max(step, _STEP_ALONE)
        started: list[tuple[list[int], Future[Logits]]] = []
        for positions in batches:
            batch = [windows[position] for position in positions]
            arrays = padded_batch(batch, self.runtime.layout, self.encoder.affixes, step)
            started.append((positions, self.runtime.start(arrays, alone=alone)))

        def scores() -> list[SentenceScores | None]:
            scored = _scores_of_windows(windows, started)
            by_sentence: list[list[int]] = [[] for _ in sentences]
            for position, window in enumerate(windows):
                by_sentence[window.sentence].append(position)
            return [
                _merge([windows[p] for p in positions], [scored[p] for p in positions], len(words[index]))
                if positions
                else None
                for index, positions in enumerate(by_sentence)
            ]

        return scores


def _scores_of_windows(
    windows: Sequence[Window], started: Sequence[tuple[list[int], Future[Logits]]]
) -> dict[int, SentenceScores]:
    scored: dict[int, SentenceScores] = {}
    for positions, future in started:
        logits = future.result()
        tags = {head: _log_softmax(logits[head]) for head in (ENTITY, TRIGGER) if head in logits}
        types = _sigmoid(logits[EVENT_TYPE]) if EVENT_TYPE in logits else None
        projections = logits.get(ARGUMENT)
        for row, position in enumerate(positions):
            count = len(windows[position].word_tokens)
            scored[position] = SentenceScores(
                **{head: scores[row, :count] for head, scores in tags.items()},
                event_type=types[row] if types is not None else None,
                argument=projections[row, :count] if projections is not None else None,
            )
    return scored


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = logits - logits.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True))
    return shifted


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    # The exponent is never positive, so that no logit overflows.
    small = np.exp(-np.abs(logits))
    probabilities: NDArray[np.float32] = np.where(logits >= 0, 1, small) / (1 + small)
    return probabilities


def _merge(windows: Sequence[Window], scores: Sequence[SentenceScores], word_count: int) -> SentenceScores:
    if len(windows) == 1:
        return scores[0]
    chosen = np.array(central_windows(windows, word_count))

    def of_words(parts: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
        present = [part for part in parts if part is not None]
        if not present:
            return None
        merged = np.empty((word_count, present[0].shape[1]), dtype=np.float32)
        for position, (window, part) in enumerate(zip(windows, present, strict=True)):
            words = slice(window.first_word, window.last_word)
            believed = chosen[words] == position
            merged[words][believed] = part[believed]
        return merged

    types = [score.event_type for score in scores if score.event_type is not None]
    return SentenceScores(
        entity=of_words([score.entity for score in scores]),
        trigger=of_words([score.trigger for score in scores]),
        # An event told in any part of the sentence is told in the sentence.
        event_type=np.max(types, axis=0) if types else None,
        argument=of_words([score.argument for score in scores]),
    )
