"""What an encoder that nobody fine-tuned knows of words and sentences: its states, as they come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from trainer.documents import Document
from trainer.encoders.loading import load_encoder, longest_input
from trainer.modeling.features import SentenceEncoder, Window, central_windows
from trainer.modeling.hardware import resolve_device, resolve_precision
from trainer.modeling.heads import word_states
from trainer.modeling.layout import ModelLayout
from trainer.modeling.torch_runtime import TorchRuntime
from trainer.modeling.window_batches import batches_of, padded_batch

_WINDOW = 256  # subwords; longer sentences come in windows that overlap
States = NDArray[np.float16]


def frozen_states(encoder: str, documents: Sequence[Document]) -> list[States]:
    """Return, for every sentence of ``documents``, document after document, the states of its words.

    Parameters
    ----------
    encoder:
        As in a configuration: ``bundled``, a folder or a name on the hub.

    Returns
    -------
    list of (words, 3 x hidden)
        The mean states of each word's subwords after a quarter and two thirds of the layers, and after the last: low
        layers know how a word is spelt, high ones what it means there. In 16 bits, since all sentences are kept.
    """
    model, tokenizer = load_encoder(encoder)
    device = resolve_device("auto")
    model = model.to(device, resolve_precision("auto", device)).eval()
    inputs = SentenceEncoder(tokenizer.backend_tokenizer, min(_WINDOW, longest_input(model, tokenizer)))
    texts, words = [], []
    for document in documents:
        for sentence in document.sentences:
            texts.append(document.text[sentence.start : sentence.end])
            own = document.words_of(sentence)
            words.append([(word.start - sentence.start, word.end - sentence.start) for word in own])
    windows = inputs.windows(texts, words)
    layout = ModelLayout([], _WINDOW, 0, tokenizer.pad_token_id)
    states: dict[int, States] = {}
    for positions in batches_of(windows, TorchRuntime.batch_tokens, TorchRuntime.width_step):
        batch = [windows[position] for position in positions]
        arrays = padded_batch(batch, layout, inputs.affixes, TorchRuntime.width_step)
        tensors = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
        for position, window, of_words in zip(positions, batch, _states(model, tensors), strict=True):
            states[position] = of_words[: len(window.word_tokens)].copy()
    return _by_sentence(windows, states, [len(own) for own in words], 3 * model.config.hidden_size)


@torch.inference_mode()
def _states(model: PreTrainedModel, tensors: dict[str, torch.Tensor]) -> States:
    """Return (windows, words, 3 x hidden)."""
    layers = model(
        input_ids=tensors["input_ids"], attention_mask=tensors["attention_mask"], output_hidden_states=True
    ).hidden_states
    depth = len(layers) - 1  # the first are the embeddings
    # Far from each other where there are many layers; of two layers all three.
    picked = [layers[depth // 4], layers[2 * depth // 3], layers[depth]]
    of_words = [word_states(states.float(), tensors["word_tokens"], tensors["word_ends"]) for states in picked]
    return torch.cat(of_words, -1).cpu().numpy().astype(np.float16)


def _by_sentence(
    windows: Sequence[Window], states: dict[int, States], word_counts: Sequence[int], width: int
) -> list[States]:
    """Put the windows of each sentence together, each word from the window that shows most around it."""
    own: list[list[int]] = [[] for _ in word_counts]
    for position, window in enumerate(windows):
        own[window.sentence].append(position)
    merged = []
    for positions, count in zip(own, word_counts, strict=True):
        rows = np.zeros((count, width), dtype=np.float16)
        chosen = central_windows([windows[position] for position in positions], count)
        for word, which in enumerate(chosen):
            window = windows[positions[which]]
            rows[word] = states[positions[which]][word - window.first_word]
        merged.append(rows)
    return merged
