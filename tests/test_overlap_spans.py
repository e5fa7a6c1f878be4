"""The overlap metric: credit for spans found with wrong ends, counted by nervaluate."""

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
from seqeval.metrics.sequence_labeling import get_entities

from trainer.evaluation.lenient_spans import LenientSpanMetric
from trainer.evaluation.overlap_spans import OverlapSpanMetric

ROOT = Path(__file__).resolve().parents[1]
METRIC = OverlapSpanMetric()
NOTHING = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
Sentences = list[list[str]]
Row = tuple[float, int, int]


def sentences(text: str) -> Sentences:
    """Read ``"B-GPE O / O"`` as two sentences of tags."""
    return [sentence.split() for sentence in text.split("/")]


def row(points: float, predicted: int, gold: int) -> dict[str, float]:
    return {
        "precision": points / predicted if predicted else 0.0,
        "recall": points / gold if gold else 0.0,
        "f1": 2 * points / (predicted + gold) if points else 0.0,
        "support": gold,
    }


def compute(gold: str, found: str) -> dict[str, Any]:
    return METRIC.compute(references=sentences(gold), predictions=sentences(found))


# Each: gold tags, predicted tags, micro of "partial" and of "type" as (points, predicted, gold). Counted by hand.
GOLDEN: dict[str, tuple[str, str, Row, Row]] = {
    "exact match": ("O B-ARMED I-ARMED O B-GPE", "O B-ARMED I-ARMED O B-GPE", (2, 2, 2), (2, 2, 2)),
    "a span too short": ("B-ARMED I-ARMED O B-GPE", "B-ARMED O O B-GPE", (1.5, 2, 2), (2, 2, 2)),
    "a span too long": ("B-ARMED O O", "B-ARMED I-ARMED O", (0.5, 1, 1), (1, 1, 1)),
    "a span that overlaps with both ends wrong": ("B-PER I-PER O", "O B-PER I-PER", (0.5, 1, 1), (1, 1, 1)),
    "neighbours that do not overlap": ("B-PER O", "O B-PER", (0, 1, 1), (0, 1, 1)),
    "the right words with the wrong type": ("B-GPE I-GPE", "B-FAC I-FAC", (1, 1, 1), (0, 1, 1)),
    "overlap with the wrong type": ("B-GPE I-GPE", "B-FAC O", (0.5, 1, 1), (0, 1, 1)),
    "one span broken in two": ("B-PER I-PER", "B-PER B-PER", (0.5, 2, 1), (1, 2, 1)),
    "two spans run together": ("B-PER B-PER", "B-PER I-PER", (0.5, 1, 2), (1, 1, 2)),
    "one missed, one spurious": ("B-PER O O O", "O O O B-PER", (0, 1, 1), (0, 1, 1)),
    "I after O begins a span": ("O B-ARMED I-ARMED", "O I-ARMED I-ARMED", (1, 1, 1), (1, 1, 1)),
    "I at the beginning of a sentence begins a span": ("O B-GPE / O", "O B-GPE / I-GPE", (1, 2, 1), (1, 2, 1)),
    "I of another type begins a span": ("B-ARMED I-ARMED", "B-ARMED I-GPE", (0.5, 2, 1), (1, 2, 1)),
    "spans of different sentences do not overlap": ("B-GPE O / O O", "O O / B-GPE O", (0, 1, 1), (0, 1, 1)),
    "types with a dash": ("B-GPE-CITY I-GPE-CITY", "B-GPE-CITY O", (0.5, 1, 1), (1, 1, 1)),
    "types that differ after their dash": ("B-GPE-CITY", "B-GPE-TOWN", (1, 1, 1), (0, 1, 1)),
    "only what is not there": ("O O", "B-GPE O", (0, 1, 0), (0, 1, 0)),
    "nothing found": ("B-GPE O", "O O", (0, 0, 1), (0, 0, 1)),
    "a wrong type that comes first takes the span from the right one": (
        "B-PER I-PER I-PER",
        "B-GPE B-PER I-PER",
        (0.5, 2, 1),
        (0, 2, 1),
    ),
    "with gold and predicted exchanged that one is found": (
        "B-GPE B-PER I-PER",
        "B-PER I-PER I-PER",
        (0.5, 1, 2),
        (1, 1, 2),
    ),
}


@pytest.mark.parametrize(("gold", "found", "partial", "type"), GOLDEN.values(), ids=GOLDEN)
def test_overlap_is_counted_as_by_hand(gold: str, found: str, partial: Row, type: Row) -> None:
    scores = compute(gold, found)
    assert scores.keys() == {"partial", "type"}
    assert scores["partial"]["micro"] == pytest.approx(row(*partial), abs=1e-12)
    assert scores["type"]["micro"] == pytest.approx(row(*type), abs=1e-12)


def test_the_row_of_a_type_sees_only_spans_of_that_type() -> None:
    scores = compute("B-GPE I-GPE O B-PER", "B-FAC O O B-PER")
    assert scores["partial"]["micro"] == pytest.approx(row(1.5, 2, 2))
    expected = {"FAC": row(0, 1, 0), "GPE": row(0, 0, 1), "PER": row(1, 1, 1)}
    assert scores["partial"]["per_type"] == expected
    assert scores["type"]["per_type"] == expected


