"""The moving average of the weights: what it is, when it is scored, and what checkpoints and models hold."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributed import destroy_process_group, init_process_group
from torch.nn.parallel import DistributedDataParallel
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed

from trainer.training.weight_average import AVERAGE_FILE, WeightAverage

Weights = dict[str, Tensor]


def weights_of(model: nn.Module) -> Weights:
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def set_weights(model: nn.Module, value: float) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)


def averaged(average: WeightAverage, model: nn.Module) -> Weights:
    with average.swapped_in(model):
        return weights_of(model)


class TestTheAverage:
    @pytest.mark.parametrize("decay", [-0.1, 1.0, 1.5])
    def test_its_decay_lies_between_0_and_1(self, decay: float) -> None:
        with pytest.raises(ValueError, match=f"at least 0 and below 1, not {decay}"):
            WeightAverage(decay)

    def test_the_first_steps_count_more_until_the_decay_is_reached(self) -> None:
        model, average, expected = nn.Linear(3, 2), WeightAverage(0.5), 0.0
        set_weights(model, 0.0)
        average.start(model)
        for updates in range(20):
            set_weights(model, float(updates))
            average.update(model)
            keep = min(0.5, (1 + updates) / (10 + updates))
            expected = keep * expected + (1 - keep) * updates
            for value in averaged(average, model).values():
                torch.testing.assert_close(value, torch.full_like(value, expected))
        assert keep == 0.5

    def test_it_is_kept_in_32_bits_where_the_weights_have_16(self) -> None:
        model, average = nn.Linear(3, 2).to(torch.bfloat16), WeightAverage(0.999)
        set_weights(model, 1.0)
        average.start(model)
        average.updates = 10**6  # far beyond the first steps
        set_weights(model, 1.0078125)  # the next number of bfloat16
        for _ in range(2000):
            average.update(model)
        raw = weights_of(model)
        assert averaged(average, model)["weight"].unique().tolist() == [1.0078125]
        assert same(weights_of(model), raw)

    def test_buffers_and_frozen_weights_are_left_alone(self, tmp_path: Path) -> None:
        model, average = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), WeightAverage(0.9)
        model[0].weight.requires_grad = False
        average.start(model)
        average.update(model)
        average.save(tmp_path)
        assert set(load_file(tmp_path / AVERAGE_FILE)) == {"0.bias", "1.weight", "1.bias"}

    def test_another_model_is_refused(self) -> None:
        average = WeightAverage(0.9)
        average.start(nn.Linear(3, 2))
        with pytest.raises(ValueError, match="belongs to a model with other parameters"):
            average.update(nn.Linear(2, 3))


class TestSwapping:
    @pytest.fixture
    def model(self) -> nn.Linear:
        torch.manual_seed(0)
        return nn.Linear(3, 2)

    @pytest.fixture
    def average(self, model: nn.Linear) -> WeightAverage:
        average = WeightAverage(0.9)
        average.start(model)
        with torch.no_grad():
            model.weight.add_(1.0)
        average.update(model)
        return average

    def test_inside_the_model_has_the_average_and_afterwards_its_own_weights(
        self, model: nn.Linear, average: WeightAverage
    ) -> None:
        raw = weights_of(model)
        with average.swapped_in(model):
            torch.testing.assert_close(model.weight.detach(), raw["weight"] - 0.1)
        assert same(weights_of(model), raw)

    def test_a_failed_evaluation_leaves_the_weights_as_they_were(
        self, model: nn.Linear, average: WeightAverage
    ) -> None:
        raw = weights_of(model)
        with pytest.raises(RuntimeError, match="interrupted"), average.swapped_in(model):
            raise RuntimeError("interrupted")
        assert same(weights_of(model), raw)

    def test_the_average_stays_what_it_is(self, model: nn.Linear, average: WeightAverage) -> None:
        assert same(averaged(average, model), averaged(average, model))

    def test_before_training_nothing_is_swapped(self, model: nn.Linear) -> None:
        raw = weights_of(model)
        assert same(averaged(WeightAverage(0.9), model), raw)

    def test_the_optimizer_still_holds_the_models_parameters(self, model: nn.Linear, average: WeightAverage) -> None:
        before = [parameter.data_ptr() for parameter in model.parameters()]
        with average.swapped_in(model):
            pass
        average.apply(model)
        assert [parameter.data_ptr() for parameter in model.parameters()] == before

    def test_a_model_that_is_wrapped_for_several_processes_counts_as_the_model_inside(
        self, model: nn.Linear, average: WeightAverage, tmp_path: Path
    ) -> None:
        init_process_group("gloo", init_method=f"file://{tmp_path / 'rendezvous'}", rank=0, world_size=1)
        try:
            wrapped = DistributedDataParallel(model)
            average.update(wrapped)
            with average.swapped_in(wrapped):
                assert same(weights_of(model), averaged(average, model))
        finally:
            destroy_process_group()


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        torch.manual_seed(0)
        model, average = nn.Linear(3, 2), WeightAverage(0.9)
        average.start(model)
        for _ in range(3):
            set_weights(model, 0.5)
            average.update(model)
        average.save(tmp_path)
        return tmp_path

    def test_a_saved_average_goes_on_bit_for_bit(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        model, loaded = nn.Linear(3, 2), WeightAverage(0.9)
        loaded.load(folder)
        assert loaded.updates == 3
        again = tmp_path_factory.mktemp("again")
        loaded.save(again)
        assert (again / AVERAGE_FILE).read_bytes() == (folder / AVERAGE_FILE).read_bytes()
        loaded.apply(model)
        assert same(weights_of(model), load_file(folder / AVERAGE_FILE))

    def test_a_checkpoint_without_one_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"has no weight_average\.safetensors: .*without a weight average"):
            WeightAverage(0.9).load(tmp_path)

    def test_a_damaged_or_foreign_file_is_refused_and_changes_nothing(self, folder: Path) -> None:
        average = WeightAverage(0.9)
        average.load(folder)
        before = (average.updates, averaged(average, nn.Linear(3, 2)))
        content = (folder / AVERAGE_FILE).read_bytes()
        for spoil in (
            lambda path: path.write_bytes(content[: len(content) // 2]),
            lambda path: path.write_bytes(b""),
            lambda path: save_file({"weight": torch.zeros(2, 3)}, path),
            lambda path: save_file({"weight": torch.zeros(2, 3)}, path, metadata={"updates": "many"}),
        ):
            spoil(folder / AVERAGE_FILE)
            with pytest.raises(ValueError, match="is damaged or holds no weight average; take another checkpoint"):
                average.load(folder)
            assert average.updates == before[0]
            assert same(averaged(average, nn.Linear(3, 2)), before[1])


class Model(nn.Module):
    """Dropout draws random numbers, so that a resumed run is the same only if all of its state is."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.2), nn.Linear(8, 1))

    def forward(self, inputs: Tensor, labels: Tensor) -> dict[str, Tensor]:
        predicted = self.layers(inputs).squeeze(-1)
        return {"loss": (predicted.float() - labels).pow(2).mean(), "logits": predicted}


