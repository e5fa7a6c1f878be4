"""Batches of rows: all rows once an epoch over all processes, in an order that seed and epoch decide."""

from __future__ import annotations

import math
import random
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import torch
from accelerate import skip_first_batches
from conftest import TRAINING, quick_settings
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import PrinterCallback, ProgressCallback, Trainer, TrainingArguments, set_seed

from trainer.data.storage import load_data
from trainer.encoders.loading import load_encoder
from trainer.modeling.batches import BatchCollator
from trainer.modeling.features import SentenceEncoder
from trainer.training import run as run_module
from trainer.training.rows import training_rows
from trainer.training.token_batches import BatchLoader, RowBatchSampler, StepBatchSampler, TokenBatchSampler

GENERATOR = random.Random(0)
MIXED = [round(GENERATOR.lognormvariate(3.3, 0.7)) + 2 for _ in range(600)]
row_lengths = st.lists(st.integers(min_value=0, max_value=300), max_size=80)
budgets = st.integers(min_value=1, max_value=700)
few = st.integers(min_value=1, max_value=4)


def epochs(sampler: StepBatchSampler, count: int) -> list[list[list[int]]]:
    """The batches of the first epochs."""
    found = []
    for epoch in range(count):
        sampler.set_epoch(epoch)
        found.append(list(sampler))
    return found


def padded_size(lengths: list[int], batch: list[int]) -> int:
    return len(batch) * max(lengths[row] for row in batch)


def padding_share(lengths: list[int], batches: list[list[int]]) -> float:
    return 1 - sum(lengths) / sum(padded_size(lengths, batch) for batch in batches)


class TestEveryEpoch:
    @given(row_lengths, budgets, st.integers(min_value=0, max_value=2**31))
    def test_has_each_row_once(self, lengths: list[int], budget: int, seed: int) -> None:
        for batches in epochs(TokenBatchSampler(lengths, budget, seed), 3):
            assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
            assert all(batches)

    @given(row_lengths, budgets)
    def test_keeps_to_the_budget_unless_a_single_row_is_longer(self, lengths: list[int], budget: int) -> None:
        for batches in epochs(TokenBatchSampler(lengths, budget, seed=1), 3):
            for batch in batches:
                assert len(batch) == 1 or padded_size(lengths, batch) <= budget

    @given(row_lengths, budgets)
    def test_has_the_number_of_batches_that_was_announced(self, lengths: list[int], budget: int) -> None:
        sampler = TokenBatchSampler(lengths, budget, seed=1)
        assert [len(batches) for batches in epochs(sampler, 4)] == [len(sampler)] * 4

    def test_fills_batches_where_rows_are_equally_long(self) -> None:
        assert sorted(len(batch) for batch in TokenBatchSampler([10] * 25, 100, seed=1)) == [5, 10, 10]


class TestTheOrder:
    def test_is_another_in_every_epoch_and_for_every_seed(self) -> None:
        drawn = [batches for seed in range(3) for batches in epochs(TokenBatchSampler(MIXED, 2048, seed), 3)]
        assert all(one != other for position, one in enumerate(drawn) for other in drawn[:position])

    def test_is_the_same_for_the_same_epoch_and_seed(self) -> None:
        first, second = (TokenBatchSampler(MIXED, 2048, seed=7) for _ in range(2))
        assert epochs(first, 3) == epochs(second, 3)
        second.set_epoch(1)
        assert list(second) == epochs(first, 2)[1]

    def test_does_not_depend_on_the_global_generator_or_disturb_it(self) -> None:
        sampler = TokenBatchSampler(MIXED, 2048, seed=7)
        expected = list(sampler)
        torch.manual_seed(99)
        before = torch.get_rng_state()
        assert list(sampler) == expected
        assert torch.equal(torch.get_rng_state(), before)

    def test_changes_which_rows_meet_and_not_only_when_a_batch_comes(self) -> None:
        first, second = epochs(TokenBatchSampler(MIXED, 2048, seed=1), 2)
        assert not {frozenset(batch) for batch in first} & {frozenset(batch) for batch in second}

    def test_does_not_go_from_long_to_short(self) -> None:
        (batches,) = epochs(TokenBatchSampler(MIXED, 1024, seed=1), 1)
        longest = [max(MIXED[row] for row in batch) for batch in batches]
        assert longest not in (sorted(longest), sorted(longest, reverse=True))


class TestTheOrderOfOneProcessWithoutAccumulation:
    """Published figures were trained in this order."""

    LENGTHS = (12, 3, 25, 7, 7, 18, 40, 5, 9, 14, 2, 30)

    def test_is_what_it_was_before_there_were_processes(self) -> None:
        assert epochs(TokenBatchSampler(self.LENGTHS, 40, seed=7), 3) == [
            [[4, 7, 1, 10], [6], [5, 9], [0, 8, 3], [2], [11]],
            [[11], [5, 9], [3, 7, 1, 10], [6], [0, 8, 4], [2]],
            [[3, 7, 1, 10], [11], [5, 9], [2], [6], [0, 8, 4]],
        ]


