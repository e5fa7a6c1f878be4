"""Neighbouring sentences as context: read by the encoder, labelled by nobody, and never from another document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import TEST, TRAINING, VALIDATION, marked_document, quick_settings

from trainer.data.dataset import documents_to_dataset
from trainer.data.mixing import load_training_data
from trainer.documents import Document
from trainer.encoders.loading import load_encoder
from trainer.evaluation.scores import headline, score_documents
from trainer.inference.predictor import Predictor
from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.features import Neighbours, SentenceEncoder, Window
from trainer.modeling.heads import EncodedBatch, SentenceTypeHead
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.schema import load_schema
from trainer.text.words import word_offsets
from trainer.training.rows import training_rows
from trainer.training.run import train
from trainer.training.settings import SettingsError

CONTEXT, WINDOW = 4, 48
SENTENCES = [marked_document([sentence]).text for sentence in TRAINING[:5]]
IN_A_ROW: Neighbours = [(None, 1), (0, 2), (1, 3), (2, 4), (3, None)]


@pytest.fixture(scope="module")
def tokenizer(tiny_checkpoint: Path) -> Any:
    return load_encoder(str(tiny_checkpoint))[1].backend_tokenizer


def encoded(
    tokenizer: Any,
    sentences: Sequence[str] = SENTENCES,
    neighbours: Neighbours | None = IN_A_ROW,
    context: int = CONTEXT,
    window: int = WINDOW,
) -> list[Window]:
    words = [word_offsets(sentence) for sentence in sentences]
    return SentenceEncoder(tokenizer, window, context).windows(sentences, words, neighbours)


@pytest.fixture(scope="module")
def contents(tokenizer: Any) -> list[list[int]]:
    """The subwords of every sentence, without special ones."""
    return [tokenizer.encode(sentence, add_special_tokens=False).ids for sentence in SENTENCES]


def affixes(tokenizer: Any) -> tuple[list[int], list[int]]:
    encoder = SentenceEncoder(tokenizer, WINDOW)
    return encoder.prefix, encoder.suffix


class TestWindows:
    def test_hold_exactly_the_subwords_of_the_neighbours_that_are_next_to_the_sentence(
        self, tokenizer: Any, contents: list[list[int]]
    ) -> None:
        prefix, suffix = affixes(tokenizer)
        for index, window in enumerate(encoded(tokenizer)):
            before = contents[index - 1][-CONTEXT:] if index > 0 else []
            after = contents[index + 1][:CONTEXT] if index + 1 < len(contents) else []
            assert window.input_ids == [*prefix, *before, *contents[index], *after, *suffix]
            assert window.context == (len(before), len(after))

    def test_hold_only_the_neighbours_that_are_named(self, tokenizer: Any, contents: list[list[int]]) -> None:
        # Two documents: of two sentences, and of three.
        apart: Neighbours = [(None, 1), (0, None), (None, 3), (2, 4), (3, None)]
        windows = encoded(tokenizer, neighbours=apart)
        assert [window.context for window in windows] == [(0, 4), (4, 0), (0, 4), (4, 4), (4, 0)]
        prefix, suffix = affixes(tokenizer)
        assert windows[1].input_ids == [*prefix, *contents[0][-CONTEXT:], *contents[1], *suffix]
        assert windows[2].input_ids == [*prefix, *contents[2], *contents[3][:CONTEXT], *suffix]

    def test_point_to_the_subwords_of_their_own_words(self, tokenizer: Any) -> None:
        for alone, window in zip(encoded(tokenizer, context=0), encoded(tokenizer), strict=True):
            assert (window.first_word, window.last_word) == (alone.first_word, alone.last_word)
            assert subwords(window) == subwords(alone)
        words = [
            tokenizer.encode(text[s:e], add_special_tokens=False).ids
            for text in SENTENCES
            for s, e in word_offsets(text)
        ]
        assert [ids for window in encoded(tokenizer) for ids in subwords(window)] == words

    @pytest.mark.parametrize("window", [16, 20, 24, 28, 40, 128])
    def test_share_the_room_that_a_sentence_leaves_and_are_never_too_long(
        self, tokenizer: Any, contents: list[list[int]], window: int
    ) -> None:
        budget = window - sum(map(len, affixes(tokenizer)))
        for found in encoded(tokenizer, window=window, context=20):
            assert len(found.input_ids) <= window
            own = len(contents[found.sentence])
            room = max(0, budget - own) // 2 if own <= budget else 0
            around = (len(contents[index]) if index is not None else 0 for index in IN_A_ROW[found.sentence])
            assert found.context == tuple(min(20, room, length) for length in around)

    def test_of_a_sentence_that_needs_several_have_no_context(self, tokenizer: Any) -> None:
        long = " ".join(SENTENCES * 2)
        sentences = [SENTENCES[0], long, SENTENCES[1]]
        neighbours: Neighbours = [(None, 1), (0, 2), (1, None)]
        with_context = encoded(tokenizer, sentences, neighbours)
        without = encoded(tokenizer, sentences, neighbours, context=0)
        assert len(with_context) > 3
        assert with_context[1:-1] == without[1:-1]
        # The short ones have it, from either end of the long one.
        assert (with_context[0].context, with_context[-1].context) == ((0, 4), (4, 0))

    def test_are_as_they_were_without_context_or_without_neighbours(self, tokenizer: Any) -> None:
        plain = encoded(tokenizer, neighbours=None, context=0)
        assert encoded(tokenizer, context=0) == encoded(tokenizer, neighbours=None) == plain
        assert {window.context for window in plain} == {(0, 0)}

    def test_take_a_short_neighbour_whole_and_nothing_of_the_one_behind_it(
        self, tokenizer: Any, contents: list[list[int]]
    ) -> None:
        sentences = [SENTENCES[0], "حلب.", SENTENCES[1]]
        last = encoded(tokenizer, sentences, [(None, 1), (0, 2), (1, None)])[2]
        short = tokenizer.encode("حلب.", add_special_tokens=False).ids
        assert last.context == (len(short), 0)
        assert last.input_ids[1 : 1 + len(short)] == short


def subwords(window: Window) -> list[list[int]]:
    """Return the subwords of every word."""
    return [window.input_ids[s:e] for s, e in zip(window.word_tokens, window.word_ends, strict=True)]


def row(window: Window) -> dict[str, Any]:
    return {
        "input_ids": window.input_ids,
        "word_tokens": window.word_tokens,
        "word_ends": window.word_ends,
        "context": window.context,
    }


class TestBatches:
    def test_tell_the_subwords_of_the_sentence_from_those_around_it(self, tokenizer: Any) -> None:
        windows = encoded(tokenizer)[1:3]
        prefix, suffix = affixes(tokenizer)
        batch = BatchCollator(0, (len(prefix), len(suffix)))([row(window) for window in windows])
        for window, mask, attended in zip(
            windows, batch["sentence_mask"].tolist(), batch["attention_mask"].tolist(), strict=True
        ):
            own = len(window.input_ids) - len(prefix) - len(suffix) - 2 * CONTEXT
            inside = [1] * len(prefix) + [0] * CONTEXT + [1] * own + [0] * CONTEXT + [1] * len(suffix)
            assert mask == inside + [0] * (len(mask) - len(inside))
            assert attended == [1] * len(inside) + [0] * (len(mask) - len(inside))

    def test_without_context_need_no_such_mask(self, tokenizer: Any) -> None:
        assert "sentence_mask" not in BatchCollator(0)([row(window) for window in encoded(tokenizer, context=0)])


class TestPooling:
    def test_a_sentence_is_the_mean_of_its_own_subwords(self) -> None:
        head = SentenceTypeHead(4, ["A", "B"], dropout=0.0)
        tokens = torch.randn(1, 6, 4, generator=torch.Generator().manual_seed(0))
        mask = torch.tensor([[1, 0, 1, 1, 0, 0]])
        expected = head.classify(tokens[:, [0, 2, 3]].mean(1))
        assert torch.allclose(head(EncodedBatch(tokens, mask, tokens)), expected, atol=1e-6)
        other = tokens.clone()
        other[:, [1, 4, 5]] = 9.0
        assert torch.equal(head(EncodedBatch(other, mask, other)), head(EncodedBatch(tokens, mask, tokens)))

    @pytest.fixture
    def model(self, tiny_checkpoint: Path, tiny_corpus: Path) -> MarsadModel:
        torch.manual_seed(5)
        heads = heads_for_schema(load_schema(tiny_corpus.parent / "schema.yaml"))
        return MarsadModel.with_encoder(load_encoder(str(tiny_checkpoint))[0], heads, dropout=0.0).eval()

    def test_context_reaches_the_heads_through_attention_alone(self, model: MarsadModel, tokenizer: Any) -> None:
        """An encoder that does not look around scores a sentence the same with neighbours and without."""
        rows = {context: [row(w) for w in encoded(tokenizer, context=context)] for context in (0, CONTEXT)}
        collate = BatchCollator(0, SentenceEncoder(tokenizer, WINDOW).affixes)
        with torch.inference_mode():
            attentive = [model(**collate(found)).logits for found in rows.values()]
            embeddings = model.encoder.get_input_embeddings()
            model.encoder.forward = lambda input_ids, attention_mask: _Output(embeddings(input_ids))
            blind = [model(**collate(found)).logits for found in rows.values()]
        for head in (ENTITY, TRIGGER, EVENT_TYPE):
            assert torch.allclose(blind[0][head], blind[1][head], atol=1e-5), head
            assert not torch.allclose(attentive[0][head], attentive[1][head], atol=1e-5), head


class _Output:
    """What an encoder returns, as far as the model looks."""

    def __init__(self, states: torch.Tensor) -> None:
        self.last_hidden_state = states


class TestTrainingRows:
    def test_have_neighbours_of_their_own_document_alone(
        self, tokenizer: Any, tiny_corpus: Path, contents: list[list[int]]
    ) -> None:
        schema = load_schema(tiny_corpus.parent / "schema.yaml")
        documents = [marked_document(TRAINING[:2], "أ"), marked_document(TRAINING[2:5], "ب")]
        dataset = documents_to_dataset(documents, schema)
        rows = training_rows(dataset, SentenceEncoder(tokenizer, WINDOW, CONTEXT))
        assert [tuple(found["context"]) for found in rows] == [(0, 4), (4, 0), (0, 4), (4, 4), (4, 0)]
        assert rows[2]["input_ids"][1 : 1 + len(contents[2])] == contents[2]
        plain = training_rows(dataset, SentenceEncoder(tokenizer, WINDOW))
        for name in ("entity_tags", "trigger_tags", "event_types"):
            assert rows[name][:] == plain[name][:]

    def test_are_the_windows_that_the_trained_model_will_see(self, tokenizer: Any, tiny_corpus: Path) -> None:
        schema = load_schema(tiny_corpus.parent / "schema.yaml")
        document = marked_document(TRAINING[:5], "أ")
        rows = training_rows(documents_to_dataset([document], schema), SentenceEncoder(tokenizer, WINDOW, CONTEXT))
        assert rows["input_ids"][:] == [window.input_ids for window in encoded(tokenizer)]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory, tiny_corpus: Path, tiny_checkpoint: Path) -> Path:
    """A model that was trained with context."""
    settings, arguments = quick_settings(
        data=tiny_corpus,
        output_dir=tmp_path_factory.mktemp("context"),
        encoder=tiny_checkpoint,
        context=8,
        num_train_epochs=10,
    )
    train(settings, arguments)
    return settings.model_folder


@pytest.fixture
def predictor(model_folder: Path) -> Predictor:
    return Predictor(model_folder)


def spans(document: Document) -> list[tuple[int, int, str]]:
    return [
        *((e.start, e.end, e.label) for e in document.entities),
        *((e.trigger.start, e.trigger.end, e.type) for e in document.events),
    ]


def type_scores(document: Document) -> list[float]:
    return [score for sentence in document.sentences for score in sentence.type_scores.values()]


class TestAModelWithContext:
    DOCUMENTS = tuple(marked_document(sentences, str(n)) for n, sentences in enumerate((TRAINING, VALIDATION, TEST)))

    def test_is_saved_with_its_context(self, model_folder: Path) -> None:
        assert json.loads((model_folder / "config.json").read_text(encoding="utf-8"))["context"] == 8
        used = yaml.safe_load((model_folder / "training_config.yaml").read_text(encoding="utf-8"))
        assert used["context"] == 8
        assert Predictor(model_folder)._tagger.scorer.encoder.context == 8

    def test_predicts_after_loading_what_it_predicted_before_saving(
        self, model_folder: Path, predictor: Predictor, tiny_corpus: Path
    ) -> None:
        data = load_training_data({str(tiny_corpus): 1.0})
        found = predictor.predict([document.without_annotations() for document in data.validation])
        assert found == Predictor(model_folder).predict(
            [document.without_annotations() for document in data.validation]
        )
        metrics = json.loads((model_folder / "metrics.json").read_text(encoding="utf-8"))
        assert headline(score_documents(data.validation, found, data.schema)) == metrics["headline"]
        assert any(spans(document) for document in found)

    def test_predicts_the_same_whatever_else_is_in_the_batch(self, predictor: Predictor) -> None:
        together = predictor.predict(list(self.DOCUMENTS))
        alone = [predictor.predict(document) for document in self.DOCUMENTS]
        backwards = predictor.predict(list(reversed(self.DOCUMENTS)))[::-1]
        predictor._tagger.scorer.runtime.batch_tokens = 1  # a window a batch
        one_by_one = predictor.predict(list(self.DOCUMENTS))
        for other in (alone, backwards, one_by_one):
            assert list(map(spans, other)) == list(map(spans, together))
            for mine, theirs in zip(other, together, strict=True):
                assert type_scores(mine) == pytest.approx(type_scores(theirs), abs=2e-4)

    def test_looks_at_the_sentence_before_and_at_the_one_after(self, predictor: Predictor) -> None:
        around = ("وصل أحمد الخالد إلى دمشق.", "الطقس بارد اليوم في المدينة.")
        middle = "سيطرت قسد على الرقة."

        def scores(before: str, after: str) -> list[float]:
            document = predictor.predict("\n".join((before, middle, after)))
            return list(document.sentences[1].type_scores.values())

        usual = scores(around[0], around[0])
        assert scores(around[1], around[0]) != usual
        assert scores(around[0], around[1]) != usual

    def test_does_not_look_further(self, predictor: Predictor) -> None:
        tail = "\n".join(SENTENCES[1:4])
        one, other = (predictor.predict(f"{head}\n{tail}") for head in (SENTENCES[0], SENTENCES[4]))
        assert type_scores(one)[-6:] == pytest.approx(type_scores(other)[-6:], abs=2e-4)


def test_a_context_below_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'context' is -1: input should be greater than or equal to 0"):
        quick_settings(data="a", output_dir=tmp_path, encoder="b", context=-1)
