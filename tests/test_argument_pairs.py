"""Pairs of a trigger and an entity: how far apart they stand, and what stands between them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trainer.modeling.argument_pairs import COLUMN, DISTANCES, MOST_BETWEEN, pairs_of_trigger

ARMED, GPE, DATE = 0, 1, 2
KILL, CLASH = 0, 1


def spans(*rows: tuple[int, int, int]) -> np.ndarray:
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def test_a_pair_has_the_words_and_types_of_both() -> None:
    # قُتل | قائد | في | مدينة | الحسكة
    (pair,) = pairs_of_trigger((0, 1, KILL), spans((3, 5, GPE)), spans((0, 1, KILL)))
    assert pair[: COLUMN.distance].tolist() == [0, 1, KILL, 3, 5, GPE]


def test_sides_and_distances_are_told_apart() -> None:
    fillers = spans((0, 1, GPE), (4, 5, GPE), (6, 7, GPE), (20, 21, GPE))
    classes = pairs_of_trigger((5, 6, KILL), fillers, spans((5, 6, KILL)))[:, COLUMN.distance].tolist()
    assert len(set(classes)) == 4, "far before, just before, just behind, far behind"


def test_a_filler_that_the_trigger_touches_has_a_class_of_its_own() -> None:
    touching, behind = pairs_of_trigger((1, 3, KILL), spans((2, 4, GPE), (3, 4, GPE)), spans((1, 3, KILL)))
    assert touching[COLUMN.distance] == 0 != behind[COLUMN.distance]


def test_the_sentence_before_is_told_apart_by_whether_the_own_one_has_such_an_entity() -> None:
    fillers = spans((-4, -3, GPE), (-2, -1, DATE), (2, 3, GPE))
    before, before_alone, _ = pairs_of_trigger((0, 1, KILL), fillers, spans((0, 1, KILL)))[:, COLUMN.distance]
    assert len({before, before_alone}) == 2
    assert max(before, before_alone) == DISTANCES - 1


def test_entities_of_the_same_type_between_the_two_are_counted() -> None:
    fillers = spans((1, 2, ARMED), (2, 3, GPE), (3, 4, ARMED), (5, 6, ARMED))
    between = pairs_of_trigger((0, 1, CLASH), fillers, spans((0, 1, CLASH)))[:, COLUMN.between].tolist()
    assert between == [0, 0, 1, 2]


def test_triggers_between_the_two_are_counted_also_across_sentences() -> None:
    triggers = spans((-5, -4, KILL), (-2, -1, KILL), (0, 1, CLASH), (3, 4, KILL))
    pairs = pairs_of_trigger((3, 4, KILL), spans((-6, -5, GPE), (1, 2, GPE), (4, 5, GPE)), triggers)
    assert pairs[:, COLUMN.triggers_between].tolist() == [3, 0, 0]


@st.composite
def sentences(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    def some(smallest: int) -> np.ndarray:
        starts = draw(st.lists(st.integers(smallest, 40), max_size=12, unique=True))
        return spans(*((start, start + draw(st.integers(1, 3)), draw(st.integers(0, 3))) for start in sorted(starts)))

    return some(-20), some(0)


@given(sentences())
def test_every_class_is_one_that_the_model_knows(found: tuple[np.ndarray, np.ndarray]) -> None:
    fillers, triggers = found
    for trigger in triggers:
        pairs = pairs_of_trigger(trigger, fillers, triggers)
        assert pairs.shape == (len(fillers), len(COLUMN))
        assert ((pairs[:, COLUMN.distance] >= 0) & (pairs[:, COLUMN.distance] < DISTANCES)).all()
        for column in (COLUMN.between, COLUMN.triggers_between):
            assert ((pairs[:, column] >= 0) & (pairs[:, column] <= MOST_BETWEEN)).all()
        by_hand = [
            min(
                MOST_BETWEEN,
                sum(min(trigger[0], f[0]) < o[0] < max(trigger[0], f[0]) and o[2] == f[2] for o in fillers),
            )
            for f in fillers
        ]
        assert pairs[:, COLUMN.between].tolist() == by_hand
