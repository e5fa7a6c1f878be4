"""A timed system in a process of its own: the side that asks, and, run as a program, the side that answers.

Questions and answers are lines of JSON. Only the process that was asked works; the others wait for their next line.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TextIO

from trainer.benchmark.timed_systems import Row, Worker

# What ends a benchmark with a sentence, not with a traceback.
_EXPECTED = (OSError, ValueError, ImportError)
_ENDING_SECONDS = 30


class Child:
    """The :class:`trainer.benchmark.timed_systems.Worker` of ``row`` in a new process; close it in the end.

    Parameters
    ----------
    model, entity_head:
        The folders of the model, and of the export for the pipeline.

    Raises
    ------
    ValueError
        If the system cannot run here.
    """

    def __init__(self, row: Row, model: str, entity_head: str, device: str) -> None:
        self._name = row.name
        asked = json.dumps([dataclasses.asdict(row), model, entity_head, device])
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, **row.environment},
        )
        try:
            self._answer()
        except ValueError:
            self.close()
            raise

    def ask(self, name: str, texts: Sequence[str] = ()) -> Any:
        """Return what the worker's ``ask`` does.

        Raises
        ------
        ValueError
            If it cannot, or the process has ended.
        """
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"ask": name, "texts": list(texts)}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["result"]

    def _ended(self) -> ValueError:
        return ValueError(f"the process of {self._name} has ended; what it said is above")

    def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin
        assert self._process.stdout
        # A process that has ended cannot take what was not written yet.
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def serve(row: Row, model: str, entity_head: str, device: str) -> None:
    """Start the worker of ``row`` and answer standard input line by line, until it ends.

    The first line of standard output tells that the system is ready, or in a sentence why it cannot run.
    """
    # Libraries print what they like: answers go where nothing else does.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if not row.runtime:
        _quiet_transformers()
    try:
        worker = Worker(row, model, entity_head, device)
        _write(answers, {"result": "ready"})
        for line in sys.stdin:
            question = json.loads(line)
            _write(answers, {"result": worker.ask(question["ask"], question["texts"])})
    except _EXPECTED as error:
        _write(answers, {"error": str(error)})


def _quiet_transformers() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    # Once a call: that the tokenizer is not WordPiece.
    warnings.filterwarnings("ignore", category=UserWarning, module="transformers")


def _write(answers: TextIO, content: Mapping[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    values, *places = json.loads(sys.argv[1])
    serve(Row(**values), *places)
