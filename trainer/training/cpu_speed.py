"""What makes training fast on a CPU without changing what is trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from transformers import PreTrainedModel

from trainer.encoders.loading import quiet_loading
from trainer.modeling.cheap_dropout import CheapDropout
from trainer.modeling.cpu_attention import CPU_ATTENTION
from trainer.process_memory import keep_freed_memory


@contextmanager
def fast_on_cpu(model: PreTrainedModel, encoder: PreTrainedModel) -> Iterator[None]:
    """Train ``model`` with cheap dropout and the attention made for CPUs; put back what was there.

    Parameters
    ----------
    model:
        The whole model; its weights are not touched.
    encoder:
        The encoder inside. One whose architecture has an attention of its own keeps that.
    """
    keep_freed_memory()
    replaced = [(name, module) for name, module in model.named_modules() if type(module) is nn.Dropout]
    for name, module in replaced:
        model.set_submodule(name, CheapDropout(module.p).train(module.training))
    attention = encoder.config._attn_implementation
    try:
        with quiet_loading():
            # Does nothing but warn where the architecture has an attention of its own.
            encoder.set_attn_implementation(CPU_ATTENTION)
        yield
    finally:
        with quiet_loading():
            encoder.set_attn_implementation(attention)
        for name, module in replaced:
            # Modules that were put aside missed every change between training and evaluation.
            model.set_submodule(name, module.train(model.get_submodule(name).training))
