"""What strict and lenient counting make of odd tag sequences, against the tools that define them.

Every case says by hand how many spans are right, predicted and there in either reading. The strict
metric has to be ``seqeval`` in strict mode over IOB2, the lenient one ``seqeval``'s default mode, and
that is ``conlleval``, to the last digit; the one place where ``conlleval`` differs is in the table.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import conlleval
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from trainer.evaluation.lenient_spans import LenientSpanMetric
from trainer.evaluation.strict_spans import StrictSpanMetric

# In strict mode seqeval averages over no types when neither side has a legal span.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

METRICS = {"strict": StrictSpanMetric(), "lenient": LenientSpanMetric()}
SEQEVAL_MODES: dict[str, dict[str, Any]] = {"strict": {"mode": "strict", "scheme": IOB2}, "lenient": {}}
Sentences = list[list[str]]


class Case(NamedTuple):
    """Gold and predicted tags, and (right, predicted, gold) spans as each reading counts them."""

    gold: str
    found: str
    strict: tuple[int, int, int]
    lenient: tuple[int, int, int]
    # Only where the conlleval package differs from the lenient reading: it says 1 where nothing is predicted.
    conlleval_precision: float | None = None


GOLDEN = {
    "legal tags read alike": Case("B-ARMED I-ARMED O B-GPE", "B-ARMED I-ARMED O B-GPE", (2, 2, 2), (2, 2, 2)),
    "I after O": Case("B-ARMED O O", "B-ARMED O I-ARMED", (1, 1, 1), (1, 2, 1)),
    "I after O, for a span that is there": Case("O B-ARMED I-ARMED", "O I-ARMED I-ARMED", (0, 0, 1), (1, 1, 1)),
    "I at the beginning": Case("B-GPE I-GPE O", "I-GPE I-GPE O", (0, 0, 1), (1, 1, 1)),
    "I directly after B of another type": Case("B-ARMED B-GPE", "B-ARMED I-GPE", (1, 1, 2), (2, 2, 2)),
    "I directly after I of another type": Case("B-ARMED I-ARMED B-GPE", "B-ARMED I-ARMED I-GPE", (1, 1, 2), (2, 2, 2)),
    "the type switches inside a span": Case("B-ARMED I-ARMED", "B-ARMED I-GPE", (0, 1, 1), (0, 2, 1)),
    "the type switches and switches back": Case(
        "B-ARMED I-ARMED I-ARMED", "B-ARMED I-GPE I-ARMED", (0, 1, 1), (0, 3, 1)
    ),
    "adjacent B of one type": Case("B-PER B-PER I-PER", "B-PER B-PER I-PER", (2, 2, 2), (2, 2, 2)),
    "adjacent spans run together": Case("B-PER B-PER I-PER", "B-PER I-PER I-PER", (0, 1, 2), (0, 1, 2)),
    "one span broken in two": Case("B-PER I-PER", "B-PER B-PER", (0, 2, 1), (0, 2, 1)),
    "a span at the end of a sentence and one at the beginning of the next": Case(
        "O B-GPE / B-GPE O", "O B-GPE / B-GPE O", (2, 2, 2), (2, 2, 2)
    ),
    "I at the beginning of the next sentence continues nothing": Case(
        "O B-GPE / O O", "O B-GPE / I-GPE O", (1, 1, 1), (1, 2, 1)
    ),
    "odd gold tags": Case("O I-PER", "O B-PER", (0, 1, 0), (1, 1, 1)),
    "odd tags on both sides": Case("O I-PER", "O I-PER", (0, 0, 0), (1, 1, 1)),
    "a type with a dash": Case("B-GPE-CITY I-GPE-CITY", "B-GPE-CITY I-GPE-CITY", (1, 1, 1), (1, 1, 1)),
    "types that differ after their dash": Case("B-GPE-CITY I-GPE-CITY", "B-GPE-CITY I-GPE-TOWN", (0, 1, 1), (0, 2, 1)),
    "only what is not there": Case("O O", "B-GPE O", (0, 1, 0), (0, 1, 0)),
    "nothing found": Case("B-GPE O", "O O", (0, 0, 1), (0, 0, 1), conlleval_precision=1.0),
}
EACH_CASE = pytest.mark.parametrize("case", GOLDEN.values(), ids=GOLDEN)
EACH_READING = pytest.mark.parametrize("reading", METRICS)


def sentences(text: str) -> Sentences:
    """Read ``"B-GPE O / O"`` as two sentences of tags."""
    return [sentence.split() for sentence in text.split("/")]


def row(right: int, predicted: int, gold: int) -> dict[str, float]:
    return {
        "precision": right / predicted if predicted else 0.0,
        "recall": right / gold if gold else 0.0,
        "f1": 2 * right / (predicted + gold) if right else 0.0,
        "support": gold,
    }


def conlleval_rows(gold: Sentences, found: Sentences) -> dict[str, dict[str, Any]]:
    """What the conlleval package says, per type and micro, with the number of predicted spans."""
    lines = []
    for tags in zip(gold, found, strict=True):
        lines += [f"كلمة {expected} {predicted}" for expected, predicted in zip(*tags, strict=True)]
        lines.append("")
    result = conlleval.evaluate(lines)
    chunks = {"micro": result["overall"]["chunks"], **result["slots"]["chunks"]}
    return {
        name: {
            "precision": values["evals"]["prec"],
            "recall": values["evals"]["rec"],
            "f1": values["evals"]["f1"],
            "support": values["stats"]["gold"],
            "predicted": values["stats"]["pred"],
        }
        for name, values in chunks.items()
    }


def assert_lenient_is_conlleval(gold: Sentences, found: Sentences) -> None:
    scores = METRICS["lenient"].compute(references=gold, predictions=found)
    ours = {"micro": scores["micro"], **scores["per_type"]}
    theirs = conlleval_rows(gold, found)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        if expected.pop("predicted") == 0:
            assert (expected["precision"], ours[name]["precision"]) == (1, 0), name
            expected["precision"] = 0
        assert ours[name] == expected, name


@EACH_READING
@EACH_CASE
def test_spans_are_counted_as_by_hand(case: Case, reading: str) -> None:
    scores = METRICS[reading].compute(references=sentences(case.gold), predictions=sentences(case.found))
    assert scores["micro"] == pytest.approx(row(*getattr(case, reading)), abs=1e-12)


@EACH_READING
@EACH_CASE
def test_the_numbers_are_seqevals_to_the_last_digit(case: Case, reading: str) -> None:
    gold, found = sentences(case.gold), sentences(case.found)
    options: dict[str, Any] = {**SEQEVAL_MODES[reading], "zero_division": 0}
    scores = METRICS[reading].compute(references=gold, predictions=found)
    assert scores["micro"]["precision"] == precision_score(gold, found, **options)
    assert scores["micro"]["recall"] == recall_score(gold, found, **options)
    assert scores["micro"]["f1"] == f1_score(gold, found, **options)
    report = classification_report(gold, found, output_dict=True, **options)
    types = {name: values for name, values in report.items() if not name.endswith(" avg")}
    assert scores["per_type"].keys() == types.keys()
    for name, values in types.items():
        assert scores["per_type"][name] == {
            **{key: values[key] for key in ("precision", "recall", "support")},
            "f1": values["f1-score"],
        }


@EACH_CASE
def test_lenient_counting_is_conllevals_to_the_last_digit(case: Case) -> None:
    assert_lenient_is_conlleval(sentences(case.gold), sentences(case.found))


@EACH_CASE
def test_conlleval_differs_only_in_the_precision_of_nothing_predicted(case: Case) -> None:
    micro = conlleval_rows(sentences(case.gold), sentences(case.found))["micro"]
    expected = row(*case.lenient)
    if case.conlleval_precision is not None:
        assert case.conlleval_precision != expected["precision"]
        expected["precision"] = case.conlleval_precision
    assert {key: micro[key] for key in expected} == pytest.approx(expected, abs=1e-12)


def test_the_table_has_cases_where_the_readings_differ_and_where_they_agree() -> None:
    differing = [case for case in GOLDEN.values() if case.strict != case.lenient]
    assert len(differing) > 8
    assert len(GOLDEN) - len(differing) > 5
    assert any(case.conlleval_precision is not None for case in GOLDEN.values())


TAGS = st.sampled_from(["O", "O", "B-ARMED", "I-ARMED", "B-GPE", "I-GPE", "I-GPE-CITY"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PAIRS)
def test_any_tags_legal_or_not_count_as_conlleval_counts_them(pairs: list[list[tuple[str, str]]]) -> None:
    gold = [[g for g, _ in sentence] for sentence in pairs]
    found = [[p for _, p in sentence] for sentence in pairs]
    assert_lenient_is_conlleval(gold, found)
