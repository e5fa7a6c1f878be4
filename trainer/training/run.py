"""One training run, from settings to a model folder that :func:`trainer.load` reads."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from datasets import Dataset, DatasetDict
from transformers import (
    PreTrainedTokenizerFast,
    PrinterCallback,
    ProgressCallback,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.near_duplicates import FINGERPRINTS_FILE, SentenceFingerprints
from trainer.data.storage import data_fingerprint, load_data, training_sources
from trainer.documents import Document
from trainer.encoders.loading import load_encoder, longest_input
from trainer.evaluation.scores import headline, score_documents
from trainer.evaluation.seen_spans import SeenSpans, save_seen_spans
from trainer.modeling.batches import BatchCollator
from trainer.modeling.configuration import ENTITY, EVENT_TYPE, TRIGGER, heads_for_schema
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.schema import Schema
from trainer.training.cpu_speed import fast_on_cpu
from trainer.training.progress import EpochProgress
from trainer.training.rows import training_rows
from trainer.training.settings import RunSettings
from trainer.training.thresholds import choose_thresholds
from trainer.training.trainer import MarsadTrainer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fitted:
    """A fine-tuned model, and the tagger that uses it with its thresholds."""

    model: MarsadModel
    tokenizer: PreTrainedTokenizerFast
    tagger: Tagger


def train(settings: RunSettings, arguments: TrainingArguments) -> dict[str, Any]:
    """Fine-tune an encoder on the ``train`` split, choosing on ``validation``, and save the model.

    The ``test`` split is not looked at.

    Returns
    -------
    dict
        The validation scores of the model that was kept.

    Raises
    ------
    ValueError
        If the data lacks a split, or the window is longer than the encoder takes.
    """
    dataset, schema = load_data(settings.data)
    for split in ("train", "validation"):
        if split not in dataset or not len(dataset[split]):
            raise ValueError(f"{settings.data} has no sentences in its '{split}' split")
    validation = dataset_to_documents(dataset["validation"])
    sources = training_sources(dataset, settings.training_only_share)
    trained_on = [document for documents in sources.values() for document in documents]
    fitted = fit(documents_to_dataset(trained_on, schema), validation, schema, settings, arguments, [EpochProgress()])
    scores = score_documents(validation, fitted.tagger.tag(validation), schema)
    _save(fitted, dataset, schema, settings, arguments, scores)
    _save_what_was_learnt_from(sources, validation, settings.model_folder)
    shutil.rmtree(settings.checkpoint_folder, ignore_errors=True)
    return scores


def fit(
    training: Dataset,
    validation: list[Document],
    schema: Schema,
    settings: RunSettings,
    arguments: TrainingArguments,
    callbacks: Sequence[TrainerCallback] = (),
) -> Fitted:
    """Fine-tune an encoder on the rows of ``training``.

    Parameters
    ----------
    validation:
        Gold documents to choose the checkpoint and the threshold on. Without any, ``arguments`` must
        not ask for evaluation; the last weights and the default threshold are taken then.
    callbacks:
        What follows the run, such as a display of its progress.
    """
    trainer = build_trainer(training, validation, schema, settings, arguments, callbacks)
    model, tokenizer = trainer.model, trainer.processing_class
    on_cpu = arguments.device.type == "cpu"
    with warnings.catch_warnings(), fast_on_cpu(model, model.encoder) if on_cpu else nullcontext():
        # Pinned memory and the like: advice for accelerators that are not there.
        warnings.filterwarnings("ignore", category=UserWarning, module="torch.utils.data")
        trainer.train()
    # Training leaves autocast around the model's forward pass. Thresholds and scores are those of the saved model.
    trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)
    tagger = Tagger(model, tokenizer.backend_tokenizer)
    if validation:
        tagger.thresholds = choose_thresholds(tagger, validation)
    return Fitted(model, tokenizer, tagger)


def build_trainer(
    training: Dataset,
    validation: list[Document],
    schema: Schema,
    settings: RunSettings,
    arguments: TrainingArguments,
    callbacks: Sequence[TrainerCallback] = (),
) -> MarsadTrainer:
    """Put encoder, heads and rows together; parameters as for :func:`fit`.

    Raises
    ------
    ValueError
        If the window is longer than the encoder takes.
    """
    # Before the heads are drawn: same seed, same data, same machine, same metrics.
    set_seed(arguments.seed)
    encoder, tokenizer = load_encoder(settings.encoder, random_weights=settings.random_weights)
    if settings.window > (longest := longest_input(encoder, tokenizer)):
        raise ValueError(f"window {settings.window} is too long: encoder {settings.encoder} takes {longest} subwords")
    model = MarsadModel.with_encoder(
        encoder,
        heads_for_schema(schema, _head_weights(settings)),
        dropout=settings.dropout,
        window=settings.window,
        pad_token_id=tokenizer.pad_token_id,
    )
    trainer = MarsadTrainer(
        model=model,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=training_rows(training, SentenceEncoder(tokenizer.backend_tokenizer, settings.window)),
        data_collator=BatchCollator(tokenizer.pad_token_id),
        validation=validation,
        schema=schema,
        head_learning_rate=settings.head_learning_rate,
        batch_tokens=settings.batch_tokens,
    )
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    for addition in callbacks:
        trainer.add_callback(addition)
    return trainer


def _head_weights(settings: RunSettings) -> dict[str, float]:
    return {
        ENTITY: settings.entity_weight,
        TRIGGER: settings.trigger_weight,
        EVENT_TYPE: settings.event_type_weight,
    }


def _save(
    fitted: Fitted,
    dataset: DatasetDict,
    schema: Schema,
    settings: RunSettings,
    arguments: TrainingArguments,
    scores: dict[str, Any],
) -> None:
    folder = settings.model_folder
    folder.mkdir(parents=True, exist_ok=True)
    fitted.model.save_pretrained(folder)
    fitted.tokenizer.save_pretrained(folder)
    schema.save(folder / "schema.yaml")
    fitted.tagger.thresholds.save(folder / "thresholds.json")
    _write_json(folder / "metrics.json", {"split": "validation", "headline": headline(scores), **scores})
    _write_json(folder / "data_fingerprint.json", data_fingerprint(dataset))
    used = {**vars(settings), **{key: getattr(arguments, key) for key in _RECORDED}}
    (folder / "training_config.yaml").write_text(yaml.safe_dump(used, sort_keys=False), encoding="utf-8")
    logger.info("model written to %s", folder)


def _save_what_was_learnt_from(sources: dict[str, list[Document]], validation: list[Document], folder: Path) -> None:
    """Write fingerprints of sentences and spans, with which evaluation tells memory and leaks."""
    trained_on = [document for documents in sources.values() for document in documents]
    SentenceFingerprints.of(trained_on, validation).save(folder / FINGERPRINTS_FILE)
    save_seen_spans({name: SeenSpans.of(documents) for name, documents in sources.items()}, folder)


# The arguments that say how a model was trained; the many others are Transformers' defaults.
_RECORDED = (
    "seed",
    "learning_rate",
    "num_train_epochs",
    "eval_delay",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "warmup_steps",
    "weight_decay",
    "bf16",
)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
