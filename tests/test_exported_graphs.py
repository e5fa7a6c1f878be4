"""Graphs for OpenVINO and ONNX Runtime: of every architecture, for every shape of batch, the logits of the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_checkpoints import ARCHITECTURES
from torch import Tensor

from trainer.encoders.loading import load_encoder, quiet_loading
from trainer.export.onnx_file import write_onnx_file
from trainer.export.openvino_file import write_openvino_file
from trainer.export.traced_model import TracedModel
from trainer.inference.onnx_runtime import OnnxRuntime
from trainer.inference.openvino_runtime import OpenVinoRuntime
from trainer.modeling.configuration import heads_for_schema
from trainer.modeling.layout import ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.modeling.runtime import INPUTS, Batch
from trainer.schema import load_schema

RUNTIMES = ("openvino", "onnx")
WINDOW = 64
# (windows, subwords, words): the example that is traced has three windows of 16 subwords and 11 words.
SHAPES = [(1, WINDOW, 30), (1, 3, 1), (5, 40, 17)]


def random_model(checkpoint: Path, schema_file: Path, without: Collection[str] = (), context: int = 0) -> MarsadModel:
    """Return a model of random weights whose logits are not all about 0."""
    with quiet_loading():
        encoder, tokenizer = load_encoder(str(checkpoint))
    heads = [head for head in heads_for_schema(load_schema(schema_file)) if head["name"] not in without]
    options: Mapping[str, Any] = {"window": WINDOW, "context": context, "pad_token_id": tokenizer.pad_token_id}
    model = MarsadModel.with_encoder(encoder, heads, **options)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def random_batch(model: MarsadModel, shape: tuple[int, int, int], context: int = 0) -> Batch:
    """Return windows of several lengths, with words of one to three subwords, and ``context`` subwords of another."""
    windows, width, words = shape
    draw = np.random.default_rng(width)
    lengths = np.array([[width], *([draw.integers(width // 2 + 1, width)] for _ in range(windows - 1))])
    mask = (np.arange(width) < lengths).astype(np.int64)
    ids = draw.integers(5, model.encoder.config.vocab_size, (windows, width))
    starts = np.sort(draw.integers(0, lengths - 1, (windows, words)))
    ends = np.minimum(starts + draw.integers(1, 4, starts.shape), lengths)
    starts[1:, -1] = ends[1:, -1] = 0  # padding
    sentence = mask.copy()
    sentence[:, 1 : 1 + context] = 0
    padding = model.config.pad_token_id
    return dict(zip(INPUTS, (np.where(mask, ids, padding), mask, starts, ends, sentence), strict=True))


def torch_logits(model: MarsadModel, batch: Batch) -> dict[str, Tensor]:
    with torch.inference_mode():
        logits: dict[str, Tensor] = model(**{name: torch.from_numpy(array) for name, array in batch.items()}).logits
    return logits


def exported_runtime(model: MarsadModel, folder: Path, runtime: str) -> OpenVinoRuntime | OnnxRuntime:
    model.config.save_pretrained(folder)
    if runtime == "onnx":
        write_onnx_file(TracedModel(model), folder)
        return OnnxRuntime(folder)
    write_openvino_file(TracedModel(model), folder)
    return OpenVinoRuntime(folder, "fp32")


def assert_same_logits(model: MarsadModel, exported: OpenVinoRuntime | OnnxRuntime, batch: Batch) -> None:
    ours, theirs = torch_logits(model, batch), exported.start(batch).result()
    assert list(theirs) == list(model.heads)
    for name, logits in ours.items():
        assert logits.std() > 0.05
        torch.testing.assert_close(torch.from_numpy(theirs[name]), logits, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def schema_file(tiny_corpus: Path) -> Path:
    return tiny_corpus.with_name("schema.yaml")


@pytest.mark.parametrize("runtime", RUNTIMES)
class TestLogits:
    # mmBERT is a ModernBERT with another tokenizer.
    @pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "mmBERT"])
    def test_every_architecture_gives_those_of_the_model_for_any_shape(
        self, name: str, runtime: str, schema_file: Path, tmp_path: Path
    ) -> None:
        model = random_model(ARCHITECTURES[name](tmp_path / "encoder"), schema_file)
        exported = exported_runtime(model, tmp_path, runtime)
        for shape in SHAPES:
            assert_same_logits(model, exported, random_batch(model, shape))

    @pytest.mark.parametrize("without", [(TRIGGER, EVENT_TYPE), (ENTITY, TRIGGER), (EVENT_TYPE,)])
    def test_a_model_may_have_fewer_heads(
        self, without: Collection[str], runtime: str, tiny_checkpoint: Path, schema_file: Path, tmp_path: Path
    ) -> None:
        model = random_model(tiny_checkpoint, schema_file, without)
        exported = exported_runtime(model, tmp_path, runtime)
        assert_same_logits(model, exported, random_batch(model, (5, 40, 17)))

    def test_subwords_of_neighbouring_sentences_do_not_count_for_the_types_of_a_sentence(
        self, runtime: str, tiny_checkpoint: Path, schema_file: Path, tmp_path: Path
    ) -> None:
        model = random_model(tiny_checkpoint, schema_file, context=6)
        exported = exported_runtime(model, tmp_path, runtime)
        batch = random_batch(model, (3, 24, 9), context=6)
        assert_same_logits(model, exported, batch)
        all_of_it = {**batch, "sentence_mask": batch["attention_mask"]}
        types = [exported.start(inputs).result()[EVENT_TYPE] for inputs in (batch, all_of_it)]
        assert np.abs(types[0] - types[1]).max() > 1e-3


def test_tracing_leaves_the_model_as_it_was(tiny_checkpoint: Path, schema_file: Path) -> None:
    model = random_model(tiny_checkpoint, schema_file)
    before = model.encoder.config._attn_implementation
    TracedModel(model)
    assert model.encoder.config._attn_implementation == before
