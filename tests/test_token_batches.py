"""Batches of similar length: all rows once an epoch, within the budget, in an order that seed and epoch decide."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TRAINING, quick_settings
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from trainer.data.storage import load_data
from trainer.encoders.loading import load_encoder
from trainer.modeling.batches import BatchCollator
from trainer.modeling.features import SentenceEncoder
from trainer.training import run as run_module
from trainer.training.rows import training_rows
from trainer.training.token_batches import TokenBatchSampler

GENERATOR = random.Random(0)
MIXED = [round(GENERATOR.lognormvariate(3.3, 0.7)) + 2 for _ in range(600)]
row_lengths = st.lists(st.integers(min_value=0, max_value=300), max_size=80)
budgets = st.integers(min_value=1, max_value=700)


def epochs(sampler: TokenBatchSampler, count: int) -> list[list[list[int]]]:
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


def test_there_is_little_padding_compared_with_as_many_random_batches() -> None:
    sampler = TokenBatchSampler(MIXED, 2048, seed=1)
    rows = random.Random(1).sample(range(len(MIXED)), len(MIXED))
    at_random = padding_share(MIXED, [rows[start :: len(sampler)] for start in range(len(sampler))])
    assert at_random > 0.5
    assert padding_share(MIXED, list(sampler)) < min(0.15, at_random / 4)


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