def test_a_span_that_a_wrong_type_took_in_micro_is_found_in_the_row_of_its_own_type() -> None:
    scores = compute(*GOLDEN["a wrong type that comes first takes the span from the right one"][:2])
    assert scores["type"]["micro"]["recall"] == 0.0
    assert scores["type"]["per_type"] == {"GPE": row(0, 1, 0), "PER": row(1, 1, 1)}
    assert scores["partial"]["per_type"] == {"GPE": row(0, 1, 0), "PER": row(0.5, 1, 1)}


def test_types_are_sorted_and_those_of_one_side_alone_have_a_row_too() -> None:
    scores = compute("B-PER O B-ARMED O", "O B-GPE B-ARMED B-FAC")
    for kind in ("partial", "type"):
        assert list(scores[kind]["per_type"]) == ["ARMED", "FAC", "GPE", "PER"]
        assert {name: values["support"] for name, values in scores[kind]["per_type"].items()} == {
            "ARMED": 1,
            "FAC": 0,
            "GPE": 0,
            "PER": 1,
        }


@pytest.mark.parametrize(("length", "points"), [(100, 0.5), (101, 0)])
def test_less_than_a_hundredth_of_the_gold_span_is_no_overlap(length: int, points: float) -> None:
    gold = ["B-PER", *["I-PER"] * (length - 1)]
    scores = METRIC.compute(references=[gold], predictions=[["B-PER", *["O"] * (length - 1)]])
    assert scores["partial"]["micro"] == row(points, 1, 1)


@pytest.mark.parametrize("empty", [[], [[]], [["O", "O"], [], ["O"]]])
def test_nothing_to_find_and_nothing_found_is_zero_not_an_error(empty: Sentences) -> None:
    nothing = {"micro": NOTHING, "per_type": {}}
    assert METRIC.compute(references=empty, predictions=empty) == {"partial": nothing, "type": nothing}


def test_sentences_without_tags_change_nothing() -> None:
    alone = METRIC.compute(references=[["B-GPE", "O"]], predictions=[["B-GPE", "I-GPE"]])
    among = METRIC.compute(references=[[], ["B-GPE", "O"], []], predictions=[[], ["B-GPE", "I-GPE"], []])
    assert among == alone
    assert alone["partial"]["micro"] == row(0.5, 1, 1)


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        METRIC.compute(references=[["B-GPE", "O"]], predictions=[["B-GPE"]])


def test_a_tag_that_is_not_b_or_i_begins_no_span_but_an_error() -> None:
    with pytest.raises(ValueError, match="Invalid tag format: S-GPE"):
        METRIC.compute(references=[["O", "S-GPE"]], predictions=[["O", "O"]])


TAGS = st.sampled_from(["O", "O", "B-ARMED", "I-ARMED", "B-GPE", "I-GPE"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), min_size=1, max_size=4)
LENIENT = LenientSpanMetric()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(PAIRS)
def test_support_is_the_number_of_gold_spans_and_overlap_never_scores_below_exact_matches(
    pairs: list[list[tuple[str, str]]],
) -> None:
    gold = [[g for g, _ in sentence] for sentence in pairs]
    found = [[p for _, p in sentence] for sentence in pairs]
    scores = METRIC.compute(references=gold, predictions=found)
    exact = LENIENT.compute(references=gold, predictions=found)
    spans = [name for tags in gold for name, _, _ in get_entities(tags)]
    predicted = sum(len(get_entities(tags)) for tags in found)
    for kind in ("partial", "type"):
        micro = scores[kind]["micro"]
        assert micro["support"] == len(spans)
        # Points are shared: precision and recall differ only in what they divide by.
        assert micro["precision"] * predicted == pytest.approx(micro["recall"] * len(spans))
        for key in ("precision", "recall", "f1"):
            assert micro[key] >= exact["micro"][key] - 1e-12
        for name, values in scores[kind]["per_type"].items():
            assert values["support"] == spans.count(name)


def test_scores_are_plain_numbers_that_json_takes() -> None:
    scores = compute("B-GPE O", "O O")
    assert json.loads(json.dumps(scores)) == scores
    for value in scores["partial"]["micro"].values():
        assert type(value) in (int, float)
    assert isinstance(scores["partial"]["micro"]["precision"], float)
    assert isinstance(scores["partial"]["micro"]["support"], int)


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

from trainer.evaluation.event_type_scores import EventTypeScoreMetric
from trainer.evaluation.lenient_spans import LenientSpanMetric
from trainer.evaluation.overlap_spans import OverlapSpanMetric

tags = {"references": [["B-GPE", "I-GPE", "O"]], "predictions": [["I-GPE", "O", "O"]]}
overlap = OverlapSpanMetric().compute(**tags)["partial"]["micro"]["f1"]
lenient = LenientSpanMetric().compute(**tags)["micro"]["support"]
types = EventTypeScoreMetric().compute(references=[["KILL"], []], predictions=[[0.2], [0.9]], labels=["KILL"])
print(json.dumps([overlap, lenient, types["average_precision"]["micro"]]))
"""


def test_overlap_lenient_and_type_scores_work_offline_and_without_a_home_that_can_be_written(tmp_path: Path) -> None:
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
    assert json.loads(done.stdout) == [0.5, 1, 0.5]
