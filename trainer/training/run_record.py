"""What a run was started with, as a file beside it: only the same run can go on from its checkpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import TrainingArguments

from trainer import __version__
from trainer.training.settings import RunSettings

RUN_FILE = "run.json"
FINISHED = "finished"
# Differences that an error names; a changed corpus has one a document.
_NAMED = 3

# Where things are; the fingerprint of the data says what they are.
_PATHS = {"data", "output_dir"}
# What a run says about itself, where it is uploaded, and how fast it reads; nothing of it changes a weight.
_NEUTRAL_PREFIXES = ("do_", "hub_", "log_", "logging_", "trackio_")
_NEUTRAL = {
    *("dataloader_in_order", "dataloader_multiprocessing_context", "dataloader_num_workers"),
    *("dataloader_persistent_workers", "dataloader_pin_memory", "dataloader_prefetch_factor"),
    *("ddp_timeout", "debug", "disable_tqdm", "enable_jit_checkpoint", "include_num_input_tokens_seen", "local_rank"),
    *("output_dir", "project", "push_to_hub", "report_to", "restore_callback_states_from_checkpoint"),
    *("resume_from_checkpoint", "run_name", "save_on_each_node", "save_total_limit", "skip_memory_metrics"),
}


def run_record(settings: RunSettings, arguments: TrainingArguments, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides the result of a run, as it comes back from a JSON file."""
    record = {
        FINISHED: False,
        "versions": {"marsad": __version__, "torch": torch.__version__, "transformers": transformers.__version__},
        "processes": {"world_size": arguments.world_size, "n_gpu": arguments.n_gpu},
        "settings": {
            **{key: value for key, value in vars(settings).items() if key not in _PATHS},
            "corpus_weights": list(settings.corpora.values()),
        },
        "arguments": {
            key: value
            for key, value in arguments.to_dict().items()
            if key not in _NEUTRAL and not key.startswith(_NEUTRAL_PREFIXES)
        },
        "facts": dict(facts),
    }
    return json.loads(json.dumps(record, default=str))


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write ``run.json``, whole or not at all."""
    unfinished = folder / f".{RUN_FILE}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / RUN_FILE)


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return what :func:`write_record` wrote, or ``None`` if there is none; ``ValueError`` if it is damaged."""
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); remove it, and start anew with --overwrite") from error
    return dict(record)


def require_same(folder: str, started: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with another run than was started, naming what differs and both values.

    Raises
    ------
    ValueError
        If anything but ``finished`` differs.
    """
    before, after = (_flat({**record, FINISHED: None}) for record in (started, now))
    paths = [path for path in [*before, *(after.keys() - before.keys())] if before.get(path) != after.get(path)]
    if paths:
        told = [
            # Without the section, which is no word of the user's.
            f"{path.partition('.')[2]} was {_short(before.get(path))} and is {_short(after.get(path))}"
            for path in paths[:_NAMED]
        ]
        more = f", and {len(paths) - _NAMED} more differences" if len(paths) > _NAMED else ""
        raise ValueError(
            f"{folder} was started as another run: {', '.join(told)}{more}; "
            "resume it with what it was started with, or start anew with --overwrite"
        )


def _flat(values: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    """Return nested values by their dotted path."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{parent}{key}"
        found.update(_flat(value, f"{path}.") if isinstance(value, dict) else {path: value})
    return found


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 20 else f"{text[:16]}…"
