"""Score batches with OpenVINO: an exported model, on the processor's matrix units, without PyTorch."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from trainer.inference.processors import usable_processors
from trainer.modeling.layout import ModelLayout
from trainer.modeling.runtime import INPUTS, Batch, Logits

MODEL_FILE = "model.xml"
# Kernels are made anew for every shape of batch; so many are kept (some 25 a shape).
_KEPT_KERNELS = 2500
# More models at once would only wait for memory.
_MOST_STREAMS = 16


_NAMES_OF_PRECISIONS = {"bf16": "bf16", "fp32": "f32"}


def native_precision() -> str:
    """Return ``bf16`` where the processor multiplies it natively, else ``fp32``."""
    import openvino

    return "bf16" if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "fp32"


class OpenVinoRuntime:
    """A :class:`trainer.modeling.runtime.Runtime` around ``model.xml`` in ``folder``.

    Each processor works on a batch of its own, so that none waits for another after every layer.

    Parameters
    ----------
    precision:
        ``bf16`` or ``fp32``.
    """

    name = "openvino"
    device = "cpu"
    batch_tokens = 1024
    width_step = 4

    def __init__(self, folder: Path, precision: str) -> None:
        import openvino

        self.precision = precision
        self.layout = ModelLayout.read(folder / "config.json")
        processors = usable_processors()
        self._streams = min(processors, _MOST_STREAMS)
        options = {
            "INFERENCE_PRECISION_HINT": _NAMES_OF_PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": processors,
            "NUM_STREAMS": self._streams,
            "CPU_RUNTIME_CACHE_CAPACITY": _KEPT_KERNELS,
            # For attention over short sentences its plain kernels are faster than those that it fuses: by 25 to 30 %
            # with the bundled encoder (docs/inference.md).
            "SNIPPETS_MODE": "DISABLE",
        }
        self._model = openvino.Core().compile_model(folder / MODEL_FILE, "CPU", options)
        self._heads = [output.get_any_name() for output in self._model.outputs]
        # One request a thread: a request is not to be shared.
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(self._streams, thread_name_prefix="marsad-openvino")

    def start(self, batch: Batch) -> Future[Logits]:
        """Score ``batch`` in the next free thread."""
        return self._threads.submit(self._score, batch)

    def _score(self, batch: Batch) -> Logits:
        request: Any = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._model.create_infer_request()
        request.infer({name: batch[name] for name in INPUTS})
        # The request's own tensors are written over by the next batch.
        return {
            name: np.array(request.get_output_tensor(index).data, dtype=np.float32)
            for index, name in enumerate(self._heads)
        }
