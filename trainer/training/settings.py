"""The settings of a training run: one flat YAML, overridden by ``--key value``.

A key is a field of :class:`RunSettings` or of ``transformers.TrainingArguments``; any other key,
or a value of the wrong type, stops the run at once.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import yaml
from pydantic import Field, TypeAdapter, ValidationError
from transformers import TrainingArguments

from trainer.resources import resource_path


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what is valid."""


@dataclass(frozen=True)
class RunSettings:
    """What Marsad adds to ``TrainingArguments``.

    Parameters
    ----------
    data:
        A ``dataset.yaml``, or a folder that ``marsad data build`` wrote.
    output_dir:
        Gets the trained ``model/``; checkpoints are written beside it and removed at the end.
    training_only_share:
        How much of the documents that the data has for training only is trained on, from 0 to 1; a larger
        share holds every smaller one.
    encoder:
        ``bundled``, a folder, or a name on the model hub.
    random_weights:
        Draw the encoder's weights anew instead of using the pretrained ones.
    window:
        The window in subwords; longer sentences are split into windows that overlap.
    batch_tokens:
        Fill batches with sentences of similar length up to this many subwords, padding included.
        Without it a batch has ``per_device_train_batch_size`` sentences at random.
    dropout:
        Dropout before each head.
    head_learning_rate:
        Learning rate of the heads, which start from nothing; ``learning_rate`` is the encoder's.
    entity_weight, trigger_weight, event_type_weight:
        Weight of each head's loss.
    precision:
        ``auto`` takes bfloat16 where the processor multiplies it natively, else ``fp32``.
    """

    data: str
    output_dir: str
    training_only_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    encoder: str = "bundled"
    random_weights: bool = False
    window: int = 256
    batch_tokens: int | None = None
    dropout: float = 0.1
    head_learning_rate: float = 1e-2
    entity_weight: float = 1.0
    trigger_weight: float = 1.0
    event_type_weight: float = 1.0
    precision: Literal["auto", "fp32", "bf16"] = "auto"

    @property
    def model_folder(self) -> Path:
        """Where the trained model goes."""
        return Path(self.output_dir) / "model"

    @property
    def checkpoint_folder(self) -> Path:
        """Where checkpoints are kept during the run."""
        return Path(self.output_dir) / "checkpoints"


# Set by Marsad itself, so not open to a config.
_RESERVED = {
    "bf16": "use 'precision: bf16'",
    "remove_unused_columns": "Marsad's batches need all columns",
    "label_names": "the heads name the labels",
    "metric_for_best_model": "the best checkpoint is the one with the highest eval_score",
    "greater_is_better": "the best checkpoint is the one with the highest eval_score",
}


def read_settings(
    config: str | Path, overrides: Mapping[str, str] | None = None
) -> tuple[RunSettings, TrainingArguments]:
    """Read a config file, or a shipped one by its name (``quickstart.yaml``), and apply overrides.

    Raises
    ------
    SettingsError
        For an unknown key (with the nearest valid one), a value of the wrong type, or a missing key.
    """
    path = Path(config)
    if not path.is_file() and len(path.parts) == 1:
        path = resource_path(path.name)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path} must hold 'key: value' lines")
    return check_settings({**values, **(overrides or {})}, str(path))


def check_settings(values: Mapping[str, Any], source: str) -> tuple[RunSettings, TrainingArguments]:
    """Check keys and types of ``values`` and build the settings from them."""
    run_types = typing.get_type_hints(RunSettings, include_extras=True)
    argument_types = {f.name: f.type for f in dataclasses.fields(TrainingArguments) if f.init}
    known = {**argument_types, **run_types}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key in _RESERVED:
            raise SettingsError(f"{source}: '{key}' cannot be set: {_RESERVED[key]}")
        if key not in known:
            raise SettingsError(f"{source}: unknown setting '{key}'{_nearest(key, known)}")
        checked[key] = _typed(source, key, value, known[key])
    missing = [f.name for f in dataclasses.fields(RunSettings) if f.default is dataclasses.MISSING]
    missing = [name for name in missing if name not in checked]
    if missing:
        raise SettingsError(f"{source} lacks {', '.join(missing)}")
    run = RunSettings(**{key: value for key, value in checked.items() if key in run_types})
    arguments = {key: value for key, value in checked.items() if key not in run_types}
    try:
        return run, _training_arguments(run, arguments)
    except ValueError as error:
        raise SettingsError(f"{source}: {error}") from error


def _training_arguments(run: RunSettings, values: dict[str, Any]) -> TrainingArguments:
    defaults: dict[str, Any] = {
        "eval_strategy": "epoch",
        "save_strategy": "best",
        "save_total_limit": 1,
        "save_only_model": True,
        "load_best_model_at_end": True,
        "logging_strategy": "epoch",
        "report_to": "none",
        "dataloader_pin_memory": False,
        "use_cpu": not torch.accelerator.is_available(),
    }
    fixed = {
        "output_dir": str(run.checkpoint_folder),
        "remove_unused_columns": False,
        "metric_for_best_model": "eval_score",
        "greater_is_better": True,
        "bf16": run.precision == "bf16" or (run.precision == "auto" and has_native_bfloat16()),
    }
    return TrainingArguments(**{**defaults, **values, **fixed})


def has_native_bfloat16() -> bool:
    """Whether the device that training will use multiplies bfloat16 natively."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _typed(source: str, key: str, value: Any, expected: Any) -> Any:
    """Check ``value`` against a type; text from YAML or the command line becomes what it spells.

    (YAML reads ``2e-4`` as text, so numbers are taken from text too.)
    """
    try:
        return TypeAdapter(expected).validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise SettingsError(f"{source}: '{key}' is {value!r}: {problem[0].lower()}{problem[1:]}") from None


def parse_overrides(arguments: Sequence[str]) -> dict[str, str]:
    """Read ``--key value`` and ``--key=value`` pairs; dashes in keys stand for underscores.

    >>> parse_overrides(["--learning-rate", "1e-4", "--seed=7"])
    {'learning_rate': '1e-4', 'seed': '7'}
    """
    overrides: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        flag = rest.pop(0)
        if not flag.startswith("--") or len(flag) == 2:
            raise SettingsError(f"expected '--key value', found {flag!r}")
        key, equals, value = flag[2:].partition("=")
        if not equals:
            if not rest:
                raise SettingsError(f"{flag} has no value")
            value = rest.pop(0)
        overrides[key.replace("-", "_")] = value
    return overrides
