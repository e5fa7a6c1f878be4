"""The metric of the sentences' event types: several types a sentence, each right or wrong by itself."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.preprocessing import MultiLabelBinarizer

from trainer.evaluation.event_types import EventTypeMetric

LABELS = ["CLASH", "KILL", "CAPTURE", "DISPLACE"]
NOTHING = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
METRIC = EventTypeMetric()
Types = list[list[str]]
Row = tuple[float, float, float, int]


def row(precision: float, recall: float, f1: float, support: int) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


# Each: gold types, predicted types, (precision, recall, F1, support) by type, micro, macro. Counted by hand.
GOLDEN: dict[str, tuple[Types, Types, dict[str, Row], Row, Row]] = {
    "all right": (
        [["KILL", "CLASH"], [], ["CAPTURE"]],
        [["CLASH", "KILL"], [], ["CAPTURE"]],
        {"CLASH": (1, 1, 1, 1), "KILL": (1, 1, 1, 1), "CAPTURE": (1, 1, 1, 1)},
        (1, 1, 1, 3),
        (1, 1, 1, 3),
    ),
    "some right": (
        # KILL: 2 gold, 3 found, 2 right. CLASH: 1 gold, 1 found, in another sentence. CAPTURE: 1 gold, not found.
        [["KILL", "CLASH"], ["KILL"], [], ["CAPTURE"]],
        [["KILL"], ["KILL", "CLASH"], ["KILL"], []],
        {"CLASH": (0, 0, 0, 1), "KILL": (2 / 3, 1, 4 / 5, 2), "CAPTURE": (0, 0, 0, 1)},
        (2 / 4, 2 / 4, 1 / 2, 4),
        (2 / 9, 1 / 3, 4 / 15, 4),
    ),
    "a type that the gold annotation has not": (
        [["KILL"], []],
        [["KILL"], ["DISPLACE"]],
        {"KILL": (1, 1, 1, 1), "DISPLACE": (0, 0, 0, 0)},
        (1 / 2, 1, 2 / 3, 1),
        (1, 1, 1, 1),
    ),
    "nothing found": ([["KILL"], ["KILL"]], [[], []], {"KILL": (0, 0, 0, 2)}, (0, 0, 0, 2), (0, 0, 0, 2)),
    "nothing there": ([[], []], [["KILL"], []], {"KILL": (0, 0, 0, 0)}, (0, 0, 0, 0), (0, 0, 0, 0)),
    "nothing at all": ([[], []], [[], []], {}, (0, 0, 0, 0), (0, 0, 0, 0)),
    "no sentences": ([], [], {}, (0, 0, 0, 0), (0, 0, 0, 0)),
}


@pytest.mark.parametrize(("gold", "found", "per_type", "micro", "macro"), GOLDEN.values(), ids=GOLDEN)
def test_types_are_counted_as_by_hand(
    gold: Types, found: Types, per_type: dict[str, Row], micro: Row, macro: Row
) -> None:
    scores = METRIC.compute(references=gold, predictions=found, labels=LABELS)
    assert scores["per_type"].keys() == per_type.keys()
    for name, expected in per_type.items():
        assert scores["per_type"][name] == pytest.approx(row(*expected), abs=1e-12), name
    assert scores["micro"] == pytest.approx(row(*micro), abs=1e-12)
    assert scores["macro"] == pytest.approx(row(*macro), abs=1e-12)


def test_a_single_label_is_no_binary_problem_where_sentences_without_it_count_as_right() -> None:
    scores = METRIC.compute(
        references=[["KILL"], [], [], []], predictions=[["KILL"], ["KILL"], [], []], labels=["KILL"]
    )
    expected = row(1 / 2, 1, 2 / 3, 1)
    assert scores["per_type"] == {"KILL": pytest.approx(expected)}
    assert scores["micro"] == pytest.approx(expected)
    assert scores["macro"] == pytest.approx(expected)


def test_a_schema_without_events_has_nothing_to_score() -> None:
    scores = METRIC.compute(references=[[], []], predictions=[[], []], labels=[])
    assert scores == {"per_type": {}, "micro": NOTHING, "macro": NOTHING}


SENTENCES = st.lists(
    st.tuples(*[st.lists(st.sampled_from(LABELS), unique=True, max_size=3)] * 2), min_size=1, max_size=8
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(SENTENCES)
def test_the_numbers_are_scikit_learns(pairs: list[tuple[list[str], list[str]]]) -> None:
    gold, found = [g for g, _ in pairs], [p for _, p in pairs]
    scores = METRIC.compute(references=gold, predictions=found, labels=LABELS)
    hot = MultiLabelBinarizer(classes=LABELS)
    expected, predicted = hot.fit_transform(gold), hot.transform(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        for key, function in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
            each = dict(zip(LABELS, function(expected, predicted, average=None, zero_division=0), strict=True))
            assert {name: values[key] for name, values in scores["per_type"].items()} == {
                name: each[name] for name in LABELS if any(name in types for types in (*gold, *found))
            }
            assert scores["micro"][key] == function(expected, predicted, average="micro", zero_division=0)
            present = [name for name in LABELS if any(name in types for types in gold)]
            mean = sum(each[name] for name in present) / len(present) if present else 0.0
            assert scores["macro"][key] == pytest.approx(mean)
    assert scores["micro"]["support"] == scores["macro"]["support"] == sum(map(len, gold))


def test_the_order_and_the_repetition_of_types_do_not_matter() -> None:
    plain = METRIC.compute(references=[["KILL", "CLASH"]], predictions=[["KILL"]], labels=LABELS)
    other = METRIC.compute(references=[["CLASH", "KILL", "CLASH"]], predictions=[["KILL", "KILL"]], labels=LABELS[::-1])
    assert other["micro"] == plain["micro"]
    assert dict(other["per_type"]) == plain["per_type"]


@pytest.mark.parametrize("side", ["references", "predictions"])
def test_a_type_that_is_no_label_is_refused_by_name(side: str) -> None:
    sides = {"references": [["KILL"]], "predictions": [["KILL"]], side: [["FLOOD"]]}
    with pytest.raises(ValueError, match="event type FLOOD is none of the labels CLASH, KILL"):
        METRIC.compute(**sides, labels=LABELS)


def test_scores_are_plain_numbers_that_json_takes() -> None:
    gold, found, *_ = GOLDEN["some right"]
    scores = METRIC.compute(references=gold, predictions=found, labels=LABELS)
    assert json.loads(json.dumps(scores)) == scores
    assert isinstance(scores["micro"]["support"], int)
