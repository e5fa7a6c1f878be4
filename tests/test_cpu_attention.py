"""Attention for training on CPUs: the numbers of the usual attention, and encoders that come out as they went in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.models.bert.modeling_bert import eager_attention_forward

from trainer.encoders.loading import load_encoder
from trainer.modeling.cheap_dropout import CheapDropout, keep_mask, keep_scale
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.cpu_attention import CPU_ATTENTION, cpu_attention
from trainer.modeling.model import MarsadModel
from trainer.schema import load_schema
from trainer.training.cpu_speed import fast_on_cpu

BATCH, HEADS, TOKENS, SIZE = 2, 3, 7, 8
LOWEST = torch.finfo(torch.float32).min
TOLERANCE = {torch.float32: {"atol": 1e-5, "rtol": 1e-5}, torch.bfloat16: {"atol": 2e-2, "rtol": 2e-2}}
Attention = Callable[..., tuple[Tensor, Any]]


def masks() -> dict[str, Tensor | None]:
    padding = torch.zeros(BATCH, 1, TOKENS, TOKENS)
    padding[1, :, :, 4:] = LOWEST
    empty = padding.clone()
    empty[1, :, 5:] = LOWEST
    return {"no mask": None, "padding": padding, "rows without anything": empty}


@pytest.fixture(params=masks())
def mask(request: pytest.FixtureRequest) -> Tensor | None:
    return masks()[request.param]


def states(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(BATCH, HEADS, TOKENS, SIZE, generator=generator).to(dtype) for _ in range(3))
    return query.requires_grad_(), key.requires_grad_(), value.requires_grad_()


def layer(training: bool = True, **attributes: Any) -> nn.Module:
    """What Transformers hands to an attention: the layer that it belongs to."""
    module = nn.Module().train(training)
    for name, value in {"is_causal": False, **attributes}.items():
        setattr(module, name, value)
    return module


def outcome(attend: Attention, inputs: tuple[Tensor, ...], mask: Tensor | None, **options: Any) -> list[Tensor]:
    """The output and the gradients of query, key and value."""
    module = options.pop("module", None) or layer()
    output, _ = attend(module, *inputs, mask, **options)
    weight = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output.dtype)
    return [output.detach(), *torch.autograd.grad((output * weight).sum(), inputs)]


def plain_attention(kept: Tensor | float) -> Attention:
    """Attention by the book, with a mask of dropout given as the factors of the weights."""

    def attend(
        module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, None]:
        scores = query @ key.transpose(2, 3) * SIZE**-0.5
        weights = torch.softmax(scores if mask is None else scores + mask, -1)
        return ((weights * kept) @ value).transpose(1, 2), None

    return attend


class TestWithoutDropout:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    @pytest.mark.parametrize(
        ("reference", "name"),
        [
            *((eager_attention_forward, name) for name in masks()),
            # Not where a row sees nothing: the gradients of sdpa are wrong there.
            *((sdpa_attention_forward, name) for name in ("no mask", "padding")),
        ],
    )
    def test_output_and_gradients_are_those_of_the_usual_attention(
        self, reference: Attention, name: str, dtype: torch.dtype
    ) -> None:
        mask = masks()[name]
        expected = outcome(reference, states(), mask, scaling=SIZE**-0.5, dropout=0.0)
        found = outcome(cpu_attention, states(dtype), mask)
        for tensor, right in zip(found, expected, strict=True):
            assert tensor.dtype == dtype
            torch.testing.assert_close(tensor.float(), right, **TOLERANCE[dtype])
        assert expected[1].abs().max() > 0.1  # zero is close to zero

    def test_the_gradient_is_the_derivative(self) -> None:
        inputs = tuple(tensor.detach()[:, :2, :4, :3].double().requires_grad_() for tensor in states())
        padding = torch.zeros(BATCH, 1, 4, 4, dtype=torch.float64)
        padding[1, :, :, 2:] = LOWEST
        module = layer()
        assert torch.autograd.gradcheck(lambda q, k, v: cpu_attention(module, q, k, v, padding)[0], inputs)

    def test_a_given_scaling_is_used(self) -> None:
        default = outcome(cpu_attention, states(), None)
        for scaling, same in ((SIZE**-0.5, True), (1.0, False)):
            found = outcome(cpu_attention, states(), None, scaling=scaling)
            assert [torch.equal(*pair) for pair in zip(found, default, strict=True)] == [same] * 4, scaling
        expected = outcome(sdpa_attention_forward, states(), None, scaling=1.0)
        for tensor, right in zip(outcome(cpu_attention, states(), None, scaling=1.0), expected, strict=True):
            torch.testing.assert_close(tensor, right, **TOLERANCE[torch.float32])

    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    @pytest.mark.parametrize("lowest", [LOWEST, float("-inf")])
    def test_rows_that_see_nothing_give_numbers(self, dtype: torch.dtype, lowest: float) -> None:
        mask = torch.zeros(BATCH, 1, TOKENS, TOKENS)
        mask[1] = lowest
        for tensor in outcome(cpu_attention, states(dtype), mask):
            assert torch.isfinite(tensor).all()
            assert tensor.any()

    def test_padding_has_no_influence(self) -> None:
        mask = masks()["padding"]
        query, key, value = states()
        changed = [tensor.detach().clone() for tensor in (key, value)]
        for tensor in changed:
            tensor[1, :, 4:] = 9.0
        module = layer()
        expected, _ = cpu_attention(module, query, key, value, mask)
        assert torch.equal(cpu_attention(module, query, *changed, mask)[0], expected)
        assert not torch.equal(cpu_attention(module, query, *changed, None)[0], expected)

    def test_under_autocast_it_stays_in_the_precision_of_its_inputs(self) -> None:
        mask = masks()["padding"]
        plain = outcome(cpu_attention, states(torch.bfloat16), mask)
        with torch.autocast("cpu", torch.bfloat16):
            found = outcome(cpu_attention, states(torch.bfloat16), mask)
        assert [torch.equal(*pair) for pair in zip(found, plain, strict=True)] == [True] * 4


class TestWithDropout:
    @pytest.mark.parametrize("p", [0.1, 0.5, 1.0])
    def test_weights_are_dropped_and_scaled_and_gradients_follow(self, mask: Tensor | None, p: float) -> None:
        torch.manual_seed(2)
        kept = keep_mask(torch.Size([BATCH * HEADS, TOKENS, TOKENS]), p).view(BATCH, HEADS, TOKENS, TOKENS)
        expected = outcome(plain_attention(kept * keep_scale(p)), states(), mask)
        torch.manual_seed(2)
        found = outcome(cpu_attention, states(), mask, dropout=p)
        for tensor, right in zip(found, expected, strict=True):
            torch.testing.assert_close(tensor, right, **TOLERANCE[torch.float32])
        assert not torch.allclose(found[0], outcome(cpu_attention, states(), mask)[0])

    def test_the_mean_over_many_seeds_approaches_the_output_and_gradients_without(self) -> None:
        mask, rounds = masks()["padding"], 400
        expected = outcome(cpu_attention, states(), mask)
        torch.manual_seed(3)
        drawn = [outcome(cpu_attention, states(), mask, dropout=0.3) for _ in range(rounds)]
        for tensors, right in zip(zip(*drawn, strict=True), expected, strict=True):
            stacked = torch.stack(tensors)
            error = (stacked.mean(0) - right).abs()
            assert (error <= 5 * stacked.std(0) / rounds**0.5 + 1e-6).all()
            assert error.max() < 0.3 * (stacked[0] - right).abs().max()

    def test_a_seed_decides_what_is_dropped(self) -> None:
        outputs = []
        for seed in (1, 1, 2):
            torch.manual_seed(seed)
            outputs.append(outcome(cpu_attention, states(), None, dropout=0.3)[0])
        assert torch.equal(outputs[0], outputs[1])
        assert not torch.equal(outputs[0], outputs[2])


class TestOutsideItsDuty:
    def test_evaluation_is_sdpa_to_the_bit(self, mask: Tensor | None) -> None:
        module = layer(training=False)
        expected = outcome(sdpa_attention_forward, states(), mask, module=module)
        found = outcome(cpu_attention, states(), mask, module=module)
        assert [torch.equal(*pair) for pair in zip(found, expected, strict=True)] == [True] * 4

    def test_keys_that_several_heads_share_are_left_to_sdpa(self) -> None:
        module = layer(num_key_value_groups=HEADS)
        query, key, value = states()
        inputs = (query, *(tensor.detach()[:, :1].requires_grad_() for tensor in (key, value)))
        expected = outcome(sdpa_attention_forward, inputs, None, module=module)
        found = outcome(cpu_attention, inputs, None, module=module)
        assert [torch.equal(*pair) for pair in zip(found, expected, strict=True)] == [True] * 4


SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 50,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
SPECIAL = {f"{name}_token_id": 1 for name in ("bos", "eos", "cls", "sep")}
KINDS = ("Bert", "XLMRoberta", "Roberta", "Electra", "ModernBert", "DebertaV2")
IDS = torch.randint(3, 50, (3, 9), generator=torch.Generator().manual_seed(0))
PADDED = (torch.arange(9) < torch.tensor([[9], [4], [7]])).long()


def new_encoder(kind: str, dropout: float = 0.1) -> PreTrainedModel:
    names = ["hidden_dropout_prob", "attention_probs_dropout_prob"]
    special: dict[str, Any] = {}
    if kind == "ModernBert":
        names, special = ["attention_dropout", "embedding_dropout", "mlp_dropout"], SPECIAL
    if kind == "DebertaV2":
        special = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
    config = getattr(transformers, f"{kind}Config")(**SIZES, **special, **dict.fromkeys(names, dropout))
    torch.manual_seed(0)
    model: PreTrainedModel = getattr(transformers, f"{kind}Model")(config)
    return model


@pytest.fixture(params=KINDS)
def encoder(request: pytest.FixtureRequest) -> PreTrainedModel:
    return new_encoder(request.param)


def dropouts(model: nn.Module) -> dict[str, nn.Module]:
    return {name: module for name, module in model.named_modules() if isinstance(module, nn.Dropout)}


def train_a_step(encoder: PreTrainedModel, precision: torch.dtype) -> float:
    """One step towards states of another size (a norm at the end would make their squares a constant)."""
    encoder.train()
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.1)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        found = encoder(input_ids=IDS, attention_mask=PADDED).last_hidden_state
    loss = (found.float() - 1).square().mul(PADDED.unsqueeze(-1)).mean()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in encoder.parameters() if p.grad is not None)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


class TestWholeEncoders:
    @pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
    def test_one_trains_fast_and_comes_out_as_it_was(self, encoder: PreTrainedModel, precision: torch.dtype) -> None:
        attention, modules, keys = encoder.config._attn_implementation, dropouts(encoder), list(encoder.state_dict())
        own_attention = type(encoder).__name__ == "DebertaV2Model"
        assert modules
        with fast_on_cpu(encoder, encoder):
            assert encoder.config._attn_implementation == (attention if own_attention else CPU_ATTENTION)
            assert dropouts(encoder).keys() == modules.keys()
            assert {type(module) for module in dropouts(encoder).values()} == {CheapDropout}
            assert list(encoder.state_dict()) == keys
            losses = [train_a_step(encoder, precision) for _ in range(8)]
        assert torch.isfinite(torch.tensor(losses)).all()
        assert losses[-1] < losses[0]
        assert encoder.config._attn_implementation == attention != CPU_ATTENTION
        assert list(encoder.state_dict()) == keys
        assert dropouts(encoder) == modules
        assert {type(module) for module in modules.values()} == {nn.Dropout}

    @pytest.mark.parametrize("kind", KINDS)
    def test_without_dropout_one_learns_what_it_would_learn_otherwise(self, kind: str) -> None:
        usual, fast = new_encoder(kind, dropout=0.0), new_encoder(kind, dropout=0.0)
        train_a_step(usual, torch.float32)
        with fast_on_cpu(fast, fast):
            train_a_step(fast, torch.float32)
        start, expected = new_encoder(kind).state_dict(), usual.state_dict()
        for name, values in fast.state_dict().items():
            torch.testing.assert_close(values, expected[name], atol=1e-6, rtol=1e-5)
        assert max((values - start[name]).abs().max().item() for name, values in expected.items()) > 1e-3

    def test_inside_evaluation_gives_what_it_gives_outside(self, encoder: PreTrainedModel) -> None:
        encoder.eval()
        real = PADDED.bool()
        with torch.inference_mode():
            expected = encoder(input_ids=IDS, attention_mask=PADDED).last_hidden_state[real]
            with fast_on_cpu(encoder, encoder):
                found = encoder(input_ids=IDS, attention_mask=PADDED).last_hidden_state[real]
        torch.testing.assert_close(found, expected, **TOLERANCE[torch.float32])

    @pytest.mark.parametrize("training", [True, False])
    def test_training_and_evaluation_reach_all_modules_before_inside_and_after(
        self, encoder: PreTrainedModel, training: bool
    ) -> None:
        encoder.train(training)
        with fast_on_cpu(encoder, encoder):
            assert {module.training for module in encoder.modules()} == {training}
            encoder.train(not training)
        assert {module.training for module in encoder.modules()} == {not training}

    def test_an_error_inside_puts_everything_back(self, encoder: PreTrainedModel) -> None:
        attention, modules = encoder.config._attn_implementation, dropouts(encoder)
        with pytest.raises(KeyboardInterrupt), fast_on_cpu(encoder, encoder):
            raise KeyboardInterrupt
        assert encoder.config._attn_implementation == attention
        assert dropouts(encoder) == modules

    def test_a_checkpoint_saved_inside_does_not_ask_for_the_attention(
        self, encoder: PreTrainedModel, tmp_path: Path
    ) -> None:
        with fast_on_cpu(encoder, encoder):
            encoder.save_pretrained(tmp_path)
        assert CPU_ATTENTION not in (tmp_path / "config.json").read_text(encoding="utf-8")


def test_the_heads_of_a_model_drop_cheaply_too_and_its_encoder_attends_fast(
    tiny_checkpoint: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    encoder, _ = load_encoder(str(tiny_checkpoint))
    schema = load_schema(tiny_corpus.parent / "schema.yaml")
    model = MarsadModel.with_encoder(encoder, heads_for_schema(schema), dropout=0.2)
    with fast_on_cpu(model, encoder):
        found = dropouts(model)
        assert {type(module) for module in found.values()} == {CheapDropout}
        assert {module.p for name, module in found.items() if name.startswith("heads.")} == {0.2}
        assert {module.p for name, module in found.items() if name.startswith("encoder.")} == {0.1}
        assert model.encoder.config._attn_implementation == CPU_ATTENTION
        model.save_pretrained(tmp_path)
    assert CPU_ATTENTION not in (tmp_path / "config.json").read_text(encoding="utf-8")
    assert {type(module) for module in dropouts(model).values()} == {nn.Dropout}