def test_there_is_little_padding_compared_with_as_many_random_batches() -> None:
    sampler = TokenBatchSampler(MIXED, 2048, seed=1)
    rows = random.Random(1).sample(range(len(MIXED)), len(MIXED))
    at_random = padding_share(MIXED, [rows[start :: len(sampler)] for start in range(len(sampler))])
    assert at_random > 0.5
    assert padding_share(MIXED, list(sampler)) < min(0.15, at_random / 4)


def of_lengths(lengths: list[int], size: int, **share: int) -> StepBatchSampler:
    return TokenBatchSampler(lengths, size, 5, **share)


def of_numbers(lengths: list[int], size: int, **share: int) -> StepBatchSampler:
    return RowBatchSampler(len(lengths), size, 5, **share)


@pytest.mark.parametrize("build", [of_lengths, of_numbers])
class TestSeveralProcesses:
    @staticmethod
    def shares(
        build: Any, lengths: list[int], size: int, processes: int, accumulation: int = 1
    ) -> list[list[list[list[int]]]]:
        """For each process the batches of each of two epochs; examples with too few rows are left out."""
        try:
            samplers = [
                build(lengths, size, processes=processes, process=process, accumulation=accumulation)
                for process in range(processes)
            ]
        except ValueError:
            assume(False)
        return [epochs(sampler, 2) for sampler in samplers]

    @given(lengths=row_lengths, size=budgets, processes=few, accumulation=few)
    def test_have_each_row_once_among_them(
        self, build: Any, lengths: list[int], size: int, processes: int, accumulation: int
    ) -> None:
        shares = self.shares(build, lengths, size, processes, accumulation)
        for epoch in range(2):
            batches = [batch for share in shares for batch in share[epoch]]
            assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
            assert all(batches)

    @given(lengths=row_lengths, size=budgets, processes=few, accumulation=few)
    def test_have_equally_many_batches_that_fill_their_steps(
        self, build: Any, lengths: list[int], size: int, processes: int, accumulation: int
    ) -> None:
        shares = self.shares(build, lengths, size, processes, accumulation)
        announced = len(build(lengths, size, processes=processes, accumulation=accumulation))
        assert announced % accumulation == 0
        assert {len(epoch) for share in shares for epoch in share} == {announced}

    @given(lengths=row_lengths, size=budgets, processes=few, accumulation=few)
    def test_take_in_every_step_the_batches_that_one_process_accumulates(
        self, build: Any, lengths: list[int], size: int, processes: int, accumulation: int
    ) -> None:
        product = processes * accumulation
        shares = self.shares(build, lengths, size, processes, accumulation)
        ((alone, _),) = self.shares(build, lengths, size, 1, product)
        for step in range(len(alone) // product):
            together = alone[step * product : (step + 1) * product]
            for process, (epoch, _) in enumerate(shares):
                assert epoch[step * accumulation : (step + 1) * accumulation] == together[process::processes]

    def test_say_so_where_rows_are_too_few_to_give_each_a_batch(self, build: Any) -> None:
        with pytest.raises(ValueError, match=r"^5 training rows are too few for 6 batches: every step takes 6 "):
            build([9] * 5, 20, processes=3, process=2, accumulation=2)

    def test_say_so_where_every_row_is_a_batch_already_and_steps_are_not_filled(self, build: Any) -> None:
        with pytest.raises(ValueError, match=r"^10 training rows are too few for 12 batches: every step takes 4 "):
            build([9] * 10, 1, processes=4)

    def test_work_with_as_many_rows_as_batches(self, build: Any) -> None:
        batches = list(build([9] * 12, 100, accumulation=12))
        assert sorted(batches) == [[row] for row in range(12)]


class TestTokenBatchesOfAStep:
    @given(row_lengths, budgets, few)
    def test_keep_to_the_budget_unless_a_single_row_is_longer(
        self, lengths: list[int], budget: int, accumulation: int
    ) -> None:
        if len(lengths) < len(TokenBatchSampler(lengths, budget, 5)) + accumulation:
            return  # too few rows for whole steps are refused, as another test says
        for batches in epochs(TokenBatchSampler(lengths, budget, 5, accumulation=accumulation), 2):
            assert all(len(batch) == 1 or padded_size(lengths, batch) <= budget for batch in batches)

    def test_are_not_more_than_whole_steps_need(self) -> None:
        before = len(TokenBatchSampler(MIXED, 512, 5))
        for accumulation in (2, 3, 7):
            after = len(TokenBatchSampler(MIXED, 512, 5, accumulation=accumulation))
            assert after == math.ceil(before / accumulation) * accumulation

    def test_come_from_halving_the_largest(self) -> None:
        assert sorted(len(batch) for batch in TokenBatchSampler([10] * 25, 100, 5)) == [5, 10, 10]
        assert sorted(len(batch) for batch in TokenBatchSampler([10] * 25, 100, 5, accumulation=4)) == [5, 5, 5, 10]
        assert sorted(len(batch) for batch in TokenBatchSampler([10] * 25, 100, 5, accumulation=6)) == [
            2,
            3,
            5,
            5,
            5,
            5,
        ]

    @pytest.mark.parametrize("processes", [2, 4, 8])
    def test_cost_about_the_same_so_that_processes_hardly_wait(self, processes: int) -> None:
        batches = list(TokenBatchSampler(MIXED, 256, 5, accumulation=processes))
        costs = [padded_size(MIXED, batch) for batch in batches]
        at_random = random.Random(1).sample(costs, len(costs))

        def waiting(costs: list[int]) -> float:
            """The share of the time that a process waits for the slowest of its step."""
            steps = [costs[start : start + processes] for start in range(0, len(costs), processes)]
            return 1 - sum(costs) / (processes * sum(max(step) for step in steps))

        assert waiting(costs) < 0.07
        assert waiting(costs) < waiting(at_random) / 2

    def test_are_not_alike_in_length(self) -> None:
        longest = [max(MIXED[row] for row in batch) for batch in TokenBatchSampler(MIXED, 256, 5, accumulation=4)]

        def spread(longest: list[int]) -> float:
            return mean(max(step) - min(step) for step in zip(*[iter(longest)] * 4, strict=True))

        at_random = mean(spread(random.Random(seed).sample(longest, len(longest))) for seed in range(20))
        assert spread(longest) > 0.75 * at_random
        assert spread(sorted(longest)) < 0.2 * at_random

    def test_meet_others_in_the_next_epoch_and_come_in_another_order(self) -> None:
        first, second = [
            [sorted(batch) for batch in epoch]
            for epoch in epochs(TokenBatchSampler([10] * 400, 40, 5, accumulation=4), 2)
        ]
        assert first != second
        costs = [
            [padded_size(MIXED, batch) for batch in epoch]
            for epoch in epochs(TokenBatchSampler(MIXED, 256, 5, accumulation=4), 2)
        ]
        assert costs[0] != costs[1]
        assert all(epoch not in (sorted(epoch), sorted(epoch, reverse=True)) for epoch in costs)


class TestRowBatches:
    @given(st.integers(0, 300), st.integers(1, 40), few)
    def test_have_at_most_the_rows_asked_for_and_differ_by_one_row(
        self, rows: int, batch_rows: int, accumulation: int
    ) -> None:
        batches = math.ceil(rows / batch_rows)
        assume(rows >= batches + accumulation)
        sizes = {len(batch) for batch in RowBatchSampler(rows, batch_rows, 5, accumulation=accumulation)}
        assert max(sizes) <= batch_rows
        assert max(sizes) - min(sizes) <= 1

    def test_are_as_few_as_can_be(self) -> None:
        assert [len(batch) for batch in RowBatchSampler(33, 16, seed=1)] == [11, 11, 11]
        assert [len(batch) for batch in RowBatchSampler(32, 16, seed=1)] == [16, 16]

    def test_are_others_in_every_epoch_and_for_every_seed_and_the_same_for_the_same(self) -> None:
        drawn = [batches for seed in range(3) for batches in epochs(RowBatchSampler(50, 8, seed), 3)]
        assert all(one != other for position, one in enumerate(drawn) for other in drawn[:position])
        assert drawn == [batches for seed in range(3) for batches in epochs(RowBatchSampler(50, 8, seed), 3)]


class Numbers(Dataset[int]):
    """Row ``n`` is the number ``n``."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, row: int) -> int:
        return row


class TestTheLoader:
    @pytest.fixture
    def loader(self) -> BatchLoader:
        sampler = RowBatchSampler(40, 4, seed=1, processes=2, process=1, accumulation=1)
        return BatchLoader(Numbers(), sampler, list)

    def test_gives_the_batches_of_its_process_and_of_the_epoch_that_was_set(self, loader: BatchLoader) -> None:
        assert len(loader) == 5
        for epoch, expected in enumerate(epochs(RowBatchSampler(40, 4, seed=1, processes=2, process=1), 3)):
            loader.set_epoch(epoch)
            assert list(loader) == expected

    def test_goes_on_within_an_epoch_where_accelerate_skips_batches(self, loader: BatchLoader) -> None:
        rest = skip_first_batches(loader, 3)
        # What transformers.Trainer does with a loader that has no set_epoch of its own.
        rest.batch_sampler.batch_sampler.set_epoch(2)
        loader.set_epoch(2)
        assert list(rest) == list(loader)[3:]
        assert len(rest) == 2


class Regression(nn.Module):
    """A model of one number that draws from the random generator in every step."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the squared error against twice the number."""
        noise = torch.rand_like(x) * 0.1
        return {"loss": ((self.layer(x + noise) - 2 * x) ** 2).mean()}


def test_a_run_that_goes_on_within_an_epoch_has_the_batches_and_the_weights_of_one_that_was_not_cut(
    tmp_path: Path,
) -> None:
    def run(resume: Path | None = None) -> tuple[list[list[int]], Tensor]:
        batches: list[list[int]] = []

        def collate(rows: list[int]) -> dict[str, Tensor]:
            batches.append(rows)
            return {"x": torch.tensor(rows, dtype=torch.float32).unsqueeze(1) / 40}

        class Regressing(Trainer):
            def get_train_dataloader(self) -> BatchLoader:
                return BatchLoader(Numbers(), RowBatchSampler(40, 4, seed=1, accumulation=2), collate)

        arguments = TrainingArguments(
            str(tmp_path),
            num_train_epochs=3,
            gradient_accumulation_steps=2,
            save_steps=7,
            report_to="none",
            use_cpu=True,
        )
        set_seed(1)
        model = Regression()
        trainer = Regressing(model, arguments, train_dataset=Numbers())
        trainer.remove_callback(ProgressCallback)
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        return batches, model.layer.weight.detach().clone()

    batches, weights = run()
    assert len(batches) == 3 * 10
    assert sorted(row for batch in batches[10:20] for row in batch) == list(range(40))
    # Seven steps of two batches: in the middle of the second epoch of ten.
    rest, resumed = run(tmp_path / "checkpoint-7")
    assert rest == batches[14:]
    assert torch.equal(resumed, weights)


class TestARealRun:
    EPOCHS = 4
    BUDGET = 48

    @pytest.fixture
    def fitted(self, tmp_path: Path, tiny_corpus: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A run through ``fit``; returns the batches that it trained on, as texts of ids, and the weights."""

        def fit(seed: int) -> tuple[list[list[tuple[int, ...]]], dict[str, Tensor]]:
            batches: list[list[tuple[int, ...]]] = []

            class Recording(BatchCollator):
                def __call__(self, rows: Any) -> dict[str, Any]:
                    batches.append([tuple(row["input_ids"]) for row in rows])
                    return super().__call__(rows)

            monkeypatch.setattr(run_module, "BatchCollator", Recording)
            settings, arguments = quick_settings(
                data=tiny_corpus,
                output_dir=tmp_path / "run",
                encoder=tiny_checkpoint,
                batch_tokens=self.BUDGET,
                num_train_epochs=self.EPOCHS,
                dropout=0.1,
                seed=seed,
                eval_strategy="no",
                save_strategy="no",
                load_best_model_at_end=False,
            )
            dataset, schema = load_data(settings.data)
            fitted = run_module.fit(dataset["train"], [], schema, settings, arguments)
            return batches, {name: values.clone() for name, values in fitted.model.state_dict().items()}

        return fit

    def test_trains_on_every_row_once_an_epoch_in_the_order_of_that_epoch(
        self, fitted: Any, tiny_corpus: Path, tiny_checkpoint: Path
    ) -> None:
        dataset, _ = load_data(tiny_corpus)
        encoder = SentenceEncoder(load_encoder(str(tiny_checkpoint))[1].backend_tokenizer, 48)
        rows = [tuple(ids) for ids in training_rows(dataset["train"], encoder)["input_ids"][:]]
        assert len(set(rows)) == len(rows) == len(TRAINING)
        sampler = TokenBatchSampler([len(row) for row in rows], self.BUDGET, seed=3)
        assert 2 < len(sampler) < len(rows)

        batches, _ = fitted(seed=3)
        assert len(batches) == self.EPOCHS * len(sampler)
        seen = [batches[start : start + len(sampler)] for start in range(0, len(batches), len(sampler))]
        for epoch in seen:
            assert sorted(row for batch in epoch for row in batch) == sorted(rows)
        expected = [[[rows[row] for row in batch] for batch in epoch] for epoch in epochs(sampler, self.EPOCHS)]
        # Were the epoch not passed on to the sampler, all would be like the first.
        assert seen == expected
        assert len({str(epoch) for epoch in seen}) == self.EPOCHS

    def test_gives_the_same_weights_for_the_same_seed_and_others_for_another(self, fitted: Any) -> None:
        (first_batches, first), (second_batches, second), (other_batches, other) = (fitted(seed) for seed in (3, 3, 4))
        assert first_batches == second_batches != other_batches
        assert first.keys() == second.keys()
        assert all(torch.equal(values, second[name]) for name, values in first.items())
        assert not all(torch.equal(values, other[name]) for name, values in first.items())
