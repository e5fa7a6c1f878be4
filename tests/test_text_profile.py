"""The figures of a text collection: lengths, punctuation, repetition, density."""

from __future__ import annotations

import pytest

from trainer.data.text_profile import distinct_grams, equal_sample, profile, repeated_openings, sentence_words
from trainer.documents import Document


def document(text: str) -> Document:
    return Document.from_text(text, id="a")


def test_lengths_count_words_and_rates_are_per_thousand_of_them() -> None:
    found = document("قُتل «قائد»، وجُرح آخر.\nوقع القصف ليلاً على حلب 12 مرة")
    found.add_entity(0, 4, "PER")
    found.add_event(0, 4, "KILL")
    found.set_event_types_from_triggers()
    measured = profile([found])
    assert (measured.sentences, measured.words, measured.mean_length) == (2, 11, 5.5)
    assert measured.length_quantiles[50] == 5.5
    assert measured.punctuation["،"] == pytest.approx(1000 / 11)
    assert measured.punctuation["«"] == measured.punctuation["»"] == pytest.approx(1000 / 11)
    assert (measured.entities, measured.triggers) == (pytest.approx(1000 / 11), pytest.approx(1000 / 11))
    assert measured.without_event == 0.5


def test_one_sentence_is_too_little_to_profile() -> None:
    with pytest.raises(ValueError, match="at least two sentences"):
        profile([document("قصف على حلب. ...")])


def test_openings_are_told_where_they_repeat_whatever_their_spelling() -> None:
    texts = ["قُتل خمسة مدنيين في قصف أمس.", "قتل خمسة مدنيين في قصفٍ اليوم.", "قتل خمسة مدنيين في «قصف» ليلي."]
    assert repeated_openings(map(document, texts), more_than=2) == {"قتل خمسه مدنيين في قصف": 3}
    assert repeated_openings(map(document, texts), more_than=3) == {}
    assert repeated_openings([document("قتل خمسة")] * 5) == {}


def test_repeated_runs_of_words_lower_the_share_of_different_ones() -> None:
    one = sentence_words([document("أ ب ج د ه")])
    assert distinct_grams(one) == 1.0
    assert distinct_grams(one * 2) == 0.5
    assert distinct_grams([["أ", "ب"]]) == 1.0


def test_an_equal_sample_has_as_many_words_and_is_the_same_every_time() -> None:
    sentences = [["كلمة"] * length for length in range(1, 20)]
    drawn = equal_sample(sentences, 40, seed=1)
    assert 40 <= sum(map(len, drawn)) < 60
    assert drawn == equal_sample(sentences, 40, seed=1)
    assert equal_sample(sentences, sum(range(1, 20)), seed=2) != drawn
    with pytest.raises(ValueError, match="fewer than 999"):
        equal_sample(sentences, 999, seed=1)
