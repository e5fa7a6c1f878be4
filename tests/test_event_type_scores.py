"""The scores of event types before any threshold: do they rank sentences, and do they mean what they say."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import MultiLabelBinarizer

from trainer.evaluation.event_type_scores import EventTypeScoreMetric

LABELS = ["CLASH", "KILL", "CAPTURE"]
METRIC = EventTypeScoreMetric()
Scores = list[list[float]]
Types = list[list[str]]

# KILL is in the sentences 0 and 2, CLASH in 1, CAPTURE in none.
REFERENCES: Types = [["KILL"], ["CLASH"], ["KILL"], []]
PREDICTIONS: Scores = [[0.5, 0.9, 0.05], [0.2, 0.8, 0.05], [0.1, 0.7, 0.05], [0.0, 0.1, 0.05]]


def compute(references: Types, predictions: Scores, labels: list[str]) -> dict[str, Any]:
    """Compute with every warning an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return METRIC.compute(references=references, predictions=predictions, labels=labels)


def reliability(scores: list[float], truth: list[bool]) -> dict[str, Any]:
    """Compute for sentences that have or have not the one type there is."""
    return compute([["KILL"] if positive else [] for positive in truth], [[score] for score in scores], ["KILL"])


def test_average_precision_is_as_by_hand() -> None:
    result = compute(REFERENCES, PREDICTIONS, LABELS)["average_precision"]
    # KILL is right at ranks 1 and 3, CLASH at rank 2, the pairs of all types at ranks 1, 3 and 5.
    assert result["per_type"] == {
        "CLASH": pytest.approx(1 / 2),
        "KILL": pytest.approx((1 / 1 + 2 / 3) / 2),
        "CAPTURE": None,
    }
    assert result["micro"] == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)


def test_macro_is_the_mean_over_the_types_that_some_sentence_has() -> None:
    assert compute(REFERENCES, PREDICTIONS, LABELS)["average_precision"]["macro"] == pytest.approx((1 / 2 + 5 / 6) / 2)


def test_the_reliability_bins_and_their_error_are_as_by_hand() -> None:
    result = reliability([0.95, 0.97, 0.15, 0.25, 0.21], [True, False, False, True, True])
    assert result["reliability"] == [
        {"low": 0.1, "high": 0.2, "count": 1, "mean_score": pytest.approx(0.15), "observed": 0.0},
        {"low": 0.2, "high": 0.3, "count": 2, "mean_score": pytest.approx(0.23), "observed": 1.0},
        {"low": 0.9, "high": 1.0, "count": 2, "mean_score": pytest.approx(0.96), "observed": 0.5},
    ]
    assert result["calibration_error"] == pytest.approx((1 * 0.15 + 2 * 0.77 + 2 * 0.46) / 5)


def test_scores_that_come_true_as_often_as_they_say_have_no_error() -> None:
    assert reliability([0.25] * 4 + [1.0], [True, False, False, False, True])["calibration_error"] == 0.0


def test_scores_that_are_sure_and_wrong_have_the_greatest_error() -> None:
    assert reliability([1.0, 0.0], [False, True])["calibration_error"] == 1.0


@pytest.mark.parametrize(
    ("score", "low"),
    [(0.0, 0.0), (0.0999, 0.0), (0.1, 0.1), (0.3, 0.3), (0.6, 0.6), (0.7, 0.7), (0.9, 0.9), (1.0, 0.9)],
)
def test_a_bin_holds_its_lower_edge_and_the_last_one_also_holds_one(score: float, low: float) -> None:
    (only,) = reliability([score], [True])["reliability"]
    assert (only["low"], only["count"]) == (low, 1)


def test_all_pairs_of_a_sentence_and_a_type_are_in_the_bins() -> None:
    rows = compute(REFERENCES, PREDICTIONS, LABELS)["reliability"]
    assert sum(row["count"] for row in rows) == len(REFERENCES) * len(LABELS)
    assert sum(row["count"] * row["observed"] for row in rows) == pytest.approx(3)
    assert [row["low"] for row in rows] == sorted(row["low"] for row in rows)


PAIR = st.tuples(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.lists(st.sampled_from(LABELS), unique=True))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(PAIR, min_size=1, max_size=8).filter(lambda pairs: any(types for _, types in pairs)))
def test_the_numbers_are_scikit_learns(pairs: list[tuple[list[float], list[str]]]) -> None:
    scores, types = [s for s, _ in pairs], [t for _, t in pairs]
    result = compute(types, scores, LABELS)["average_precision"]
    truth = MultiLabelBinarizer(classes=LABELS).fit_transform(types)
    assert result["micro"] == average_precision_score(truth, scores, average="micro")
    present = [i for i in range(len(LABELS)) if truth[:, i].any()]
    each = {LABELS[i]: average_precision_score(truth[:, i], [row[i] for row in scores]) for i in present}
    assert {name: value for name, value in result["per_type"].items() if value is not None} == each
    assert result["macro"] == pytest.approx(sum(each.values()) / len(each))


def test_the_order_of_the_labels_does_not_matter_and_repeated_types_count_once() -> None:
    plain = compute(REFERENCES, PREDICTIONS, LABELS)
    other = compute([types * 2 for types in REFERENCES], [row[::-1] for row in PREDICTIONS], LABELS[::-1])
    assert other["average_precision"] == plain["average_precision"]
    assert other["calibration_error"] == pytest.approx(plain["calibration_error"])


def test_without_any_type_average_precision_is_undefined_and_calibration_is_not() -> None:
    result = compute([[], []], [[0.5, 0.5, 0.5]] * 2, LABELS)
    assert result["average_precision"] == {"micro": None, "macro": None, "per_type": dict.fromkeys(LABELS)}
    assert result["calibration_error"] == 0.5


@pytest.mark.parametrize(("references", "predictions", "labels"), [([], [], LABELS), ([[], []], [[], []], [])])
def test_without_sentences_or_labels_everything_is_undefined(
    references: Types, predictions: Scores, labels: list[str]
) -> None:
    assert compute(references, predictions, labels) == {
        "average_precision": {"micro": None, "macro": None, "per_type": dict.fromkeys(labels)},
        "calibration_error": None,
        "reliability": [],
    }


def test_a_type_that_every_sentence_has_is_found_perfectly() -> None:
    assert compute([["KILL"]] * 2, [[0.1], [0.2]], ["KILL"])["average_precision"]["micro"] == 1.0


@pytest.mark.parametrize(
    ("references", "predictions", "message"),
    [
        ([["FLOOD"]], [[0.1, 0.2, 0.3]], "event type FLOOD is none of the labels CLASH, KILL, CAPTURE"),
        ([["KILL"]], [[0.1, 0.2]], "a sentence has 2 scores for 3 labels"),
        ([["KILL"]], [[0.1, 1.2, 0.3]], "the score 1.2 is no number from 0 to 1"),
        ([["KILL"]], [[0.1, -0.2, 0.3]], "the score -0.2 is no number from 0 to 1"),
        ([["KILL"]], [[0.1, float("nan"), 0.3]], "the score nan is no number from 0 to 1"),
    ],
)
def test_what_cannot_be_scored_is_refused(references: Types, predictions: Scores, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute(references, predictions, LABELS)


def test_scores_are_plain_numbers_that_json_takes() -> None:
    result = compute(REFERENCES, PREDICTIONS, LABELS)
    assert json.loads(json.dumps(result)) == result
    assert all(type(row["count"]) is int for row in result["reliability"])
