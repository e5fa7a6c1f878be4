"""Training runs on a tiny corpus with a tiny encoder: reproducible, honest about the test split, complete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from conftest import SPLITS, TEST, TRAINING, marked_document, quick_settings, write_tiny_corpus
from safetensors.torch import load_file
from tokenizers import Tokenizer

from trainer.data.dataset import documents_to_dataset
from trainer.data.storage import build_dataset
from trainer.documents import Document
from trainer.encoders.loading import load_encoder
from trainer.inference.predictor import Predictor
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.layout import ENTITY, EVENT_TYPE
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Thresholds
from trainer.schema import load_schema
from trainer.training import run as run_module
from trainer.training import trainer as trainer_module
from trainer.training.progress import EpochProgress
from trainer.training.rows import training_rows
from trainer.training.run import build_trainer, train
from trainer.training.settings import MEASURED_FOR_SENTENCES, check_settings
from trainer.training.thresholds import choose_thresholds
from trainer.training.trainer import MarsadTrainer

Splits = Mapping[str, Mapping[str, Sequence[str]]]
LONG_SENTENCE = " ".join(TRAINING[position].rstrip(".") for position in (0, 1, 3, 5, 7, 8)) + "."


def run(folder: Path, data: Path, encoder: Path, overwrite: bool = False, **changes: Any) -> Path:
    """Train for two epochs; return the model folder."""
    options = {"num_train_epochs": 2, "dropout": 0.1, **changes}
    settings, arguments = quick_settings(data=data, output_dir=folder, encoder=encoder, **options)
    train(settings, arguments, overwrite=overwrite)
    return Path(settings.model_folder)


def weights(model: Path) -> bytes:
    return (model / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory, tiny_corpus: Path, tiny_checkpoint: Path) -> Path:
    return run(tmp_path_factory.mktemp("first"), tiny_corpus, tiny_checkpoint)


class TestReproducibility:
    def test_the_same_seed_gives_the_same_model_file_for_file(
        self, first_run: Path, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        second_run = run(tmp_path, tiny_corpus, tiny_checkpoint)
        names = {file.name for file in first_run.iterdir()}
        assert names == {file.name for file in second_run.iterdir()}
        for name in names - {"training_config.yaml", "README.md"}:  # they name the output folder
            assert (first_run / name).read_bytes() == (second_run / name).read_bytes(), name

    def test_another_seed_gives_another_model(
        self, first_run: Path, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        assert weights(run(tmp_path, tiny_corpus, tiny_checkpoint, seed=4)) != weights(first_run)

    def test_a_built_dataset_trains_the_same_model_as_its_corpus(
        self, first_run: Path, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        build_dataset(tiny_corpus, tmp_path / "dataset")
        assert weights(run(tmp_path / "run", tmp_path / "dataset", tiny_checkpoint)) == weights(first_run)


class TestTheTestSplit:
    @pytest.mark.parametrize(
        "test",
        [
            pytest.param({}, id="no documents"),
            pytest.param(None, id="no such split"),
            pytest.param({"x1": TRAINING[:3], "x2": [LONG_SENTENCE]}, id="other documents"),
        ],
    )
    def test_it_has_no_influence_on_the_model(
        self, first_run: Path, tmp_path: Path, tiny_checkpoint: Path, test: Mapping[str, Sequence[str]] | None
    ) -> None:
        splits: dict[str, Any] = {name: SPLITS[name] for name in ("train", "validation")}
        if test is not None:
            splits["test"] = test
        corpus = write_tiny_corpus(tmp_path / "corpus", splits)
        model = run(tmp_path / "run", corpus, tiny_checkpoint)
        assert weights(model) == weights(first_run)
        assert (model / "thresholds.json").read_bytes() == (first_run / "thresholds.json").read_bytes()

    def test_the_training_split_has(self, first_run: Path, tmp_path: Path, tiny_checkpoint: Path) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {**SPLITS, "train": {"t1": TRAINING[:5], "t2": TEST}})
        assert weights(run(tmp_path / "run", corpus, tiny_checkpoint)) != weights(first_run)

    @pytest.mark.parametrize("missing", ["train", "validation"])
    def test_a_corpus_that_lacks_a_split_is_refused_with_its_name(
        self, tmp_path: Path, tiny_checkpoint: Path, missing: str
    ) -> None:
        for number, splits in enumerate(
            ({name: SPLITS[name] for name in SPLITS if name != missing}, {**SPLITS, missing: {}})
        ):
            corpus = write_tiny_corpus(tmp_path / f"corpus{number}", splits)
            with pytest.raises(ValueError, match=rf"dataset\.yaml has no sentences in its '{missing}' split"):
                run(tmp_path / "run", corpus, tiny_checkpoint)


class TestTheModelFolder:
    def test_it_holds_all_that_predicting_and_auditing_need(self, tiny_model: Path) -> None:
        assert {file.name for file in tiny_model.iterdir()} == {
            *("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
            *(
                "schema.yaml",
                "thresholds.json",
                "temperatures.json",
                "metrics.json",
                "data_fingerprint.json",
                "training_config.yaml",
            ),
            "training_sentences.npz",
            "training_spans.json",
            *("README.md", "training_curve.png", "training_history.json"),
        }

    def test_checkpoints_of_the_run_are_gone(self, tiny_model: Path) -> None:
        assert {file.name for file in tiny_model.parent.iterdir()} == {"model", "run.json", "training.html"}

    def test_the_schema_is_a_copy_of_the_datas(self, tiny_model: Path, tiny_corpus: Path) -> None:
        assert (tiny_model / "schema.yaml").read_bytes() == (tiny_corpus.parent / "schema.yaml").read_bytes()

    def test_the_settings_of_the_run_are_written_down(self, tiny_model: Path, tiny_corpus: Path) -> None:
        used = yaml.safe_load((tiny_model / "training_config.yaml").read_text(encoding="utf-8"))
        assert used["data"] == str(tiny_corpus)
        assert (used["seed"], used["window"], used["learning_rate"]) == (3, 48, 3e-3)

    def test_metrics_are_those_of_the_validation_split_and_agree_with_themselves(self, tiny_model: Path) -> None:
        metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
        assert metrics["split"] == "validation"
        layers = ("entities", "triggers", "event_types")
        assert metrics["entities"]["micro"]["support"] == 5
        assert metrics["headline"]["score"] == pytest.approx(sum(metrics[name]["micro"]["f1"] for name in layers) / 3)

    def test_the_data_are_fingerprinted_document_by_document(self, tiny_model: Path) -> None:
        data = json.loads((tiny_model / "data_fingerprint.json").read_text(encoding="utf-8"))
        assert {split: list(content["documents"]) for split, content in data.items()} == {
            "train": ["t1", "t2"],
            "validation": ["v1"],
            "test": ["x1"],
        }

    def test_nothing_in_it_says_on_which_machine_it_was_made_but_the_settings(
        self, tiny_model: Path, tiny_checkpoint: Path
    ) -> None:
        for file in tiny_model.iterdir():
            if file.name != "training_config.yaml":
                assert str(tiny_checkpoint.parent).encode() not in file.read_bytes(), file.name

    def test_a_second_run_replaces_the_first_only_if_told_to(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        model = run(tmp_path, tiny_corpus, tiny_checkpoint, num_train_epochs=1)
        before = weights(model)
        (tmp_path / "checkpoints" / "checkpoint-99").mkdir(parents=True)  # an interrupted run leaves some
        with pytest.raises(FileExistsError, match="--overwrite"):
            run(tmp_path, tiny_corpus, tiny_checkpoint, num_train_epochs=1, seed=5)
        assert weights(model) == before
        assert run(tmp_path, tiny_corpus, tiny_checkpoint, overwrite=True, num_train_epochs=1, seed=5) == model
        assert weights(model) != before
        assert {file.name for file in tmp_path.iterdir()} == {"model", "run.json", "training.html"}


class TestLearning:
    def test_the_tiny_model_learned_its_training_sentences(self, tiny_model: Path) -> None:
        gold = marked_document(TRAINING)
        found = Predictor(tiny_model).predict(gold.text)
        spans = {(e.start, e.end, e.label) for e in gold.entities}
        triggers = {(e.trigger.start, e.trigger.end, e.type) for e in gold.events}
        assert len(spans & {(e.start, e.end, e.label) for e in found.entities}) >= 0.8 * len(spans)
        assert len(triggers & {(e.trigger.start, e.trigger.end, e.type) for e in found.events}) >= 0.8 * len(triggers)

    def test_the_checkpoint_with_the_best_validation_score_is_kept(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rewards, seen = iter([0.1, 0.9, 0.3, 0.2]), []

        class Watched(MarsadTrainer):
            def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
                seen.append({name: values.clone() for name, values in self.model.state_dict().items()})
                return super().evaluate(*args, **kwargs)

        monkeypatch.setattr(run_module, "MarsadTrainer", Watched)
        monkeypatch.setattr(trainer_module, "headline", lambda scores: {"score": next(rewards)})
        kept = load_file(run(tmp_path, tiny_corpus, tiny_checkpoint, num_train_epochs=4) / "model.safetensors")
        same = [all(torch.equal(kept[name], values) for name, values in state.items()) for state in seen]
        assert same == [False, True, False, False]

    def test_random_weights_start_from_another_encoder(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started = {}

        class Untrained(MarsadTrainer):
            def train(self, *args: Any, **kwargs: Any) -> None:
                started[self.args.output_dir] = self.model.encoder.get_input_embeddings().weight.detach().clone()

        monkeypatch.setattr(run_module, "MarsadTrainer", Untrained)
        for name, random_weights in (("a", False), ("b", True), ("c", True)):
            run(tmp_path / name, tiny_corpus, tiny_checkpoint, random_weights=random_weights)
        pretrained, drawn, drawn_again = started.values()
        assert torch.equal(pretrained, load_file(tiny_checkpoint / "model.safetensors")[_WORDS])
        assert not torch.equal(pretrained, drawn)
        assert torch.equal(drawn, drawn_again)

    @pytest.mark.filterwarnings("ignore:Initializing zero-element")
    @pytest.mark.parametrize("layer", ["entities", "events"])
    def test_a_schema_may_lack_a_layer(self, tmp_path: Path, tiny_checkpoint: Path, layer: str) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {name: {name: ["قتل في حلب."]} for name in SPLITS})
        schema = yaml.safe_load((tmp_path / "corpus" / "schema.yaml").read_text(encoding="utf-8"))
        del schema[layer]
        (tmp_path / "corpus" / "schema.yaml").write_text(yaml.safe_dump(schema), encoding="utf-8")
        document = Predictor(run(tmp_path / "run", corpus, tiny_checkpoint)).predict("قتل في حلب.")
        assert not getattr(document, layer)

    def test_heads_learn_at_their_own_rate_and_norms_and_biases_do_not_decay(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        _, arguments = quick_settings(data=tiny_corpus, output_dir=tmp_path, encoder=tiny_checkpoint, weight_decay=0.5)
        schema = load_schema(tiny_corpus.parent / "schema.yaml")
        encoder, tokenizer = load_encoder(str(tiny_checkpoint))
        model = MarsadModel.with_encoder(encoder, heads_for_schema(schema))
        rows = training_rows(
            documents_to_dataset([marked_document(TRAINING, "t")], schema),
            SentenceEncoder(tokenizer.backend_tokenizer, 48),
        )
        trainer = MarsadTrainer(
            model=model, args=arguments, train_dataset=rows, validation=[], schema=schema, head_learning_rate=0.02
        )
        options = {
            id(parameter): (group["lr"], group["weight_decay"])
            for group in trainer.create_optimizer().param_groups
            for parameter in group["params"]
        }
        assert len(options) == len(list(model.parameters()))
        for name, parameter in model.named_parameters():
            rate = 0.02 if name.startswith("heads.") else 3e-3
            decay = 0.0 if name.endswith("bias") or "norm" in name.lower() else 0.5
            assert options[id(parameter)] == (rate, decay), name


_WORDS = "embeddings.word_embeddings.weight"


class TestLongSentences:
    def test_a_sentence_longer_than_the_window_trains_and_is_labelled_to_its_end(
        self, tmp_path: Path, tiny_checkpoint: Path
    ) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus", {**SPLITS, "train": {"t1": [LONG_SENTENCE], "t2": TRAINING}})
        model = run(tmp_path / "run", corpus, tiny_checkpoint, window=16, num_train_epochs=30, dropout=0.0)
        gold = marked_document([LONG_SENTENCE])
        found = Predictor(model).predict(gold.text)
        assert len(found.sentences) == 1
        spans = [(e.start, e.end, e.label) for e in gold.entities]
        hits = [span in {(e.start, e.end, e.label) for e in found.entities} for span in spans]
        assert sum(hits) >= 0.8 * len(hits)
        assert any(hits[: len(hits) // 3])
        assert any(hits[-len(hits) // 3 :])

    def test_a_window_longer_than_the_encoder_takes_is_refused_before_training(
        self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        with pytest.raises(ValueError, match=r"window 129 is too long: encoder .* takes 128 subwords"):
            run(tmp_path, tiny_corpus, tiny_checkpoint, window=129)
        assert list(tmp_path.iterdir()) == []


class TestTrainingRows:
    @pytest.fixture
    def rows(self, tiny_model: Path, request: pytest.FixtureRequest) -> Any:
        def encoded(document: Document, window: int) -> list[dict[str, Any]]:
            schema = load_schema(tiny_model / "schema.yaml")
            encoder = SentenceEncoder(Tokenizer.from_file(str(tiny_model / "tokenizer.json")), window)
            return list(training_rows(documents_to_dataset([document], schema), encoder))

        return encoded

    def test_a_row_has_one_tag_a_word_and_one_number_a_type(self, rows: Any) -> None:
        (row,) = rows(marked_document(["{قُتل|KILL} [أحمد الخالد|PER] في [حلب|GPE]."]), 48)
        assert row["entity_tags"] == [0, 1, 2, 0, 3, 0]
        assert row["trigger_tags"] == [1, 0, 0, 0, 0, 0]
        assert row["event_types"] == [1, 0, 0]
        assert len(row["word_tokens"]) == 6

    def test_the_rows_of_a_long_sentence_hold_each_tag_and_only_types_that_they_show(self, rows: Any) -> None:
        document = marked_document([LONG_SENTENCE])
        words = len(document.words)
        labelled = rows(document, 16)
        assert len(labelled) > 2
        assert sum(len(row["entity_tags"]) for row in labelled) >= words
        begun = {(tag + 1) // 2 - 1 for row in labelled for tag in row["trigger_tags"] if tag}
        assert begun == {0, 1, 2}
        for row in labelled:
            shown = {(tag + 1) // 2 - 1 for tag in row["trigger_tags"] if tag}
            assert row["event_types"] == [int(type in shown) for type in range(3)]
        assert len({tuple(row["event_types"]) for row in labelled}) > 1

    def test_a_document_is_placed_by_its_own_offsets(self, rows: Any) -> None:
        one, two = rows(marked_document(["قال [محمد العلي|PER].", "{قُتل|KILL} [محمد العلي|PER]."]), 48)
        assert one["entity_tags"] == two["entity_tags"] == [0, 1, 2, 0]
        assert one["input_ids"][2:] == two["input_ids"][-4:]


@pytest.mark.parametrize(("threshold", "types"), [(0.0, 3 * 3), (1.01, 0)])
def test_the_chosen_threshold_is_saved_and_the_metrics_are_those_with_it(
    tmp_path: Path,
    tiny_corpus: Path,
    tiny_checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    threshold: float,
    types: int,
) -> None:
    monkeypatch.setattr(run_module, "choose_thresholds", lambda tagger, validation: Thresholds(threshold))
    model = run(tmp_path, tiny_corpus, tiny_checkpoint, num_train_epochs=1)
    assert Thresholds.load(model / "thresholds.json") == Thresholds(threshold)
    scores = json.loads((model / "metrics.json").read_text(encoding="utf-8"))["event_types"]["micro"]
    # Three sentences with three of nine possible types: all are found or none.
    assert scores["recall"] == (1.0 if types else 0.0)
    assert scores["precision"] == pytest.approx(3 / types if types else 0.0)


class TestThresholds:
    """The threshold of event types is the one with the best F1 on validation, the middle one of equals."""

    @staticmethod
    def chosen(*sentences: tuple[float, bool]) -> float:
        gold = Document.from_text("\n".join("قتل" for _ in sentences))
        for sentence, (_, expected) in zip(gold.sentences, sentences, strict=True):
            sentence.event_types = {"KILL": 1.0} if expected else {}
        tagger = SimpleNamespace(
            event_types=["KILL"],
            score=lambda documents: [SimpleNamespace(kill=score) for score, _ in sentences],
            event_type_scores=lambda scores: np.array([scores.kill]),
        )
        return choose_thresholds(tagger, [gold]).event_type  # type: ignore[arg-type]

    def test_it_separates_what_can_be_separated(self) -> None:
        threshold = self.chosen((0.9, True), (0.8, True), (0.6, False), (0.2, False))
        assert 0.6 < threshold <= 0.8

    def test_of_equal_ones_the_middle_is_taken(self) -> None:
        assert self.chosen((0.95, True), (0.05, False)) == pytest.approx(0.5)

    def test_a_model_without_confidence_gets_a_low_one(self) -> None:
        assert self.chosen((0.28, True), (0.22, False), (0.12, False)) == pytest.approx(0.25)

    def test_without_any_event_it_stays_one_half(self) -> None:
        assert self.chosen((0.9, False), (0.1, False)) == 0.5

    def test_it_is_written_and_read(self, tmp_path: Path) -> None:
        Thresholds(event_type=0.35).save(tmp_path / "thresholds.json")
        assert Thresholds.load(tmp_path / "thresholds.json") == Thresholds(event_type=0.35)


def test_progress_shows_one_line_an_epoch_however_narrow_the_screen() -> None:
    from io import StringIO

    from rich.console import Console

    screen = StringIO()
    progress = EpochProgress(Console(file=screen, width=80))
    state = SimpleNamespace(epoch=12.0, num_train_epochs=140, max_steps=10, global_step=1, is_world_process_zero=True)
    progress.on_train_begin(SimpleNamespace(disable_tqdm=True), state, None)  # type: ignore[arg-type]
    progress.on_log(None, state, None, logs={"loss": 123.456})  # type: ignore[arg-type]
    names = ("entities", "triggers", "event_types", "score")
    for epoch in (12.0, 13.0):
        state.epoch = epoch
        metrics = {f"eval_{name}": 0.125 for name in names}
        progress.on_evaluate(None, state, None, metrics=metrics)  # type: ignore[arg-type]
    progress.on_train_end(None, state, None)  # type: ignore[arg-type]
    lines = screen.getvalue().splitlines()
    assert len(lines) == 2
    assert "13/140" in lines[1]
    assert "123.456" in lines[1]
    assert lines[1].count("0.125") == len(names)
    assert len(lines[0]) == len(lines[1])


def test_head_weights_come_from_the_settings(tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path) -> None:
    model = run(tmp_path, tiny_corpus, tiny_checkpoint, entity_weight=2.0, trigger_weight=0.0, num_train_epochs=1)
    heads = json.loads((model / "config.json").read_text(encoding="utf-8"))["heads"]
    assert {head["name"]: head["weight"] for head in heads} == {ENTITY: 2.0, EVENT_TYPE: 1.0}


class TestSentencesAlone:
    """With the bundled encoder: only it has a default rate of its own."""

    @pytest.mark.parametrize(
        ("layers", "asked_for", "taken"),
        [
            pytest.param(("event_types",), {}, MEASURED_FOR_SENTENCES, id="sentences alone: the lower rate"),
            pytest.param(("event_types",), {"learning_rate": 2e-4}, 2e-4, id="a rate that was asked for"),
            pytest.param(("entities", "event_types"), {}, 3e-4, id="words as well: the usual rate"),
        ],
    )
    def test_are_learnt_with_a_lower_rate_unless_one_is_given(
        self,
        tmp_path: Path,
        bundled_encoder: Path,
        caplog: pytest.LogCaptureFixture,
        layers: tuple[str, ...],
        asked_for: dict[str, float],
        taken: float,
    ) -> None:
        corpus = write_tiny_corpus(tmp_path / "corpus")
        schema = load_schema(corpus.parent / "schema.yaml")
        document = marked_document(TRAINING[:3], "t")
        document.keep_layers(layers)
        settings, arguments = check_settings(
            {"data": str(corpus), "output_dir": str(tmp_path / "run"), "precision": "fp32", **asked_for}, "test"
        )
        build_trainer(documents_to_dataset([document], schema), [document], schema, settings, arguments)
        assert arguments.learning_rate == pytest.approx(taken)
        assert ("can take all meaning out" in caplog.text) == bool(asked_for)
