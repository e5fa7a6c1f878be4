"""What makes training fast on a CPU without changing what is trained."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from transformers import PreTrainedModel

from trainer.encoders.loading import quiet_loading
from trainer.modeling.cheap_dropout import CheapDropout
from trainer.modeling.cpu_attention import CPU_ATTENTION

# glibc's mallopt: parameter numbers of <malloc.h>, and the largest threshold that 64-bit glibc takes.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20


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


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to keep freed memory instead of handing it back after every tensor.

    A training step allocates the same large tensors again and again; each time the kernel must map and
    zero their pages anew. Returns whether the C library has such a setting.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    set_all = (
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD),
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1),
        mallopt(_M_TOP_PAD, 64 << 20),
    )
    return all(set_all)
