"""The span metric: both ends and the type must agree, as seqeval counts in strict mode over IOB2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from trainer.data.tags import spans_of_tags
from trainer.evaluation.strict_spans import StrictSpanMetric, macro_average

# seqeval averages over no types when neither side has a legal span.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

ROOT = Path(__file__).resolve().parents[1]
NOTHING = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
METRIC = StrictSpanMetric()
Sentences = list[list[str]]
Row = tuple[float, float, float, int]


def sentences(text: str) -> Sentences:
    """Read ``"B-GPE O / O"`` as two sentences of tags."""
    return [sentence.split() for sentence in text.split("/")]


def row(precision: float, recall: float, f1: float, support: int) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def seqeval_rows(gold: Sentences, found: Sentences) -> dict[str, dict[str, float]]:
    """What a direct call of seqeval says, per type and micro."""
    report = classification_report(gold, found, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    names = {"precision": "precision", "recall": "recall", "f1-score": "f1", "support": "support"}
    return {
        name: {ours: values[theirs] for theirs, ours in names.items()}
        for name, values in report.items()
        if name not in ("macro avg", "weighted avg")
    }


# Each: gold tags, predicted tags, (precision, recall, F1, support) by type, micro. Counted by hand.
GOLDEN: dict[str, tuple[str, str, dict[str, Row], Row]] = {
    "exact match": (
        "O B-ARMED I-ARMED O B-GPE",
        "O B-ARMED I-ARMED O B-GPE",
        {"ARMED": (1, 1, 1, 1), "GPE": (1, 1, 1, 1)},
        (1, 1, 1, 2),
    ),
    "a span too short": (
        "B-ARMED I-ARMED O B-GPE",
        "B-ARMED O O B-GPE",
        {"ARMED": (0, 0, 0, 1), "GPE": (1, 1, 1, 1)},
        (1 / 2, 1 / 2, 1 / 2, 2),
    ),
    "a span too long": (
        "B-ARMED O O B-GPE",
        "B-ARMED I-ARMED O B-GPE",
        {"ARMED": (0, 0, 0, 1), "GPE": (1, 1, 1, 1)},
        (1 / 2, 1 / 2, 1 / 2, 2),
    ),
    "the right words with the wrong type": (
        "O B-GPE I-GPE",
        "O B-FAC I-FAC",
        {"FAC": (0, 0, 0, 0), "GPE": (0, 0, 0, 1)},
        (0, 0, 0, 1),
    ),
    "I after O begins no span": (
        "B-ARMED O O O",
        "B-ARMED O I-ARMED I-ARMED",
        {"ARMED": (1, 1, 1, 1)},
        (1, 1, 1, 1),
    ),
    "I after O finds no span either": (
        "B-GPE O B-ARMED I-ARMED",
        "B-GPE O I-ARMED I-ARMED",
        {"ARMED": (0, 0, 0, 1), "GPE": (1, 1, 1, 1)},
        (1, 1 / 2, 2 / 3, 2),
    ),
    "I of another type ends the span before it": (
        "B-ARMED B-GPE",
        "B-ARMED I-GPE",
        {"ARMED": (1, 1, 1, 1), "GPE": (0, 0, 0, 1)},
        (1, 1 / 2, 2 / 3, 2),
    ),
    "a span that changes its type inside is only its beginning": (
        "B-ARMED I-ARMED I-ARMED",
        "B-ARMED I-GPE I-ARMED",
        {"ARMED": (0, 0, 0, 1)},
        (0, 0, 0, 1),
    ),
    "adjacent spans both found": (
        "B-PER B-PER I-PER",
        "B-PER B-PER I-PER",
        {"PER": (1, 1, 1, 2)},
        (1, 1, 1, 2),
    ),
    "adjacent spans run together": (
        "B-PER B-PER I-PER",
        "B-PER I-PER I-PER",
        {"PER": (0, 0, 0, 2)},
        (0, 0, 0, 2),
    ),
    "one span broken in two": (
        "B-PER I-PER",
        "B-PER B-PER",
        {"PER": (0, 0, 0, 1)},
        (0, 0, 0, 1),
    ),
    "a span does not run on into the next sentence": (
        "O B-GPE / B-GPE O",
        "O B-GPE / I-GPE O",
        {"GPE": (1, 1 / 2, 2 / 3, 2)},
        (1, 1 / 2, 2 / 3, 2),
    ),
    "nothing found": (
        "B-GPE O / O O",
        "O O / O O",
        {"GPE": (0, 0, 0, 1)},
        (0, 0, 0, 1),
    ),
    "only what is not there": (
        "O O",
        "B-GPE O",
        {"GPE": (0, 0, 0, 0)},
        (0, 0, 0, 0),
    ),
    "several spans a type": (
        # ARMED: 4 gold, 3 found, 2 right. GPE: 2 gold, 1 found, 1 right. Together 6 gold, 4 found, 3 right.
        "B-ARMED O B-ARMED I-ARMED O B-ARMED / B-ARMED O B-GPE O B-GPE I-GPE",
        "B-ARMED O B-ARMED O O B-ARMED / O O O O B-GPE I-GPE",
        {"ARMED": (2 / 3, 2 / 4, 4 / 7, 4), "GPE": (1, 1 / 2, 2 / 3, 2)},
        (3 / 4, 3 / 6, 3 / 5, 6),
    ),
}


@pytest.mark.parametrize(("gold", "found", "per_type", "micro"), GOLDEN.values(), ids=GOLDEN)
def test_spans_are_counted_as_by_hand(gold: str, found: str, per_type: dict[str, Row], micro: Row) -> None:
    scores = METRIC.compute(references=sentences(gold), predictions=sentences(found))
    assert scores["per_type"].keys() == per_type.keys()
    for name, expected in per_type.items():
        assert scores["per_type"][name] == pytest.approx(row(*expected), abs=1e-12), name
    assert scores["micro"] == pytest.approx(row(*micro), abs=1e-12)


@pytest.mark.parametrize(("gold", "found"), [case[:2] for case in GOLDEN.values()], ids=GOLDEN)
def test_the_numbers_are_seqevals_to_the_last_digit(gold: str, found: str) -> None:
    references, predictions = sentences(gold), sentences(found)
    scores = METRIC.compute(references=references, predictions=predictions)
    assert {**scores["per_type"], "micro avg": scores["micro"]} == seqeval_rows(references, predictions)
    options: dict[str, Any] = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    assert scores["micro"]["precision"] == precision_score(references, predictions, **options)
    assert scores["micro"]["recall"] == recall_score(references, predictions, **options)
    assert scores["micro"]["f1"] == f1_score(references, predictions, **options)


TAGS = st.sampled_from(["O", "O", "B-ARMED", "I-ARMED", "B-GPE", "I-GPE"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=4)


def legal(tags: list[str]) -> list[str]:
    """Turn every I that continues nothing into a B."""
    result: list[str] = []
    for tag in tags:
        before = result[-1] if result else "O"
        result.append(f"B-{tag[2:]}" if tag[0] == "I" and before[1:] != tag[1:] else tag)
    return result


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PAIRS)
def test_any_tags_legal_or_not_score_as_seqeval_scores_them(pairs: list[list[tuple[str, str]]]) -> None:
    gold = [[g for g, _ in sentence] for sentence in pairs]
    found = [[p for _, p in sentence] for sentence in pairs]
    scores = METRIC.compute(references=gold, predictions=found)
    if not any(tag != "O" for tags in (*gold, *found) for tag in tags):
        assert scores == {"per_type": {}, "micro": NOTHING, "macro": NOTHING}
    else:
        assert {**scores["per_type"], "micro avg": scores["micro"]} == seqeval_rows(gold, found)
    assert scores["macro"] == macro_average(scores["per_type"])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PAIRS)
def test_legal_tags_score_as_sets_of_spans(pairs: list[list[tuple[str, str]]]) -> None:
    gold = [legal([g for g, _ in sentence]) for sentence in pairs]
    found = [legal([p for _, p in sentence]) for sentence in pairs]
    expected = {(i, *span) for i, tags in enumerate(gold) for span in spans_of_tags(tags)}
    predicted = {(i, *span) for i, tags in enumerate(found) for span in spans_of_tags(tags)}
    right = len(expected & predicted)
    micro = METRIC.compute(references=gold, predictions=found)["micro"]
    assert micro["support"] == len(expected)
    assert micro["precision"] == pytest.approx(right / len(predicted) if predicted else 0)
    assert micro["recall"] == pytest.approx(right / len(expected) if expected else 0)
    both = len(expected) + len(predicted)
    assert micro["f1"] == pytest.approx(2 * right / both if both else 0)


def test_the_macro_average_is_over_the_types_that_the_gold_annotation_has() -> None:
    gold, found, _, _ = GOLDEN["several spans a type"]
    # FAC is found but not there: it costs precision in micro, and does not count as a type in macro.
    scores = METRIC.compute(references=sentences(gold + " O"), predictions=sentences(found + " B-FAC"))
    assert scores["per_type"]["FAC"] == row(0, 0, 0, 0)
    assert scores["macro"] == pytest.approx(row((2 / 3 + 1) / 2, 1 / 2, (4 / 7 + 2 / 3) / 2, 6), abs=1e-12)
    assert scores["micro"]["precision"] == pytest.approx(3 / 5)


def test_a_rare_type_weighs_as_much_as_a_frequent_one_in_macro() -> None:
    rows = {"ARMED": row(1, 1, 1, 99), "PER": row(0, 0, 0, 1), "FAC": row(0.5, 0.5, 0.5, 0)}
    assert macro_average(rows) == row(0.5, 0.5, 0.5, 100)
    assert macro_average({"FAC": row(0.5, 0.5, 0.5, 0)}) == NOTHING
    assert macro_average({}) == NOTHING


@pytest.mark.parametrize("empty", [[], [[]], [["O", "O"], ["O"]]])
def test_nothing_to_find_and_nothing_found_is_zero_not_an_error(empty: Sentences) -> None:
    scores = METRIC.compute(references=empty, predictions=empty)
    assert scores == {"per_type": {}, "micro": NOTHING, "macro": NOTHING}


def test_scores_are_plain_numbers_that_json_takes() -> None:
    gold, found, _, _ = GOLDEN["several spans a type"]
    scores = METRIC.compute(references=sentences(gold), predictions=sentences(found))
    assert json.loads(json.dumps(scores)) == scores
    assert isinstance(scores["micro"]["support"], int)


def test_the_metric_forgets_one_call_before_the_next() -> None:
    gold, found, _, _ = GOLDEN["several spans a type"]
    first = METRIC.compute(references=sentences(gold), predictions=sentences(found))
    METRIC.compute(references=[["B-GPE"]], predictions=[["O"]])
    assert METRIC.compute(references=sentences(gold), predictions=sentences(found)) == first


OFFLINE = """
import json, os, socket

