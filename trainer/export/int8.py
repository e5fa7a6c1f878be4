"""Turn an exported graph into one that computes in 8 bits where that costs little.

Left in 32 bits are products of two computed matrices, those of attention, and those with weights that have more inputs
than outputs: the second half of each feed-forward part, which costs most in 8 bits, and the classifiers.
docs/export.md has the measurement.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from trainer.documents import Document
from trainer.inference import onnx_runtime, openvino_runtime
from trainer.inference.usage_data import no_usage_data
from trainer.modeling.runtime import Batch

# Of each half.
_FEWEST_SENTENCES = 10
_MOST_CALIBRATING = 300


def calibration_and_rest(documents: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Cut ``documents`` in two: the first half of the sentences, at most 300, and the rest.

    Raises
    ------
    ValueError
        If there are too few sentences.
    """
    total = sum(len(document.sentences) for document in documents)
    if total < 2 * _FEWEST_SENTENCES:
        raise ValueError(
            f"the text for 8 bits has {total} sentences; give {2 * _FEWEST_SENTENCES} or more, better some hundreds"
        )
    left = min(total // 2, _MOST_CALIBRATING)
    first, rest = [], []
    for document in documents:
        if taken := document.sentences[:left]:
            first.append(replace(document, sentences=taken))
        if kept := document.sentences[left:]:
            rest.append(replace(document, sentences=kept))
        left -= len(taken)
    return first, rest


def quantise_openvino_file(folder: Path, batches: Sequence[Batch]) -> None:
    """Rewrite ``model.xml`` in ``folder``; ``batches`` show which numbers occur."""
    with _quiet_quantiser() as nncf:
        import openvino

        path = folder / openvino_runtime.MODEL_FILE
        # Weights in memory: the file that they come from is written over.
        graph = openvino.Core().read_model(path.read_bytes(), path.with_suffix(".bin").read_bytes())
        left_out = nncf.IgnoredScope(names=list(_openvino_products_left_out(graph)))
        quantised = _quantised(nncf, graph, batches, left_out)
        openvino.save_model(quantised, path, compress_to_fp16=False)


def quantise_onnx_file(folder: Path, batches: Sequence[Batch]) -> None:
    """Rewrite ``model.onnx`` in ``folder``; ``batches`` show which numbers occur."""
    import onnx

    with _quiet_quantiser() as nncf:
        path = folder / onnx_runtime.MODEL_FILE
        graph = onnx.load(path)
        names = {taken.name for taken in graph.graph.input}
        left_out = nncf.IgnoredScope(names=list(_onnx_products_left_out(graph)))
        taken = [{name: array for name, array in batch.items() if name in names} for batch in batches]
        onnx.save(_quantised(nncf, graph, taken, left_out), path)


def _quantised(nncf: Any, graph: Any, batches: Sequence[Batch], left_out: Any) -> Any:
    return nncf.quantize(
        graph,
        nncf.Dataset(batches),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(batches),
        ignored_scope=left_out,
    )


def _openvino_products_left_out(graph: Any) -> Iterator[str]:
    for operation in graph.get_ops():
        kind = operation.get_type_name()
        if kind == "ScaledDotProductAttention":
            yield operation.get_friendly_name()
        elif kind == "MatMul":
            weights = operation.input_value(1).get_node()
            if weights.get_type_name() != "Constant":
                yield operation.get_friendly_name()
                continue
            inputs, outputs = weights.shape[-2:]
            if operation.get_attributes()["transpose_b"]:
                inputs, outputs = outputs, inputs
            if inputs > outputs:
                yield operation.get_friendly_name()


def _onnx_products_left_out(model: Any) -> Iterator[str]:
    shapes = {weights.name: list(weights.dims) for weights in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul":
            shape = shapes.get(node.input[1])
            if shape is None or shape[-2] > shape[-1]:
                yield node.name
        elif node.op_type == "Gemm":
            yield node.name  # a classifier of sentences


@contextmanager
def _quiet_quantiser() -> Iterator[Any]:
    """Give NNCF, without its bars and reports."""
    with no_usage_data(), redirect_stdout(StringIO()):
        import nncf  # type: ignore[import-untyped]

        # Its own setting would also change the handlers that a program has put on all loggers.
        logging.getLogger("nncf").setLevel(logging.ERROR)
        yield nncf
