"""What the heads learn from a batch: weights of rows and of labels, parts of larger batches, and when to stop."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TRAINING, marked_document, quick_settings
from datasets import Dataset
from torch import Tensor
from torch.nn import functional

from trainer.data.dataset import documents_to_dataset
from trainer.data.mixing import TrainingData, load_training_data
from trainer.documents import LAYERS, Document
from trainer.encoders.loading import load_encoder
from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.head_kinds import build_head
from trainer.modeling.heads import IGNORED, Head, SentenceTypeHead, WordTagHead
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.schema import Schema, load_schema, schema_of_labels
from trainer.training.rows import heads_for_rows, training_rows
from trainer.training.run import build_trainer, fit
from trainer.training.settings import SettingsError

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]
TYPES = ["KILL", "CAPTURE"]


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


# A head, logits and labels of four rows; the third knows nothing and the last not everything.
WORDS = (
    WordTagHead(4, TAGS, dropout=0.0),
    random(4, 3, len(TAGS)),
    torch.tensor([[0, 1, 2], [3, 0, IGNORED], [IGNORED] * 3, [4, IGNORED, IGNORED]]),
)
SENTENCES = (
    SentenceTypeHead(4, TYPES, dropout=0.0),
    random(4, len(TYPES)),
    torch.tensor([[0, 1], [1, 1], [IGNORED] * 2, [0, 0]]),
)
Case = tuple[Head, Tensor, Tensor]
CASES = pytest.mark.parametrize(("head", "logits", "labels"), [WORDS, SENTENCES], ids=["words", "sentences"])


class TestTheLossOfARow:
    def test_of_words_is_the_sum_of_their_cross_entropies(self) -> None:
        head, logits, labels = WORDS
        losses = head.row_losses(logits, labels)
        surprise = -logits.log_softmax(-1)
        assert losses[0].item() == pytest.approx(
            sum(surprise[0, word, tag].item() for word, tag in enumerate((0, 1, 2)))
        )
        assert losses[3].item() == pytest.approx(surprise[3, 0, 4].item())

    def test_of_a_sentence_is_the_mean_over_its_types(self) -> None:
        head, logits, labels = SENTENCES
        losses = head.row_losses(logits, labels)
        right = torch.where(labels[1] == 1, logits[1].sigmoid(), 1 - logits[1].sigmoid())
        assert losses[1].item() == pytest.approx(-right.log().mean().item(), rel=1e-5)

    @CASES
    def test_without_labels_is_0_and_is_not_counted(self, head: Head, logits: Tensor, labels: Tensor) -> None:
        assert head.row_losses(logits, labels)[2] == 0
        assert head.count(labels) == head.count(labels[[0, 1, 3]])
        assert head.loss(logits, labels).item() == pytest.approx(head.loss(logits[[0, 1, 3]], labels[[0, 1, 3]]).item())

    @CASES
    def test_is_divided_by_the_number_of_labelled_items(self, head: Head, logits: Tensor, labels: Tensor) -> None:
        assert head.count(labels) == (6 if isinstance(head, WordTagHead) else 3)
        expected = head.row_losses(logits, labels).sum() / head.count(labels)
        assert head.loss(logits, labels).item() == pytest.approx(expected.item())


class TestWeightsOfRows:
    @CASES
    @pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0, 1.0), (0.5, 1.0, 1.0, 2.0), (0.0, 0.0, 5.0, 0.0)])
    def test_multiply_what_each_row_adds(
        self, head: Head, logits: Tensor, labels: Tensor, weights: Sequence[float]
    ) -> None:
        rows = head.row_losses(logits, labels)
        expected = sum(weight * loss.item() for weight, loss in zip(weights, rows, strict=True)) / head.count(labels)
        assert head.loss(logits, labels, torch.tensor(weights)).item() == pytest.approx(float(expected), rel=1e-5)

    @CASES
    def test_of_a_half_halve_the_gradient_of_the_row(self, head: Head, logits: Tensor, labels: Tensor) -> None:
        gradients = []
        for weight in (1.0, 0.5):
            leaf = logits.clone().requires_grad_()
            head.loss(leaf, labels, torch.tensor([weight, 1.0, 1.0, 1.0])).backward()
            assert leaf.grad is not None
            gradients.append(leaf.grad)
        assert torch.allclose(gradients[1][0], gradients[0][0] / 2)
        assert torch.equal(gradients[1][1:], gradients[0][1:])
        assert gradients[0][0].any()


class TestPartsOfABatch:
    @CASES
    def test_divided_by_the_count_of_the_whole_add_up_to_its_loss(
        self, head: Head, logits: Tensor, labels: Tensor
    ) -> None:
        whole, count = head.loss(logits, labels), head.count(labels)
        for cut in (1, 2, 3):
            parts = [head.loss(logits[part], labels[part], count=count) for part in (slice(cut), slice(cut, 4))]
            assert sum(part.item() for part in parts) == pytest.approx(whole.item(), rel=1e-5)

    def test_work_with_all_heads_and_layers_that_are_missing(self, tiny_checkpoint: Path, corpus: TrainingData) -> None:
        encoder, tokenizer = load_encoder(str(tiny_checkpoint))
        documents = corpus.training[0], bare(["event_types"], TRAINING[5:8])
        dataset = documents_to_dataset(documents, corpus.schema)
        rows = list(training_rows(dataset, SentenceEncoder(tokenizer.backend_tokenizer, 48)))
        model = MarsadModel.with_encoder(encoder, heads_for_schema(corpus.schema), dropout=0.0).eval()
        collate = BatchCollator(0)
        labels = collate(rows)["labels"]
        counts = {name: model.heads[name].count(values) for name, values in labels.items()}
        with torch.inference_mode():
            whole = model(**collate(rows)).loss
            parts = [model(**collate(part), counts=counts).loss for part in (rows[:2], rows[2:5], rows[5:])]
        # The last part has no entities and no triggers.
        assert sum(part.item() for part in parts) == pytest.approx(whole.item(), rel=1e-4)


def bare(layers: Sequence[str], sentences: Sequence[str]) -> Document:
    """Return sentences annotated for ``layers`` alone."""
    document = marked_document(sentences, "+".join(layers))
    document.keep_layers(layers)
    return document


@pytest.fixture(scope="module")
def corpus(tiny_corpus: Path) -> TrainingData:
    return load_training_data({str(tiny_corpus): 1.0})


NAMES = schema_of_labels("أسماء", ["PER", "GPE", "ORG"], ["KILL", "CAPTURE", "VISIT"])


def rows_with(entities: dict[str, int], types: dict[str, int] | None = None) -> Dataset:
    """Return training rows in which each label occurs so often; half of them know nothing of the other layer."""
    tags = heads_for_schema(NAMES)[0]["labels"]
    unknown = [IGNORED] * len(NAMES.event_types)
    rows: list[dict[str, Any]] = []
    for label, number in entities.items():
        words = [tags.index(f"B-{label}"), tags.index(f"I-{label}"), 0, 0]
        rows += [{"entity_tags": words, "event_types": unknown}] * number
    for label, number in (types or {}).items():
        known = [int(name == label) for name in NAMES.event_types]
        rows += [{"entity_tags": [IGNORED] * 2, "event_types": known}] * number
    return Dataset.from_list(rows)


def weights_of(rows: Dataset, power: float, head: str = ENTITY) -> dict[str, float]:
    """Return the weights that labels get, by their names."""
    (spec,) = (spec for spec in heads_for_rows(rows, NAMES, {}, power) if spec["name"] == head)
    return dict(zip(spec["labels"], spec["label_weights"], strict=True))


class TestWeightsOfLabels:
    """``rare_types``: one that is n times rarer than the most frequent weighs n to this power."""

    @pytest.mark.parametrize(("power", "rare"), [(1.0, 4.0), (0.5, 2.0), (0.25, 1.4142)])
    def test_are_higher_the_rarer_a_type_is(self, power: float, rare: float) -> None:
        assert weights_of(rows_with({"PER": 8, "GPE": 2}), power) == {
            "O": 1.0,
            **{"B-PER": 1.0, "I-PER": 1.0},
            **{"B-GPE": rare, "I-GPE": rare},
            # What never occurs has nothing to learn from.
            **{"B-ORG": 1.0, "I-ORG": 1.0},
        }

    def test_are_not_higher_than_ten(self) -> None:
        weights = weights_of(rows_with({"PER": 100, "GPE": 1, "ORG": 20}), 1.0)
        assert (weights["B-PER"], weights["B-ORG"], weights["B-GPE"]) == (1.0, 5.0, 10.0)

    def test_are_those_of_mentions_and_not_of_words(self) -> None:
        tags = heads_for_schema(NAMES)[0]["labels"]
        long = [tags.index("B-PER"), *[tags.index("I-PER")] * 6, tags.index("B-GPE")]
        rows = Dataset.from_list([{"entity_tags": long}])
        assert set(weights_of(rows, 1.0).values()) == {1.0}

    def test_of_sentence_types_count_the_sentences_that_were_annotated_for_types(self) -> None:
        rows = rows_with({"PER": 5}, {"KILL": 9, "CAPTURE": 3})
        assert weights_of(rows, 1.0, EVENT_TYPE) == {"KILL": 1.0, "CAPTURE": 3.0, "VISIT": 1.0}
        assert weights_of(rows, 1.0)["B-PER"] == 1.0

    def test_are_left_out_unless_they_are_asked_for(self) -> None:
        heads = heads_for_rows(rows_with({"PER": 8, "GPE": 2}), NAMES, {}, 0.0)
        assert heads == heads_for_schema(NAMES, layers=["entities"])
        assert "label_weights" not in heads[0]

    @pytest.mark.parametrize("power", [-0.1, 1.1])
    def test_have_a_power_between_0_and_1(self, power: float, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=f"'rare_types' is {power}: input should be"):
            quick_settings(data="a", output_dir=tmp_path, encoder="b", rare_types=power)

    def test_multiply_the_losses_of_the_words_that_have_the_label(self) -> None:
        _, logits, labels = WORDS
        weighted = WordTagHead(4, TAGS, 0.0, [1.0, 3.0, 3.0, 1.0, 1.0])
        word = -logits.log_softmax(-1)
        expected = word[0, 0, 0] + 3 * word[0, 1, 1] + 3 * word[0, 2, 2]
        assert weighted.row_losses(logits, labels)[0].item() == pytest.approx(expected.item(), rel=1e-5)
        assert weighted.row_losses(logits, labels)[3].item() == pytest.approx(word[3, 0, 4].item(), rel=1e-5)

    def test_multiply_the_losses_of_the_sentences_that_have_the_type_and_of_no_others(self) -> None:
        head, logits, labels = SENTENCES
        weighted = SentenceTypeHead(4, TYPES, 0.0, [5.0, 1.0])
        # The second sentence has the rare type; the first and the last have not.
        plain, heavier = head.row_losses(logits, labels), weighted.row_losses(logits, labels)
        assert torch.equal(plain[[0, 2, 3]], heavier[[0, 2, 3]])
        extra = 4 * functional.softplus(-logits[1, 0]) / 2
        assert heavier[1].item() == pytest.approx((plain[1] + extra).item(), rel=1e-5)

    def test_are_saved_with_the_model_and_change_no_prediction(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path, corpus: TrainingData
    ) -> None:
        options = {"data": tiny_corpus, "output_dir": tmp_path, "encoder": tiny_checkpoint}
        models = []
        for power in (0.0, 0.5):
            settings, arguments = quick_settings(**options, rare_types=power)
            trainer = build_trainer(corpus.rows(), corpus.validation, corpus.schema, settings, arguments)
            models.append(trainer.model.eval())
        models[1].save_pretrained(tmp_path / "saved")
        saved = json.loads((tmp_path / "saved" / "config.json").read_text(encoding="utf-8"))["heads"]
        assert {head["name"] for head in saved} == {ENTITY, TRIGGER, EVENT_TYPE}
        by_type = dict(zip(saved[0]["labels"], saved[0]["label_weights"], strict=True))
        # Nine cities, six armed groups and three persons.
        assert by_type["O"] == by_type["B-GPE"] == 1.0 < by_type["B-ARMED"] < by_type["B-PER"] <= 3**0.5
        loaded = MarsadModel.from_pretrained(tmp_path / "saved").eval()
        assert [loaded.heads[head["name"]].label_weights for head in saved] == [head["label_weights"] for head in saved]
        row = BatchCollator(0)([trainer.train_dataset[0]])
        with torch.inference_mode():
            plain, weighted, again = (model(**row) for model in (*models, loaded))
        assert weighted.loss == again.loss != plain.loss
        for head, logits in plain.logits.items():
            assert torch.equal(weighted.logits[head], logits)


class TestHeadsOfARun:
    @pytest.mark.parametrize("layers", [("entities",), ("event_types",), ("entities", "event_types"), LAYERS])
    def test_are_those_of_the_layers_that_the_rows_know(
        self, layers: Sequence[str], tiny_checkpoint: Path, corpus: TrainingData
    ) -> None:
        tokenizer = load_encoder(str(tiny_checkpoint))[1].backend_tokenizer
        dataset = documents_to_dataset([bare(layers, TRAINING[:3])], corpus.schema)
        heads = heads_for_rows(training_rows(dataset, SentenceEncoder(tokenizer, 48)), corpus.schema, {}, 0.5)
        assert heads == [
            {**head, "label_weights": heads[number]["label_weights"]}
            for number, head in enumerate(heads_for_schema(corpus.schema, layers=layers))
        ]

    def test_of_weight_0_are_left_out(self) -> None:
        rows = rows_with({"PER": 2}, {"KILL": 1})
        assert [head["name"] for head in heads_for_rows(rows, NAMES, {ENTITY: 0.0}, 0.0)] == [EVENT_TYPE]

    @pytest.mark.parametrize("power", [0.0, 0.5])
    def test_that_are_all_left_out_leave_nothing_to_learn(self, power: float) -> None:
        with pytest.raises(
            ValueError, match="nothing to learn: the training data is annotated for entities, and the w"
        ):
            heads_for_rows(rows_with({"PER": 2}), NAMES, {ENTITY: 0.0}, power)

    def test_have_the_weight_of_their_loss(self) -> None:
        (spec,) = heads_for_rows(rows_with({"PER": 2}), NAMES, {ENTITY: 0.25, TRIGGER: 3.0}, 0.0)
        assert spec["weight"] == 0.25
        assert isinstance(build_head(spec, 4, 0.0), WordTagHead)


class TestSentencesInSeveralWindows:
    """A window is taught only the types that it shows; where the triggers are unknown, nobody knows which."""

    LONG = " ".join(sentence.rstrip(".") for sentence in (TRAINING[0], TRAINING[2], *TRAINING[5:9])) + "."

    def rows(self, tokenizer: Any, schema: Schema, layers: Sequence[str], sentence: str) -> list[dict[str, Any]]:
        dataset = documents_to_dataset([bare(layers, [sentence])], schema)
        return list(training_rows(dataset, SentenceEncoder(tokenizer, 20)))

    @pytest.fixture
    def tokenizer(self, tiny_checkpoint: Path) -> Any:
        return load_encoder(str(tiny_checkpoint))[1].backend_tokenizer

    def test_teach_types_where_the_triggers_are_known(self, tokenizer: Any, corpus: TrainingData) -> None:
        rows = self.rows(tokenizer, corpus.schema, LAYERS, self.LONG)
        types = {tuple(row["event_types"]) for row in rows}
        assert len(rows) > 2
        assert len(types) > 1
        assert IGNORED not in {value for row in types for value in row}

    def test_teach_none_where_they_are_not(self, tokenizer: Any, corpus: TrainingData) -> None:
        rows = self.rows(tokenizer, corpus.schema, ["event_types"], self.LONG)
        assert {tuple(row["event_types"]) for row in rows} == {(IGNORED,) * len(corpus.schema.event_types)}

    def test_teach_that_there_is_no_event_where_the_whole_sentence_has_none(
        self, tokenizer: Any, corpus: TrainingData
    ) -> None:
        quiet = " ".join(["الطقس بارد اليوم في المدينة"] * 6)
        rows = self.rows(tokenizer, corpus.schema, ["event_types"], quiet)
        assert len(rows) > 1
        assert {tuple(row["event_types"]) for row in rows} == {(0,) * len(corpus.schema.event_types)}


class TestEarlyStopping:
    NO_EVALUATION: Mapping[str, Any] = {
        "eval_strategy": "no",
        "save_strategy": "no",
        "load_best_model_at_end": False,
        "max_steps": 1,
    }

    @pytest.fixture
    def options(self, tiny_corpus: Path, tiny_checkpoint: Path, tmp_path: Path) -> dict[str, Any]:
        return {"data": tiny_corpus, "encoder": tiny_checkpoint, "output_dir": tmp_path, "num_train_epochs": 6}

    @pytest.mark.parametrize("patience", [1, 2])
    def test_ends_a_run_whose_score_does_not_get_better(
        self, options: dict[str, Any], corpus: TrainingData, patience: int
    ) -> None:
        # Nothing is learnt, so the first score stays the best.
        still = {"learning_rate": 0.0, "head_learning_rate": 0.0}
        settings, arguments = quick_settings(**options, **still, early_stopping=patience)
        fitted = fit(corpus.rows(), corpus.validation, corpus.schema, settings, arguments)
        assert sum("eval_score" in entry for entry in fitted.history) == 1 + patience

    def test_needs_evaluations(self, options: dict[str, Any], corpus: TrainingData) -> None:
        settings, arguments = quick_settings(**options, **self.NO_EVALUATION, early_stopping=1)
        with pytest.raises(ValueError, match="'early_stopping' has nothing to go by: 'eval_strategy' is no"):
            fit(corpus.rows(), corpus.validation, corpus.schema, settings, arguments)

    def test_has_no_part_in_a_run_without_documents_to_choose_on(
        self, options: dict[str, Any], corpus: TrainingData
    ) -> None:
        settings, arguments = quick_settings(**options, **self.NO_EVALUATION, early_stopping=1)
        assert fit(corpus.rows(), [], corpus.schema, settings, arguments).history

    def test_is_a_number_of_evaluations(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="'early_stopping' is 0: input should be greater than or equal to 1"):
            quick_settings(data="a", output_dir=tmp_path, encoder="b", early_stopping=0)


def test_a_schema_with_labels_for_a_layer_that_no_row_knows_gives_no_head(tiny_corpus: Path) -> None:
    schema = load_schema(tiny_corpus.parent / "schema.yaml")
    rows = Dataset.from_list([{"entity_tags": [0, 1, 0], "trigger_tags": [IGNORED] * 3, "event_types": [IGNORED] * 3}])
    assert [head["name"] for head in heads_for_rows(rows, schema, {}, 0.0)] == [ENTITY]
