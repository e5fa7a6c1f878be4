"""Predicted documents against gold documents: three layers, and the one number that training selects by."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from trainer.data.corpus import Corpus, load_corpus
from trainer.documents import Document
from trainer.evaluation.scores import LAYERS, headline, score_documents
from trainer.schema import Schema, load_schema

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "dataset.yaml"
TEXT = "سيطر تنظيم داعش على الرقة.\nقُتل خمسة مدنيين في حلب.\nهدوء في دمشق."
NOTHING = {"precision": 0.0, "recall": 0.0, "f1": 0.0}


@pytest.fixture(scope="module")
def gold() -> Corpus:
    return load_corpus(SHIPPED)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    layers = {"entities": ["ARMED", "GPE", "PEOPLE"], "events": ["CAPTURE", "KILL", "CLASH"]}
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(yaml.safe_dump({k: [{"name": name} for name in v] for k, v in layers.items()}), encoding="utf-8")
    return load_schema(path)


def annotated(*spans: tuple[str, str], text: str = TEXT) -> Document:
    """Mark parts of ``text``: a type of an event makes a trigger, any other label an entity."""
    document = Document.from_text(text, id="مثال")
    for part, label in spans:
        start = text.index(part)
        add = document.add_event if label in ("CAPTURE", "KILL", "CLASH") else document.add_entity
        add(start, start + len(part), label)
    document.set_event_types_from_triggers()
    return document


GOLD = (
    *(("تنظيم داعش", "ARMED"), ("الرقة", "GPE"), ("مدنيين", "PEOPLE"), ("حلب", "GPE"), ("دمشق", "GPE")),
    *(("سيطر", "CAPTURE"), ("قُتل", "KILL")),
)


def test_gold_against_itself_is_perfect_in_every_layer_and_type(gold: Corpus) -> None:
    scores = score_documents(gold.documents, gold.documents, gold.schema)
    assert tuple(scores) == LAYERS == ("entities", "triggers", "event_types")
    assert scores["entities"]["micro"]["support"] == sum(len(d.entities) for d in gold.documents)
    assert scores["triggers"]["micro"]["support"] == sum(len(d.events) for d in gold.documents)
    for layer in LAYERS:
        rows = [scores[layer]["micro"], scores[layer]["macro"], *scores[layer]["per_type"].values()]
        assert len(rows) > 10
        for values in rows:
            assert (values["precision"], values["recall"], values["f1"]) == (1.0, 1.0, 1.0)
            assert values["support"] > 0
    assert headline(scores) == {"entities": 1.0, "triggers": 1.0, "event_types": 1.0, "score": 1.0}


def test_gold_against_empty_documents_is_zero_in_every_layer(gold: Corpus) -> None:
    empty = [document.without_annotations() for document in gold.documents]
    scores = score_documents(gold.documents, empty, gold.schema)
    for layer in LAYERS:
        for average in ("micro", "macro"):
            assert {key: scores[layer][average][key] for key in NOTHING} == NOTHING
        assert scores[layer]["micro"]["support"] > 100 or layer == "event_types"
    assert headline(scores)["score"] == 0.0


def test_layers_are_scored_apart_as_counted_by_hand(schema: Schema) -> None:
    predicted = annotated(
        ("داعش", "ARMED"),  # too short
        ("الرقة", "GPE"),  # right
        ("حلب", "ARMED"),  # the wrong type
        ("دمشق", "GPE"),  # right
        ("سيطر", "CAPTURE"),  # right
        ("قُتل", "CLASH"),  # the wrong type
        ("هدوء", "KILL"),  # not there
    )
    scores = score_documents([annotated(*GOLD)], [predicted], schema)
    # Entities: 5 gold, 4 found, 2 right. Triggers: 2 gold, 3 found, 1 right; as types of their sentences, too.
    assert scores["entities"]["micro"] == pytest.approx(
        {"precision": 2 / 4, "recall": 2 / 5, "f1": 4 / 9, "support": 5}
    )
    for layer in ("triggers", "event_types"):
        micro = {"precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5, "support": 2}
        assert scores[layer]["micro"] == pytest.approx(micro)
    assert scores["entities"]["per_type"]["GPE"] == pytest.approx(
        {"precision": 1, "recall": 2 / 3, "f1": 4 / 5, "support": 3}
    )
    assert scores["entities"]["macro"]["f1"] == pytest.approx((4 / 5 + 0 + 0) / 3)
    assert headline(scores) == pytest.approx(
        {"entities": 4 / 9, "triggers": 2 / 5, "event_types": 2 / 5, "score": (4 / 9 + 2 / 5 + 2 / 5) / 3}
    )


def test_event_types_are_those_that_sentences_say_not_those_of_the_triggers(schema: Schema) -> None:
    gold, predicted = annotated(*GOLD), annotated(*GOLD)
    predicted.sentences[0].event_types = {}
    gold.sentences[2].event_types = {"CLASH": 1.0}
    scores = score_documents([gold], [predicted], schema)
    assert scores["triggers"]["micro"]["f1"] == 1.0
    # Gold has CAPTURE, KILL and CLASH, predicted is KILL alone.
    assert scores["event_types"]["micro"] == pytest.approx({"precision": 1, "recall": 1 / 3, "f1": 1 / 2, "support": 3})


def test_a_span_over_a_part_of_a_word_counts_as_the_whole_word(schema: Schema) -> None:
    gold = annotated(("داعش", "ARMED"), text="هاجم وداعش قرية.")
    predicted = annotated(("وداعش", "ARMED"), text="هاجم وداعش قرية.")
    assert score_documents([gold], [predicted], schema)["entities"]["micro"]["f1"] == 1.0


def test_several_documents_count_together_not_as_a_mean_of_documents(schema: Schema) -> None:
    one, other = annotated(*GOLD), annotated(("حلب", "GPE"))
    scores = score_documents([one, other], [annotated(*GOLD), annotated(("دمشق", "GPE"))], schema)
    assert scores["entities"]["micro"] == pytest.approx(
        {"precision": 5 / 6, "recall": 5 / 6, "f1": 5 / 6, "support": 6}
    )


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("حلب", "حمص"),
        TEXT + " ",
        TEXT.replace("قُتل", "قتل"),
        TEXT.replace("\n", " "),
    ],
)
def test_a_prediction_for_another_text_is_refused(text: str, schema: Schema) -> None:
    with pytest.raises(ValueError, match="gold document 'مثال' and predicted document 'مثال' differ in their text"):
        score_documents([annotated(*GOLD)], [annotated(text=text)], schema)


def test_a_prediction_cut_into_other_sentences_is_refused(schema: Schema) -> None:
    predicted = annotated(*GOLD)
    predicted.sentences.pop()
    with pytest.raises(ValueError, match="differ in their text"):
        score_documents([annotated(*GOLD)], [predicted], schema)


def test_documents_may_not_be_missing(schema: Schema) -> None:
    with pytest.raises(ValueError, match="shorter"):
        score_documents([annotated(*GOLD)] * 2, [annotated(*GOLD)], schema)


@pytest.mark.parametrize("documents", [[], [Document.from_text(" \n")]])
def test_no_sentences_score_zero(documents: list[Document], schema: Schema) -> None:
    scores = score_documents(documents, documents, schema)
    assert headline(scores) == {"entities": 0.0, "triggers": 0.0, "event_types": 0.0, "score": 0.0}


def test_the_headline_is_the_mean_of_the_micro_f1_of_the_layers_and_nothing_else() -> None:
    layers = {"entities": 0.9, "triggers": 0.3, "event_types": 0.6}
    scores = {
        layer: {"micro": {"f1": value, "precision": 0.1}, "macro": {"f1": 0.0}} for layer, value in layers.items()
    }
    assert headline(scores) == pytest.approx({**layers, "score": 0.6})
