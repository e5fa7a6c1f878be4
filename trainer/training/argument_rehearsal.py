"""Let the argument head learn on when the model is trained: the encoder has had enough after a few epochs, it has not.

Pairs are many times rarer than words, and the head starts from nothing. With the encoder and the other heads left as
they are, the states of the training rows are computed once, and further epochs on them take seconds. Here it also meets
the fillers of the sentence before, whose row would have to go through the encoder once more otherwise: a third of the
time of an epoch.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers.optimization import get_linear_schedule_with_warmup

from trainer.data.mixing import WEIGHT
from trainer.modeling.argument_head import ArgumentHead
from trainer.modeling.heads import EncodedBatch, word_states
from trainer.modeling.model import MarsadModel
from trainer.modeling.pair_batches import EARLIER, PAIRS, batched_pairs
from trainer.training.token_batches import TokenBatchSampler
from trainer.training.trainer import MarsadTrainer

logger = logging.getLogger(__name__)

# States are kept in memory, in 16 bits: where they are more numbers than this (2 GiB), some rows are left out.
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
    if head is None:
        return
    model.eval()
    states, batches = _states_of_rows(model, trainer)
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
                batch = batches[index]
                words = pad_sequence([states[row] for row in batch.rows], batch_first=True).float()
                # The head looks at words alone.
                projections = head(EncodedBatch(tokens=words, token_mask=words, words=words))
                loss = head.loss(projections, batch.pairs.to(model.device), batch.weights.to(model.device))
                optimizer.zero_grad()
                loss.backward()
                if trainer.args.max_grad_norm:  # 0 and None are no bound, as for Transformers.
                    torch.nn.utils.clip_grad_norm_(head.parameters(), trainer.args.max_grad_norm)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
            logger.debug("arguments, epoch %d: loss %.3f", epoch + 1, sum(losses) / max(len(losses), 1))
    head.eval()


@dataclass
class _PairBatch:
    """Numbers of training rows, those of the sentences before behind the others, their pairs, and their weights."""

    rows: list[int]
    pairs: Tensor
    weights: Tensor


def _states_of_rows(model: MarsadModel, trainer: MarsadTrainer) -> tuple[dict[int, Tensor], list[_PairBatch]]:
    """Return the states of the words of the rows that pairs reach, as far as they fit, and batches of these pairs."""
    rows = trainer.train_dataset
    with_pairs = (row for row, pairs in enumerate(rows[PAIRS][:]) if pairs)
    needed = sorted({*with_pairs, *(row for row in rows[EARLIER][:] if row >= 0)})
    lengths = [len(rows[row]["input_ids"]) for row in needed]
    states: dict[int, Tensor] = {}
    kept: list[list[int]] = []
    numbers = 0
    # Around all batches: autocast takes the weights to 16 bits once, not for every batch anew.
    with torch.no_grad(), torch.autocast(model.device.type, torch.bfloat16, enabled=trainer.args.bf16):
        for positions in TokenBatchSampler(lengths, _BATCH_TOKENS, trainer.args.seed):
            if numbers > _MOST_NUMBERS:
                logger.warning(
                    "the argument head learns on from %d of %d sentences alone: more do not fit",
                    len(states),
                    len(needed),
                )
                break
            kept.append([needed[position] for position in positions])
            found = _states(model, trainer, [rows[row] for row in kept[-1]])
            states |= dict(zip(kept[-1], found, strict=True))
            numbers += sum(state.numel() for state in found)
    weights = rows[WEIGHT][:]
    batches = (_pair_batch(rows, weights, positions, states) for positions in kept)
    return states, [batch for batch in batches if len(batch.pairs)]


def _states(model: MarsadModel, trainer: MarsadTrainer, rows: list[dict[str, Any]]) -> list[Tensor]:
    """Return the states of the words of each row: (words, hidden), in 16 bits."""
    batch = trainer.data_collator(rows)
    batch = {name: value.to(model.device) for name, value in batch.items() if name != "labels"}
    tokens = model.encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
    words = word_states(tokens.last_hidden_state, batch["word_tokens"], batch["word_ends"]).to(torch.bfloat16)
    # Copies: a view would keep its whole batch, padding included.
    return [own[: len(row["word_tokens"])].clone() for own, row in zip(words, rows, strict=True)]


def _pair_batch(
    rows: Dataset, weights: Sequence[float], positions: Sequence[int], states: Mapping[int, Tensor]
) -> _PairBatch:
    own = {position: row for position in positions if (row := rows[position])[PAIRS]}
    needed = list(own)
    earlier: list[tuple[int, int] | None] = []
    for row in own.values():
        before = row[EARLIER]
        if before not in states:
            earlier.append(None)
            continue
        earlier.append((len(needed), len(states[before])))
        needed.append(before)
    weighted = torch.tensor([weights[position] for position in needed], dtype=torch.float32)
    return _PairBatch(needed, batched_pairs(list(own.values()), earlier), weighted)