class Recorder(TrainerCallback):
    """Remembers the weights after every step."""

    def __init__(self) -> None:
        self.steps: list[Weights] = []

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        self.steps.append(weights_of(kwargs["model"]))


class AveragingTrainer(Trainer):
    """Uses a weight average the way a trainer has to; scores are told to it, and it remembers what got them."""

    def __init__(self, average: WeightAverage | None, rewards: Sequence[float], **options: Any) -> None:
        self.average = average
        self.recorder = Recorder()
        self.scored: list[Weights] = []
        self._rewards = iter(rewards)
        super().__init__(callbacks=[self.recorder, *([average] if average else [])], **options)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        with self.average.swapped_in(self.model) if self.average else nullcontext():
            self.scored.append(weights_of(self.model))
        return {"eval_score": next(self._rewards)}

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        if self.average:
            self.average.save(Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}")

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        if self.average:
            self.average.load(resume_from_checkpoint)


def build(
    folder: Path, average: WeightAverage | None, rewards: Sequence[float] = (0.1, 0.9, 0.3, 0.2), **changes: Any
) -> AveragingTrainer:
    """Prepare a run of 3 steps an epoch; there are as many epochs as rewards."""
    options = {
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "metric_for_best_model": "eval_score",
        "greater_is_better": True,
        "num_train_epochs": len(rewards),
        "per_device_train_batch_size": 4,
        "learning_rate": 0.01,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "use_cpu": True,
        "seed": 3,
        **changes,
    }
    set_seed(3)
    rows = [{"inputs": torch.randn(4), "labels": torch.randn(())} for _ in range(12)]
    trainer = AveragingTrainer(
        average,
        rewards,
        model=Model(),
        args=TrainingArguments(str(folder), **options),
        train_dataset=rows,
        eval_dataset=[],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def expected_average(start: Weights, steps: list[Weights], decay: float) -> Weights:
    average = {name: value.double() for name, value in start.items()}
    for step, weights in enumerate(steps):
        keep = min(decay, (1 + step) / (10 + step))
        average = {name: keep * average[name] + (1 - keep) * weights[name].double() for name in average}
    return average


def assert_close(found: Weights, expected: Weights) -> None:
    assert found.keys() == expected.keys()
    for name, value in found.items():
        torch.testing.assert_close(value.double(), expected[name], rtol=1e-5, atol=1e-6)


class TestTraining:
    def test_without_evaluation_the_model_ends_as_the_average_of_all_steps(self, tmp_path: Path) -> None:
        average = WeightAverage(0.6)
        trainer = build(tmp_path, average, eval_strategy="no", save_strategy="no")
        start = weights_of(trainer.model)
        trainer.train()
        assert average.updates == len(trainer.recorder.steps) == 12
        assert_close(weights_of(trainer.model), expected_average(start, trainer.recorder.steps, 0.6))

    def test_a_step_over_several_batches_is_one_step_of_the_average(self, tmp_path: Path) -> None:
        average = WeightAverage(0.6)
        trainer = build(tmp_path, average, gradient_accumulation_steps=3)
        trainer.train()
        assert average.updates == trainer.state.global_step == 4

    def test_it_does_not_change_what_is_trained(self, tmp_path: Path) -> None:
        runs = []
        for number, average in enumerate((None, WeightAverage(0.6))):
            trainer = build(tmp_path / str(number), average)
            trainer.train()
            runs.append(trainer.recorder.steps)
        assert len(runs[0]) == 12
        assert all(same(*steps) for steps in zip(*runs, strict=True))

    @pytest.mark.parametrize("save_strategy", ["epoch", "best"])
    def test_the_average_with_the_best_score_is_kept(self, tmp_path: Path, save_strategy: str) -> None:
        trainer = build(
            tmp_path,
            WeightAverage(0.6),
            load_best_model_at_end=True,
            save_strategy=save_strategy,
            save_total_limit=1,
            save_only_model=True,
        )
        start = weights_of(trainer.model)
        trainer.train()
        for epoch, scored in enumerate(trainer.scored, 1):
            assert_close(scored, expected_average(start, trainer.recorder.steps[: 3 * epoch], 0.6))
        assert [same(weights_of(trainer.model), scored) for scored in trainer.scored] == [False, True, False, False]

    def test_a_checkpoint_holds_the_raw_weights_and_the_average(self, tmp_path: Path) -> None:
        trainer = build(tmp_path, WeightAverage(0.6))
        trainer.train()
        for epoch, scored in enumerate(trainer.scored, 1):
            folder = tmp_path / f"checkpoint-{3 * epoch}"
            assert same(load_file(folder / "model.safetensors"), trainer.recorder.steps[3 * epoch - 1])
            assert same(load_file(folder / AVERAGE_FILE), scored)

    @pytest.mark.parametrize("bf16", [False, True])
    def test_a_resumed_run_ends_where_the_whole_run_does(self, tmp_path: Path, bf16: bool) -> None:
        whole = build(tmp_path, WeightAverage(0.6), bf16=bf16)
        whole.train()
        resumed = build(tmp_path, WeightAverage(0.6), bf16=bf16)
        resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
        assert len(resumed.recorder.steps) == 6
        assert all(same(*steps) for steps in zip(whole.recorder.steps[6:], resumed.recorder.steps, strict=True))
        assert same(weights_of(resumed.model), weights_of(whole.model))

    def test_resuming_without_the_checkpoints_average_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build(tmp_path, WeightAverage(0.6)).train()
        trainer = build(tmp_path, WeightAverage(0.6))
        monkeypatch.setattr(trainer.average, "load", lambda folder: None)
        with pytest.raises(ValueError, match="goes on at step 3, but the weight average is of step 0"):
            trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))

    def test_a_second_run_begins_anew(self, tmp_path: Path) -> None:
        average = WeightAverage(0.6)
        build(tmp_path / "first", average).train()
        second = build(tmp_path / "second", average, eval_strategy="no", save_strategy="no")
        start = weights_of(second.model)
        second.train()
        assert_close(weights_of(second.model), expected_average(start, second.recorder.steps, 0.6))
