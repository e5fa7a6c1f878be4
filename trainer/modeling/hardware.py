"""What the machine can do: its devices, whether they multiply bfloat16, and how its C library keeps memory."""

from __future__ import annotations

import ctypes
import platform

import torch

# glibc's mallopt: parameter numbers of <malloc.h>, and the largest threshold that 64-bit glibc takes.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20
PRECISIONS = ("auto", "fp32", "bf16")


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


def has_native_bfloat16(device: torch.device | None = None) -> bool:
    """Whether ``device``, or without it the one that training will use, multiplies bfloat16 natively."""
    if device.type == "cuda" if device else torch.cuda.is_available():
        with torch.cuda.device(device):
            return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to keep freed memory instead of handing it back after every tensor.

    A step allocates the same large tensors again and again; each time the kernel must map and zero their pages anew.
    This holds for the whole process, so it is for commands: a program that imports Marsad decides for itself.
    Returns whether the C library has such a setting.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    set_all = (
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD),
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1),
        mallopt(_M_TOP_PAD, 64 << 20),
    )
    return all(set_all)


def give_back_freed_memory() -> None:
    """Hand what :func:`keep_freed_memory` kept back to the system, between two long pieces of work.

    The pieces that the allocator keeps are never all of the right size: without this a process grows for hours.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
