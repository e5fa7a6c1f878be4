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
from transformers.integrations import is_tensorboard_available

from trainer.encoders.loading import BUNDLED
from trainer.modeling.hardware import has_native_bfloat16
from trainer.resources import resource_path


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what is valid."""


@dataclass(frozen=True)
class RunSettings:
    """What Marsad adds to ``TrainingArguments``.

    Parameters
    ----------
    data:
        A corpus: a ``dataset.yaml``, a folder that ``marsad data build`` wrote, a two-column IOB2 file or a file
        of sentence labels. Several corpora are trained on together where this maps each to its weight.
    output_dir:
        Gets the trained ``model/``; checkpoints are written beside it and removed at the end.
    validation_share:
        How much of a corpus that is one file, without splits, is kept back to choose on.
    training_only_share:
        How much of the documents that the data has for training only is trained on, from 0 to 1; a larger
        share holds every smaller one.
    encoder:
        ``bundled``, a folder, or a name on the model hub.
    random_weights:
        Draw the encoder's weights anew instead of using the pretrained ones.
    window:
        The window in subwords; longer sentences are split into windows that overlap.
    context:
        Most subwords of each neighbouring sentence that a window holds as well.
    replaced_mentions:
        Also train on a copy of every document in which this share of the mentions is replaced by others of
        their label.
    batch_tokens:
        Fill batches with sentences of similar length up to this many subwords, padding included.
        Without it a batch has ``per_device_train_batch_size`` sentences at random.
    dropout:
        Dropout before each head.
    head_learning_rate:
        Learning rate of the heads, which start from nothing; ``learning_rate`` is the encoder's.
    layer_decay:
        Each layer of the encoder has this times the learning rate of the layer above it.
    weight_average:
        Keep a moving average of the weights with this decay (such as 0.99), and score and save that.
    early_stopping:
        Stop after this many evaluations without a better score.
    entity_weight, trigger_weight, event_type_weight, argument_weight:
        Weight of each head's loss; a head of weight 0 is left out.
    argument_epochs:
        For how many epochs the argument head learns on, alone, when the rest is trained. Only then does it meet
        participants that are told in the sentence before.
    rare_types:
        How much more the loss heeds rare labels: one that is n times rarer than the most frequent weighs
        n to this power, at most ten times.
    precision:
        ``auto`` takes bfloat16 where the processor multiplies it natively, else ``fp32``.
    by_default:
        Keys of both kinds of settings whose value is a measured default that nobody asked for. Not a setting.
    """

    data: str | dict[str, Annotated[float, Field(gt=0)]]
    output_dir: str
    validation_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    training_only_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    encoder: str = "bundled"
    random_weights: bool = False
    window: int = 256
    context: Annotated[int, Field(ge=0)] = 0
    replaced_mentions: Annotated[float, Field(ge=0, le=1)] = 0.0
    batch_tokens: int | None = None
    dropout: float = 0.1
    head_learning_rate: float = 1e-2
    layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    weight_average: Annotated[float, Field(gt=0, lt=1)] | None = None
    early_stopping: Annotated[int, Field(ge=1)] | None = None
    entity_weight: Annotated[float, Field(ge=0)] = 1.0
    trigger_weight: Annotated[float, Field(ge=0)] = 1.0
    event_type_weight: Annotated[float, Field(ge=0)] = 1.0
    argument_weight: Annotated[float, Field(ge=0)] = 1.0
    argument_epochs: Annotated[int, Field(ge=1)] = 8
    rare_types: Annotated[float, Field(ge=0, le=1)] = 0.0
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    by_default: tuple[str, ...] = ()

    @property
    def corpora(self) -> dict[str, float]:
        """Return the corpora to train on with their weights."""
        return dict(self.data) if isinstance(self.data, dict) else {self.data: 1.0}

    @property
    def model_folder(self) -> Path:
        """Where the trained model goes."""
        return Path(self.output_dir) / "model"

    @property
    def checkpoint_folder(self) -> Path:
        """Where checkpoints are kept during the run."""
        return Path(self.output_dir) / "checkpoints"


# Defaults for the bundled encoder, found by measurement (docs/results.md). Other encoders have published settings of
# their own (configs/encoders), and a rate this high would undo the pretraining of a larger one.
_MEASURED: Mapping[str, Any] = {
    "num_train_epochs": 6,
    "batch_tokens": 1024,
    "learning_rate": 3e-4,
    "head_learning_rate": 1e-2,
    "lr_scheduler_type": "linear",
    "warmup_steps": 0.1,
    "weight_decay": 0.01,
    "dropout": 0.3,
}
# The learning rate where nothing but sentences is labelled: at the higher one every sentence gets the same vector.
MEASURED_FOR_SENTENCES = 1e-4
# Set by Marsad itself, so not open to a config.
_RESERVED = {
    "bf16": "use 'precision: bf16'",
    "auto_find_batch_size": "give batch_tokens or per_device_train_batch_size",
    "remove_unused_columns": "Marsad's batches need all columns",
    "label_names": "the heads name the labels",
    "label_smoothing_factor": "Marsad's heads have losses of their own",
    "resume_from_checkpoint": "use 'marsad train … --resume'",
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
    return check_settings(
        {**values, **{key: _mapping(key, value) for key, value in (overrides or {}).items()}}, str(path)
    )


def _mapping(key: str, value: Any) -> Any:
    """Return the mapping that an override such as ``{data/dataset.yaml: 1.0}`` spells, any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(f"--{key} is no valid mapping in YAML: {value}") from error


