"""Arguments in documents: which entities a trigger is paired with, and what becomes of scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from conftest import marked_document
from hypothesis import given
from hypothesis import strategies as st

from trainer.documents import Document
from trainer.modeling.argument_filling import ArgumentFiller, Projections
from trainer.modeling.argument_pairs import COLUMN
from trainer.modeling.layout import ModelLayout
from trainer.modeling.pair_scorer import PairScorer, SummedWords

ROLES, TRIGGERS, FILLERS = ["AGENT", "PLACE"], ["KILL", "CLASH"], ["ARMED", "GPE"]
LAYOUT = ModelLayout(
    [{"name": "argument", "labels": ROLES, "trigger_types": TRIGGERS, "filler_types": FILLERS, "size": 2}], 64, 0, 0
)


class Scripted(PairScorer):
    """Gives an entity its role by its type, and keeps the pairs that it was asked about."""

    def __init__(self, by_type: Mapping[int, list[float]]) -> None:
        super().__init__({})
        object.__setattr__(self, "by_type", by_type)
        object.__setattr__(self, "asked", [])

    def score(self, pairs: np.ndarray, words: SummedWords) -> np.ndarray:
        self.asked.append(pairs)  # type: ignore[attr-defined]
        return np.array([self.by_type[type] for type in pairs[:, COLUMN.filler_type]])  # type: ignore[attr-defined]


def projections(document: Document) -> Projections:
    return [np.zeros((len(document.words_of(sentence)), 8), dtype=np.float32) for sentence in document.sentences]


def filled(document: Document, by_type: Mapping[int, list[float]], bar: float = 0.5) -> list[tuple[str, str, str]]:
    scorer = Scripted(by_type)
    ArgumentFiller(LAYOUT, scorer).fill(document, projections(document), lambda role: bar)
    names = {entity.id: entity.text for entity in document.entities}
    return [(e.trigger.text, a.role, names[a.entity]) for e in document.events for a in e.arguments]


AGENT_AND_PLACE = {0: [0.9, 0.1], 1: [0.2, 0.8]}


def document(*sentences: str) -> Document:
    made = marked_document(sentences, "001")
    for event in made.events:
        event.arguments = []
    return made


def test_every_trigger_of_a_sentence_gets_the_entities_that_score_enough() -> None:
    text = document("{قتلت|KILL} [قوات النظام|ARMED] مدنيين بعد {اشتباكات|CLASH} في [حلب|GPE].")
    assert filled(text, AGENT_AND_PLACE) == [
        ("قتلت", "AGENT", "قوات النظام"),
        ("قتلت", "PLACE", "حلب"),
        ("اشتباكات", "AGENT", "قوات النظام"),
        ("اشتباكات", "PLACE", "حلب"),
    ]


def test_the_sentence_before_is_looked_at_and_no_other() -> None:
    text = document("وصل [الجيش|ARMED] أمس.", "دخل [داعش|ARMED] البلدة.", "ثم جرت {اشتباكات|CLASH}.", "في [حلب|GPE].")
    assert filled(text, AGENT_AND_PLACE) == [("اشتباكات", "AGENT", "داعش")]


def test_an_entity_may_play_two_roles() -> None:
    text = document("{قتل|KILL} في [حلب|GPE].")
    assert [role for _, role, _ in filled(text, {1: [0.6, 0.7]})] == ["AGENT", "PLACE"]


def test_scores_are_kept_and_the_bar_counts() -> None:
    text = document("{قتل|KILL} في [حلب|GPE].")
    assert filled(text, AGENT_AND_PLACE, bar=0.85) == []
    filled(text, AGENT_AND_PLACE)
    assert text.events[0].arguments[0].score == 0.8


def test_what_was_filled_in_before_is_replaced() -> None:
    text = document("{قتل|KILL} في [حلب|GPE].")
    filled(text, AGENT_AND_PLACE)
    assert filled(text, AGENT_AND_PLACE) == [("قتل", "PLACE", "حلب")]


@pytest.mark.parametrize("label", ["PER", "DATE"])
def test_types_that_the_model_does_not_know_are_passed_over(label: str) -> None:
    text = document(f"{{قتل|KILL}} [أحمد|{label}] في [حلب|GPE].")
    assert filled(text, AGENT_AND_PLACE) == [("قتل", "PLACE", "حلب")]


def test_a_sentence_that_was_not_scored_gives_nothing() -> None:
    text = document("{قتل|KILL} في [حلب|GPE].")
    ArgumentFiller(LAYOUT, Scripted(AGENT_AND_PLACE)).fill(text, [None], lambda role: 0.5)
    assert text.events[0].arguments == []


@given(st.text(max_size=60), st.data())
def test_spans_that_are_no_whole_words_and_lie_anywhere_do_no_harm(text: str, data: st.DataObject) -> None:
    made = replace(Document.from_text(text or "ا"), id="د")
    offset = st.integers(0, len(made.text) - 1)
    for _ in range(3):
        start = data.draw(offset)
        end = data.draw(st.integers(start + 1, len(made.text)))
        made.add_entity(start, end, data.draw(st.sampled_from(["ARMED", "GPE", "PER"])))
        made.add_event(start, end, data.draw(st.sampled_from(["KILL", "DAMAGE"])))
    filled(made, AGENT_AND_PLACE)
    known = {entity.id for entity in made.entities}
    assert all(argument.entity in known for event in made.events for argument in event.arguments)
