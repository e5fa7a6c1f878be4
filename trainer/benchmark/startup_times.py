"""How long whole programs take that label one sentence, from nothing to a file: Marsad's and the pipeline's."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from trainer.benchmark.timed_systems import STRATEGY

# All that one writes for it with Transformers.
PIPELINE_PROGRAM = f"""\
import json, sys
from transformers import pipeline
model, source, target, device = sys.argv[1:]
tagger = pipeline("token-classification", model=model, aggregation_strategy={STRATEGY!r}, device=device)
with open(source, encoding="utf-8") as file, open(target, "w", encoding="utf-8") as output:
    print(json.dumps(tagger(file.read()), ensure_ascii=False, default=float), file=output)
"""


def measure_startup(
    sentence: str, model: Path, entity_head: str, folder: Path, *, device: str, runs: int
) -> dict[str, dict[str, Any]]:
    """Time the programs in turns; a first run of each fills the file cache and does not count.

    Parameters
    ----------
    entity_head:
        The folder of the export for the pipeline; empty: Marsad alone.
    folder:
        For the file with the sentence and for what the programs write.

    Returns
    -------
    dict
        By program ``median``, ``min``, ``max`` and all ``runs``, in seconds of wall time.

    Raises
    ------
    ValueError
        If a program fails.
    """
    source = folder / "sentence.txt"
    source.write_text(sentence, encoding="utf-8")
    seconds: dict[str, list[float]] = {}
    for run in range(runs + 1):
        for name, command in programs(source, folder / f"run-{run}.jsonl", model, entity_head, device).items():
            begin = time.perf_counter()
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
            took = time.perf_counter() - begin
            if done.returncode:
                raise ValueError(f"the program of {name} failed: {done.stderr.strip()}")
            if run:
                seconds.setdefault(name, []).append(took)
    return {
        name: {"median": statistics.median(runs), "min": min(runs), "max": max(runs), "runs": runs}
        for name, runs in seconds.items()
    }


def programs(source: Path, target: Path, model: Path, entity_head: str, device: str) -> dict[str, list[str]]:
    """Return the command lines by name; each labels the text file ``source``."""
    options = ["--model", str(model), "--input", str(source), "--output", str(target), "--device", device, "--quiet"]
    commands = {"marsad predict": [sys.executable, "-m", "trainer", "predict", *options]}
    if entity_head:
        arguments = [entity_head, str(source), str(target.with_suffix(".json")), device]
        commands["pipeline"] = [sys.executable, "-c", PIPELINE_PROGRAM, *arguments]
    return commands
