"""``thresholds`` and the ``dial`` of ``predict``: what counts, and from which score."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from conftest import TEST, TRAINING, VALIDATION, marked_document

from trainer.documents import Document
from trainer.inference.api import load, predict
from trainer.inference.predictor import Predictor
from trainer.modeling.strictness import Strictness

TEXTS = [marked_document([sentence]).text for sentence in (*TRAINING, *VALIDATION, *TEST)]
TEXTS += ["وصل داعش إلى ريف المدينة.", "مقتل الأسواق اليوم على بلدة باردة.", "السيطرة خمسة قرب أمس."]


@pytest.fixture(scope="module")
def predictor(tiny_model: Path) -> Predictor:
    return load(tiny_model, device="cpu", precision="fp32")


def dictionaries(documents: list[Document]) -> list[dict]:
    return [document.to_dict(type_scores=True) for document in documents]


def without_ids(items: list[dict]) -> list[dict]:
    return [{key: value for key, value in item.items() if key != "id"} for item in items]


class TestThresholds:
    def test_an_entity_types_is_for_its_spans_alone(self, predictor: Predictor) -> None:
        plain = dictionaries(predictor.predict(TEXTS))
        scores = sorted(e["score"] for document in plain for e in document["entities"] if e["label"] == "GPE")
        least = scores[len(scores) // 2]
        assert scores[0] < least
        for before, found in zip(plain, dictionaries(predictor.predict(TEXTS, thresholds={"GPE": least})), strict=True):
            expected = [e for e in before["entities"] if e["label"] != "GPE" or e["score"] >= least]
            # Reported scores are rounded: the one on the border may have been a little less.
            border = [e for e in expected if e["score"] != least]
            assert without_ids([e for e in found["entities"] if e["score"] != least]) == without_ids(border)
            assert (found["events"], found["sentences"]) == (before["events"], before["sentences"])

    def test_an_event_types_is_for_triggers_and_for_the_types_of_sentences(self, predictor: Predictor) -> None:
        plain = predictor.predict(TEXTS)
        strict = predictor.predict(TEXTS, thresholds={"KILL": 1.0})
        assert any(event.type == "KILL" for document in plain for event in document.events)
        assert {event.type for document in strict for event in document.events} == {"CAPTURE", "SHELLING"}
        for before, found in zip(plain, strict, strict=True):
            assert [e.type for e in found.events] == [e.type for e in before.events if e.type != "KILL"]
            for ours, theirs in zip(found.sentences, before.sentences, strict=True):
                assert ours.event_types == {n: s for n, s in theirs.event_types.items() if n != "KILL"}
                assert ours.type_scores == theirs.type_scores

    def test_a_low_one_gives_a_sentence_the_type_that_the_models_own_withholds(self, predictor: Predictor) -> None:
        for document in predictor.predict(TEXTS, thresholds={"KILL": 0.0}):
            for sentence in document.sentences:
                assert sentence.event_types["KILL"] == sentence.type_scores["KILL"]

    def test_the_dial_does_not_move_one_that_is_given(self) -> None:
        asked = Strictness({"KILL": 0.7}, dial=-1)
        assert asked.least_score("KILL", 0.5) == 0.7
        assert asked.least_score("CAPTURE", 0.5) < 0.5

    def test_ids_have_no_gaps(self, predictor: Predictor) -> None:
        for document in predictor.predict(TEXTS, thresholds={"ARMED": 1.0, "KILL": 1.0}):
            assert [e.id for e in document.entities] == [f"T{n + 1}" for n in range(len(document.entities))]
            assert [e.id for e in document.events] == [f"E{n + 1}" for n in range(len(document.events))]

    @pytest.mark.parametrize(
        ("label", "nearest"), [("KIL", "KILL"), ("gpe", "GPE"), ("SHELING", "SHELLING"), ("captured", "CAPTURE")]
    )
    def test_an_unknown_label_is_refused_with_the_nearest(self, predictor: Predictor, label: str, nearest: str) -> None:
        with pytest.raises(ValueError, match=f"the model has no label '{label}'.*did you mean {nearest}"):
            predictor.predict("قتل", thresholds={label: 0.5})

    def test_a_label_like_no_other_is_refused_with_all_there_are(self, predictor: Predictor) -> None:
        with pytest.raises(ValueError, match=r"did you mean PER or GPE or ARMED or KILL or CAPTURE or SHELLING\?"):
            predictor.predict("قتل", thresholds={"مدينة": 0.5})

    def test_labels_that_differ_only_in_case_are_labels_of_their_own(self) -> None:
        for label in ("Kill", "KILL"):
            Strictness({label: 0.5}).check_labels(["Kill", "KILL", "GPE"])
        with pytest.raises(ValueError, match=r"no label 'kill' .*did you mean Kill or KILL\?"):
            Strictness({"kill": 0.5}).check_labels(["Kill", "KILL", "GPE"])

    @pytest.mark.parametrize("score", [-0.1, 1.1, math.nan, math.inf])
    def test_what_is_no_score_is_refused(self, predictor: Predictor, score: float) -> None:
        with pytest.raises(ValueError, match=f"the threshold of 'GPE' is {score}; scores go from 0 to 1"):
            predictor.predict("قتل", thresholds={"GPE": score})


class TestTheDial:
    def test_in_the_middle_it_changes_nothing(self, predictor: Predictor) -> None:
        plain = dictionaries(predictor.predict(TEXTS))
        assert dictionaries(predictor.predict(TEXTS, dial=0.0, thresholds={})) == plain

    def test_the_stricter_the_fewer_words_inside_spans_and_the_fewer_types(self, predictor: Predictor) -> None:
        words, types = [], []
        for dial in (-1, -0.5, 0, 0.5, 1):
            documents = predictor.predict(TEXTS, dial=dial)
            spans = [(d, e.start, e.end) for d in documents for e in d.entities]
            spans += [(d, e.trigger.start, e.trigger.end) for d in documents for e in d.events]
            words.append(sum(start <= word.start < end for d, start, end in spans for word in d.words))
            types.append(sum(len(sentence.event_types) for d in documents for sentence in d.sentences))
        assert words == sorted(words, reverse=True)
        assert types == sorted(types, reverse=True)
        assert words[0] > words[2] > words[4]
        assert types[0] > types[2] > types[4]

    def test_scores_stay_the_models_own(self, predictor: Predictor) -> None:
        compared: list[tuple[float | None, float | None]] = []
        for plain, strict in zip(predictor.predict(TEXTS), predictor.predict(TEXTS, dial=1.0), strict=True):
            expected = {(e.start, e.end, e.label): e.score for e in plain.entities}
            found = {(e.start, e.end, e.label): e.score for e in strict.entities}
            compared += [(found[span], expected[span]) for span in found.keys() & expected.keys()]
            assert [s.type_scores for s in strict.sentences] == [s.type_scores for s in plain.sentences]
            assert all(s.type_scores for s in strict.sentences)
        assert len(compared) > 5
        assert all(score == trained for score, trained in compared)

    @pytest.mark.parametrize(
        ("dial", "trained", "expected"),
        [(0.0, 0.3, 0.3), (1.0, 0.5, 50 / 51), (-1.0, 0.5, 1 / 51), (0.5, 0.5, 0.876), (-1.0, 1.01, 1.01), (1.0, 0, 0)],
    )
    def test_it_moves_the_threshold_of_sentence_types_in_log_odds(
        self, dial: float, trained: float, expected: float
    ) -> None:
        assert Strictness(dial=dial).least_score("KILL", trained) == pytest.approx(expected, abs=1e-3)

    @pytest.mark.parametrize("dial", [-1.01, 2, math.nan])
    def test_it_ends_at_one_on_either_side(self, predictor: Predictor, dial: float) -> None:
        with pytest.raises(ValueError, match=f"the dial is {dial}; it goes from -1 .find more. to 1 .err less."):
            predictor.predict("قتل", dial=dial)


class TestBothTogether:
    def test_a_mistake_is_told_at_once_also_where_there_is_nothing_to_label(self, predictor: Predictor) -> None:
        for texts in ([], iter(())):
            with pytest.raises(ValueError, match="no label 'KIL'"):
                predictor.predict(texts, thresholds={"KIL": 0.5})
            with pytest.raises(ValueError, match="the dial is 3"):
                predictor.predict(texts, dial=3)

    def test_a_text_a_list_and_an_iterator_take_them(self, predictor: Predictor) -> None:
        options = {"thresholds": {"GPE": 1.0}, "dial": -1.0, "clean": True}
        expected = dictionaries(predictor.predict(TEXTS[:3], **options))
        assert dictionaries(list(predictor.predict(iter(TEXTS[:3]), **options))) == expected
        assert not any(e["label"] == "GPE" for document in expected for e in document["entities"])
        assert predictor.predict(TEXTS[0], **options).to_dict()["entities"] == expected[0]["entities"]

    def test_the_function_of_the_package_takes_them(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARSAD_MODEL", str(tiny_model))
        options = {"thresholds": {"GPE": 1.0}, "dial": 0.5, "clean": True}
        assert predict(TEXTS[0], **options) == load(tiny_model).predict(TEXTS[0], **options)
