"""The threshold for arguments: the default, unless another is clearly better on the validation documents."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import marked_document

from trainer.documents import Argument, Document
from trainer.modeling.tagger import Thresholds
from trainer.training.thresholds import choose_thresholds

# Twenty places, of which the first ten are those of the event.
SENTENCE = "{قصف|SHELLING} " + " ".join(f"[بلدة{number}|GPE]" for number in range(20)) + "."


def gold() -> Document:
    document = marked_document([SENTENCE], "003")
    document.events[0].arguments = [Argument("PLACE", entity.id) for entity in document.entities[:10]]
    return document


def chosen(scores: Sequence[float], document: Document) -> float:
    """Return the threshold for a model that gives the places of ``document`` these scores."""

    def fill_arguments(documents: Sequence[Document], strictness: Any) -> list[Document]:
        filled = copy.deepcopy(list(documents))
        for each in filled:
            pairs = zip(each.entities, scores, strict=True)
            each.events[0].arguments = [Argument("PLACE", entity.id, score) for entity, score in pairs]
        return filled

    tagger: Any = SimpleNamespace(event_types=[], roles=["PLACE"], fill_arguments=fill_arguments)
    return choose_thresholds(tagger, [document]).argument


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.95] * 10 + [0.05] * 10, 0.5),  # every threshold is as good
        ([0.95] * 10 + [0.7] * 10, 0.75),  # what is wrong scores high
        ([0.25] * 10 + [0.05] * 10, 0.25),  # what is right scores low
        ([0.25] + [0.95] * 9 + [0.05] * 10, 0.25),  # one of ten is 0.05 of F1
    ],
)
def test_the_nearest_to_the_default_of_those_that_are_good(scores: list[float], expected: float) -> None:
    assert chosen(scores, gold()) == expected


def test_a_gain_of_a_hair_does_not_move_it() -> None:
    # All of forty are right but one, which a low threshold brings: 0.013 of F1.
    document = marked_document([SENTENCE, SENTENCE], "003")
    document.events[0].arguments = [Argument("PLACE", entity.id) for entity in document.entities]
    scores = [0.95] * 39 + [0.15]
    assert chosen(scores, document) == Thresholds().argument


def test_documents_without_arguments_say_nothing() -> None:
    assert chosen([0.95] * 20, marked_document([SENTENCE], "003")) == Thresholds().argument