def check_settings(values: Mapping[str, Any], source: str) -> tuple[RunSettings, TrainingArguments]:
    """Check keys and types of ``values`` and build the settings from them."""
    run_types = typing.get_type_hints(RunSettings, include_extras=True)
    del run_types["by_default"]
    argument_types = {f.name: f.type for f in dataclasses.fields(TrainingArguments) if f.init}
    known = {**argument_types, **run_types}
    checked: dict[str, Any] = {}
    measured = {key: value for key, value in _measured_defaults(values).items() if key not in values}
    for key, value in {**measured, **values}.items():
        if key in _RESERVED:
            raise SettingsError(f"{source}: '{key}' cannot be set: {_RESERVED[key]}")
        if key not in known:
            raise SettingsError(f"{source}: unknown setting '{key}'{_nearest(key, known)}")
        checked[key] = _typed(source, key, value, known[key])
    missing = [f.name for f in dataclasses.fields(RunSettings) if f.default is dataclasses.MISSING]
    missing = [name for name in missing if name not in checked]
    if missing:
        raise SettingsError(f"{source} lacks {', '.join(missing)}")
    run = RunSettings(
        **{key: value for key, value in checked.items() if key in run_types}, by_default=tuple(sorted(measured))
    )
    arguments = {key: value for key, value in checked.items() if key not in run_types}
    try:
        return run, _training_arguments(run, arguments)
    except ValueError as error:
        raise SettingsError(f"{source}: {error}") from error


def _measured_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that take the place of the libraries' where the encoder is the bundled one."""
    if values.get("encoder", BUNDLED) != BUNDLED:
        return {}
    defaults = dict(_MEASURED)
    if "per_device_train_batch_size" in values:
        # Who gives a number of sentences wants batches of that many.
        del defaults["batch_tokens"]
    return defaults


def _training_arguments(run: RunSettings, values: dict[str, Any]) -> TrainingArguments:
    defaults: dict[str, Any] = {
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "save_total_limit": 1,
        "load_best_model_at_end": True,
        "logging_strategy": "epoch",
        "report_to": "none",
        # Not what the libraries are told, which is to keep quiet: Marsad shows progress of its own.
        "disable_tqdm": False,
        "dataloader_pin_memory": False,
        # Every head is in the loss of every batch, so no weights are left over to look for.
        "ddp_find_unused_parameters": False,
        "use_cpu": not torch.accelerator.is_available(),
    }
    fixed = {
        "output_dir": str(run.checkpoint_folder),
        "remove_unused_columns": False,
        "metric_for_best_model": "eval_score",
        "greater_is_better": True,
        "bf16": run.precision == "bf16" or (run.precision == "auto" and has_native_bfloat16()),
    }
    arguments = TrainingArguments(**{**defaults, **values, **fixed})
    if "tensorboard" in arguments.report_to and not is_tensorboard_available():
        raise ValueError(
            "'report_to: tensorboard' needs TensorBoard, which 'pip install \"marsad[tensorboard]\"' installs"
        )
    if arguments.n_gpu > 1:
        # Transformers would spread each batch over all devices of the machine; one process a device is the way here.
        arguments._n_gpu = 1
    return arguments


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
        # Of what a type may be, the one that the value came closest to.
        problem = max(error.errors(), key=lambda found: len(found["loc"]))["msg"]
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
