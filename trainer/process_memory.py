"""How a process that works for hours keeps its memory: fast, and within bounds."""

from __future__ import annotations

import ctypes
import os
import platform

# glibc's mallopt: parameter numbers of <malloc.h>, and the largest threshold that 64-bit glibc takes.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20
# The CPU's kernels for a shape of batch take memory for as long as they are kept; oneDNN, which PyTorch uses, keeps a
# thousand by default. It reads this when it is first used.
_KEPT_KERNELS_VARIABLE, _KEPT_KERNELS = "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128"


def prepare_to_label_for_hours() -> None:
    """Set up this process for labelling an archive; call it before a model is loaded, in a process of its own."""
    os.environ.setdefault(_KEPT_KERNELS_VARIABLE, _KEPT_KERNELS)
    keep_freed_memory()


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
