"""Processes that kill themselves with SIGKILL, as a machine or a batch system would, at a moment that a test chooses.

A server process imports the heavy libraries once and is forked for each, so that a process starts in no time.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

# What changes names on the disk; opening a file is told apart by its mode.
_CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove"}
_SAVING = "marsad-tests.saving"

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["pytest", "hypothesis", "trainer.training.run", "trainer.cli.tables"])


def start(target: Callable[..., Any], *arguments: Any, log: Path) -> BaseProcess:
    """Start ``target(*arguments)`` in a process of its own; it writes what it says to ``log``."""
    process = context.Process(target=_run, args=(log, target, *arguments), daemon=True)
    process.start()
    return process


def was_killed(process: BaseProcess, log: Path) -> bool:
    """Wait for the end of a process: killed (``True``), or at its own end. Anything else fails the test."""
    process.join(timeout=600)
    if process.exitcode not in (0, -signal.SIGKILL):
        pytest.fail(f"the process ended with {process.exitcode}: {log.read_text(encoding='utf-8')}")
    return process.exitcode != 0


def kill_before_change(number: int, folder: Path) -> Callable[[], int]:
    """Let this process be killed before it changes something below ``folder`` for the ``number``-th time, from 0.

    Returns a function that says how often it has changed something.
    """
    changes = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        changing = event in _CHANGES or event == _SAVING or (event == "open" and _writes(arguments))
        if changing and _path(event, arguments).startswith(str(folder)):
            if changes == number:
                kill()
            changes += 1

    # These write with code of their own, which tells Python nothing.
    torch.save = partial(_told, torch.save)
    safetensors.torch.save_file = partial(_told, safetensors.torch.save_file)
    sys.addaudithook(watch)
    return lambda: changes


def kill() -> None:
    """Kill this process; nothing of it is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def _told(save: Callable[..., Any], content: Any, path: Any, *arguments: Any, **options: Any) -> None:
    sys.audit(_SAVING, str(path))
    save(content, path, *arguments, **options)


def _path(event: str, arguments: tuple[Any, ...]) -> str:
    """Return what is changed; where a whole folder is deleted, a number stands for the folder of a name."""
    folder = arguments[-1] if event in ("os.remove", "os.rmdir") else -1
    path = str(arguments[0])
    return path if folder == -1 or os.path.isabs(path) else os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)


def _writes(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return bool(flags & (os.O_WRONLY | os.O_RDWR)) or (isinstance(mode, str) and any(sign in mode for sign in "wax+"))


def _run(log: Path, target: Callable[..., Any], *arguments: Any) -> None:
    torch.set_num_threads(1)
    # What the server imported stays; looking through it for garbage would take longer than a small training.
    gc.freeze()
    # Processes are killed here, and not the machine; waiting for a real disk is most of the time that they take.
    os.fsync = lambda descriptor: None
    with log.open("w", encoding="utf-8", buffering=1) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        target(*arguments)
