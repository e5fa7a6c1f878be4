"""``load`` and ``predict``: what goes in, what comes out, and what always holds of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import pytest
from conftest import SENTENCES, TEXT
from torch import Tensor

from trainer.documents import Document
from trainer.inference import article_chunks
from trainer.inference.predictor import Predictor
from trainer.modeling.model import MarsadModel, MarsadOutput
from trainer.modeling.tagger import Tagger, Thresholds
from trainer.text.mentions import mention_name


class Watched:
    """A model that passes every call on to a function."""

    def __init__(self, model: MarsadModel, call: Callable[..., MarsadOutput]) -> None:
        self.config, self.device, self.eval, self.call = model.config, model.device, model.eval, call

    def __call__(self, **batch: Tensor) -> MarsadOutput:
        return self.call(**batch)


class TestShapes:
    def test_a_text_gives_a_document(self, predictor: Predictor) -> None:
        document = predictor.predict(TEXT)
        assert isinstance(document, Document)
        assert {(e.text, e.label) for e in document.entities} >= {("قوات النظام", "ARMED"), ("دمشق", "GPE")}
        assert {(e.trigger.text, e.type) for e in document.events} >= {("سيطرت", "CAPTURE"), ("قُتل", "KILL")}

    def test_a_list_gives_a_list_in_the_same_order(self, predictor: Predictor) -> None:
        documents = predictor.predict(SENTENCES * 5)  # more than are labelled at a time
        assert isinstance(documents, list)
        assert [document.text for document in documents] == SENTENCES * 5
        assert predictor.predict([]) == []

    def test_a_list_and_its_texts_one_by_one_are_labelled_alike(self, predictor: Predictor) -> None:
        for document, text in zip(predictor.predict(SENTENCES), SENTENCES, strict=True):
            alone = predictor.predict(text)
            assert [(e.start, e.end, e.label) for e in document.entities] == [
                (e.start, e.end, e.label) for e in alone.entities
            ]
            assert [(e.trigger, e.type) for e in document.events] == [(e.trigger, e.type) for e in alone.events]

    def test_an_iterator_gives_an_iterator_that_reads_only_a_little_ahead(self, predictor: Predictor) -> None:
        taken = []

        def endless() -> Iterator[str]:
            for number in count():
                assert number < 1000, "an endless iterator is read on and on"
                taken.append(number)
                yield f"قُتل {number} في حلب."

        documents = predictor.predict(endless())
        assert isinstance(documents, Iterator)
        assert taken == []
        assert next(documents).text == "قُتل 0 في حلب."
        assert len(taken) <= 64
        assert [document.text for document in islice(documents, 2)] == ["قُتل 1 في حلب.", "قُتل 2 في حلب."]

    def test_an_iterator_that_ends_gives_all_its_texts(self, predictor: Predictor) -> None:
        assert [document.text for document in predictor.predict(iter(SENTENCES * 3))] == SENTENCES * 3

    def test_a_document_keeps_id_metadata_words_and_sentences_and_loses_old_labels(self, predictor: Predictor) -> None:
        bare = Document.from_text(TEXT, id="17", metadata={"source": "وكالة"})
        bare.sentences = bare.sentences[:1]
        bare.add_entity(0, 5, "OLD")
        document = predictor.predict(bare)
        assert (document.id, document.metadata) == ("17", {"source": "وكالة"})
        assert document.words == bare.words
        assert len(document.sentences) == 1
        assert "OLD" not in {entity.label for entity in document.entities}
        assert [entity.label for entity in bare.entities] == ["OLD"]
        assert bare.model is None

    @pytest.mark.parametrize("wrong", [5, None, b"text", [b"text"], [None]])
    def test_anything_else_is_a_type_error(self, predictor: Predictor, wrong: object) -> None:
        with pytest.raises(TypeError):
            predictor.predict(wrong)  # type: ignore[call-overload]


class TestTheJsonShape:
    def test_it_is_version_1_field_by_field(self, predictor: Predictor) -> None:
        data = predictor.predict("سيطرت قوات النظام على الرقة.").to_dict()
        entity, event, sentence = data["entities"][0], data["events"][0], data["sentences"][0]
        assert list(data) == ["version", "model", "id", "text", "metadata", "entities", "events", "sentences"]
        assert list(data["model"]) == ["name", "fingerprint"]
        assert list(entity) == ["id", "start", "end", "label", "text", "name", "score"]
        assert list(event) == ["id", "type", "score", "trigger", "arguments"]
        assert list(event["trigger"]) == ["start", "end", "text"]
        assert list(sentence) == ["start", "end", "event_types"]
        assert data["version"] == 1
        assert (entity["id"], entity["start"], entity["end"], entity["label"]) == ("T1", 6, 17, "ARMED")
        assert (event["id"], event["type"], event["trigger"]) == (
            "E1",
            "CAPTURE",
            {"start": 0, "end": 5, "text": "سيطرت"},
        )
        assert event["arguments"] == []
        assert list(sentence["event_types"]) == ["CAPTURE"]

    def test_scores_have_at_most_four_decimals(self, predictor: Predictor) -> None:
        data = predictor.predict(TEXT).to_dict()
        scores = [item["score"] for item in (*data["entities"], *data["events"])]
        scores += [score for sentence in data["sentences"] for score in sentence["event_types"].values()]
        assert len(scores) > 6
        assert all(score == round(score, 4) for score in scores)

    def test_the_name_of_an_entity_is_its_mention_without_clitics(self, predictor: Predictor) -> None:
        found = [entity for text in SENTENCES for entity in predictor.predict(text).entities]
        assert len(found) > 10
        assert all(entity.name == mention_name(entity.text) for entity in found)


class TestEventTypes:
    def with_threshold(self, folder: Path, threshold: float) -> Document:
        (folder / "thresholds.json").write_text(json.dumps({"event_type": threshold}), encoding="utf-8")
        return Predictor(folder).predict(TEXT)

    def test_a_type_counts_from_the_threshold_on(self, model_copy: Path) -> None:
        everything = self.with_threshold(model_copy, 0.0)
        assert all(set(s.event_types) == {"KILL", "CAPTURE", "SHELLING"} for s in everything.sentences)
        for threshold in (0.2, 0.5, 0.8):
            found = self.with_threshold(model_copy, threshold)
            for sentence, whole in zip(found.sentences, everything.sentences, strict=True):
                expected = {name: score for name, score in whole.event_types.items() if score >= threshold}
                assert sentence.event_types == expected
        assert not any(s.event_types for s in self.with_threshold(model_copy, 1.01).sentences)

    def test_a_score_equal_to_the_threshold_counts(self, predictor: Predictor) -> None:
        bare = Document.from_text("سيطرت قوات النظام على الرقة.")
        (scores,) = predictor._tagger.score([bare])
        assert scores is not None
        highest = float(predictor._tagger.event_type_scores(scores).max())
        for threshold, expected in ((highest, {"CAPTURE"}), (highest + 1e-6, set())):
            tagger = Tagger(predictor._tagger.scorer.runtime, predictor._tagger.scorer.encoder.tokenizer)
            tagger.thresholds = Thresholds(event_type=threshold)
            (document,) = tagger.tag([bare])
            assert set(document.sentences[0].event_types) == expected

    def test_the_tiny_model_names_the_types_of_its_sentences(self, predictor: Predictor) -> None:
        types = [set(sentence.event_types) for sentence in predictor.predict(TEXT).sentences]
        assert types == [{"CAPTURE"}, {"KILL", "SHELLING"}, set()]

    def test_a_score_is_the_mean_of_the_sentence_head_and_the_best_trigger(self, predictor: Predictor) -> None:
        tagger = predictor._tagger
        bare = Document.from_text(TEXT)
        for scores in tagger.score([bare]):
            assert scores is not None
            evidence = tagger.trigger_evidence(scores)
            tags = 1 + 2 * len(tagger.event_types)
            assert scores.trigger.shape[1] == tags
            for position in range(len(tagger.event_types)):
                begin_and_inside = [1 + 2 * position, 2 + 2 * position]
                best = max(sum(2.718281828 ** row[tag] for tag in begin_and_inside) for row in scores.trigger)
                assert evidence[position] == pytest.approx(best, abs=1e-5)
                mean = (scores.event_type[position] + best) / 2
                assert tagger.event_type_scores(scores)[position] == pytest.approx(mean, abs=1e-5)


class TestLongSentences:
    def test_a_sentence_longer_than_the_window_is_labelled_to_its_end(self, predictor: Predictor) -> None:
        text = " ".join(["سيطرت قوات النظام على الرقة"] * 30)
        document = predictor.predict(text)
        assert document.text == text
        assert len(document.sentences) == 1
        assert len(document.words) > 2 * 48  # the window in subwords
        labelled = {
            position // len("سيطرت قوات النظام على الرقة ") for position in (e.start for e in document.entities)
        }
        assert labelled == set(range(30))
        assert len(document.events) >= 25
        assert "CAPTURE" in document.sentences[0].event_types

    def test_an_event_anywhere_in_a_long_sentence_is_an_event_of_the_sentence(self, predictor: Predictor) -> None:
        text = " ".join(["الطقس بارد اليوم في المدينة"] * 15 + ["قُتل خمسة مدنيين في قصف على إدلب"])
        (sentence,) = predictor.predict(text).sentences
        assert {"KILL", "SHELLING"} <= set(sentence.event_types)


class TestBatches:
    @pytest.fixture
    def widths(self, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> set[int]:
        """The widths, in subwords, of the batches that the model sees."""
        runtime, seen = predictor._tagger.scorer.runtime, set()
        model = runtime.model

        def watched(**batch: Tensor) -> MarsadOutput:
            seen.add(batch["input_ids"].size(1))
            assert batch["input_ids"].numel() <= 2048
            return model.forward(**batch)

        monkeypatch.setattr(runtime, "model", Watched(model, watched))
        return seen

    def test_widths_are_few_and_none_is_wider_than_the_window(
        self, predictor: Predictor, widths: set[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texts = [" ".join(["قوات"] * count) for count in range(1, 120)]
        predictor.predict(texts)
        assert widths == {16, 32, 48}
        widths.clear()
        monkeypatch.setattr(predictor._tagger.scorer.runtime, "width_step", 20)
        predictor.predict(texts)
        assert widths == {20, 40, 48}

    def test_padding_changes_no_label(self, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
        padded = [document.to_dict(type_scores=True) for document in predictor.predict(SENTENCES)]
        monkeypatch.setattr(predictor._tagger.scorer.runtime, "width_step", 1)
        for ours, theirs in zip(padded, predictor.predict(SENTENCES), strict=True):
            expected = theirs.to_dict(type_scores=True)
            for layer in ("entities", "events"):
                for found, item in zip(ours[layer], expected[layer], strict=True):
                    assert found.pop("score") == pytest.approx(item.pop("score"), abs=2e-4)
                    assert found == item
            for found, sentence in zip(ours["sentences"], expected["sentences"], strict=True):
                assert found["type_scores"] == pytest.approx(sentence["type_scores"], abs=2e-4)

    def test_documents_are_taken_by_number_and_closed_early_by_many_characters(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        documents = [Document.from_text("قتل " * count) for count in (1, 1, 1, 20, 1, 1)]
        monkeypatch.setattr(article_chunks, "CHUNK_CHARACTERS", 80)
        chunks = list(article_chunks.chunks_of(iter(documents), 3))
        assert [len(chunk) for chunk in chunks] == [3, 1, 2]
        assert [document for chunk in chunks for document in chunk] == documents


PAGE = "سيطرت قوات النظام على حلب.\nاقرأ أيضاً: قُتل أحمد الخالد في قصف على إدلب\nوصل أحمد الخالد إلى دمشق.\n"


class TestCleaning:
    def test_dropped_lines_are_left_out_and_offsets_still_index_the_page(self, predictor: Predictor) -> None:
        document = predictor.predict(PAGE, clean=True)
        assert document.text == PAGE
        assert [PAGE[s.start : s.end] for s in document.sentences] == [PAGE.splitlines()[0], PAGE.splitlines()[2]]
        dropped = range(PAGE.index("اقرأ"), PAGE.index("وصل"))
        spans = [(e.start, e.end, e.text) for e in document.entities]
        spans += [(e.trigger.start, e.trigger.end, e.trigger.text) for e in document.events]
        assert all(start not in dropped and PAGE[start:end] == text for start, end, text in spans)
        assert any(start > dropped.stop for start, _, _ in spans)

    def test_without_it_the_whole_page_is_labelled(self, predictor: Predictor) -> None:
        document = predictor.predict(PAGE)
        assert len(document.sentences) == 3
        assert any("إدلب" in entity.text for entity in document.entities)

    def test_the_lines_that_stay_are_labelled_as_without_it(self, predictor: Predictor) -> None:
        whole, cleaned = predictor.predict([PAGE])[0], predictor.predict([PAGE], clean=True)[0]
        kept = [e for e in whole.entities if cleaned.sentence_index(e.start) is not None]
        assert [(e.start, e.end, e.label) for e in cleaned.entities] == [(e.start, e.end, e.label) for e in kept]
