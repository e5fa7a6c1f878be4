"""Let the argument head learn on when the model is trained: the encoder has had enough after a few epochs, it has not.

Pairs are many times rarer than words, and the head starts from nothing. With the encoder and the other heads left as
they are, the states of the training rows are computed once, and further epochs on them take seconds.
"""

from __future__ import annotations

import logging

import torch
from torch import Tensor
from transformers.optimization import get_linear_schedule_with_warmup

from trainer.modeling.argument_head import ArgumentHead
from trainer.modeling.heads import EncodedBatch, word_states
from trainer.modeling.layout import ARGUMENT
from trainer.modeling.model import MarsadModel
from trainer.training.token_batches import TokenBatchSampler
from trainer.training.trainer import MarsadTrainer

logger = logging.getLogger(__name__)

# States are kept in memory, in 16 bits: of more numbers than this (2 GiB) only the first batches' are.
_MOST_NUMBERS = 2**30
_BATCH_TOKENS = 512
_WARMUP = 0.1


def rehearse_arguments(model: MarsadModel, trainer: MarsadTrainer, epochs: int) -> None:
    """Train the argument head of ``model`` for ``epochs`` more, at the learning rate of heads; nothing else moves.

    A model without that head stays as it is. Where several processes train together, each does the same: on all rows.

    Parameters
    ----------
    trainer:
        Has the rows, and the settings of the training that went before.
    """
    head = next((head for head in model.heads.values() if isinstance(head, ArgumentHead)), None)
    if head is None or not epochs:
        return
    model.eval()
    batches = _batches_of_states(model, trainer)
    if not batches:
        return
    optimizer = torch.optim.AdamW(head.parameters(), trainer.head_learning_rate, weight_decay=trainer.args.weight_decay)
    steps = epochs * len(batches)
    schedule = get_linear_schedule_with_warmup(optimizer, int(_WARMUP * steps), steps)
    order = torch.Generator().manual_seed(trainer.args.seed)
    head.train()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(trainer.args.seed)
        for epoch in range(epochs):
            losses = []
            for index in torch.randperm(len(batches), generator=order).tolist():
                words, pairs, weights = batches[index]
                # The head looks at words alone.
                encoded = EncodedBatch(tokens=words, token_mask=words, words=words.float())
                loss = head.loss(head(encoded), pairs, weights)
                optimizer.zero_grad()
                loss.backward()
                if trainer.args.max_grad_norm:  # 0 and None are no bound, as for Transformers.
                    torch.nn.utils.clip_grad_norm_(head.parameters(), trainer.args.max_grad_norm)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
            logger.debug("arguments, epoch %d: loss %.3f", epoch + 1, sum(losses) / len(losses))
    head.eval()


def _batches_of_states(model: MarsadModel, trainer: MarsadTrainer) -> list[tuple[Tensor, Tensor, Tensor | None]]:
    """Return the states of the words of each batch of rows with pairs, these pairs, and the weights of the rows."""
    rows = trainer.train_dataset
    sampler = TokenBatchSampler([len(ids) for ids in rows["input_ids"][:]], _BATCH_TOKENS, trainer.args.seed)
    found: list[tuple[Tensor, Tensor, Tensor | None]] = []
    numbers = 0
    for positions in sampler:
        batch = trainer.data_collator([rows[position] for position in positions])
        pairs = batch["labels"][ARGUMENT]
        if not len(pairs):
            continue
        if numbers > _MOST_NUMBERS:
            logger.warning("the argument head learns on from the first %d batches alone: more do not fit", len(found))
            break
        batch = {name: value.to(model.device) for name, value in batch.items() if name != "labels"}
        with torch.no_grad(), torch.autocast(model.device.type, torch.bfloat16, enabled=trainer.args.bf16):
            tokens = model.encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
            words = word_states(tokens.last_hidden_state, batch["word_tokens"], batch["word_ends"])
        numbers += words.numel()
        found.append((words.to(torch.bfloat16), pairs.to(model.device), batch.get("row_weights")))
    return found
