"""``transformers.Trainer`` for Marsad's models: batches by length, learning rates by depth, whole documents scored."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor, nn
from transformers import TrainerControl

from trainer.documents import Document
from trainer.evaluation.scores import headline, score_documents
from trainer.modeling.model import MarsadModel
from trainer.modeling.tagger import Tagger
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.schema import Schema
from trainer.training.checkpoints import CompleteCheckpoints
from trainer.training.parameter_groups import parameter_groups
from trainer.training.token_batches import BatchLoader, RowBatchSampler, StepBatchSampler, TokenBatchSampler
from trainer.training.weight_average import WeightAverage


class MarsadTrainer(CompleteCheckpoints):
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
    layer_decay:
        Each layer of the encoder has this times the learning rate of the layer above it.
    batch_tokens:
        Fill batches with rows of similar length up to this many subwords; without it they have
        ``per_device_train_batch_size`` rows at random.
    weight_average:
        The moving average of the weights that is scored and kept, if any.
    argument_epochs:
        For how many epochs the argument head learns on, alone, when the rest is trained.
    """

    control: TrainerControl
    optimizer: torch.optim.Optimizer | None
    # The loss of a batch is divided by the labelled items of the whole step, over all processes.
    loss_is_scaled_for_ga = True

    def __init__(
        self,
        *,
        validation: list[Document],
        schema: Schema,
        head_learning_rate: float,
        layer_decay: float = 1.0,
        batch_tokens: int | None = None,
        weight_average: WeightAverage | None = None,
        argument_epochs: int = 1,
        **kwargs: Any,
    ) -> None:
        # Transformers evaluates nothing without a data set; what evaluate() scores is ``validation``.
        super().__init__(eval_dataset=kwargs["train_dataset"].select([]), **kwargs)
        self.validation = validation
        self.schema = schema
        self.head_learning_rate = head_learning_rate
        self.layer_decay = layer_decay
        self.batch_tokens = batch_tokens
        self.weight_average = weight_average
        self.argument_epochs = argument_epochs
        if weight_average is not None:
            if self.is_fsdp_enabled or self.is_deepspeed_enabled:
                raise ValueError(
                    "weight_average needs whole weights in every process: leave it out with FSDP or DeepSpeed"
                )
            self.add_callback(weight_average)

    def get_train_dataloader(self) -> BatchLoader:
        """Return this process's batches of the training rows: each row once an epoch, over all processes."""
        share: dict[str, int] = {
            "processes": self.args.world_size,
            "process": self.args.process_index,
            "accumulation": self.args.gradient_accumulation_steps,
        }
        seed = self.args.data_seed if self.args.data_seed is not None else self.args.seed
        sampler: StepBatchSampler
        if self.batch_tokens is None:
            rows = len(self.train_dataset)
            sampler = RowBatchSampler(rows, self.args.per_device_train_batch_size, seed, **share)
        else:
            lengths = [len(ids) for ids in self.train_dataset["input_ids"][:]]
            sampler = TokenBatchSampler(lengths, self.batch_tokens, seed, **share)
        return BatchLoader(
            self.train_dataset,
            sampler,
            self.data_collator,
            num_workers=self.args.dataloader_num_workers,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def _get_num_items_in_batch(self, batch_samples: list, device: torch.device) -> Any:
        """Count for each head the labelled items of a step's batches, over all processes."""
        heads = self.accelerator.unwrap_model(self.model).heads
        counts = {
            name: sum(head.count(batch["labels"][name]) for batch in batch_samples) for name, head in heads.items()
        }
        stacked = torch.stack([torch.as_tensor(count, dtype=torch.float32, device=device) for count in counts.values()])
        if self.args.world_size > 1:
            stacked = self.accelerator.reduce(stacked, reduction="sum")
        return dict(zip(counts, stacked, strict=True))

    def compute_loss(
        self, model: nn.Module, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the part that this batch has in the loss of the whole step.

        Gradients are averaged over the processes; the loss is that many times larger to make up for it.
        """
        outputs = model(**inputs, counts=num_items_in_batch)
        loss: Tensor = outputs.loss
        if num_items_in_batch is not None:
            loss = loss * self.args.world_size
        return (loss, outputs) if return_outputs else loss

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Tag and score the validation documents; log and return the micro F1 of each layer."""
        average = self.weight_average
        with average.swapped_in(self.model) if average is not None else nullcontext():
            scores = score_documents(self.validation, self._tagged(), self.schema)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in headline(scores).items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _tagged(self) -> list[Document]:
        """Return the validation documents with predictions; every process tags its share of them."""
        tagger = Tagger(TorchRuntime(self.model), self.processing_class.backend_tokenizer)
        processes, process = self.args.world_size, self.args.process_index
        # Where the weights themselves are spread over the processes, all have to run the same batches.
        if processes == 1 or self.is_fsdp_enabled or self.is_deepspeed_enabled:
            return tagger.tag(self.validation)
        shares = gather_object([tagger.tag(self.validation[process::processes])])
        return [shares[position % processes][position // processes] for position in range(len(self.validation))]

    def save_extra(self, folder: Path) -> None:
        """Put the average of the weights into a checkpoint."""
        if self.weight_average is not None:
            self.weight_average.save(folder)

    def load_extra(self, folder: Path) -> None:
        """Take the average of the weights from a checkpoint to go on from."""
        if self.weight_average is not None:
            self.weight_average.load(folder)

    def whole_model(self) -> MarsadModel:
        """Return the trained model; where its weights are spread over the processes, put together again."""
        if not (self.is_fsdp_enabled or self.is_deepspeed_enabled):
            return self.model
        folder = Path(self.args.output_dir) / "whole"
        weights = self.accelerator.get_state_dict(self.model_wrapped)
        if self.args.should_save:
            self._save(str(folder), state_dict=weights)
        self.accelerator.wait_for_everyone()
        model = MarsadModel.from_pretrained(folder).eval()
        # The first process deletes the folder with the checkpoints, but not before the others have read it.
        self.accelerator.wait_for_everyone()
        return model

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """Group parameters by learning rate (heads, layers of the encoder) and by weight decay."""
        if self.optimizer is None:
            model = model if model is not None else self.model
            optimizer_class, options = self.get_optimizer_cls_and_kwargs(self.args, model)
            groups = parameter_groups(
                self.accelerator.unwrap_model(model),
                set(self.get_decay_parameter_names(model)),
                learning_rate=self.args.learning_rate,
                head_learning_rate=self.head_learning_rate,
                layer_decay=self.layer_decay,
                weight_decay=self.args.weight_decay,
            )
            self.optimizer = optimizer_class(groups, **options)
        return self.optimizer
