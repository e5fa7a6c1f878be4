"""Score batches with ONNX Runtime: an exported model, on any CPU, without PyTorch."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from trainer.inference.processors import usable_processors
from trainer.modeling.layout import ModelLayout
from trainer.modeling.pair_scorer import PairScorer
from trainer.modeling.runtime import INPUTS, Batch, Logits

MODEL_FILE = "model.onnx"


class OnnxRuntime:
    """A :class:`trainer.modeling.runtime.Runtime` around ``model.onnx`` in ``folder``.

    It computes in the types that the file has: float32, or 8 bits where it was exported so.

    Raises
    ------
    ValueError
        If ONNX Runtime cannot read the model.
    """

    name = "onnx"
    device = "cpu"
    precision = "fp32"
    batch_tokens = 1024
    width_step = 8

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        self.layout = ModelLayout.read(folder / "config.json")
        self.pair_scorer = PairScorer.of_export(folder, self.layout)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = usable_processors()
        options.log_severity_level = 3
        path = folder / MODEL_FILE
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ValueError(f"{path} cannot be loaded, export the model again: {error}") from error
        self._heads = [output.name for output in self._session.get_outputs()]
        self._taken = {wanted.name for wanted in self._session.get_inputs()}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="marsad-onnx")

    def start(self, batch: Batch, *, alone: bool = False) -> Future[Logits]:
        """Score ``batch`` after those that were started before."""
        return self._thread.submit(self._score, batch)

    def _score(self, batch: Batch) -> Logits:
        arrays = self._session.run(self._heads, {name: batch[name] for name in INPUTS if name in self._taken})
        return dict(zip(self._heads, arrays, strict=True))
