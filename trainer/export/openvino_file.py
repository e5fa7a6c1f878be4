"""A model as OpenVINO's ``model.xml`` and ``model.bin``."""

from __future__ import annotations

from pathlib import Path

from trainer.export.traced_model import TracedModel, quiet_tracing
from trainer.inference.openvino_runtime import MODEL_FILE
from trainer.inference.usage_data import no_usage_data
from trainer.modeling.runtime import INPUTS


def write_openvino_file(traced: TracedModel, folder: Path) -> None:
    """Convert ``traced`` and write it to ``folder``, in 32 bits."""
    with no_usage_data(), quiet_tracing():
        import openvino

        graph = openvino.convert_model(traced, example_input=traced.example())
    for names, ports in ((INPUTS, graph.inputs), (traced.heads, graph.outputs)):
        for name, port in zip(names, ports, strict=True):
            port.get_tensor().set_names({name})
    openvino.save_model(graph, folder / MODEL_FILE, compress_to_fp16=False)
