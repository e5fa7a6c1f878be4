"""A model as ``model.onnx``."""

from __future__ import annotations

from pathlib import Path

import torch

from trainer.export.traced_model import TracedModel, quiet_tracing
from trainer.inference.onnx_runtime import MODEL_FILE
from trainer.modeling.layout import EVENT_TYPE
from trainer.modeling.runtime import INPUTS

_OPSET = 17


def write_onnx_file(traced: TracedModel, folder: Path) -> None:
    """Convert ``traced`` and write it to ``folder``, in 32 bits."""
    by_words = {0: "batch", 1: "words"}
    axes = {name: by_words if name.startswith("word_") else {0: "batch", 1: "tokens"} for name in INPUTS}
    axes |= {name: {0: "batch"} if name == EVENT_TYPE else by_words for name in traced.heads}
    with quiet_tracing():
        torch.onnx.export(
            traced,
            traced.example(),
            folder / MODEL_FILE,
            input_names=list(INPUTS),
            output_names=list(traced.heads),
            dynamic_axes=axes,
            opset_version=_OPSET,
            # The newer exporter takes another package, and minutes for larger encoders.
            dynamo=False,
        )
