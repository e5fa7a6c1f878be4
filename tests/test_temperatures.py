"""Temperatures: what they do to probabilities, how they are fitted, and where a model keeps them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import VALIDATION, marked_document
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.tags import bio_tags, entity_tags
from trainer.documents import Document
from trainer.modeling.layout import ModelLayout
from trainer.modeling.scoring import SentenceScores
from trainer.modeling.temperatures import TEMPERATURES_FILE, Temperatures, tempered_tags, tempered_types
from trainer.training.temperatures import fit_temperatures

TAGS = bio_tags(["PER", "GPE", "ARMED"])
TYPES = ["KILL", "SHELLING"]
LOGITS = st.lists(st.floats(-20, 20), min_size=2, max_size=6)


def log_softmax(logits: Any) -> Any:
    logits = np.asarray(logits, dtype=np.float64)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


class FakeTagger:
    """Says what it was told of each sentence of a document, whatever stands there."""

    def __init__(self, scores: list[SentenceScores | None]) -> None:
        heads = [{"name": "entity", "labels": TAGS}, {"name": "event_type", "labels": TYPES}]
        layout = ModelLayout(heads, window=32, context=0, pad_token_id=0)
        self.scorer = SimpleNamespace(runtime=SimpleNamespace(layout=layout))
        self._scores = scores

    def score(self, documents: list[Document]) -> list[SentenceScores | None]:
        assert sum(len(document.sentences) for document in documents) == len(self._scores)
        return self._scores


def fitted(scores: list[SentenceScores | None], *documents: Document) -> Temperatures:
    return fit_temperatures(FakeTagger(scores), documents)  # type: ignore[arg-type]


def entity_scores(document: Document, sharpness: float, wrong: int) -> list[SentenceScores | None]:
    """Return scores that are sure of the gold tag of all words but the ``wrong`` first, of which they say another."""
    scores: list[SentenceScores | None] = []
    for sentence in document.sentences:
        gold = [TAGS.index(tag) for tag in entity_tags(document, sentence)]
        logits = np.zeros((len(gold), len(TAGS)))
        for row, tag in enumerate(gold):
            shown = (tag + 1) % len(TAGS) if wrong > 0 else tag
            wrong -= 1
            logits[row, shown] = sharpness
        scores.append(SentenceScores(entity=log_softmax(logits).astype(np.float32)))
    return scores


class TestTempering:
    @given(LOGITS)
    def test_a_temperature_of_one_changes_nothing(self, logits: list[float]) -> None:
        assert tempered_tags(log_softmax(logits), 1.0) == pytest.approx(log_softmax(logits), abs=1e-9)
        probabilities = np.exp(log_softmax(logits)).clip(1e-5, 1 - 1e-5)
        assert tempered_types(probabilities, 1.0) == pytest.approx(probabilities)

    @given(LOGITS, st.floats(0.3, 4))
    def test_the_result_is_that_of_the_divided_logits(self, logits: list[float], temperature: float) -> None:
        expected = log_softmax(np.array(logits) / temperature)
        assert tempered_tags(log_softmax(logits), temperature) == pytest.approx(expected, abs=1e-9)

    @given(LOGITS, st.floats(0.3, 4))
    def test_probabilities_add_up_to_one_and_the_likeliest_tag_stays(
        self, logits: list[float], temperature: float
    ) -> None:
        tempered = tempered_tags(log_softmax(logits), temperature)
        assert np.exp(tempered).sum() == pytest.approx(1)
        assert tempered[np.argmax(logits)] == tempered.max()

    def test_a_high_temperature_flattens_and_a_low_one_sharpens(self) -> None:
        assert tempered_types(np.array([0.9, 0.1, 0.5]), 2.0) == pytest.approx([0.75, 0.25, 0.5])
        assert tempered_types(np.array([0.75]), 0.5) == pytest.approx([0.9])

    @pytest.mark.parametrize("temperature", [0.25, 1.0, 4.0])
    def test_what_is_exactly_0_or_1_in_32_bits_stays_a_probability(self, temperature: float) -> None:
        tempered = tempered_types(np.array([0, 1], dtype=np.float32), temperature)
        assert ((tempered > 0) & (tempered < 1)).all()


class TestFitting:
    def test_a_model_that_is_too_sure_gets_a_temperature_above_1(self) -> None:
        document = marked_document(VALIDATION)
        words = sum(len(document.words_of(sentence)) for sentence in document.sentences)
        wrong = words // 5
        sharpness = 9.0
        temperatures = fitted(entity_scores(document, sharpness, wrong), document)
        # With it, the model is as sure as it is right: four words of five.
        calibrated = np.log((1 - wrong / words) / (wrong / words / (len(TAGS) - 1)))
        # One of the other tags has all the errors, so that no temperature fits it exactly.
        assert temperatures.entity > 1.5
        assert abs(np.log(temperatures.entity / (sharpness / calibrated))) < np.log(1.6)

    def test_a_model_that_doubts_what_it_knows_gets_one_below_1(self) -> None:
        document = marked_document(VALIDATION)
        assert fitted(entity_scores(document, 1.0, wrong=0), document).entity == 0.25

    @pytest.mark.parametrize(("said", "true", "expected"), [(0.99, 0.8, 3.3), (0.8, 0.8, 1.0), (0.7, 0.9, 0.386)])
    def test_event_types_come_to_say_how_often_they_are_right(self, said: float, true: float, expected: float) -> None:
        document = Document.from_text("\n".join("قصف" for _ in range(100)))
        for number, sentence in enumerate(document.sentences):
            shown = number < 100 * true
            sentence.event_types = {"KILL": 1.0} if shown else {"SHELLING": 1.0}
        scores = SentenceScores(event_type=np.array([said, 1 - said], dtype=np.float32))
        assert fitted([scores] * 100, document).event_type == pytest.approx(expected, rel=0.04)

    def test_heads_that_are_not_there_and_layers_that_nobody_annotated_keep_1(self) -> None:
        document = marked_document(VALIDATION)
        scores = entity_scores(document, 1.0, wrong=0)
        document.keep_layers(["triggers"])
        assert fitted(scores, document) == Temperatures()

    def test_nothing_to_fit_on_keeps_1(self) -> None:
        assert fitted([]) == Temperatures()
        assert fitted([None], Document.from_text("…")) == Temperatures()

    def test_tags_that_the_model_does_not_know_say_nothing(self) -> None:
        document = marked_document(VALIDATION)
        scores = entity_scores(document, 1.0, wrong=0)
        for entity in document.entities:
            entity.label = "WEAPON"
        assert fitted(scores, document).entity == 0.25


class TestFile:
    def test_it_is_written_and_read(self, tmp_path: Path) -> None:
        Temperatures(entity=1.4, event_type=0.9).save(tmp_path / TEMPERATURES_FILE)
        assert Temperatures.load(tmp_path / TEMPERATURES_FILE) == Temperatures(entity=1.4, event_type=0.9)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ('{"entity": 0}', "head 'entity' is 0; it must be a number above 0"),
            ('{"trigger": -1.5}', "head 'trigger' is -1.5"),
            ('{"trigger": NaN}', "head 'trigger' is nan"),
            ('{"entity": "hot"}', "head 'entity' is 'hot'"),
            ('{"entities": 1}', "expected an object with some of the keys entity, trigger, event_type"),
            ("[1, 1, 1]", "expected an object"),
            ("{", "Expecting property name"),
        ],
    )
    def test_something_else_is_refused_with_the_reason(self, tmp_path: Path, content: str, reason: str) -> None:
        path = tmp_path / TEMPERATURES_FILE
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match=r"temperatures\.json holds no temperatures") as error:
            Temperatures.load(path)
        assert reason in str(error.value)


class TestTrainedModels:
    def test_training_writes_those_that_fit_its_validation_documents(self, tiny_model: Path, predictor: Any) -> None:
        document = marked_document(VALIDATION)
        saved = Temperatures.load(tiny_model / TEMPERATURES_FILE)
        assert saved == fit_temperatures(predictor._tagger, [document])
        assert saved != Temperatures()

    def test_they_make_the_validation_documents_likelier(self, tiny_model: Path, predictor: Any) -> None:
        document = marked_document(VALIDATION)
        saved = Temperatures.load(tiny_model / TEMPERATURES_FILE)
        tags = predictor._tagger.scorer.runtime.layout.labels_of("entity")

        def likelihood(temperature: float) -> float:
            return sum(
                tempered_tags(scores.entity, temperature)[row, tags.index(tag)]
                for sentence, scores in zip(document.sentences, predictor._tagger.score([document]), strict=True)
                for row, tag in enumerate(entity_tags(document, sentence))
            )

        assert likelihood(saved.entity) == max(likelihood(t) for t in (saved.entity, 0.25, 0.5, 1, 2, 4))

    def test_what_a_model_predicts_does_not_depend_on_them(self, model_copy: Path, predictor: Any) -> None:
        from trainer.inference.model_files import ModelFiles

        Temperatures(entity=3.9).save(model_copy / TEMPERATURES_FILE)
        assert ModelFiles.of(model_copy).fingerprint == predictor.info["fingerprint"]
