"""How many processors this process may use, and what they can do."""

from __future__ import annotations

import os
from pathlib import Path

# Instructions that decide how fast a processor multiplies bfloat16 and int8.
FLAGS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni")


def usable_processors() -> int:
    """Return how many processors the system lets this process run on; at most ``$OMP_NUM_THREADS`` where that is set.

    The variable is what limits PyTorch, too; Ray sets it for its workers.
    """
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        allowed = os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(allowed, int(wanted))) if wanted.isdecimal() else allowed


def multiplies_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 natively; ``False`` where the system does not tell."""
    flags = processor_flags() or {}
    return any(flags[name] for name in flags if name.endswith("_bf16"))


def processor_flags() -> dict[str, bool] | None:
    """Return which of ``FLAGS`` the processor has; ``None`` where the system does not tell."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    for line in lines:
        if line.startswith("flags"):
            found = set(line.partition(":")[2].split())
            return {flag: flag in found for flag in FLAGS}
    return None
