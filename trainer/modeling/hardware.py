"""What the machine can do for PyTorch: its devices, and whether they multiply bfloat16."""

from __future__ import annotations

import torch

_NAMES = {torch.float32: "fp32", torch.bfloat16: "bf16"}
PRECISIONS = ("auto", *_NAMES.values())


def resolve_device(name: str) -> torch.device:
    """Return the device that ``auto`` (CUDA if there is one, else the CPU), ``cpu``, ``cuda`` or ``cuda:1`` means.

    Raises
    ------
    ValueError
        If it is no such name, or the machine has no such device.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        name = "cuda" if count else "cpu"
    if name == "cpu":
        return torch.device("cpu")
    kind, colon, number = name.partition(":")
    if kind != "cuda" or (colon and not number.isdecimal()):
        raise ValueError(f"there is no device {name!r}; give auto, cpu, cuda, or cuda:0 and so on")
    index = int(number) if colon else 0
    if index >= count:
        found = ", ".join(["cpu", *(f"cuda:{i}" for i in range(count))])
        raise ValueError(f"device {name!r} is not there; this machine has {found}")
    return torch.device("cuda", index)


def resolve_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the type of weights that ``auto``, ``fp32`` or ``bf16`` means on ``device``.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if name not in PRECISIONS:
        raise ValueError(f"there is no precision {name!r}; give {', '.join(PRECISIONS)}")
    bf16 = name == "bf16" or (name == "auto" and has_native_bfloat16(device))
    return torch.bfloat16 if bf16 else torch.float32


def precision_name(dtype: torch.dtype) -> str:
    """Return ``fp32`` or ``bf16``, or what PyTorch calls another type."""
    return _NAMES.get(dtype, str(dtype).removeprefix("torch."))


def has_native_bfloat16(device: torch.device | None = None) -> bool:
    """Whether ``device``, or without it the one that training will use, multiplies bfloat16 natively."""
    if device.type == "cuda" if device else torch.cuda.is_available():
        with torch.cuda.device(device):
            return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
