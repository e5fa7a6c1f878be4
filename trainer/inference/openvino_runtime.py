"""Score batches with OpenVINO: an exported model, on the processor's matrix units, without PyTorch."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from trainer.inference.processors import usable_processors
from trainer.inference.usage_data import import_openvino
from trainer.modeling.layout import ModelLayout
from trainer.modeling.pair_scorer import PairScorer
from trainer.modeling.runtime import INPUTS, Batch, Logits

MODEL_FILE = "model.xml"
# Kernels are made anew for every shape of batch; so many are kept (some 25 a shape).
_KEPT_KERNELS = 2500
# More batches at once would only wait for memory.
_MOST_STREAMS = 16
_NAMES_OF_PRECISIONS = {"bf16": "bf16", "fp32": "f32"}
# Settings of OpenVINO's plugin for CPUs that it does not promise to keep. For attention over short sentences its plain
# kernels are faster than those that it fuses, "snippets" (docs/inference.md has the measurement).
_INTERNAL_OPTIONS = {"CPU_RUNTIME_CACHE_CAPACITY": _KEPT_KERNELS, "SNIPPETS_MODE": "DISABLE"}


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

    Raises
    ------
    ValueError
        If OpenVINO cannot read the model.
    """

    name = "openvino"
    device = "cpu"
    batch_tokens = 1024
    width_step = 4

    def __init__(self, folder: Path, precision: str) -> None:
        self.precision = precision
        self.layout = ModelLayout.read(folder / "config.json")
        self.pair_scorer = PairScorer.of_export(folder, self.layout)
        core = import_openvino().Core()
        path = folder / MODEL_FILE
        try:
            # Read once: both compiled models have its weights in common.
            graph = core.read_model(path)
        except RuntimeError as error:
            # Of a page with places in its own source, the last line says what is wrong.
            reason = str(error).strip().splitlines()[-1]
            raise ValueError(f"{path} cannot be loaded, export the model again: {reason}") from error
        processors = usable_processors()
        options = {
            "INFERENCE_PRECISION_HINT": _NAMES_OF_PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": processors,
        }
        self._for_many = _Compiled(core, graph, options, streams=min(processors, _MOST_STREAMS))
        self._for_one = _Compiled(core, graph, options, streams=1) if processors > 1 else self._for_many

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Score ``batch`` in the next free thread."""
        return (self._for_one if alone else self._for_many).start(batch)


class _Compiled:
    """The model, compiled for as many batches at once as it has ``streams``, each with a thread that waits for it."""

    def __init__(self, core: Any, graph: Any, options: Mapping[str, Any], *, streams: int) -> None:
        self._core, self._graph = core, graph
        self._options = {**options, "NUM_STREAMS": streams}
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
                try:
                    self._model = self._core.compile_model(self._graph, "CPU", {**self._options, **_INTERNAL_OPTIONS})
                except RuntimeError:
                    # A later OpenVINO may not know them any more. Without them it is slower and says the same; what
                    # else is wrong is wrong the second time, too.
                    self._model = self._core.compile_model(self._graph, "CPU", self._options)
            return self._model
