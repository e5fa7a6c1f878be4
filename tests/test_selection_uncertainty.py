"""How unsure a model is of a sentence: from 0 to 1, more for flatter probabilities, alike for short and long ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.modeling.scoring import SentenceScores
from trainer.modeling.temperatures import Temperatures
from trainer.selection.uncertainty import sentence_uncertainty

AS_SAID = Temperatures()


def tags(*probabilities: list[float]) -> Any:
    """Return the log probabilities of words."""
    return np.log(np.array(probabilities, dtype=np.float32))


SURE, UNSURE, GUESS = [0.98, 0.01, 0.01], [0.6, 0.3, 0.1], [1 / 3, 1 / 3, 1 / 3]


@st.composite
def scores(draw: Any) -> SentenceScores:
    words, labels = draw(st.integers(1, 30)), draw(st.integers(2, 7))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    sharpness = draw(st.floats(0, 60))

    def head() -> Any:
        logits = rng.normal(size=(words, labels)) * sharpness
        logits -= logits.max(-1, keepdims=True)
        return (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype(np.float32)

    types = 1 / (1 + np.exp(-rng.normal(size=labels) * sharpness))
    every = SentenceScores(entity=head(), trigger=head(), event_type=types.astype(np.float32))
    absent = draw(st.sets(st.sampled_from(["entity", "trigger", "event_type"])))
    return replace(every, **dict.fromkeys(absent))


temperatures = st.builds(Temperatures, *[st.floats(0.25, 4)] * 3)


class TestRange:
    @given(scores(), temperatures)
    def test_it_lies_between_0_and_1(self, said: SentenceScores, fitted: Temperatures) -> None:
        assert 0 <= sentence_uncertainty(said, fitted) <= 1

    def test_a_model_that_can_only_guess_everything_has_1(self) -> None:
        said = SentenceScores(tags(*[GUESS] * 8), tags(*[GUESS] * 8), np.full(4, 0.5, dtype=np.float32))
        assert sentence_uncertainty(said, AS_SAID) == pytest.approx(1)

    def test_a_model_that_is_sure_of_everything_has_nearly_0(self) -> None:
        sure = tags(*[[1 - 2e-9, 1e-9, 1e-9]] * 8)
        said = SentenceScores(sure, sure, np.array([0, 1], dtype=np.float32))
        assert sentence_uncertainty(said, AS_SAID) < 1e-4

    def test_a_model_without_heads_has_0(self) -> None:
        assert sentence_uncertainty(SentenceScores(), AS_SAID) == 0

    @pytest.mark.parametrize("head", ["entity", "trigger", "event_type"])
    def test_heads_that_a_model_lacks_do_not_count(self, head: str) -> None:
        value = np.full(3, 0.5, dtype=np.float32) if head == "event_type" else tags(GUESS)
        assert sentence_uncertainty(SentenceScores(**{head: value}), AS_SAID) == pytest.approx(1)

    def test_a_head_with_a_single_tag_is_sure(self) -> None:
        assert sentence_uncertainty(SentenceScores(entity=tags([1.0], [1.0])), AS_SAID) == 0


class TestOrder:
    @given(scores(), st.floats(0, 1))
    def test_flatter_probabilities_are_more_uncertain(self, said: SentenceScores, share: float) -> None:
        def flatter(head: str) -> Any:
            found = getattr(said, head)
            if found is None or head == "event_type":
                return found if found is None else found + (0.5 - found) * share
            probabilities = np.exp(found)
            return np.log(probabilities * (1 - share) + share / probabilities.shape[1] + 1e-30)

        mixed = SentenceScores(**{head: flatter(head) for head in ("entity", "trigger", "event_type")})
        assert sentence_uncertainty(mixed, AS_SAID) >= sentence_uncertainty(said, AS_SAID) - 1e-5

    @given(scores(), st.floats(1, 4))
    def test_a_higher_temperature_is_more_uncertainty(self, said: SentenceScores, temperature: float) -> None:
        hot = Temperatures(temperature, temperature, temperature)
        assert sentence_uncertainty(said, hot) >= sentence_uncertainty(said, AS_SAID) - 1e-5

    def test_each_temperature_is_that_of_its_own_head(self) -> None:
        said = SentenceScores(tags(UNSURE), tags(UNSURE), np.array([0.8, 0.1], dtype=np.float32))
        least = sentence_uncertainty(said, AS_SAID)
        hot = [Temperatures(entity=3), Temperatures(trigger=3), Temperatures(event_type=3)]
        assert all(sentence_uncertainty(said, one) > least for one in hot)
        assert sentence_uncertainty(replace(said, entity=None), hot[0]) == sentence_uncertainty(
            replace(said, entity=None), AS_SAID
        )


class TestLength:
    def test_sure_words_around_an_unsure_one_do_not_hide_it(self) -> None:
        alone = SentenceScores(entity=tags(UNSURE, *[SURE] * 4))
        among_many = SentenceScores(entity=tags(UNSURE, *[SURE] * 24))
        assert sentence_uncertainty(among_many, AS_SAID) == pytest.approx(sentence_uncertainty(alone, AS_SAID))

    def test_a_text_said_twice_is_as_uncertain_as_once(self) -> None:
        once = [*[UNSURE] * 3, *[GUESS] * 2, *[SURE] * 20]
        said = [sentence_uncertainty(SentenceScores(entity=tags(*words)), AS_SAID) for words in (once, once * 2)]
        assert said[0] == pytest.approx(said[1])

    def test_types_that_are_surely_absent_do_not_hide_a_doubtful_one(self) -> None:
        few = SentenceScores(event_type=np.array([0.5, 0.01], dtype=np.float32))
        many = SentenceScores(event_type=np.array([0.5, *[0.01] * 30], dtype=np.float32))
        assert sentence_uncertainty(few, AS_SAID) == pytest.approx(sentence_uncertainty(many, AS_SAID))
