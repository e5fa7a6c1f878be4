"""Sentences as points: what a model's encoder makes of them, so that those that say alike lie close together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from trainer.documents import Document
from trainer.modeling.features import SentenceEncoder
from trainer.modeling.model import MarsadModel
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.modeling.window_batches import batches_of, padded_batch


def sentence_embeddings(
    model: MarsadModel, tokenizer: Tokenizer, places: Sequence[tuple[Document, int]]
) -> NDArray[np.float32]:
    """Return (places, hidden): of each sentence, by its index in a document, the mean of its subwords' states.

    Rows have the length 1; that of a sentence without words is 0. A sentence stands alone, without its neighbours:
    what two articles tell in the same words is one point. Of one that is longer than the model's window all windows
    count.

    Parameters
    ----------
    model:
        Computes where it lies; its heads are not needed.
    tokenizer:
        The model's.
    """
    layout = model.config.layout
    encoder = SentenceEncoder(tokenizer, layout.window)
    texts, words = [], []
    for document, index in places:
        sentence = document.sentences[index]
        texts.append(document.text[sentence.start : sentence.end])
        offsets = document.words_of(sentence)
        words.append([(word.start - sentence.start, word.end - sentence.start) for word in offsets])
    windows = encoder.windows(texts, words)
    sums = np.zeros((len(places), model.config.encoder_config().hidden_size), dtype=np.float32)
    prefix, suffix = encoder.affixes
    model.eval()
    with torch.inference_mode():
        for positions in batches_of(windows, TorchRuntime.batch_tokens, TorchRuntime.width_step):
            batch = [windows[position] for position in positions]
            arrays = padded_batch(batch, layout, encoder.affixes, TorchRuntime.width_step)
            inputs = {name: torch.from_numpy(arrays[name]).to(model.device) for name in ("input_ids", "attention_mask")}
            states = model.encoder(**inputs).last_hidden_state.float().cpu().numpy()
            for row, window in enumerate(batch):
                sums[window.sentence] += states[row, prefix : len(window.input_ids) - suffix].sum(0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    embeddings: NDArray[np.float32] = np.divide(sums, lengths, out=sums, where=lengths > 0)
    return embeddings