def refuse(*arguments, **options):
    raise AssertionError("the metric reaches for the network")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
for name in ("HOME", "HF_HOME", "XDG_CACHE_HOME"):
    try:
        os.makedirs(os.environ[name])
    except OSError:
        continue
    raise AssertionError(name + " can be written")

from trainer.evaluation.event_types import EventTypeMetric
from trainer.evaluation.strict_spans import StrictSpanMetric

spans = StrictSpanMetric().compute(references=[["B-GPE", "O", "B-PER"]], predictions=[["B-GPE", "O", "O"]])
types = EventTypeMetric().compute(references=[["KILL"], []], predictions=[["KILL"], ["KILL"]], labels=["KILL"])
print(json.dumps([spans["micro"], types["micro"]]))
"""


def test_both_metrics_work_offline_and_without_a_home_that_can_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a regular file, so nothing can be made below it, not even by root", encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGINGFACE", "XDG_", "PYTEST"))}
    homes = {name: str(blocked / name.lower()) for name in ("HOME", "HF_HOME", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE],
        cwd=ROOT,
        env={**kept, **homes, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    spans, types = json.loads(done.stdout)
    assert spans == pytest.approx(row(1, 1 / 2, 2 / 3, 2))
    assert types == pytest.approx(row(1 / 2, 1, 2 / 3, 1))
