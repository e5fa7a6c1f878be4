"""``transformers.Trainer`` with two learning rates and batches by length, scored on whole documents."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerControl

from trainer.documents import Document
from trainer.evaluation.scores import headline, score_documents
from trainer.modeling.tagger import Tagger
from trainer.schema import Schema
from trainer.training.token_batches import TokenBatchSampler


class MarsadTrainer(Trainer):
    """Trains a :class:`trainer.modeling.model.MarsadModel`.

    Parameters
    ----------
    validation:
        Gold documents. Evaluation tags them as :func:`trainer.predict` would and scores the result,
        so that a checkpoint is chosen by what users will get.
    schema:
        The labels.
    head_learning_rate:
        Learning rate of everything but the encoder.
    batch_tokens:
        Fill batches with rows of similar length up to this many subwords; without it they have
        ``per_device_train_batch_size`` rows at random.
    """

    control: TrainerControl
    optimizer: torch.optim.Optimizer | None

    def __init__(
        self,
        *,
        validation: list[Document],
        schema: Schema,
        head_learning_rate: float,
        batch_tokens: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(eval_dataset=kwargs["train_dataset"].select([]), **kwargs)
        self.validation = validation
        self.schema = schema
        self.head_learning_rate = head_learning_rate
        self.batch_tokens = batch_tokens

    def get_train_dataloader(self) -> DataLoader:
        """Return the batches of the training rows."""
        if self.batch_tokens is None:
            return super().get_train_dataloader()
        lengths = [len(ids) for ids in self.train_dataset["input_ids"][:]]
        sampler = TokenBatchSampler(lengths, self.batch_tokens, self.args.seed)
        loader = DataLoader(self.train_dataset, batch_sampler=sampler, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Tag and score the validation documents; log and return the micro F1 of each layer."""
        tagger = Tagger(self.model, self.processing_class.backend_tokenizer)
        scores = score_documents(self.validation, tagger.tag(self.validation), self.schema)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in headline(scores).items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """Group parameters by learning rate (encoder, heads) and by weight decay."""
        if self.optimizer is None:
            model = model if model is not None else self.model
            decayed = set(self.get_decay_parameter_names(model))
            groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    groups.setdefault(("heads." in name, name in decayed), []).append(parameter)
            optimizer_class, options = self.get_optimizer_cls_and_kwargs(self.args, model)
            self.optimizer = optimizer_class(
                [
                    {
                        "params": parameters,
                        "weight_decay": self.args.weight_decay if decay else 0.0,
                        "lr": self.head_learning_rate if head else self.args.learning_rate,
                    }
                    for (head, decay), parameters in groups.items()
                ],
                **options,
            )
        return self.optimizer
