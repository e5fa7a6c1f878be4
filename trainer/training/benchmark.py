"""Measure what Marsad's way of training saves: the same training by ``transformers.Trainer`` and by Marsad.

``scripts/benchmark_training.py`` runs every training in a process of its own, because peak memory and the
allocator's settings belong to a process.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import Dataset
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from trainer.data.dataset import dataset_to_documents
from trainer.data.storage import load_data
from trainer.documents import LAYERS
from trainer.evaluation.scores import headline, score_documents
from trainer.modeling.hardware import has_native_bfloat16
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.schema import Schema
from trainer.training.run import build_trainer, fit
from trainer.training.settings import RunSettings, check_settings

BASELINE = "baseline"
# What a way of training sets; everything else is the same for all, and what Transformers has as its default.
WAYS: Mapping[str, Mapping[str, Any]] = {
    BASELINE: {"precision": "fp32", "per_device_train_batch_size": 32},
    "Marsad bf16": {"precision": "bf16"},
    "Marsad fp32": {"precision": "fp32"},
}


def ways_here() -> list[str]:
    """Return the ways of training in the order of a round; bfloat16 only where the processor multiplies it."""
    return [name for name, way in WAYS.items() if way["precision"] != "bf16" or has_native_bfloat16()]


@dataclass(frozen=True)
class Training:
    """One training to measure: a name of ``WAYS`` and what all ways have in common."""

    way: str
    data: str
    encoder: str
    epochs: int
    batch_tokens: int
    learning_rate: float
    head_learning_rate: float
    window: int
    seed: int
    threads: int | None = None

    def settings(self, output_dir: str) -> tuple[RunSettings, TrainingArguments]:
        """Return the settings as any run of Marsad has them, without evaluation and checkpoints."""
        values = {
            "data": self.data,
            "output_dir": output_dir,
            "encoder": self.encoder,
            "window": self.window,
            "num_train_epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "head_learning_rate": self.head_learning_rate,
            "batch_tokens": None if self.way == BASELINE else self.batch_tokens,
            "seed": self.seed,
            "eval_strategy": "no",
            "save_strategy": "no",
            "logging_strategy": "no",
            "load_best_model_at_end": False,
            "disable_tqdm": True,
            "use_cpu": True,
        }
        return check_settings({**values, **WAYS[self.way]}, "benchmark")


def measure(training: Training) -> dict[str, Any]:
    """Train in this process and return speed, memory, scores on ``validation``, settings and the machine.

    Raises
    ------
    ValueError
        If the data lacks a split, or there is nothing to time: the first step is warm-up.
    """
    if training.threads:
        torch.set_num_threads(training.threads)
    dataset, schema = load_data(training.data)
    if not all(split in dataset and len(dataset[split]) for split in ("train", "validation")):
        raise ValueError(f"{training.data} must have sentences in its 'train' and in its 'validation' split")
    meter = StepMeter()
    with tempfile.TemporaryDirectory() as folder:
        settings, arguments = training.settings(folder)
        if training.way == BASELINE:
            tagger = _train_as_usual(dataset["train"], schema, settings, arguments, meter)
        else:
            tagger = fit(dataset["train"], [], schema, settings, arguments, [meter]).tagger
    if meter.steps < 2:
        raise ValueError("one step is too few to time, because the first is warm-up; train for more epochs")
    validation = dataset_to_documents(dataset["validation"])
    scores = headline(score_documents(validation, tagger.tag(validation), schema))
    return {
        "way": training.way,
        "seed": training.seed,
        "steps": meter.steps,
        "tokens": meter.tokens,
        "padded_tokens": meter.padded_tokens,
        "timed_tokens": meter.tokens - meter.warmup_tokens,
        "seconds": meter.seconds,
        "peak_memory_mib": meter.peak_memory_mib,
        "f1": {layer: scores[layer] for layer in LAYERS},
        "settings": {**_described(training.way, settings, arguments), **meter.found},
        "machine": machine(),
    }


def _train_as_usual(
    rows: Dataset, schema: Schema, settings: RunSettings, arguments: TrainingArguments, meter: StepMeter
) -> Tagger:
    """Train as one would without Marsad's tricks.

    Without ``batch_tokens`` and outside ``fast_on_cpu``, all that ``MarsadTrainer`` adds to training by
    ``transformers.Trainer`` is a second learning rate; Marsad's way has it too.
    """
    trainer = build_trainer(rows, [], schema, settings, arguments, [meter])
    trainer.train()
    return Tagger(TorchRuntime(trainer.model), trainer.processing_class.backend_tokenizer)


class StepMeter(TrainerCallback):
    """Counts the subwords that a model is trained on, and the time from the end of the first step to that of the last.

    ``tokens`` is without and ``padded_tokens`` with padding; both are of all steps.
    """

    def __init__(self) -> None:
        self.steps = self.tokens = self.padded_tokens = self.warmup_tokens = 0
        self.seconds = self.peak_memory_mib = 0.0
        self.found: dict[str, str] = {}
        self._warm_at = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Look at what the model is trained with, and begin to count."""
        model: MarsadModel = kwargs["model"]
        dropouts = {f"{type(m).__name__}({m.p})" for m in model.modules() if isinstance(m, nn.Dropout)}
        self.found = {"attention": model.encoder.config._attn_implementation, "dropout": ", ".join(sorted(dropouts))}
        self._hook = model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, model: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.tokens += int(named["attention_mask"].sum())
        self.padded_tokens += named["attention_mask"].numel()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Read the clock."""
        now = time.perf_counter()
        if not self.steps:
            self._warm_at, self.warmup_tokens = now, self.tokens
        self.seconds = now - self._warm_at
        self.steps += 1

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop counting; memory is read here so that scoring has no part in it."""
        self._hook.remove()
        self.peak_memory_mib = peak_memory_mib()


