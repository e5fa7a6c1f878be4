"""Encoders of every architecture that people fine-tune for Arabic, each with a tokenizer of its own kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from conftest import quick_settings
from tiny_checkpoints import ARCHITECTURES
from tokenizers import Tokenizer
from transformers import AutoModelForMaskedLM, PreTrainedModel

from trainer.data.dataset import dataset_to_documents
from trainer.data.storage import load_data
from trainer.encoders.loading import load_encoder, longest_input, quiet_loading
from trainer.evaluation.scores import headline, score_documents
from trainer.inference.predictor import Predictor
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.model import MarsadModel
from trainer.modeling.scoring import Scorer
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.schema import load_schema
from trainer.text.words import word_offsets
from trainer.training.cpu_speed import fast_on_cpu
from trainer.training.run import train

SENTENCES = {
    "diacritics and tatweel": "قُتِلَ ٣٠ عنصـــراً من تنظيم داعش في حلب.",
    "quotes and brackets": 'قال (محمد العلي): «الطقس بارد اليوم في المدينة»، ثم وصل إلى "دمشق".',
    "mixed direction": "سيطرت قوات النظام (SAA) على Aleppo أمس، 2022/5/3.",
    "emoji and invisible marks": "وصل أحمد \u200fالخالد\u200e 😀 إلى دمشق … 🕊",
}
# More subwords than a window of the runs below holds.
LONG = "سيطرت قوات النظام على مدينة حلب و«قُتِلَ» ٣ عناصر من تنظيم داعش، " * 6
LONGEST = {
    "BERT": 128,
    "XLM-R": 512,
    "RoBERTa": 512,
    "ELECTRA": 128,
    "DeBERTa-v3": 128,
    "ModernBERT": 8192,
    "mmBERT": 8192,
}


class Trained(NamedTuple):
    """A finished run: the model as it is loaded again, and the scores that the run gave at its end."""

    folder: Path
    predictor: Predictor
    scores: dict[str, Any]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def checkpoint(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ARCHITECTURES[architecture](tmp_path_factory.mktemp("encoder") / architecture)


@pytest.fixture(scope="module")
def trained(checkpoint: Path, tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    settings, arguments = quick_settings(
        data=tiny_corpus,
        output_dir=tmp_path_factory.mktemp("run"),
        encoder=checkpoint,
        num_train_epochs=8,
        learning_rate=5e-3,
        eval_strategy="no",
        save_strategy="no",
        load_best_model_at_end=False,
    )
    scores = train(settings, arguments)
    return Trained(settings.model_folder, Predictor(settings.model_folder), scores)


@pytest.fixture(scope="module")
def tokenizer(trained: Trained) -> Tokenizer:
    return Tokenizer.from_file(str(trained.folder / "tokenizer.json"))


def some_input(length: int, encoder: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Two rows of any subwords, the second one half padding."""
    ids = torch.randint(10, encoder.config.vocab_size - 10, (2, length), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, length // 2 :] = 0
    return {"input_ids": ids.where(mask.bool(), encoder.config.pad_token_id), "attention_mask": mask}


class TestTheCheckpoint:
    def test_its_weights_are_found_under_the_head_of_pretraining(self, checkpoint: Path) -> None:
        encoder, _ = load_encoder(str(checkpoint))
        with quiet_loading():
            whole = AutoModelForMaskedLM.from_pretrained(checkpoint)
        inputs = some_input(12, encoder)
        with torch.inference_mode():
            found = encoder.eval()(**inputs).last_hidden_state
            expected = whole.base_model.eval()(**inputs).last_hidden_state
        assert torch.equal(found, expected)

    def test_it_takes_inputs_as_long_as_is_said_and_where_it_has_positions_none_longer(
        self, architecture: str, checkpoint: Path
    ) -> None:
        encoder, tokenizer = load_encoder(str(checkpoint))
        longest = longest_input(encoder, tokenizer)
        assert longest == LONGEST[architecture]
        if architecture in ("BERT", "XLM-R", "RoBERTa", "ELECTRA"):
            with torch.inference_mode():
                encoder(**some_input(longest, encoder))
                with pytest.raises((IndexError, RuntimeError)):
                    encoder(**some_input(longest + 1, encoder))

    def test_a_window_that_is_too_long_is_refused_before_training(self, tiny_corpus: Path, tmp_path: Path) -> None:
        encoder = ARCHITECTURES["XLM-R"](tmp_path / "encoder")
        settings, arguments = quick_settings(data=tiny_corpus, output_dir=tmp_path, encoder=encoder, window=513)
        with pytest.raises(ValueError, match=r"window 513 is too long: .* takes 512 subwords"):
            train(settings, arguments)


class TestTraining:
    def test_gradient_reaches_all_of_the_encoder(self, checkpoint: Path, tiny_corpus: Path) -> None:
        encoder, tokenizer = load_encoder(str(checkpoint))
        heads = heads_for_schema(load_schema(tiny_corpus.parent / "schema.yaml"))
        model = MarsadModel.with_encoder(encoder, heads, pad_token_id=tokenizer.pad_token_id)
        (window,) = SentenceEncoder(tokenizer.backend_tokenizer, 100).windows(
            [SENTENCES["mixed direction"]], [word_offsets(SENTENCES["mixed direction"])]
        )
        logits = model(
            input_ids=torch.tensor([window.input_ids]),
            attention_mask=torch.ones(1, len(window.input_ids), dtype=torch.long),
            word_tokens=torch.tensor([window.word_tokens]),
            word_ends=torch.tensor([window.word_ends]),
        ).logits
        sum(scores.square().sum() for scores in logits.values()).backward()
        assert {name for name, weights in encoder.named_parameters() if weights.grad is None} == set()
        assert encoder.get_input_embeddings().weight.grad[window.input_ids].any()

    def test_the_model_scores_after_loading_what_it_scored_when_it_was_trained(
        self, trained: Trained, tiny_corpus: Path
    ) -> None:
        dataset, schema = load_data(str(tiny_corpus))
        validation = dataset_to_documents(dataset["validation"])
        assert score_documents(validation, trained.predictor.predict(validation), schema) == trained.scores
        assert headline(trained.scores)["entities"] > 0.3  # and it has learnt something

    def test_attention_for_cpus_gives_the_same_states_outside_training(self, checkpoint: Path) -> None:
        encoder, _ = load_encoder(str(checkpoint))
        inputs = some_input(40, encoder.eval())
        real = inputs["attention_mask"].bool()
        with torch.inference_mode():
            expected = encoder(**inputs).last_hidden_state
            with fast_on_cpu(encoder, encoder):
                found = encoder(**inputs).last_hidden_state
        torch.testing.assert_close(found[real], expected[real])

    @pytest.mark.parametrize("name", ["ModernBERT", "mmBERT"])
    def test_attention_for_cpus_sees_no_farther_than_a_local_layer_does(self, name: str, tmp_path: Path) -> None:
        encoder, _ = load_encoder(str(ARCHITECTURES[name](tmp_path)))
        inputs = some_input(40, encoder.train())  # these have no dropout
        real = inputs["attention_mask"].bool()
        expected = encoder(**inputs).last_hidden_state
        with fast_on_cpu(encoder, encoder):
            found = encoder(**inputs).last_hidden_state
        torch.testing.assert_close(found[real], expected[real])


class TestTheSavedTokenizer:
    def test_it_reads_one_text_in_two_spellings_alike(self, tokenizer: Tokenizer) -> None:
        written, plain = "قُتِلَ ٣ عناصر في حلـــب", "قتل 3 عناصر في حلب"
        assert tokenizer.encode(written).ids == tokenizer.encode(plain).ids
        assert tokenizer.encode(plain).ids != tokenizer.encode("قتل 4 عناصر في حلب").ids

    def test_it_is_the_tokenizer_of_the_checkpoint(self, checkpoint: Path, tokenizer: Tokenizer) -> None:
        original = load_encoder(str(checkpoint))[1].backend_tokenizer
        for text in SENTENCES.values():
            assert tokenizer.encode(text).ids == original.encode(text).ids


class TestWords:
    @pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
    def test_every_word_has_subwords_and_they_lie_in_it(self, tokenizer: Tokenizer, text: str) -> None:
        words = word_offsets(text)
        encoder = SentenceEncoder(tokenizer, 200)
        (window,) = encoder.windows([text], [words])
        offsets = tokenizer.encode(text, add_special_tokens=False).offsets
        assert len(window.word_tokens) == len(words)
        for (start, end), first, last in zip(words, window.word_tokens, window.word_ends, strict=True):
            subwords = offsets[first - len(encoder.prefix) : last - len(encoder.prefix)]
            reached = {position for a, b in subwords for position in range(a, b)}
            assert reached & set(range(start, end)), text[start:end]
            others = set().union(*(range(*word) for word in words if word != (start, end)))
            assert not reached & others, text[start:end]

    def test_every_word_of_a_sentence_longer_than_the_window_is_scored(
        self, trained: Trained, tokenizer: Tokenizer
    ) -> None:
        with quiet_loading():
            scorer = Scorer(TorchRuntime(MarsadModel.from_pretrained(trained.folder)), tokenizer)
        words = word_offsets(LONG)
        assert len(scorer.encoder.windows([LONG], [words])) > 1
        (scores,) = scorer.score([LONG], [words])
        assert scores is not None
        for tags in (scores.entity, scores.trigger):
            assert tags is not None
            assert len(tags) == len(words)
            np.testing.assert_allclose(np.exp(tags).sum(-1), 1.0, rtol=1e-5)

    def test_predictions_are_whole_words_of_the_text_as_it_was_written(self, trained: Trained) -> None:
        document = trained.predictor.predict(LONG)
        words = word_offsets(LONG)
        assert document.text == LONG
        assert len(document.entities) > 1
        for entity in document.entities:
            assert LONG[entity.start : entity.end] == entity.text
            assert entity.start in {start for start, _ in words}
            assert entity.end in {end for _, end in words}
