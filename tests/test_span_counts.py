"""Counts that can be added: over sentences, documents and folds, to exactly the scores of the strict metric."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import marked_document
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.data.tags import entity_tags, trigger_tags
from trainer.documents import Document
from trainer.evaluation.event_types import EventTypeMetric
from trainer.evaluation.scores import LAYERS
from trainer.evaluation.span_counts import (
    ITEM_LAYERS,
    SPAN_LAYERS,
    Counts,
    pooled,
    sentence_counts,
    sentence_pairs,
    span_counts,
)
from trainer.evaluation.strict_spans import StrictSpanMetric

GOLD = marked_document(
    [
        "{سيطر|CAPTURE} [تنظيم داعش|ARMED] على [الرقة|GPE] أمس.",
        "{قُتل|KILL} [أحمد الخالد|PER] في {قصف|SHELLING} على [حلب|GPE].",
        "الطقس بارد في [دمشق|GPE].",
    ],
    "مثال",
)
FOUND = marked_document(
    [
        "{سيطر|CAPTURE} تنظيم [داعش|ARMED] على [الرقة|GPE] أمس.",  # one span too short
        "{قُتل|SHELLING} [أحمد الخالد|PER] في {قصف|SHELLING} على [حلب|ARMED].",  # two wrong types
        "{الطقس|KILL} بارد في [دمشق|GPE].",  # a trigger that is not there
    ],
    "مثال",
)


def test_the_layers_are_those_of_the_scores() -> None:
    assert ITEM_LAYERS == LAYERS
    assert SPAN_LAYERS == ("entities", "triggers")


def test_entities_are_counted_by_type_as_by_hand() -> None:
    assert span_counts(GOLD, FOUND, "entities") == {
        "ARMED": Counts(hits=0, predicted=2, gold=1),
        "GPE": Counts(hits=2, predicted=2, gold=3),
        "PER": Counts(hits=1, predicted=1, gold=1),
    }


def test_triggers_are_counted_by_type_as_by_hand() -> None:
    assert span_counts(GOLD, FOUND, "triggers") == {
        "CAPTURE": Counts(hits=1, predicted=1, gold=1),
        "KILL": Counts(hits=0, predicted=1, gold=1),
        "SHELLING": Counts(hits=1, predicted=2, gold=1),
    }


def test_the_items_of_event_types_are_sentences_with_a_type() -> None:
    # Two triggers of one type in a sentence are one item.
    assert sentence_counts(GOLD, FOUND, "event_types") == [
        {"CAPTURE": Counts(1, 1, 1)},
        {"KILL": Counts(0, 0, 1), "SHELLING": Counts(1, 1, 1)},
        {"KILL": Counts(0, 1, 0)},
    ]


def test_event_types_are_those_that_sentences_say_not_those_of_the_triggers() -> None:
    found = marked_document(["{قُتل|KILL} خمسة مدنيين."])
    found.sentences[0].event_types = {}
    gold = marked_document(["{قُتل|KILL} خمسة مدنيين."])
    assert span_counts(gold, found, "event_types") == {"KILL": Counts(0, 0, 1)}
    assert span_counts(gold, found, "triggers") == {"KILL": Counts(1, 1, 1)}


def test_every_sentence_has_a_table_also_without_anything_to_count() -> None:
    assert sentence_counts(GOLD, FOUND, "entities") == [
        {"ARMED": Counts(0, 1, 1), "GPE": Counts(1, 1, 1)},
        {"ARMED": Counts(0, 1, 0), "GPE": Counts(0, 0, 1), "PER": Counts(1, 1, 1)},
        {"GPE": Counts(1, 1, 1)},
    ]
    assert sentence_counts(GOLD, GOLD, "triggers")[2] == {}


@pytest.mark.parametrize("layer", ITEM_LAYERS)
def test_a_document_is_the_sum_of_its_sentences_with_sorted_types(layer: str) -> None:
    counts = span_counts(GOLD, FOUND, layer)
    assert counts == pooled(sentence_counts(GOLD, FOUND, layer))
    assert list(counts) == sorted(counts)
    assert len(counts) >= 3


@pytest.mark.parametrize("layer", ITEM_LAYERS)
def test_gold_against_itself_has_only_hits(layer: str) -> None:
    for counts in span_counts(GOLD, GOLD, layer).values():
        assert counts.hits == counts.predicted == counts.gold > 0


def test_a_span_over_a_part_of_a_word_counts_as_the_whole_word() -> None:
    part = marked_document(["هاجم و[داعش|ARMED] قرية."])
    whole = marked_document(["هاجم [وداعش|ARMED] قرية."])
    assert span_counts(part, whole, "entities") == {"ARMED": Counts(1, 1, 1)}


WORDS = ("سيطر", "قُتل", "تنظيم", "داعش", "الرقة", "،", "حلب", "30", "أمس", ".", "\n")
LABELS = st.sampled_from(["PER", "GPE", "GPE-CITY"])


@st.composite
def spans(draw: Any, text: str) -> list[tuple[int, int, str]]:
    """Draw any labelled stretches of ``text``, over parts of words and over one another, too."""
    drawn = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text) - 1))
        drawn.append((start, draw(st.integers(start + 1, min(len(text), start + 15))), draw(LABELS)))
    return drawn


@st.composite
def document_pairs(draw: Any) -> tuple[Document, Document]:
    """Draw a gold and a predicted document; the prediction has some of the gold spans and others."""
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12)))
    gold, found = Document.from_text(text), Document.from_text(text)
    for add in ("add_entity", "add_event"):
        expected = draw(spans(text))
        kept = [span for span in expected if draw(st.booleans())]
        for span in expected:
            getattr(gold, add)(*span)
        for span in [*kept, *draw(spans(text))]:
            getattr(found, add)(*span)
    gold.set_event_types_from_triggers()
    found.set_event_types_from_triggers()
    return gold, found


STRICT = StrictSpanMetric()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(document_pairs(), min_size=1, max_size=3))
def test_the_sum_scores_exactly_as_the_strict_metric(pairs: list[tuple[Document, Document]]) -> None:
    for layer, tags in (("entities", entity_tags), ("triggers", trigger_tags)):
        counts = pooled(span_counts(gold, found, layer) for gold, found in pairs)
        expected = STRICT.compute(
            references=[tags(gold, sentence) for gold, _ in pairs for sentence in gold.sentences],
            predictions=[tags(found, sentence) for _, found in pairs for sentence in found.sentences],
        )
        assert sum(counts.values(), Counts()).scores() == expected["micro"]
        assert {name: row.scores() for name, row in counts.items()} == expected["per_type"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(document_pairs(), min_size=1, max_size=3))
def test_the_sum_over_event_types_scores_as_their_metric(pairs: list[tuple[Document, Document]]) -> None:
    counts = pooled(span_counts(gold, found, "event_types") for gold, found in pairs)
    expected = EventTypeMetric().compute(
        references=[list(sentence.event_types) for gold, _ in pairs for sentence in gold.sentences],
        predictions=[list(sentence.event_types) for _, found in pairs for sentence in found.sentences],
        labels=["PER", "GPE", "GPE-CITY"],
    )
    assert sum(counts.values(), Counts()).scores() == pytest.approx(expected["micro"])


def test_scores_are_zero_where_they_are_undefined() -> None:
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert Counts().scores() == nothing
    assert Counts(0, 3, 0).scores() == nothing
    assert Counts(0, 0, 2).scores() == {**nothing, "support": 2}


def test_scores_are_ratios_of_the_counts() -> None:
    assert Counts(hits=3, predicted=4, gold=6).scores() == pytest.approx(
        {"precision": 3 / 4, "recall": 3 / 6, "f1": 3 / 5, "support": 6}
    )


def test_counts_are_added_and_nothing_else_is() -> None:
    assert Counts(1, 2, 3) + Counts(10, 20, 30) == Counts(11, 22, 33)
    with pytest.raises(TypeError):
        Counts(1, 2, 3) + 1


def test_pooling_adds_key_by_key() -> None:
    folds = [{"GPE": Counts(1, 1, 2)}, {}, {"GPE": Counts(1, 2, 3), "PER": Counts(0, 1, 0)}]
    assert pooled(folds) == {"GPE": Counts(2, 3, 5), "PER": Counts(0, 1, 0)}
    assert pooled([]) == {}


@pytest.mark.parametrize("count", [span_counts, sentence_counts])
def test_an_unknown_layer_is_refused_even_without_sentences(count: Any) -> None:
    with pytest.raises(ValueError, match="'arguments' is none of the layers entities, triggers, event_types"):
        count(Document.from_text(""), Document.from_text(""), "arguments")


def test_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="gold document 'مثال' and predicted '' differ in their text or sentences"):
        span_counts(GOLD, marked_document(["الطقس بارد."]), "entities")


def test_the_same_text_cut_into_other_sentences_is_refused() -> None:
    found = GOLD.without_annotations()
    found.sentences[1].start += 1
    with pytest.raises(ValueError, match="differ in their text or sentences"):
        sentence_pairs(GOLD, found)
