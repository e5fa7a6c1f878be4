"""The model: one encoder, one pass, several heads, and heads that can be added without touching it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModel, BertConfig, BertModel

from trainer.encoders.loading import load_encoder
from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import MarsadConfig, heads_for_schema
from trainer.modeling.head_kinds import HEADS
from trainer.modeling.heads import IGNORED, EncodedBatch, Head, SentenceTypeHead, WordTagHead, word_states
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.schema import Schema, load_schema

ROWS = [
    {
        "input_ids": [2, 10, 11, 12, 13, 3],
        "word_tokens": [1, 2, 4],
        "word_ends": [2, 4, 5],
        "entity_tags": [1, 2, 0],
        "trigger_tags": [0, 0, 3],
        "event_types": [0, 1, 0],
    },
    {
        "input_ids": [2, 14, 3],
        "word_tokens": [1],
        "word_ends": [2],
        "entity_tags": [5],
        "trigger_tags": [1],
        "event_types": [1, 0, 0],
    },
]
WITHOUT_LABELS = [{name: row[name] for name in ("input_ids", "word_tokens", "word_ends")} for row in ROWS]
COLLATE = BatchCollator(pad_token_id=0)


@pytest.fixture(scope="module")
def schema(tiny_corpus: Path) -> Schema:
    return load_schema(tiny_corpus.parent / "schema.yaml")


@pytest.fixture
def model(tiny_checkpoint: Path, schema: Schema) -> MarsadModel:
    torch.manual_seed(5)
    encoder, _ = load_encoder(str(tiny_checkpoint))
    return MarsadModel.with_encoder(encoder, heads_for_schema(schema), dropout=0.0, window=48).eval()


def run(model: MarsadModel, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    with torch.inference_mode():
        return model(**COLLATE(rows)).logits


class TestBatches:
    def test_rows_are_padded_to_the_longest_of_the_batch(self) -> None:
        batch = COLLATE(ROWS)
        assert batch["input_ids"].tolist() == [[2, 10, 11, 12, 13, 3], [2, 14, 3, 0, 0, 0]]
        assert batch["attention_mask"].tolist() == [[1] * 6, [1, 1, 1, 0, 0, 0]]
        assert batch["word_tokens"].tolist() == [[1, 2, 4], [1, 0, 0]]
        assert batch["word_ends"].tolist() == [[2, 4, 5], [2, 0, 0]]

    def test_padding_words_are_ignored_in_the_labels(self) -> None:
        labels = COLLATE(ROWS)["labels"]
        assert labels[ENTITY].tolist() == [[1, 2, 0], [5, IGNORED, IGNORED]]
        assert labels[TRIGGER].tolist() == [[0, 0, 3], [1, IGNORED, IGNORED]]
        assert labels[EVENT_TYPE].tolist() == [[0, 1, 0], [1, 0, 0]]

    def test_the_encoders_own_padding_id_is_used(self) -> None:
        assert BatchCollator(pad_token_id=1)(ROWS)["input_ids"][1].tolist() == [2, 14, 3, 1, 1, 1]

    def test_rows_without_labels_give_a_batch_without_labels(self) -> None:
        assert "labels" not in COLLATE(WITHOUT_LABELS)


class TestTheModel:
    def test_every_head_scores_words_or_sentences(self, model: MarsadModel, schema: Schema) -> None:
        logits = run(model, WITHOUT_LABELS)
        assert list(logits) == [ENTITY, TRIGGER, EVENT_TYPE]
        assert logits[ENTITY].shape == (2, 3, 1 + 2 * len(schema.entity_types))
        assert logits[TRIGGER].shape == (2, 3, 1 + 2 * len(schema.event_types))
        assert logits[EVENT_TYPE].shape == (2, len(schema.event_types))

    def test_a_word_is_scored_by_its_own_subwords(self, model: MarsadModel) -> None:
        moved = [{**WITHOUT_LABELS[0], "word_tokens": [4, 2, 1], "word_ends": [5, 4, 2]}]
        assert torch.allclose(run(model, moved)[ENTITY], run(model, WITHOUT_LABELS[:1])[ENTITY].flip(1), atol=1e-5)
        first_subword = [{**WITHOUT_LABELS[0], "word_ends": [2, 3, 5]}]
        one, other = run(model, first_subword)[ENTITY][0], run(model, WITHOUT_LABELS[:1])[ENTITY][0]
        assert [torch.allclose(*rows, atol=1e-5) for rows in zip(one, other, strict=True)] == [True, False, True]

    def test_padding_does_not_change_the_scores(self, model: MarsadModel) -> None:
        together = run(model, WITHOUT_LABELS)
        for position, row in enumerate(WITHOUT_LABELS):
            alone = run(model, [row])
            count = len(row["word_tokens"])
            for head in (ENTITY, TRIGGER):
                assert torch.allclose(together[head][position, :count], alone[head][0], atol=1e-5)
            assert torch.allclose(together[EVENT_TYPE][position], alone[EVENT_TYPE][0], atol=1e-5)

    def test_what_stands_under_the_padding_does_not_matter(self, model: MarsadModel) -> None:
        batch = COLLATE(WITHOUT_LABELS)
        changed = {**batch, "input_ids": torch.where(batch["attention_mask"] == 1, batch["input_ids"], 77)}
        with torch.inference_mode():
            one, other = model(**batch).logits, model(**changed).logits
        assert torch.allclose(one[EVENT_TYPE], other[EVENT_TYPE], atol=1e-5)
        assert torch.allclose(one[ENTITY][1, :1], other[ENTITY][1, :1], atol=1e-5)

    def test_the_encoder_runs_once_for_all_heads(self, model: MarsadModel) -> None:
        passes = []
        model.encoder.register_forward_hook(lambda *arguments: passes.append(1))
        run(model, WITHOUT_LABELS)
        assert len(passes) == 1

    def test_without_labels_there_is_no_loss(self, model: MarsadModel) -> None:
        assert model(**COLLATE(WITHOUT_LABELS)).loss is None

    def test_the_loss_reaches_encoder_and_all_heads(self, model: MarsadModel) -> None:
        model(**COLLATE(ROWS)).loss.backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name

    def test_the_loss_is_the_weighted_sum_of_the_heads_losses(self, tiny_checkpoint: Path, schema: Schema) -> None:
        encoder, _ = load_encoder(str(tiny_checkpoint))
        weights = {ENTITY: 1.0, TRIGGER: 0.25, EVENT_TYPE: 3.0}
        model = MarsadModel.with_encoder(encoder, heads_for_schema(schema, weights), dropout=0.0).eval()
        batch = COLLATE(ROWS)
        total = model(**batch).loss
        parts = {name: model(**{**batch, "labels": {name: values}}).loss for name, values in batch["labels"].items()}
        assert set(parts) == set(weights)
        alone = {name: model.heads[name].loss(model(**batch).logits[name], batch["labels"][name]) for name in parts}
        for name, weight in weights.items():
            assert parts[name].item() == pytest.approx(weight * alone[name].item(), rel=1e-5)
        assert total.item() == pytest.approx(sum(part.item() for part in parts.values()), rel=1e-5)


class TestWordStates:
    TOKENS = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0], [8.0, 80.0]]])

    def test_a_word_is_the_mean_of_its_subwords(self) -> None:
        states = word_states(self.TOKENS, torch.tensor([[0, 1]]), torch.tensor([[1, 4]]))
        assert torch.allclose(states, torch.tensor([[[1.0, 10.0], [14 / 3, 140 / 3]]]))

    def test_padding_words_have_finite_states(self) -> None:
        assert word_states(self.TOKENS, torch.tensor([[0, 0]]), torch.tensor([[2, 0]])).isfinite().all()

    def test_small_differences_survive_half_precision_at_the_end_of_a_long_window(self) -> None:
        tokens = torch.full((1, 512, 1), 3.0, dtype=torch.bfloat16)
        tokens[0, 511] = 3.5
        states = word_states(tokens, torch.tensor([[510, 511]]), torch.tensor([[511, 512]]))
        assert states.dtype == torch.bfloat16
        assert states.flatten().tolist() == [3.0, 3.5]


class TestTheHeadsLosses:
    def test_ignored_words_add_nothing(self) -> None:
        head = WordTagHead(4, ["O", "B-X", "I-X"], dropout=0.0)
        logits = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(0))
        labels = torch.tensor([[0, 1, IGNORED], [2, IGNORED, IGNORED]])
        changed = logits.clone()
        changed[labels == IGNORED] = 100.0
        assert torch.equal(head.loss(logits, labels), head.loss(changed, labels))
        assert head.loss(logits, labels) > 0

    def test_unlabelled_sentences_add_nothing(self) -> None:
        head = SentenceTypeHead(4, ["A", "B"], dropout=0.0)
        logits = torch.randn(2, 2, generator=torch.Generator().manual_seed(0))
        labels = torch.tensor([[0, 1], [IGNORED, IGNORED]])
        assert torch.equal(head.loss(logits, labels), head.loss(logits[:1], labels[:1]))
        assert head.loss(logits, labels) > 0

    @pytest.mark.parametrize(
        ("kind", "shape", "label_shape"), [(WordTagHead, (2, 3, 2), (2, 3)), (SentenceTypeHead, (2, 2), (2, 2))]
    )
    def test_a_batch_without_any_label_has_loss_zero_and_can_be_trained_on(
        self, kind: type[Head], shape: tuple[int, ...], label_shape: tuple[int, ...]
    ) -> None:
        logits = torch.ones(shape, requires_grad=True)
        loss = kind(4, ["O", "B-X"], dropout=0.0).loss(logits, torch.full(label_shape, IGNORED))
        loss.backward()
        assert loss.item() == 0.0
        assert logits.grad is not None
        assert not logits.grad.any()

    def test_the_loss_is_lower_for_the_right_tags(self) -> None:
        head = WordTagHead(4, ["O", "B-X", "I-X"], dropout=0.0)
        labels = torch.tensor([[0, 1]])
        right = torch.tensor([[[5.0, 0, 0], [0, 5.0, 0]]])
        assert head.loss(right, labels) < head.loss(right.flip(1), labels)

    def test_a_head_must_say_how_it_scores_and_how_it_learns(self) -> None:
        with pytest.raises(TypeError, match="abstract"):
            Head(4, ["O"], dropout=0.0)  # type: ignore[abstract]

    def test_sentences_are_pooled_over_their_subwords_only(self) -> None:
        head = SentenceTypeHead(2, ["A"], dropout=0.0).eval()
        tokens = torch.tensor([[[1.0, 3.0], [3.0, 4.0], [90.0, -90.0]]])
        mask = torch.tensor([[1, 1, 0]])
        batch = EncodedBatch(tokens, mask, tokens)
        assert torch.allclose(head(batch), head.classify(torch.tensor([[2.0, 3.5]])))


class TestSavingAndLoading:
    def test_a_saved_model_gives_identical_scores(self, model: MarsadModel, tmp_path: Path) -> None:
        model.save_pretrained(tmp_path)
        loaded = MarsadModel.from_pretrained(tmp_path).eval()
        for name, logits in run(model, WITHOUT_LABELS).items():
            assert torch.equal(run(loaded, WITHOUT_LABELS)[name], logits)

    def test_the_weights_are_safetensors_and_nothing_is_pickled(self, model: MarsadModel, tmp_path: Path) -> None:
        model.save_pretrained(tmp_path)
        assert {file.name for file in tmp_path.iterdir()} == {"config.json", "model.safetensors"}
        saved = load_file(tmp_path / "model.safetensors")
        assert saved.keys() == model.state_dict().keys()
        assert {name.split(".")[0] for name in saved} == {"encoder", "heads"}

    def test_the_configuration_holds_what_is_needed_to_build_the_model(
        self, model: MarsadModel, tmp_path: Path, schema: Schema
    ) -> None:
        model.save_pretrained(tmp_path)
        config = MarsadConfig.from_pretrained(tmp_path)
        assert config.encoder_config().hidden_size == 32
        assert config.window == 48
        assert config.layout.labels_of(EVENT_TYPE) == schema.event_types
        assert config.layout.labels_of(ENTITY)[:3] == ["O", "B-PER", "I-PER"]
        assert config.pad_token_id == 0
        assert config.layout.labels_of("argument") == []

    def test_the_encoder_need_not_be_there_any_more(
        self, tiny_checkpoint: Path, tmp_path: Path, schema: Schema
    ) -> None:
        checkpoint = Path(shutil.copytree(tiny_checkpoint, tmp_path / "encoder"))
        model = MarsadModel.with_encoder(load_encoder(str(checkpoint))[0], heads_for_schema(schema))
        model.save_pretrained(tmp_path / "model")
        shutil.rmtree(checkpoint)
        assert str(checkpoint) not in (tmp_path / "model" / "config.json").read_text(encoding="utf-8")
        MarsadModel.from_pretrained(tmp_path / "model")

    def test_transformers_itself_can_load_it(self, model: MarsadModel, tmp_path: Path) -> None:
        model.save_pretrained(tmp_path)
        assert isinstance(AutoModel.from_pretrained(tmp_path), MarsadModel)

    @pytest.mark.parametrize("kind", ["xlm-roberta", "electra", "distilbert", "roformer", "camembert"])
    def test_encoders_of_other_kinds_work_the_same(self, kind: str, schema: Schema, tmp_path: Path) -> None:
        from transformers import AutoConfig

        sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        if kind == "distilbert":
            sizes = {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32}
        extra = {"embedding_size": 16} if kind in ("electra", "roformer") else {}
        config = AutoConfig.for_model(kind, vocab_size=100, max_position_embeddings=64, **sizes, **extra)
        torch.manual_seed(0)
        model = MarsadModel.with_encoder(AutoModel.from_config(config), heads_for_schema(schema)).eval()
        model.save_pretrained(tmp_path)
        loaded = MarsadModel.from_pretrained(tmp_path).eval()
        for name, logits in run(model, WITHOUT_LABELS).items():
            assert torch.equal(run(loaded, WITHOUT_LABELS)[name], logits)


class WordPairHead(Head):
    """Scores of pairs of words."""

    def forward(self, batch: EncodedBatch) -> Tensor:
        pairs = batch.words.unsqueeze(1) + batch.words.unsqueeze(2)
        return self.classify(pairs)

    def count(self, labels: Tensor) -> Tensor:
        return (labels != IGNORED).sum()

    def row_losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 2), labels.flatten(), ignore_index=IGNORED, reduction="none"
        )
        return losses.view_as(labels).sum((1, 2))


class TestANewHead:
    @pytest.fixture(autouse=True)
    def _registered(self) -> Iterator[None]:
        HEADS["word_pairs"] = WordPairHead
        yield
        del HEADS["word_pairs"]

    def test_one_class_and_one_row_in_the_table_are_enough(
        self, tiny_checkpoint: Path, schema: Schema, tmp_path: Path
    ) -> None:
        roles = {"name": "pairs", "kind": "word_pairs", "labels": ["none", "agent", "place"], "weight": 0.5}
        heads = [*heads_for_schema(schema), roles]
        model = MarsadModel.with_encoder(load_encoder(str(tiny_checkpoint))[0], heads, dropout=0.0).eval()
        batch = COLLATE(ROWS)
        without = model(**batch)
        assert without.logits["pairs"].shape == (2, 3, 3, 3)

        labels = torch.full((2, 3, 3), IGNORED)
        labels[0, 0, 2], labels[0, 1, 2] = 1, 2
        output = model(**{**batch, "labels": {**batch["labels"], "pairs": labels}})
        assert output.loss > without.loss
        output.loss.backward()
        assert model.heads["pairs"].classifier.weight.grad.any()

        model.save_pretrained(tmp_path)
        loaded = MarsadModel.from_pretrained(tmp_path).eval()
        assert torch.equal(run(loaded, WITHOUT_LABELS)["pairs"], run(model, WITHOUT_LABELS)["pairs"])
        assert json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["heads"][-1] == roles

    def test_predictions_of_the_other_layers_stay_as_they_are(self, tiny_model: Path, tmp_path: Path) -> None:
        from trainer.inference.predictor import Predictor

        text = "سيطرت قوات النظام على مدينة حلب أمس."
        expected = Predictor(tiny_model).predict(text)
        folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
        old = MarsadModel.from_pretrained(folder)
        heads = [*old.config.heads, {"name": "pairs", "kind": "word_pairs", "labels": ["none"], "weight": 1.0}]
        new = MarsadModel.with_encoder(
            old.encoder, heads, dropout=0.0, window=old.config.window, pad_token_id=old.config.pad_token_id
        )
        new.heads.load_state_dict(old.heads.state_dict(), strict=False)
        new.save_pretrained(folder)
        found = Predictor(folder).predict(text)
        assert found.entities == expected.entities
        assert found.entities
        assert found.sentences == expected.sentences


def test_a_saved_encoder_with_a_pooling_layer_is_used_without_it(schema: Schema, tmp_path: Path) -> None:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    encoder = BertModel(BertConfig(vocab_size=50, **sizes))
    model = MarsadModel.with_encoder(encoder, heads_for_schema(schema))
    model.save_pretrained(tmp_path)
    loaded = MarsadModel.from_pretrained(tmp_path)
    assert loaded.encoder.pooler is None
