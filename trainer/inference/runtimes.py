"""Which runtime runs a model: chosen by what was exported, what is installed and what the machine has."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from trainer.extras import how_to_install, installed
from trainer.inference.model_files import EXPORTS, ModelFiles
from trainer.inference.onnx_runtime import OnnxRuntime
from trainer.inference.openvino_runtime import OpenVinoRuntime, native_precision
from trainer.inference.processors import multiplies_bfloat16
from trainer.modeling.runtime import Runtime

RUNTIMES = ("auto", "torch", *EXPORTS)
DEVICES_OF_EXPORTS = ("auto", "cpu")
PRECISIONS = ("auto", "fp32", "bf16")
_PACKAGES = {"openvino": "openvino", "onnx": "onnxruntime", "torch": "torch"}
# Where a driver for NVIDIA's GPUs lies, on Linux and in Windows' Linux. PyTorch, which knows for sure, takes seconds
# to import.
_SIGNS_OF_CUDA = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


@dataclass(frozen=True)
class Choice:
    """What runs a model, where and in what precision; nothing is ``auto`` any more."""

    runtime: str
    device: str
    precision: str


AS_TRAINED = Choice("torch", "cpu", "fp32")


def choose(files: ModelFiles, runtime: str = "auto", device: str = "auto", precision: str = "auto") -> Choice:
    """Decide what runs a model.

    ``auto`` takes a GPU if there is one, with PyTorch. On the CPU it takes what was exported and is installed: for
    OpenVINO, then for ONNX Runtime, but that only where PyTorch would compute in fp32 as well, or is not there; and
    PyTorch where nothing was exported.

    Raises
    ------
    ValueError
        For a runtime, device or precision that there is not, or that do not go together.
    FileNotFoundError
        If the model has not been exported for ``runtime``.
    ImportError
        If what has to be there is not installed.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"there is no runtime {runtime!r}; give {', '.join(RUNTIMES)}")
    if precision not in PRECISIONS:
        raise ValueError(f"there is no precision {precision!r}; give {', '.join(PRECISIONS)}")
    if runtime == "auto":
        runtime = _best(files, device, precision)
    _require_installed(runtime)
    if runtime == "torch":
        from trainer.modeling.hardware import precision_name, resolve_device, resolve_precision

        place = resolve_device(device)
        weights = resolve_precision(precision, place)
        return Choice(runtime, str(place), precision_name(weights))
    if device not in DEVICES_OF_EXPORTS:
        raise ValueError(f"{runtime} runs on the CPU only, not on {device!r}")
    exported = files.export_for(runtime)
    if exported is None:
        raise FileNotFoundError(
            f"{files.folder} has no model for {runtime}; make one with 'marsad export MODEL --to {runtime}', "
            "where MODEL is the folder that 'marsad train' wrote"
        )
    if runtime == "openvino" and not exported.int8:
        return Choice(runtime, "cpu", native_precision() if precision == "auto" else precision)
    if precision == "bf16" and exported.int8:
        # OpenVINO 2026.4 labels wrongly when it computes the rest of such a graph in bf16 with plain kernels.
        raise ValueError(f"{exported.folder} was exported in 8 bits, the rest in fp32; leave the precision out")
    if precision == "bf16":
        raise ValueError("ONNX Runtime does not compute in bf16 on a CPU; leave the precision out")
    return Choice(runtime, "cpu", "fp32")


def open_runtime(files: ModelFiles, choice: Choice) -> Runtime:
    """Load a model into the runtime that :func:`choose` chose for it."""
    if choice.runtime == "torch":
        return _open_torch(files, choice)
    exported = files.export_for(choice.runtime)
    assert exported is not None, "choose() has looked for it"
    if choice.runtime == "openvino":
        return OpenVinoRuntime(exported.folder, choice.precision)
    return OnnxRuntime(exported.folder)


def runtime_version(runtime: str) -> str:
    """Return the version of the package behind ``runtime``."""
    return version(_PACKAGES[runtime])


def _best(files: ModelFiles, device: str, precision: str) -> str:
    if files.runtime != "torch":
        return files.runtime
    if device not in DEVICES_OF_EXPORTS or (device == "auto" and _has_cuda()):
        return "torch"
    for runtime in EXPORTS:
        if not installed(_PACKAGES[runtime]) or (runtime == "onnx" and _torch_is_faster_than_onnx(precision)):
            continue
        try:
            if files.export_for(runtime):
                return runtime
        except ValueError as error:
            warnings.warn(f"{error}; it is left aside until then", stacklevel=2)
    return "torch"


def _torch_is_faster_than_onnx(precision: str) -> bool:
    # In bf16, in which ONNX Runtime does not compute, PyTorch labels nearly three times as fast (docs/inference.md).
    in_bf16 = precision == "bf16" or (precision == "auto" and multiplies_bfloat16())
    return in_bf16 and installed("torch")


def _has_cuda() -> bool:
    if not any(sign.exists() for sign in _SIGNS_OF_CUDA) or not installed("torch"):
        return False
    import torch

    return torch.cuda.is_available()


def _require_installed(runtime: str) -> None:
    package = _PACKAGES[runtime]
    if not installed(package):
        raise ImportError(f"{package} is not installed, which is to run this model: {how_to_install([package])}")


def _open_torch(files: ModelFiles, choice: Choice) -> Runtime:
    if files.runtime != "torch":
        raise ValueError(
            f"{files.folder} was exported for {files.runtime}; PyTorch needs the model that it was made from"
        )
    import torch

    from trainer.encoders.loading import quiet_loading
    from trainer.modeling.hardware import resolve_precision
    from trainer.modeling.model import MarsadModel
    from trainer.modeling.torch_runtime import TorchRuntime

    device = torch.device(choice.device)
    with quiet_loading():
        # Cast afterwards: told a type, Transformers leaves the encoder, a model in the model, as it was saved.
        model = MarsadModel.from_pretrained(files.folder).eval()
        return TorchRuntime(model.to(device, resolve_precision(choice.precision, device)))
