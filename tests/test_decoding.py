"""From tag probabilities to spans: always a legal sequence, and always the best one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.tags import bio_tags, spans_of_tags
from trainer.modeling.decoding import BioDecoder

TAGS = bio_tags(["PER", "GPE"])
MANY_TAGS = bio_tags(["PER", "GPE", "ARMED", "ORG", "FAC"])


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(-1, keepdims=True)
    return (shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))).astype(np.float32)


def scores(tags: list[str], max_words: int) -> st.SearchStrategy[np.ndarray]:
    """Log probabilities of up to ``max_words`` words, ties and near certainty included."""
    logit = st.one_of(st.sampled_from([0.0, 1.0, 50.0, -50.0]), st.floats(-8, 8, width=32))
    row = st.lists(logit, min_size=len(tags), max_size=len(tags))
    return st.lists(row, max_size=max_words).map(
        lambda rows: log_softmax(np.array(rows, dtype=np.float64).reshape(-1, len(tags)))
    )


def is_legal(path: list[str]) -> bool:
    return all(
        not tag.startswith("I-") or (before != "O" and before[2:] == tag[2:])
        for before, tag in zip(["O", *path], path, strict=False)
    )


def certain(*tags: str) -> np.ndarray:
    """Log probabilities by which ``tags`` are all but certain."""
    logits = np.zeros((len(tags), len(TAGS)))
    for word, tag in enumerate(tags):
        logits[word, TAGS.index(tag)] = 12.0
    return log_softmax(logits)


@given(scores(MANY_TAGS, max_words=25))
def test_the_path_is_always_legal(log_probabilities: np.ndarray) -> None:
    path = BioDecoder(MANY_TAGS).best_path(log_probabilities)
    assert len(path) == len(log_probabilities)
    assert is_legal([MANY_TAGS[tag] for tag in path])


@given(scores(TAGS, max_words=4))
def test_no_legal_path_is_more_probable(log_probabilities: np.ndarray) -> None:
    words = range(len(log_probabilities))
    path = BioDecoder(TAGS).best_path(log_probabilities)
    best = max(
        sum(float(log_probabilities[word, tag]) for word, tag in zip(words, candidate, strict=True))
        for candidate in product(range(len(TAGS)), repeat=len(words))
        if is_legal([TAGS[tag] for tag in candidate])
    )
    found = sum(float(log_probabilities[word, tag]) for word, tag in zip(words, path, strict=True))
    assert found == pytest.approx(best, abs=1e-4)


def viterbi(log_probabilities: np.ndarray, tags: list[str]) -> list[int]:
    """The best legal path, word after word; of equals the first, and B before I."""
    score, origins = [-np.inf if tag.startswith("I-") else 0.0 for tag in tags], []
    score = [start + float(row) for start, row in zip(score, log_probabilities[0], strict=True)]
    for row in log_probabilities[1:]:
        best = int(np.argmax(score))
        origin = []
        for tag in tags:
            begin, inside = (tags.index(prefix + tag[2:]) if tag.startswith("I-") else best for prefix in ("B-", "I-"))
            origin.append(inside if score[inside] > score[begin] else begin)
        score = [score[before] + float(value) for before, value in zip(origin, row, strict=True)]
        origins.append(origin)
    path = [int(np.argmax(score))]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    return path[::-1]


@given(scores(MANY_TAGS, max_words=12))
def test_the_shortcut_for_words_that_agree_takes_the_path_that_the_whole_search_takes(
    log_probabilities: np.ndarray,
) -> None:
    expected = viterbi(log_probabilities, MANY_TAGS) if len(log_probabilities) else []
    assert BioDecoder(MANY_TAGS).best_path(log_probabilities) == expected


@given(scores(MANY_TAGS, max_words=25))
def test_spans_are_those_of_the_path_with_scores_that_are_probabilities(log_probabilities: np.ndarray) -> None:
    decoder = BioDecoder(MANY_TAGS)
    spans = decoder.decode(log_probabilities)
    path = [MANY_TAGS[tag] for tag in decoder.best_path(log_probabilities)]
    assert [(first, last, label) for first, last, label, _ in spans] == spans_of_tags(path)
    assert all(0.0 <= score <= 1.0 for *_, score in spans)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([], []),
        (["O", "O"], []),
        (["B-PER"], [(0, 1, "PER")]),
        (["B-PER", "I-PER", "O", "B-GPE"], [(0, 2, "PER"), (3, 4, "GPE")]),
        (["B-PER", "B-PER"], [(0, 1, "PER"), (1, 2, "PER")]),
        (["B-PER", "B-GPE", "I-GPE"], [(0, 1, "PER"), (1, 3, "GPE")]),
    ],
)
def test_a_certain_sequence_is_found_as_it_is(tags: list[str], spans: list[tuple[int, int, str]]) -> None:
    found = BioDecoder(TAGS).decode(certain(*tags) if tags else np.zeros((0, len(TAGS)), dtype=np.float32))
    assert [(first, last, label) for first, last, label, _ in found] == spans
    assert all(score > 0.99 for *_, score in found)


def test_an_inside_tag_without_a_beginning_is_made_whole_where_the_rest_agrees() -> None:
    logits = np.zeros((3, len(TAGS)))
    logits[0, TAGS.index("O")], logits[0, TAGS.index("B-PER")] = 2.0, 1.5
    logits[1, TAGS.index("I-PER")] = 6.0
    logits[2, TAGS.index("O")] = 6.0
    ((first, last, label, _),) = BioDecoder(TAGS).decode(log_softmax(logits))
    assert (first, last, label) == (0, 2, "PER")


def test_the_score_of_a_span_is_the_geometric_mean_of_its_words_probabilities() -> None:
    probabilities = np.full((2, len(TAGS)), 0.05)
    probabilities[0, TAGS.index("B-PER")] = 0.8
    probabilities[1, TAGS.index("I-PER")] = 0.2
    ((_, _, _, score),) = BioDecoder(TAGS).decode(np.log(probabilities).astype(np.float32))
    assert score == pytest.approx(0.4, abs=1e-5)


def test_the_order_of_the_tags_does_not_matter() -> None:
    shuffled = ["I-GPE", "B-PER", "O", "I-PER", "B-GPE"]
    given_scores = certain("B-GPE", "I-GPE", "O", "B-PER")
    moved = given_scores[:, [TAGS.index(tag) for tag in shuffled]]
    spans = [(first, last, label) for first, last, label, _ in BioDecoder(shuffled).decode(moved)]
    assert spans == [(0, 2, "GPE"), (3, 4, "PER")]


def test_a_tag_set_without_types_finds_nothing() -> None:
    assert BioDecoder(["O"]).decode(np.zeros((3, 1), dtype=np.float32)) == []


class TestTheOutsideShift:
    @given(scores(MANY_TAGS, max_words=15), st.lists(st.floats(-4, 4, width=16), min_size=2, max_size=5))
    def test_the_number_of_words_inside_spans_never_grows_with_it(
        self, log_probabilities: np.ndarray, shifts: list[float]
    ) -> None:
        decoder = BioDecoder(MANY_TAGS)
        inside = [
            sum(last - first for first, last, *_ in decoder.decode(log_probabilities, shift))
            for shift in sorted(shifts)
        ]
        assert inside == sorted(inside, reverse=True)

    @given(scores(MANY_TAGS, max_words=15))
    def test_none_is_no_change(self, log_probabilities: np.ndarray) -> None:
        decoder = BioDecoder(MANY_TAGS)
        assert decoder.decode(log_probabilities, 0.0) == decoder.decode(log_probabilities)

    def test_far_up_nothing_is_found_and_far_down_every_word_is_inside(self) -> None:
        given_scores = certain("B-PER", "I-PER", "O", "B-GPE")
        assert BioDecoder(TAGS).decode(given_scores, 1000.0) == []
        spans = BioDecoder(TAGS).decode(given_scores, -1000.0)
        assert [word for first, last, *_ in spans for word in range(first, last)] == [0, 1, 2, 3]

    def test_scores_are_those_of_the_model_and_the_given_ones_stay_unchanged(self) -> None:
        given_scores = certain("B-PER", "I-PER", "O", "O")
        before = given_scores.copy()
        assert BioDecoder(TAGS).decode(given_scores, 1.5) == BioDecoder(TAGS).decode(given_scores)
        assert (given_scores == before).all()
