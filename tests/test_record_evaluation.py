"""Records are paired by the trigger mentions that they share, and scored at the level of records."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from gold_record_samples import found, gold, mention, span, written
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation.best_pairs import best_pairs
from trainer.evaluation.gold_records import GoldDocument, GoldRecord
from trainer.evaluation.record_alignment import align
from trainer.evaluation.record_fields import FieldScorer
from trainer.evaluation.record_names import SameNames
from trainer.evaluation.record_rules import RecordRules
from trainer.evaluation.records import evaluate_records
from trainer.records.record import EventRecord, Mention


@pytest.fixture(scope="module")
def scorer() -> FieldScorer:
    return FieldScorer(RecordRules.load(), SameNames.load())


def document(id: str, *records: dict[str, Any]) -> GoldDocument:
    content = {"document": id, "text_sha256": "0" * 64, "published": None, "records": records, "left_out": []}
    return GoldDocument.model_validate(content)


def one(id: str, type: str, *words: str) -> EventRecord:
    """Return a predicted record of ``type``; its mentions are of that type, too."""
    return found(id, type=type, mentions=tuple(Mention(word, type, span(word)) for word in words))


def ours(id: str, type: str, *words: str) -> GoldRecord:
    return gold(id, type=type, mentions=[mention(word, type) for word in words])


@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(1, 6)))
def test_no_other_pairs_have_a_larger_sum(weights: dict[tuple[int, int], int]) -> None:
    pairs = best_pairs(weights)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    every = (sum(weights.get(pair, 0) for pair in enumerate(order)) for order in permutations(range(5)))
    assert sum(weights[pair] for pair in pairs) == max(every)


def pairs_of(gold: Sequence[GoldRecord], predicted: Sequence[EventRecord]) -> list[tuple[str, str, int]]:
    return [(pair.gold.id, pair.predicted.id, pair.shared) for pair in align(gold, predicted)]


def test_records_are_paired_where_they_share_most_mentions() -> None:
    first, second = ours("خ-01", "CLASH", "قُتل", "اشتباكات", "قصفت"), ours("خ-02", "CLASH", "سيطرة")
    # Taking the largest overlap first would leave the other two without a partner.
    long, short = one("خ-1", "CLASH", "قُتل", "اشتباكات", "سيطرة"), one("خ-2", "CLASH", "قصفت", "قُتل")
    assert pairs_of([first, second], [long, short]) == [("خ-01", "خ-2", 2), ("خ-02", "خ-1", 1)]


def test_the_type_decides_only_between_equal_overlaps() -> None:
    clash, shelling = one("خ-1", "CLASH", "قُتل"), one("خ-2", "SHELLING", "قُتل")
    assert pairs_of([ours("خ-01", "SHELLING", "قُتل")], [clash, shelling]) == [("خ-01", "خ-2", 1)]
    longer = one("خ-3", "CLASH", "قُتل", "اشتباكات")
    both = ours("خ-01", "SHELLING", "قُتل", "اشتباكات")
    assert pairs_of([both], [shelling, longer]) == [("خ-01", "خ-3", 2)]


def test_a_mention_that_is_cut_otherwise_is_shared_once() -> None:
    parts = one("خ-1", "CLASH", "اشتبا", "كات")
    assert pairs_of([ours("خ-01", "CLASH", "اشتباكات")], [parts]) == [("خ-01", "خ-1", 1)]


def test_records_that_share_no_mention_are_no_pair() -> None:
    assert pairs_of([ours("خ-01", "CLASH", "قُتل")], [one("خ-1", "CLASH", "سيطرة")]) == []


def test_three_levels_of_a_right_record(scorer: FieldScorer) -> None:
    told = document("خ", written("خ-01"))  # KILL and CLASH, mainly CLASH.
    for predicted, loose, right, strict in (
        (one("خ-1", "CLASH", "قُتل", "اشتباكات"), 1, 1, 1),
        (one("خ-1", "CLASH", "اشتباكات", "قصفت", "سيطرة"), 1, 1, 0),
        (one("خ-1", "KILL", "قُتل", "اشتباكات"), 1, 0, 0),
        (one("خ-1", "DAMAGE", "اشتباكات"), 0, 0, 0),
        (one("خ-1", "CLASH", "سيطرة"), 0, 0, 0),
    ):
        report = evaluate_records([told], {"run": [predicted]}, scorer)
        hits = {level: score["counts"] for level, score in report["records"].items()}
        assert hits == {"loose": [[loose, 1, 1]], "found": [[right, 1, 1]], "strict": [[strict, 1, 1]]}


def test_other_main_types_of_paired_records_are_told(scorer: FieldScorer) -> None:
    told = document("خ", written("خ-01"))
    report = evaluate_records([told], {"run": [one("خ-1", "KILL", "قُتل")]}, scorer)
    assert report["confusions"] == [{"gold": "CLASH", "predicted": "KILL", "pairs": [1]}]
    assert {name: score["counts"] for name, score in report["types"].items()} == {
        "CLASH": [[0, 0, 1]],
        "KILL": [[0, 1, 0]],
    }
    assert report["types"]["CLASH"]["precision"] is None
    (pair,) = report["runs"]["run"]["pairs"]
    assert (pair["gold"], pair["predicted"], pair["differ"]) == ("خ-01", "خ-1", ["type", "mentions"])


def test_fields_are_scored_over_pairs_and_over_all_records(scorer: FieldScorer) -> None:
    shelling = written("خ-02", type="SHELLING", mentions=[mention("قصفت", "SHELLING")])
    told = document("خ", written("خ-01"), shelling)
    report = evaluate_records([told], {"run": [found("خ-1"), one("خ-2", "CAPTURE", "سيطرة")]}, scorer)
    assert report["aligned"]["place"]["counts"] == [[1, 1, 1]]
    assert report["all"]["place"]["counts"] == [[1, 2, 2]]
    assert (report["runs"]["run"]["missed"], report["runs"]["run"]["spurious"]) == (["خ-02"], ["خ-2"])


def test_links_are_pairs_of_records_of_different_documents(scorer: FieldScorer) -> None:
    told = [document(id, written(f"{id}-01", same_as=[f"{other}-01"])) for id, other in (("ا", "ب"), ("ب", "ا"))]
    told.append(document("ج", written("ج-01")))

    def links(*happenings: str | None) -> tuple[list[int], list[int]]:
        ids = ("ا-1", "ب-1", "ج-1", "د-1")
        predicted = [found(id, happening=h) for id, h in zip(ids, happenings, strict=True)]
        # One more record of a document is no link of two documents, and not paired.
        predicted.append(one("ا-2", "CLASH", "سيطرة"))
        scores = evaluate_records(told, {"run": predicted}, scorer)["links"]
        return scores["aligned"]["counts"][0], scores["all"]["counts"][0]

    assert links("h", "h", None, "h") == ([1, 1, 1], [1, 1, 1])
    assert links("h", "h", "h", None) == ([1, 3, 1], [1, 3, 1])
    assert links("h", "k", "k", None) == ([0, 1, 1], [0, 1, 1])
    assert links(None, None, None, None) == ([0, 0, 1], [0, 0, 1])


def test_a_document_without_records_counts_as_missed(scorer: FieldScorer) -> None:
    told = [document(id, written(f"{id}-01")) for id in ("ا", "ب")]
    report = evaluate_records(told, {"run": [found("ا-1"), found("ج-1")]}, scorer)
    assert report["records"]["found"]["counts"] == [[1, 1, 2]]
    assert report["runs"]["run"]["without_records"] == ["ب"]
    assert report["runs"]["run"]["records_of_other_documents"] == 1


def test_a_run_on_other_documents_is_refused(scorer: FieldScorer) -> None:
    told = [document("ا", written("ا-01"))]
    with pytest.raises(ValueError, match=r"two\.jsonl has no record of any of the documents ا"):
        evaluate_records(told, {"one.jsonl": [found("ا-1")], "two.jsonl": [found("ب-1")]}, scorer)


def test_a_record_stands_once_in_a_run(scorer: FieldScorer) -> None:
    with pytest.raises(ValueError, match=r"both\.jsonl has 2 records ا-1; a file holds one run"):
        evaluate_records([document("ا", written("ا-01"))], {"both.jsonl": [found("ا-1"), found("ا-1")]}, scorer)


def test_scores_of_runs_are_means(scorer: FieldScorer) -> None:
    told = [document(id, written(f"{id}-01")) for id in ("ا", "ب")]
    both = [found("ا-1"), found("ب-1")]
    score = evaluate_records(told, {"1": both, "2": both[:1]}, scorer)["records"]["found"]
    assert (score["precision"], score["recall"]) == (1.0, 0.75)
    assert score["f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert score["deviation"] > 0


def test_copies_are_drawn_together_and_one_document_alone_has_no_interval(scorer: FieldScorer) -> None:
    told = [document(id, written(f"{id}-01")) for id in ("ا", "ب", "ج")]
    predicted = [found("ا-1"), found("ب-1")]
    apart = evaluate_records(told, {"run": predicted}, scorer)
    together = evaluate_records(told, {"run": predicted}, scorer, [["ا", "ب"], ["د"]])
    assert together["units"] == [["ا", "ب"], ["ج"]]
    assert apart["records"]["found"]["f1"] == together["records"]["found"]["f1"]
    assert apart["records"]["found"]["low"] >= together["records"]["found"]["low"] == 0
    alone = evaluate_records(told[:1], {"run": predicted[:1]}, scorer)["records"]["found"]
    assert (alone["f1"], alone["low"], alone["high"]) == (1.0, None, None)
