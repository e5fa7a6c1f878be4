"""One training run, from settings to a model folder that :func:`trainer.load` reads."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from datasets import Dataset, concatenate_datasets
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    ProgressCallback,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.integrations.integration_utils import TensorBoardCallback, default_logdir

from trainer.data.argument_column import ARGUMENTS
from trainer.data.dataset import dataset_to_documents, documents_to_dataset
from trainer.data.mention_replacement import replace_mentions
from trainer.data.mixing import WEIGHT, load_training_data
from trainer.documents import Document
from trainer.encoders.loading import BUNDLED, load_encoder, longest_input, quiet_loading
from trainer.modeling.batches import BatchCollator
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.layout import ARGUMENT, ENTITY, EVENT_TYPE, TRIGGER
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.schema import Schema
from trainer.training.argument_rehearsal import rehearse_arguments
from trainer.training.cpu_speed import fast_on_cpu
from trainer.training.model_folder import Fitted, write_model_folder
from trainer.training.progress import EpochProgress
from trainer.training.rows import heads_for_rows, training_rows
from trainer.training.run_folder import check_room, finish_run, locked, prepare_run_folder, publish
from trainer.training.run_page import write_run_page
from trainer.training.settings import MEASURED_FOR_SENTENCES, RunSettings
from trainer.training.thresholds import choose_thresholds
from trainer.training.trainer import MarsadTrainer
from trainer.training.weight_average import WeightAverage

logger = logging.getLogger(__name__)


def train(
    settings: RunSettings, arguments: TrainingArguments, *, resume: bool = False, overwrite: bool = False
) -> dict[str, Any]:
    """Fine-tune an encoder on the ``train`` split, choosing on ``validation``, and save the model.

    The ``test`` split is not looked at. Where several processes train together, each calls this, and the first
    writes the model, and a page about the run beside it.

    Parameters
    ----------
    resume:
        Go on with a run that was interrupted, from its last complete checkpoint.
    overwrite:
        Begin anew where there is a run or a model already.

    Returns
    -------
    dict
        The validation scores of the model that was kept; nothing in the processes that do not write it.

    Raises
    ------
    ValueError
        If the data lacks a split, the window is longer than the encoder takes, or a run cannot be resumed.
    trainer.training.run_folder.AlreadyFinished
        If a finished run is to be resumed.
    OSError
        If there is a run or a model already and nothing says what to do about it, or the folder cannot be
        written or has too little room.
    """
    data = load_training_data(
        settings.corpora,
        training_only_share=settings.training_only_share,
        validation_share=settings.validation_share,
    )
    with locked(settings, arguments), EpochProgress() as progress:
        trainer = build_trainer(data.rows(), data.validation, data.schema, settings, arguments, [progress])
        # Only now: what --overwrite deletes is still there if the settings turn out to be wrong.
        facts = {"data": data.fingerprint}
        checkpoint = prepare_run_folder(settings, arguments, facts, resume=resume, overwrite=overwrite)
        if arguments.process_index == 0:
            check_room(
                Path(settings.output_dir),
                trainer.model.num_parameters(),
                # The best and the last are kept whatever the limit is.
                max(arguments.save_total_limit or 1, 2),
                weight_average=settings.weight_average is not None,
            )
        fitted = run(trainer, checkpoint)
        scores: dict[str, Any] = {}
        if arguments.process_index == 0:

            def write(folder: Path) -> None:
                scores.update(write_model_folder(folder, fitted, data, settings, arguments))

            publish(settings.model_folder, write, settings.checkpoint_folder)
            finish_run(settings)
            logger.info("model written to %s", settings.model_folder)
            write_run_page(settings, arguments, data, fitted.history, scores, resumed=checkpoint is not None)
        trainer.accelerator.wait_for_everyone()
    return scores


def fit(
    training: Dataset,
    validation: list[Document],
    schema: Schema,
    settings: RunSettings,
    arguments: TrainingArguments,
    callbacks: Sequence[TrainerCallback] = (),
) -> Fitted:
    """Fine-tune an encoder on the rows of ``training``; nothing is kept on disk.

    Parameters
    ----------
    validation:
        Gold documents to choose the checkpoint and the threshold on. Without any, ``arguments`` must
        not ask for evaluation; the last weights and the default threshold are taken then.
    callbacks:
        What follows the run, such as a display of its progress.
    """
    return run(build_trainer(training, validation, schema, settings, arguments, callbacks))


def run(trainer: MarsadTrainer, checkpoint: Path | None = None) -> Fitted:
    """Train, from the beginning or from a checkpoint, and choose the threshold on the validation documents."""
    model, tokenizer = trainer.model, trainer.processing_class
    on_cpu = trainer.args.device.type == "cpu"
    fast = fast_on_cpu(model, model.encoder) if on_cpu else nullcontext()
    with warnings.catch_warnings(), quiet_loading(), fast:
        # Pinned memory and the like: advice for accelerators that are not there.
        warnings.filterwarnings("ignore", category=UserWarning, module="torch.utils.data")
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint is not None else None)
    # Training leaves autocast around the model's forward pass. Thresholds and scores are those of the saved model.
    trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)
    model = trainer.whole_model()
    rehearse_arguments(model, trainer, trainer.argument_epochs)
    tagger = Tagger(TorchRuntime(model), tokenizer.backend_tokenizer)
    if trainer.validation:
        tagger.thresholds = choose_thresholds(tagger, trainer.validation)
    return Fitted(model, tokenizer, tagger, trainer.state.log_history)


def build_trainer(
    training: Dataset,
    validation: list[Document],
    schema: Schema,
    settings: RunSettings,
    arguments: TrainingArguments,
    callbacks: Sequence[TrainerCallback] = (),
) -> MarsadTrainer:
    """Put encoder, heads and rows together; parameters as for :func:`fit`.

    Where nothing but sentences is labelled, the default learning rate of ``arguments`` becomes the one for that.

    Raises
    ------
    ValueError
        If the window is longer than the encoder takes, the weights of the heads leave nothing to learn, or there
        are no evaluations to stop early by.
    """
    # Before the heads are drawn: same seed, same data, same machine, same metrics.
    set_seed(arguments.seed)
    encoder, tokenizer = load_encoder(settings.encoder, random_weights=settings.random_weights)
    if settings.window > (longest := longest_input(encoder, tokenizer)):
        raise ValueError(f"window {settings.window} is too long: encoder {settings.encoder} takes {longest} subwords")
    inputs = SentenceEncoder(tokenizer.backend_tokenizer, settings.window, settings.context)
    if not settings.argument_weight and ARGUMENTS in training.features:
        # Pairs that no head learns from would be encoded all the same.
        training = training.remove_columns(ARGUMENTS)
    rows = training_rows(_augmented(training, schema, settings, arguments.seed), inputs)
    model = MarsadModel.with_encoder(
        encoder,
        heads_for_rows(rows, schema, _head_weights(settings), settings.rare_types),
        dropout=settings.dropout,
        window=settings.window,
        context=settings.context,
        pad_token_id=tokenizer.pad_token_id,
    )
    if model.config.layout.layers == ("event_types",):
        _lower_rate_for_sentences(settings, arguments)
    trainer = MarsadTrainer(
        model=model,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=rows,
        data_collator=BatchCollator(tokenizer.pad_token_id, inputs.affixes),
        validation=validation,
        schema=schema,
        head_learning_rate=settings.head_learning_rate,
        layer_decay=settings.layer_decay,
        batch_tokens=settings.batch_tokens,
        weight_average=WeightAverage(settings.weight_average) if settings.weight_average else None,
        argument_epochs=settings.argument_epochs,
    )
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    for callback in trainer.callback_handler.callbacks:
        if isinstance(callback, TensorBoardCallback) and callback.logging_dir is None:
            # Where Transformers puts them, they would be deleted with the checkpoints.
            callback.logging_dir = str(Path(settings.output_dir) / default_logdir())
    for addition in callbacks:
        trainer.add_callback(addition)
    if settings.early_stopping is not None and validation:
        if arguments.eval_strategy == "no":
            raise ValueError("'early_stopping' has nothing to go by: 'eval_strategy' is no")
        trainer.add_callback(EarlyStoppingCallback(settings.early_stopping))
    return trainer


def _augmented(training: Dataset, schema: Schema, settings: RunSettings, seed: int) -> Dataset:
    """Add copies of the documents with other mentions, if the settings ask for them."""
    if not settings.replaced_mentions:
        return training
    documents = dataset_to_documents(training)
    pairs = zip(documents, replace_mentions(documents, settings.replaced_mentions, seed), strict=True)
    changed = [(original, copy) for original, copy in pairs if copy.text != original.text]
    if not changed:
        return training
    added = documents_to_dataset([copy for _, copy in changed], schema)
    if WEIGHT in training.features:
        weights = dict(zip(training["document_id"][:], training[WEIGHT][:], strict=True))
        added = added.add_column(WEIGHT, [weights[original.id] for original, copy in changed for _ in copy.sentences])
    return concatenate_datasets([training, added])


def _lower_rate_for_sentences(settings: RunSettings, arguments: TrainingArguments) -> None:
    """Take the rate that was measured for labels of sentences alone, unless somebody asked for another."""
    if "learning_rate" in settings.by_default:
        arguments.learning_rate = MEASURED_FOR_SENTENCES
    elif settings.encoder == BUNDLED and arguments.learning_rate > MEASURED_FOR_SENTENCES:
        logger.warning(
            "with labels of sentences alone a learning rate of %g can take all meaning out of the encoder; %g is safe",
            arguments.learning_rate,
            MEASURED_FOR_SENTENCES,
        )


def _head_weights(settings: RunSettings) -> dict[str, float]:
    return {
        ENTITY: settings.entity_weight,
        TRIGGER: settings.trigger_weight,
        EVENT_TYPE: settings.event_type_weight,
        ARGUMENT: settings.argument_weight,
    }
