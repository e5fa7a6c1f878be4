"""All scores at once: the same numbers as each metric gives alone, and nothing left out."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import SCHEMA, marked_document

from trainer.data.tags import entity_tags, trigger_tags
from trainer.documents import Document
from trainer.evaluation.breakdowns import LENGTHS, by_article, by_length
from trainer.evaluation.detailed import counts_by_sentence, detailed_scores
from trainer.evaluation.event_type_scores import EventTypeScoreMetric
from trainer.evaluation.overlap_spans import OverlapSpanMetric
from trainer.evaluation.scores import LAYERS, score_documents
from trainer.schema import Schema, load_schema

GOLD = [
    marked_document(
        ["{سيطر|CAPTURE} [تنظيم داعش|ARMED] على [الرقة|GPE].", "{قُتل|KILL} [أحمد الخالد|PER] في [حلب|GPE]."], "أولى"
    ),
    marked_document(["{قصفت|SHELLING} [قوات النظام|ARMED] [مدينة إدلب|GPE].", "الطقس بارد."], "ثانية"),
]
SCORES = [
    [{"KILL": 0.2, "CAPTURE": 0.9, "SHELLING": 0.1}, {"KILL": 0.4, "CAPTURE": 0.6, "SHELLING": 0.3}],
    # As for a sentence without words: no scores.
    [{"KILL": 0.1, "CAPTURE": 0.2, "SHELLING": 0.7}, {}],
]


def found() -> list[Document]:
    """Predictions with a span too short, a wrong type, a missed and a spurious trigger, and scores of types."""
    first = marked_document(
        ["{سيطر|CAPTURE} تنظيم [داعش|ARMED] على [الرقة|GPE].", "{قُتل|CAPTURE} [أحمد الخالد|PER] في [حلب|PER]."], "أولى"
    )
    second = marked_document(["قصفت [قوات النظام|ARMED] [مدينة إدلب|GPE].", "{الطقس|KILL} بارد."], "ثانية")
    documents = [first, second]
    for document, rows in zip(documents, SCORES, strict=True):
        for sentence, scores in zip(document.sentences, rows, strict=True):
            sentence.type_scores = dict(scores)
    return documents


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return load_schema(path)


@pytest.fixture(scope="module")
def scores(schema: Schema) -> dict[str, Any]:
    return detailed_scores(GOLD, found(), schema)


def test_every_layer_has_its_averages_types_and_breakdowns(scores: dict[str, Any]) -> None:
    assert tuple(scores) == LAYERS
    usual = {"per_type", "micro", "macro", "by_article"}
    assert {layer: set(values) for layer, values in scores.items()} == {
        "entities": usual | {"overlap", "by_length"},
        "triggers": usual | {"overlap", "by_length"},
        "event_types": usual | {"ranking"},
    }
    for layer in ("entities", "triggers"):
        assert tuple(scores[layer]["by_length"]) == LENGTHS
        assert {name: set(values) for name, values in scores[layer]["overlap"].items()} == {
            "partial": {"micro", "per_type"},
            "type": {"micro", "per_type"},
        }
    for layer in LAYERS:
        assert list(scores[layer]["by_article"]) == ["أولى", "ثانية"]
    row = {"precision", "recall", "f1", "support"}
    for values in (scores["entities"]["by_article"]["أولى"], scores["triggers"]["by_length"]["1"]):
        assert set(values) == row


def test_the_strict_scores_are_those_of_the_strict_metric(scores: dict[str, Any], schema: Schema) -> None:
    strict = score_documents(GOLD, found(), schema)
    assert {layer: {key: scores[layer][key] for key in strict[layer]} for layer in LAYERS} == strict
    # What the predictions get wrong: of six entities one is too short and one of another type.
    assert scores["entities"]["micro"] == {
        **{"precision": pytest.approx(4 / 6), "recall": pytest.approx(4 / 6), "f1": pytest.approx(4 / 6)},
        "support": 6,
    }


@pytest.mark.parametrize(("layer", "tags"), [("entities", entity_tags), ("triggers", trigger_tags)])
def test_the_scores_by_overlap_are_those_of_that_metric(scores: dict[str, Any], layer: str, tags: Any) -> None:
    references, predictions = (
        [tags(document, sentence) for document in documents for sentence in document.sentences]
        for documents in (GOLD, found())
    )
    assert scores[layer]["overlap"] == OverlapSpanMetric().compute(references=references, predictions=predictions)
    if layer == "entities":
        # The short span counts half, the one of a wrong type fully.
        assert scores[layer]["overlap"]["partial"]["micro"]["f1"] == pytest.approx(5.5 / 6)


@pytest.mark.parametrize("layer", ["entities", "triggers"])
def test_the_breakdown_by_length_is_that_of_the_counts(scores: dict[str, Any], layer: str) -> None:
    expected = {length: counts.scores() for length, counts in by_length(GOLD, found(), layer).items()}
    assert scores[layer]["by_length"] == expected
    assert sum(row["support"] for row in expected.values()) == scores[layer]["micro"]["support"]


def test_the_breakdown_by_article_is_that_of_the_counts(scores: dict[str, Any]) -> None:
    articles = by_article(GOLD, found())
    for layer in LAYERS:
        assert scores[layer]["by_article"] == {id: layers[layer].scores() for id, layers in articles.items()}
    assert scores["triggers"]["by_article"]["ثانية"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}


def test_the_ranking_is_that_of_the_scores_and_a_sentence_without_any_has_noughts(
    scores: dict[str, Any], schema: Schema
) -> None:
    assert schema.event_types == ["KILL", "CAPTURE", "SHELLING"]
    assert scores["event_types"]["ranking"] == EventTypeScoreMetric().compute(
        references=[["CAPTURE"], ["KILL"], ["SHELLING"], []],
        predictions=[[0.2, 0.9, 0.1], [0.4, 0.6, 0.3], [0.1, 0.2, 0.7], [0.0, 0.0, 0.0]],
        labels=["KILL", "CAPTURE", "SHELLING"],
    )
    # Above the one sentence that tells of a death no other has a higher score of it.
    assert scores["event_types"]["ranking"]["average_precision"]["per_type"] == dict.fromkeys(schema.event_types, 1.0)


def test_predictions_without_scores_of_types_have_no_ranking(schema: Schema) -> None:
    scores = detailed_scores(GOLD, GOLD, schema)
    assert scores["event_types"]["ranking"] is None
    assert scores["event_types"]["micro"]["f1"] == 1.0


def test_no_documents_have_all_scores_and_no_support(schema: Schema) -> None:
    scores = detailed_scores([], [], schema)
    assert {layer: scores[layer]["micro"]["support"] for layer in LAYERS} == dict.fromkeys(LAYERS, 0)
    assert counts_by_sentence([], []) == {layer: [] for layer in LAYERS}


def test_counts_are_listed_sentence_by_sentence_over_all_documents() -> None:
    assert counts_by_sentence(GOLD, found()) == {
        "entities": [[1, 2, 2], [1, 2, 2], [2, 2, 2], [0, 0, 0]],
        "triggers": [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 1, 0]],
        "event_types": [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 1, 0]],
    }


def test_other_numbers_of_documents_are_refused(schema: Schema) -> None:
    with pytest.raises(ValueError, match="shorter"):
        detailed_scores(GOLD, found()[:1], schema)
    with pytest.raises(ValueError, match="shorter"):
        counts_by_sentence(GOLD, found()[:1])