def peak_memory_mib() -> float:
    """Return the most memory that this process has held.

    A child begins with the peak of its parent. Here that has loaded the same libraries and no model, so
    it never is the larger of the two.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _described(way: str, settings: RunSettings, arguments: TrainingArguments) -> dict[str, str]:
    if way == BASELINE:
        batches = f"{arguments.per_device_train_batch_size} rows at random, padded to the longest"
    else:
        batches = f"rows of similar length, up to {settings.batch_tokens} subwords with padding"
    return {
        "batches": batches,
        "precision": "fp32 weights, bf16 autocast" if arguments.bf16 else "fp32, no autocast",
        "allocator": "as it is" if way == BASELINE else "keeps freed memory",
        "encoder": settings.encoder,
        "window": str(settings.window),
        "epochs": f"{arguments.num_train_epochs:g}",
        "learning rate": f"{arguments.learning_rate:g}, heads {settings.head_learning_rate:g}",
        "schedule": f"{_name(arguments.lr_scheduler_type)}, warm-up {arguments.warmup_steps:g}",
        "optimizer": f"{_name(arguments.optim)}, weight decay {arguments.weight_decay:g}",
        "gradient norm": f"at most {arguments.max_grad_norm:g}",
    }


def _name(value: Any) -> str:
    return str(getattr(value, "value", value))


def machine() -> dict[str, Any]:
    """Return what speed depends on: processor, threads, bfloat16, versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "native_bfloat16": has_native_bfloat16(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "python": platform.python_version(),
    }


def summarise(found: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Put the rounds of each way together; ``ratio`` compares with the baseline of the same round.

    Speed and ratio are medians, memory is the highest, F1 the mean with its range over the seeds.
    """
    baseline = {one["seed"]: _speed(one) for one in found if one["way"] == BASELINE}
    summary: dict[str, dict[str, Any]] = {}
    for way in dict.fromkeys(one["way"] for one in found):
        rounds = [one for one in found if one["way"] == way]
        ratios = [_speed(one) / baseline[one["seed"]] for one in rounds]
        f1 = {layer: [one["f1"][layer] for one in rounds] for layer in LAYERS}
        summary[way] = {
            "tokens_per_second": statistics.median(map(_speed, rounds)),
            "ratio": statistics.median(ratios),
            "ratio_range": [min(ratios), max(ratios)],
            "padding": 1 - sum(one["tokens"] for one in rounds) / sum(one["padded_tokens"] for one in rounds),
            "steps": max(one["steps"] for one in rounds),
            "peak_memory_mib": max(one["peak_memory_mib"] for one in rounds),
            "f1": {
                layer: {"mean": statistics.mean(values), "min": min(values), "max": max(values)}
                for layer, values in f1.items()
            },
        }
    return summary


def _speed(one: Mapping[str, Any]) -> float:
    return one["timed_tokens"] / one["seconds"]
