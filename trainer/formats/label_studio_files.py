"""Files of Label Studio tasks: which files are such, and their tasks one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import regex

from trainer.documents import Origin
from trainer.formats.label_studio_min import is_min_task
from trainer.formats.label_studio_segmentation import OWN
from trainer.formats.utf8_text import read_utf8

TASKS_FILE = "tasks.json"
SUFFIXES = (".json", ".jsonl")
# Where tasks keep what was annotated; versions before 1.0 called annotations completions.
RESULT_KEYS = {"annotations": ("annotations", "completions"), "predictions": ("predictions",)}

_LOOKED_AT_BYTES = 1 << 20
_LONG_TASK = regex.compile(rb'"(annotations|completions|predictions)"\s*:\s*\[\s*\{.*"result"\s*:', regex.DOTALL)


def tasks_file(path: str | Path) -> Path:
    """Return the file of tasks: ``path``, or ``tasks.json`` in that folder."""
    path = Path(path)
    return path / TASKS_FILE if path.is_dir() else path


def is_label_studio(path: str | Path) -> bool:
    """Whether ``path`` is a file of tasks, or a folder with ``tasks.json``: by its suffix and its first task."""
    path = tasks_file(path)
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT_BYTES)
    content = head.decode("utf-8-sig", "replace").lstrip(" \t\r\n[")
    try:
        task, _ = json.JSONDecoder().raw_decode(content)
    except RecursionError:
        return False
    except ValueError:
        # The first task alone may be longer than what was read; else the file is broken.
        return len(head) == _LOOKED_AT_BYTES and _LONG_TASK.search(head) is not None
    if not isinstance(task, dict):
        return False
    if isinstance(task.get("data"), dict):
        keys = (key for keys in RESULT_KEYS.values() for key in keys)
        return OWN in task["data"] or any(isinstance(task.get(key), list) for key in keys)
    return is_min_task(task)


def tasks_of(path: Path, tell: Callable[[str, str], None]) -> Iterator[tuple[Origin, Any]]:
    """Yield the origin (``file, task 12``, or ``file:line``) and the value of each task.

    Parameters
    ----------
    tell:
        Called with place and problem of a line of JSON Lines that cannot be read.

    Raises
    ------
    ValueError
        If the file is no UTF-8, or no JSON; the message names the line.
    """
    content = read_utf8(path)
    if path.suffix.lower() == ".jsonl":
        yield from _tasks_of_lines(path, content, tell)
        return
    try:
        tasks = json.loads(content)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path}:{error.lineno}: broken JSON ({error.msg}, column {error.colno}); export it again, or name it "
            ".jsonl if it has a task a line"
        ) from error
    except RecursionError as error:
        raise ValueError(f"{path}: JSON nested too deeply to be a list of tasks") from error
    for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], start=1):
        yield Origin(str(path), ((0, number),), "task"), task


def _tasks_of_lines(path: Path, content: str, tell: Callable[[str, str], None]) -> Iterator[tuple[Origin, Any]]:
    # Not splitlines: JSON leaves U+2028 and the like as they are.
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            origin = Origin(str(path), ((0, number),))
            try:
                task = json.loads(line)
            except json.JSONDecodeError as error:
                tell(origin.place(), f"broken JSON ({error.msg}, column {error.colno}); the line is left out")
            except RecursionError:
                tell(origin.place(), "JSON nested too deeply; the line is left out")
            else:
                yield origin, task
