"""Dropout with cheap random numbers: the shares, values and gradients of real dropout, and reproducible masks."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from trainer.modeling.cheap_dropout import CheapDropout, keep_mask, keep_scale

PROBABILITIES = (0.0, 1 / 256, 0.1, 0.3, 0.5, 1.0)
COUNT = 1 << 17


def rounded(p: float) -> float:
    """The probability that is used: a multiple of 1/256."""
    return round(p * 256) / 256


def dropped(input: Tensor, p: float, seed: int = 1) -> Tensor:
    torch.manual_seed(seed)
    output: Tensor = CheapDropout(p)(input)
    return output


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("p", PROBABILITIES)
class TestWhatIsDropped:
    def test_the_share_of_zeros_is_the_probability(self, p: float, dtype: torch.dtype) -> None:
        output = dropped(torch.ones(COUNT, dtype=dtype), p)
        expected = rounded(p)
        deviation = math.sqrt(expected * (1 - expected) / COUNT)
        assert (output == 0).double().mean().item() == pytest.approx(expected, abs=5 * deviation)

    def test_what_is_kept_makes_up_for_what_is_dropped(self, p: float, dtype: torch.dtype) -> None:
        input = torch.linspace(0.5, 2.0, COUNT).to(dtype)
        output = dropped(input, p)
        kept = output != 0
        assert output.dtype == dtype
        if p == 1.0:
            assert not kept.any()
            return
        scale = 1 / (1 - rounded(p))
        assert torch.equal(output[kept], input[kept] * scale)
        deviation = 2.0 * math.sqrt(rounded(p) / (1 - rounded(p)) / COUNT)
        rounding = 2 * torch.finfo(dtype).eps
        assert output.double().mean().item() == pytest.approx(
            input.double().mean().item(), abs=5 * deviation + rounding
        )


class TestTheMask:
    def test_a_seed_decides_it(self) -> None:
        input = torch.ones(1000)
        first = dropped(input, 0.3, seed=1)
        assert torch.equal(dropped(input, 0.3, seed=1), first)
        assert not torch.equal(dropped(input, 0.3, seed=2), first)

    def test_every_call_draws_another(self) -> None:
        dropout, input = CheapDropout(0.3), torch.ones(1000)
        assert not torch.equal(dropout(input), dropout(input))

    @pytest.mark.parametrize("p", [0.1, 0.5])
    def test_neighbours_are_dropped_independently_of_each_other(self, p: float) -> None:
        # One draw decides over eight elements: lags below and above that.
        torch.manual_seed(3)
        kept = keep_mask(torch.Size([COUNT]), p).double()
        kept = (kept - kept.mean()) / kept.std()
        for lag in (*range(1, 18), 64, 256):
            correlation = (kept[:-lag] * kept[lag:]).mean().item()
            assert abs(correlation) < 5 / math.sqrt(COUNT), lag

    def test_all_eight_elements_of_a_draw_are_dropped_equally_often(self) -> None:
        torch.manual_seed(4)
        shares = 1 - keep_mask(torch.Size([COUNT // 8, 8]), 0.1).double().mean(0)
        assert shares.tolist() == pytest.approx([rounded(0.1)] * 8, abs=5 * math.sqrt(0.1 * 0.9 / (COUNT / 8)))

    @pytest.mark.parametrize("shape", [(1,), (7,), (8,), (9,), (3, 5, 7), ()])
    def test_every_element_of_an_odd_size_is_sometimes_kept_and_sometimes_dropped(self, shape: tuple[int, ...]) -> None:
        torch.manual_seed(5)
        dropout, rounds = CheapDropout(0.5), 200
        outputs = torch.stack([dropout(torch.ones(shape)) for _ in range(rounds)])
        assert outputs.shape == (rounds, *shape)
        kept = (outputs != 0).sum(0)
        assert (abs(kept - rounds / 2) < 5 * math.sqrt(rounds / 4)).all()

    @pytest.mark.parametrize("shape", [(0,), (3, 0, 2)])
    @pytest.mark.parametrize("p", [0.3, 1.0])
    def test_an_empty_tensor_stays_empty(self, shape: tuple[int, ...], p: float) -> None:
        assert CheapDropout(p)(torch.ones(shape)).shape == shape

    def test_a_tensor_in_another_memory_order_is_dropped_like_its_copy(self) -> None:
        input = torch.arange(1.0, 36.0).view(5, 7).t()
        assert not input.is_contiguous()
        assert torch.equal(dropped(input, 0.5), dropped(input.contiguous(), 0.5))

    @pytest.mark.parametrize("p", PROBABILITIES)
    def test_the_scale_is_the_inverse_of_the_share_that_is_kept(self, p: float) -> None:
        assert keep_scale(p) == (1 / (1 - rounded(p)) if p < 1 else 0.0)


class TestWhenNothingIsDropped:
    def test_in_evaluation_the_input_itself_comes_back_and_no_number_is_drawn(self) -> None:
        input, before = torch.ones(100), torch.get_rng_state()
        assert CheapDropout(0.5).eval()(input) is input
        assert torch.equal(torch.get_rng_state(), before)

    @pytest.mark.parametrize("p", [0.0, 0.001])
    def test_a_probability_that_rounds_to_zero_gives_the_input_itself(self, p: float) -> None:
        input, before = torch.ones(100), torch.get_rng_state()
        assert CheapDropout(p)(input) is input
        assert torch.equal(torch.get_rng_state(), before)

    def test_it_is_a_dropout_to_whoever_looks_for_one(self) -> None:
        assert isinstance(CheapDropout(0.1), nn.Dropout)
        assert CheapDropout(0.1).state_dict() == {}


class TestTheGradient:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    @pytest.mark.parametrize("p", [1 / 256, 0.3, 0.5, 1.0])
    def test_it_flows_through_what_was_kept_with_the_scale_and_nowhere_else(self, p: float, dtype: torch.dtype) -> None:
        input = torch.linspace(0.5, 2.0, 1001).to(dtype).requires_grad_()
        gradient = torch.randn(1001, generator=torch.Generator().manual_seed(0)).to(dtype)
        output = dropped(input, p)
        output.backward(gradient)
        assert (output != 0).any() == (p < 1)
        assert (output == 0).any()
        assert input.grad is not None
        assert torch.equal(input.grad, torch.where(output != 0, gradient * keep_scale(p), 0.0))

    @pytest.mark.parametrize("reentrant", [False, True])
    def test_checkpointing_draws_the_same_mask_again(self, reentrant: bool) -> None:
        torch.manual_seed(6)
        layers = nn.Sequential(nn.Linear(16, 16), CheapDropout(0.5), nn.Linear(16, 4))
        input = torch.randn(8, 16, requires_grad=True)

        def gradient(**options: bool) -> Tensor:
            layers.zero_grad()
            torch.manual_seed(7)
            output = checkpoint(layers, input, use_reentrant=reentrant, **options) if options else layers(input)
            output.square().sum().backward()
            weight = layers[0].weight
            assert isinstance(weight, Tensor)
            assert weight.grad is not None
            return weight.grad.clone()

        expected = gradient()
        assert torch.equal(gradient(preserve_rng_state=True), expected)
        # Without the random state the mask differs: the comparison above can fail.
        assert not torch.allclose(gradient(preserve_rng_state=False), expected)
