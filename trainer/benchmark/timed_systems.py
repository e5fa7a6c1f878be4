"""What ``scripts/benchmark_inference.py`` times: a pipeline of Transformers, and Marsad.

Each runs in a process that must show the memory of this system alone: nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from trainer.documents import Document

# oneDNN, with which torch multiplies, then takes no instruction that multiplies bfloat16 or int8.
FP32_ENVIRONMENT = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}
# What docs/export.md recommends.
STRATEGY = "average"
_FP32 = "fp32-"
_BASELINE, _ONE_BY_ONE = "pipeline-32", "pipeline-1"


@dataclass(frozen=True)
class Row:
    """A row of the tables: a system, and how it runs.

    Parameters
    ----------
    runtime:
        Which one of Marsad's; empty for the pipeline.
    batch_size:
        Sentences of a batch of the pipeline; Marsad decides for itself.
    fp32_only:
        Whether it does without the processor's instructions for bfloat16 and int8.
    """

    name: str
    runtime: str = ""
    precision: str = "auto"
    batch_size: int = 0
    fp32_only: bool = False

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that the row's process has and others do not."""
        return FP32_ENVIRONMENT if self.fp32_only else {}

    @property
    def baseline(self) -> str:
        """The row that its words a second are compared with."""
        return (_FP32 if self.fp32_only else "") + _BASELINE

    @property
    def latency_baseline(self) -> str:
        """The row that the times of its single sentences are compared with."""
        return (_FP32 if self.fp32_only else "") + _ONE_BY_ONE


def _rows() -> Iterable[Row]:
    for prefix, precision, fp32_only in (("", "auto", False), (_FP32, "fp32", True)):
        for size in (32, 1):
            yield Row(f"{prefix}pipeline-{size}", "", "fp32", size, fp32_only)
        for runtime in ("auto", "torch", "openvino", "onnx"):
            yield Row(f"{prefix}{runtime}", runtime, precision, 0, fp32_only)


ROWS: Mapping[str, Row] = {row.name: row for row in _rows()}
# What agreement is measured against; not timed.
REFERENCE = Row("reference", "torch", "fp32")


class System(Protocol):
    """Something that labels sentences."""

    def run(self, texts: list[str]) -> None:
        """Label ``texts`` as their user would, all in one call."""

    def documents(self, texts: list[str]) -> list[Document]:
        """Label ``texts``, which may have several sentences each, and return what was found."""

    def facts(self) -> dict[str, Any]:
        """Return what it runs with: ``runtime`` and ``precision``."""


class PipelineSystem:
    """The entity head alone, as ``marsad export`` writes it, in ``transformers.pipeline``."""

    def __init__(self, folder: str, batch_size: int, device: str) -> None:
        from transformers import pipeline

        self._batch_size = batch_size
        self._pipeline = pipeline(
            "token-classification", model=folder, aggregation_strategy=STRATEGY, device=device, dtype="float32"
        )

    def run(self, texts: list[str]) -> None:
        """Label sentences in the order given, ``batch_size`` at a time."""
        self._pipeline(texts, batch_size=self._batch_size)

    def documents(self, texts: list[str]) -> list[Document]:
        """Label sentence by sentence, as the model was trained; a document has entities alone."""
        documents = [Document.from_text(text) for text in texts]
        for document in documents:
            document.layers = ("entities",)
            for sentence in document.sentences:
                for span in self._pipeline(document.text[sentence.start : sentence.end]):
                    start, end = sentence.start + span["start"], sentence.start + span["end"]
                    # A piece that is only the mark of a word's beginning is a span of nothing.
                    if start < end:
                        document.add_entity(start, end, span["entity_group"], score=float(span["score"]))
        return documents

    def facts(self) -> dict[str, Any]:
        """Return the library and the type of its weights."""
        return {"runtime": "transformers", "precision": "fp32"}


class MarsadSystem:
    """A model with all of its heads, as :func:`trainer.load` gives it."""

    def __init__(self, model: str, row: Row, device: str) -> None:
        from trainer.inference.api import load

        self._predictor = load(model, runtime=row.runtime, device=device, precision=row.precision)

    def run(self, texts: list[str]) -> None:
        """Label the list of texts."""
        self._predictor.predict(texts)

    def documents(self, texts: list[str]) -> list[Document]:
        """Label the list of texts, with all layers that the model has."""
        return self._predictor.predict(texts)

    def facts(self) -> dict[str, Any]:
        """Return what the predictor chose."""
        return {"runtime": self._predictor.runtime, "precision": str(self._predictor.precision)}


class Worker:
    """A system and what the benchmark asks of it, by name, with values that JSON knows.

    Raises
    ------
    ValueError, OSError, ImportError
        If the system cannot run here.
    """

    def __init__(self, row: Row, model: str, entity_head: str, device: str) -> None:
        self._system: System = (
            MarsadSystem(model, row, device) if row.runtime else PipelineSystem(entity_head, row.batch_size, device)
        )
        self._asked: Mapping[str, Callable[[list[str]], Any]] = {
            "seconds": self._seconds,
            "latencies": self._latencies,
            "documents": lambda texts: [document.to_dict() for document in self._system.documents(texts)],
            "facts": lambda _: {**self._system.facts(), **peak_memory()},
        }

    def ask(self, name: str, texts: Sequence[str] = ()) -> Any:
        """Return ``seconds`` for all texts, the ``latencies`` of each, ``documents`` as JSON, or ``facts``."""
        return self._asked[name](list(texts))

    def _seconds(self, texts: list[str]) -> float:
        start = time.perf_counter()
        self._system.run(texts)
        return time.perf_counter() - start

    def _latencies(self, texts: list[str]) -> list[float]:
        return [self._seconds([text]) for text in texts]


def peak_memory() -> dict[str, float]:
    """Return the most memory that this process has held, in MiB, and that of the GPU where torch uses one."""
    found = {"peak_memory_mib": _peak_resident_mib()}
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_initialized():
        found["gpu_memory_mib"] = torch.cuda.max_memory_reserved() / 2**20
    return found


def _peak_resident_mib() -> float:
    # On Linux getrusage's figure begins with the peak of the parent, which may be larger; this one does not.
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
