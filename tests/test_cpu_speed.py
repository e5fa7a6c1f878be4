"""The allocator's settings: asked for where the C library has them, and only there."""

from __future__ import annotations

import ctypes
import platform
from types import SimpleNamespace
from typing import Any

import pytest

from trainer.process_memory import keep_freed_memory

ON_GLIBC = platform.libc_ver()[0] == "glibc"


def pretend(monkeypatch: pytest.MonkeyPatch, library: str, answers: dict[int, int] | None = None) -> dict[int, int]:
    """Put a C library of that name in place of the real one; return what it is asked to set."""
    asked: dict[int, int] = {}

    def mallopt(parameter: int, value: int) -> int:
        asked[parameter] = value
        return (answers or {}).get(parameter, 1)

    def load(name: Any) -> SimpleNamespace:
        return SimpleNamespace(mallopt=mallopt)

    monkeypatch.setattr(platform, "libc_ver", lambda: (library, "2.36" if library else ""))
    monkeypatch.setattr(ctypes, "CDLL", load)
    return asked


@pytest.mark.skipif(not ON_GLIBC, reason="another C library")
def test_glibc_takes_the_settings() -> None:
    assert keep_freed_memory() is True


@pytest.mark.parametrize("library", ["", "musl"])
def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    asked = pretend(monkeypatch, library)
    assert keep_freed_memory() is False
    assert asked == {}


def test_large_tensors_come_from_the_heap_which_is_not_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    # The numbers of <malloc.h>: M_TRIM_THRESHOLD -1, M_TOP_PAD -2, M_MMAP_THRESHOLD -3.
    asked = pretend(monkeypatch, "glibc")
    assert keep_freed_memory() is True
    assert asked.keys() == {-1, -2, -3}
    assert asked[-3] == 32 * 2**20  # the largest that glibc takes
    assert 2**30 < asked[-1] < 2**31  # an int of C


def test_a_setting_that_is_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pretend(monkeypatch, "glibc", answers={-3: 0})
    assert keep_freed_memory() is False
    assert len(asked) == 3
