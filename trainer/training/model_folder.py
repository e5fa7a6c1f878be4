"""What a training run leaves behind: a folder that ``trainer.load`` reads, and that tells how it was made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from transformers import PreTrainedTokenizerFast, TrainingArguments

from trainer import __version__
from trainer.data.mixing import TrainingData
from trainer.data.near_duplicates import FINGERPRINTS_FILE, SentenceFingerprints
from trainer.documents import Document
from trainer.encoders.loading import quiet_loading
from trainer.evaluation.bootstrap import Estimate, estimate
from trainer.evaluation.detailed import counts_by_sentence, sentence_groups
from trainer.evaluation.scores import headline, score_documents
from trainer.evaluation.seen_spans import SeenSpans, save_seen_spans
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.temperatures import TEMPERATURES_FILE
from trainer.training.curve import CURVE_FILE, training_curve
from trainer.training.history import HISTORY_FILE, write_history
from trainer.training.model_card import CardFacts, Source, write_model_card
from trainer.training.settings import RunSettings
from trainer.training.temperatures import fit_temperatures

SETTINGS_FILE = "training_config.yaml"


@dataclass(frozen=True)
class Fitted:
    """A fine-tuned model, the tagger that uses it with its thresholds, and the history of its training."""

    model: MarsadModel
    tokenizer: PreTrainedTokenizerFast
    tagger: Tagger
    history: list[dict[str, Any]]


# The arguments that say how a model was trained; the many others are Transformers' defaults.
_RECORDED = (
    "seed",
    "learning_rate",
    "lr_scheduler_type",
    "num_train_epochs",
    "eval_delay",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "world_size",
    "warmup_steps",
    "weight_decay",
    "bf16",
)


def write_model_folder(
    folder: Path, fitted: Fitted, data: TrainingData, settings: RunSettings, arguments: TrainingArguments
) -> dict[str, Any]:
    """Write the model with all that predicting, auditing and describing it need; return its validation scores."""
    predicted = fitted.tagger.tag(data.validation)
    scores = score_documents(data.validation, predicted, data.schema)
    with quiet_loading():
        fitted.model.save_pretrained(folder)
    fitted.tokenizer.save_pretrained(folder)
    data.schema.save(folder / "schema.yaml")
    fitted.tagger.thresholds.save(folder / "thresholds.json")
    fit_temperatures(fitted.tagger, data.validation).save(folder / TEMPERATURES_FILE)
    _write_json(folder / "metrics.json", {"split": "validation", "headline": headline(scores), **scores})
    _write_json(folder / "data_fingerprint.json", data.fingerprint)
    used = {**vars(settings), **{key: _plain(getattr(arguments, key)) for key in _RECORDED}}
    (folder / SETTINGS_FILE).write_text(yaml.safe_dump(used, sort_keys=False), encoding="utf-8")
    # Fingerprints of sentences and spans, with which evaluation tells memory and leaks.
    SentenceFingerprints.of(data.training, data.validation).save(folder / FINGERPRINTS_FILE)
    save_seen_spans({name: SeenSpans.of(documents) for name, documents in data.sources.items()}, folder)
    best_kept = bool(arguments.load_best_model_at_end)
    write_history(folder, fitted.history, best_kept=best_kept)
    curve = training_curve(fitted.history, folder / CURVE_FILE, best_kept=best_kept)
    write_model_card(
        folder,
        CardFacts(
            name=_name(settings),
            schema=data.schema,
            layers=fitted.tagger.layers,
            encoder=settings.encoder,
            settings=used,
            sources={
                name: Source(len(documents), sum(len(document.sentences) for document in documents), data.weights[name])
                for name, documents in data.sources.items()
            },
            scores=scores,
            intervals=_intervals(data.validation, predicted, list(scores)),
            thresholds=asdict(fitted.tagger.thresholds),
            version=__version__,
            notes=data.notes,
            curve=CURVE_FILE if curve else None,
            history=HISTORY_FILE,
            roles=fitted.tagger.roles,
        ),
    )
    return scores


def _intervals(gold: list[Document], predicted: list[Document], layers: list[str]) -> dict[str, Estimate]:
    groups = sentence_groups(gold)
    counts = counts_by_sentence(gold, predicted, layers)
    return {layer: estimate(np.array(rows).reshape(1, -1, 3), groups) for layer, rows in counts.items()}


def _name(settings: RunSettings) -> str:
    """Return what the model is called: the last part of the run's folder."""
    return Path(settings.output_dir).resolve().name


def _plain(value: Any) -> Any:
    """Return a value that YAML has; those of an enumeration are text."""
    return str(value.value) if hasattr(value, "value") else value


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
