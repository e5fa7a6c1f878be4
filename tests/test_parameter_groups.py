"""Learning rates by layer: every trainable parameter has one, whatever the encoder calls its layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DebertaV2Config,
    ElectraConfig,
    ModernBertConfig,
    PretrainedConfig,
    XLMConfig,
    XLMRobertaConfig,
)

from trainer.modeling.layout import ENTITY
from trainer.modeling.model import MarsadModel
from trainer.training.parameter_groups import parameter_groups

HEADS = [{"name": ENTITY, "kind": "word_tags", "labels": ["O", "B-PER", "I-PER"], "weight": 1.0}]
SIZES = {
    "vocab_size": 20,
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 16,
    "pad_token_id": 0,
}
RATE, HEAD_RATE, WEIGHT_DECAY = 1e-3, 1e-2, 0.1

BERT = BertConfig(**SIZES)
CONFIGURATIONS: Mapping[str, tuple[PretrainedConfig, Callable[[str], str]]] = {
    "BERT": (BERT, lambda layer: f"encoder.layer.{layer}."),
    "XLM-R": (XLMRobertaConfig(**SIZES), lambda layer: f"encoder.layer.{layer}."),
    "ELECTRA": (ElectraConfig(**SIZES, embedding_size=4), lambda layer: f"encoder.layer.{layer}."),
    "DeBERTa-v2": (
        DebertaV2Config(**SIZES, relative_attention=True, norm_rel_ebd="layer_norm", pos_att_type=["p2c", "c2p"]),
        lambda layer: f"encoder.layer.{layer}.",
    ),
    "ModernBERT": (ModernBertConfig(**SIZES), lambda layer: f"layers.{layer}."),
}
every_encoder = pytest.mark.parametrize("architecture", CONFIGURATIONS)


def model_of(config: PretrainedConfig) -> MarsadModel:
    torch.manual_seed(0)
    return MarsadModel.with_encoder(AutoModel.from_config(config), HEADS)


def groups_of(model: MarsadModel, layer_decay: float, **options: Any) -> list[dict[str, Any]]:
    decayed = {name for name, parameter in model.named_parameters() if parameter.dim() > 1}
    rates = {"learning_rate": RATE, "head_learning_rate": HEAD_RATE, "weight_decay": WEIGHT_DECAY}
    return parameter_groups(model, decayed, layer_decay=layer_decay, **{**rates, **options})


def rates_by_name(model: MarsadModel, layer_decay: float) -> dict[str, float]:
    rate_of = {id(parameter): group["lr"] for group in groups_of(model, layer_decay) for parameter in group["params"]}
    return {name: rate_of[id(parameter)] for name, parameter in model.named_parameters()}


class TestLayerDecay:
    @every_encoder
    def test_a_layer_learns_more_slowly_than_the_one_above_it_and_the_last_at_the_full_rate(
        self, architecture: str
    ) -> None:
        config, path = CONFIGURATIONS[architecture]
        rates = rates_by_name(model_of(config), 0.5)
        for layer, expected in enumerate((0.25 * RATE, 0.5 * RATE, RATE)):
            found = {rate for name, rate in rates.items() if name.startswith(f"encoder.{path(str(layer))}")}
            assert found == {expected}, layer

    @every_encoder
    def test_everything_before_the_layers_learns_more_slowly_than_the_first(self, architecture: str) -> None:
        rates = rates_by_name(model_of(CONFIGURATIONS[architecture][0]), 0.5)
        slowest = {name for name, rate in rates.items() if rate == 0.125 * RATE}
        assert slowest == {name for name in rates if name.startswith("encoder.embeddings")}

    def test_the_projection_of_small_embeddings_belongs_to_the_embeddings(self) -> None:
        rates = rates_by_name(model_of(CONFIGURATIONS["ELECTRA"][0]), 0.5)
        assert rates["encoder.embeddings_project.weight"] == 0.125 * RATE

    @pytest.mark.parametrize(
        ("architecture", "names"),
        [
            ("DeBERTa-v2", {"encoder.encoder.rel_embeddings.weight", "encoder.encoder.LayerNorm.weight"}),
            ("ModernBERT", {"encoder.final_norm.weight"}),
        ],
    )
    def test_what_stands_behind_or_beside_the_layers_learns_at_the_full_rate(
        self, architecture: str, names: set[str]
    ) -> None:
        rates = rates_by_name(model_of(CONFIGURATIONS[architecture][0]), 0.5)
        assert {rates[name] for name in names} == {RATE}

    @every_encoder
    def test_heads_keep_a_rate_of_their_own(self, architecture: str) -> None:
        rates = rates_by_name(model_of(CONFIGURATIONS[architecture][0]), 0.5)
        assert {rate for name, rate in rates.items() if name.startswith("heads.")} == {HEAD_RATE}

    def test_layers_may_be_spread_over_several_lists(self) -> None:
        model = model_of(XLMConfig(vocab_size=20, emb_dim=8, n_layers=3, n_heads=2, max_position_embeddings=16))
        rates = rates_by_name(model, 0.5)
        for part in ("attentions.0.q_lin", "layer_norm1.0", "ffns.0.lin1", "layer_norm2.0"):
            assert rates[f"encoder.{part}.weight"] == 0.25 * RATE, part
        assert rates["encoder.layer_norm_emb.weight"] == 0.125 * RATE

    def test_a_list_of_the_same_length_inside_a_layer_is_no_list_of_layers(self) -> None:
        model = model_of(BERT)
        model.encoder.encoder.layer[0].experts = torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
        rates = rates_by_name(model, 0.5)
        assert {rate for name, rate in rates.items() if "experts" in name} == {0.25 * RATE}

    def test_an_encoder_whose_layers_share_their_weights_has_none_to_tell_apart(self) -> None:
        sizes = {**SIZES, "embedding_size": 4}
        model = model_of(AlbertConfig(**sizes))
        with pytest.raises(ValueError, match=r"a list of 3 layers, and 'albert' has none; set layer_decay: 1\.0"):
            groups_of(model, 0.5)
        assert len(groups_of(model, 1.0)) == 4


class TestGroups:
    @every_encoder
    @pytest.mark.parametrize("layer_decay", [1.0, 0.8])
    def test_every_trainable_parameter_is_in_exactly_one(self, architecture: str, layer_decay: float) -> None:
        model = model_of(CONFIGURATIONS[architecture][0])
        model.encoder.get_input_embeddings().weight.requires_grad = False
        grouped = [id(p) for group in groups_of(model, layer_decay) for p in group["params"]]
        assert len(grouped) == len(set(grouped))
        assert set(grouped) == {id(p) for p in model.parameters() if p.requires_grad}

    @every_encoder
    def test_only_the_named_parameters_decay(self, architecture: str) -> None:
        model = model_of(CONFIGURATIONS[architecture][0])
        for group in groups_of(model, 0.8):
            assert {p.dim() > 1 for p in group["params"]} == {group["weight_decay"] == WEIGHT_DECAY}

    @every_encoder
    def test_without_layer_decay_there_are_four_encoder_and_heads_with_and_without_weight_decay(
        self, architecture: str
    ) -> None:
        model = model_of(CONFIGURATIONS[architecture][0])
        expected: dict[tuple[float, float], list[int]] = {}
        for name, parameter in model.named_parameters():
            rate = HEAD_RATE if name.startswith("heads.") else RATE
            expected.setdefault((rate, WEIGHT_DECAY if parameter.dim() > 1 else 0.0), []).append(id(parameter))
        found = [
            ((group["lr"], group["weight_decay"]), [id(p) for p in group["params"]]) for group in groups_of(model, 1.0)
        ]
        assert found == list(expected.items())
        assert len(found) == 4

    def test_heads_stay_apart_from_the_encoder_where_both_learn_at_one_rate(self) -> None:
        assert len(groups_of(model_of(BERT), 1.0, head_learning_rate=RATE)) == 4

    @every_encoder
    def test_they_stand_in_the_order_in_which_the_model_names_its_parameters(self, architecture: str) -> None:
        model = model_of(CONFIGURATIONS[architecture][0])
        position = {id(parameter): index for index, parameter in enumerate(model.parameters())}
        found = [[position[id(p)] for p in group["params"]] for group in groups_of(model, 0.8)]
        assert found == sorted(found)
        assert all(positions == sorted(positions) for positions in found)

    def test_an_optimizer_takes_them(self) -> None:
        model = model_of(BERT)
        optimizer = torch.optim.AdamW(groups_of(model, 0.5))
        assert sorted({group["lr"] for group in optimizer.param_groups}) == pytest.approx(
            [0.125 * RATE, 0.25 * RATE, 0.5 * RATE, RATE, HEAD_RATE]
        )
