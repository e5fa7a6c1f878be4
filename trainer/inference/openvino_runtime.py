"""Score batches with OpenVINO: an exported model, on the processor's matrix units, without PyTorch."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from trainer.inference.processors import usable_processors
from trainer.inference.usage_data import import_openvino
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
    core = import_openvino().Core()
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "fp32"


class OpenVinoRuntime:
    """A :class:`trainer.modeling.runtime.Runtime` around ``model.xml`` in ``folder``.

    Of many batches each processor works on one of its own, so that none waits for another after every layer; of one
    alone they all do their share. These are two compiled models, each made when it is first needed.

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
        self.precision = precision
        self.layout = ModelLayout.read(folder / "config.json")
        processors = usable_processors()
        self._for_many = _Compiled(folder, precision, processors, streams=min(processors, _MOST_STREAMS))
        self._for_one = _Compiled(folder, precision, processors, streams=1) if processors > 1 else self._for_many

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Score ``batch`` in the next free thread."""
        return (self._for_one if alone else self._for_many).start(batch)


class _Compiled:
    """The model, compiled for as many batches at once as it has ``streams``, each with a thread that waits for it."""

    def __init__(self, folder: Path, precision: str, processors: int, *, streams: int) -> None:
        self._file = folder / MODEL_FILE
        self._options = {
            "INFERENCE_PRECISION_HINT": _NAMES_OF_PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": processors,
            "NUM_STREAMS": streams,
            "CPU_RUNTIME_CACHE_CAPACITY": _KEPT_KERNELS,
            # For attention over short sentences its plain kernels are faster than those that it fuses
            # (docs/inference.md has the measurement).
            "SNIPPETS_MODE": "DISABLE",
        }
        # One request a thread: a request is not to be shared.
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="marsad-openvino")
        self._compiling = threading.Lock()
        self._model: Any = None

    def start(self, batch: Batch) -> Future[Logits]:
        return self._threads.submit(self._score, batch)

    def _score(self, batch: Batch) -> Logits:
        request: Any = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._compiled().create_infer_request()
        request.infer({name: batch[name] for name in INPUTS})
        # The request's own tensors are written over by the next batch.
        return {
            output.get_any_name(): np.array(request.get_tensor(output).data, dtype=np.float32)
            for output in self._model.outputs
        }

    def _compiled(self) -> Any:
        with self._compiling:
            if self._model is None:
                self._model = import_openvino().Core().compile_model(self._file, "CPU", self._options)
            return self._model
