"""Which runtime runs a model: chosen by what was exported, what is installed and what the machine has."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from trainer.inference.model_files import EXPORTS, ModelFiles
from trainer.inference.onnx_runtime import OnnxRuntime
from trainer.inference.openvino_runtime import OpenVinoRuntime, native_precision
from trainer.modeling.runtime import Runtime

RUNTIMES = ("auto", "torch", *EXPORTS)
DEVICES_OF_EXPORTS = ("auto", "cpu")
PRECISIONS = ("auto", "fp32", "bf16")
_PACKAGES = {"openvino": "openvino", "onnx": "onnxruntime", "torch": "torch"}
_EXTRAS = {"openvino": "openvino", "onnx": "onnx", "torch": "train"}
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

    ``auto`` takes a GPU if there is one; on the CPU what was exported for OpenVINO, then for ONNX Runtime, if that is
    installed and can compute in ``precision``; and PyTorch where nothing was.

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
        if not _installed(runtime) or (runtime, precision) == ("onnx", "bf16"):
            continue
        try:
            if files.export_for(runtime):
                return runtime
        except ValueError as error:
            warnings.warn(f"{error}; until then PyTorch runs the model", stacklevel=2)
    return "torch"


def _has_cuda() -> bool:
    if not any(sign.exists() for sign in _SIGNS_OF_CUDA) or not _installed("torch"):
        return False
    import torch

    return torch.cuda.is_available()


def _installed(runtime: str) -> bool:
    return find_spec(_PACKAGES[runtime]) is not None


def _require_installed(runtime: str) -> None:
    if not _installed(runtime):
        raise ImportError(
            f"{_PACKAGES[runtime]} is not installed, which is to run this model: "
            f'pip install "marsad[{_EXTRAS[runtime]}]"'
        )


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
