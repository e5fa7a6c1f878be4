"""The lenient span metric: an I tag that continues nothing begins a span; otherwise as the strict metric."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from trainer.evaluation.lenient_spans import LenientSpanMetric
from trainer.evaluation.strict_spans import StrictSpanMetric, macro_average

NOTHING = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
METRIC = LenientSpanMetric()
STRICT = StrictSpanMetric()
Sentences = list[list[str]]

TAGS = st.sampled_from(["O", "O", "B-ARMED", "I-ARMED", "B-GPE", "I-GPE"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), min_size=1, max_size=4)


def compute(gold: Sentences, found: Sentences) -> dict[str, Any]:
    return METRIC.compute(references=gold, predictions=found)


def legal(tags: list[str]) -> list[str]:
    """Turn every I that continues nothing into a B."""
    result: list[str] = []
    for tag in tags:
        before = result[-1] if result else "O"
        result.append(f"B-{tag[2:]}" if tag[0] == "I" and before[1:] != tag[1:] else tag)
    return result


def test_an_i_tag_that_continues_nothing_begins_a_span_that_the_strict_metric_does_not_see() -> None:
    gold, found = [["O", "B-ARMED", "I-ARMED"]], [["O", "I-ARMED", "I-ARMED"]]
    assert compute(gold, found)["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert STRICT.compute(references=gold, predictions=found)["micro"] == {**NOTHING, "support": 1}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PAIRS)
def test_legal_tags_score_as_the_strict_metric_scores_them(pairs: list[list[tuple[str, str]]]) -> None:
    gold = [legal([g for g, _ in sentence]) for sentence in pairs]
    found = [legal([p for _, p in sentence]) for sentence in pairs]
    assert compute(gold, found) == STRICT.compute(references=gold, predictions=found)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PAIRS)
def test_any_tags_score_as_sets_of_the_spans_that_seqeval_reads(pairs: list[list[tuple[str, str]]]) -> None:
    gold = [[g for g, _ in sentence] for sentence in pairs]
    found = [[p for _, p in sentence] for sentence in pairs]
    expected = {(i, *span) for i, tags in enumerate(gold) for span in get_entities(tags)}
    predicted = {(i, *span) for i, tags in enumerate(found) for span in get_entities(tags)}
    right = len(expected & predicted)
    scores = compute(gold, found)
    assert scores["micro"]["support"] == len(expected)
    assert scores["micro"]["precision"] == pytest.approx(right / len(predicted) if predicted else 0)
    assert scores["micro"]["recall"] == pytest.approx(right / len(expected) if expected else 0)
    assert scores["per_type"].keys() == {name for _, name, _, _ in expected | predicted}
    assert scores["macro"] == macro_average(scores["per_type"])


def test_the_macro_average_is_over_the_types_that_the_gold_annotation_has() -> None:
    scores = compute([["B-GPE", "O", "B-PER", "O"]], [["B-GPE", "O", "O", "I-FAC"]])
    assert scores["per_type"]["FAC"] == NOTHING
    assert scores["macro"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "support": 2})
    assert scores["micro"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "support": 2})


@pytest.mark.parametrize("empty", [[], [[]], [["O", "O"], [], ["O"]]])
def test_nothing_to_find_and_nothing_found_is_zero_without_a_warning(empty: Sentences) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compute(empty, empty) == {"per_type": {}, "micro": NOTHING, "macro": NOTHING}


def test_scores_are_plain_numbers_that_json_takes() -> None:
    scores = compute([["B-GPE", "O", "B-PER"]], [["B-GPE", "O", "I-FAC"]])
    assert json.loads(json.dumps(scores)) == scores
    assert isinstance(scores["micro"]["support"], int)


def test_the_metric_forgets_one_call_before_the_next() -> None:
    first = compute([["B-GPE", "O"]], [["I-GPE", "I-GPE"]])
    compute([["B-GPE"]], [["B-GPE"]])
    assert compute([["B-GPE", "O"]], [["I-GPE", "I-GPE"]]) == first
