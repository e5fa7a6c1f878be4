"""A tiny checkpoint of every architecture that people fine-tune for Arabic, with a tokenizer of its own kind.

Weights are random, vocabularies are put together from the sentences of the tiny corpus: not trained,
because the trainers of ``tokenizers`` give another vocabulary every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from string import ascii_letters
from typing import Any

import regex
import torch
from conftest import TRAINING, save_wordpiece_checkpoint
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DebertaV2Config,
    DebertaV2Tokenizer,
    ElectraConfig,
    ModernBertConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaTokenizer,
)

SPACE = "▁"
WORDS = sorted({word for sentence in TRAINING for word in regex.findall(r"\p{Arabic}+", sentence)})
LETTERS = sorted({*'ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئ0123456789،.…:؟!()[]{}«»”“"', *ascii_letters, *"".join(WORDS)})
SPECIAL = ("pad", "bos", "eos", "cls", "sep")
SHAPE: Mapping[str, int] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def save(
    folder: Path, tokenizer: PreTrainedTokenizerFast, config: Callable[..., PretrainedConfig], **values: Any
) -> Path:
    """Write ``tokenizer`` and, with the head of pretraining, as on the hub, a model of random weights."""
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    special = {f"{role}_token_id": getattr(tokenizer, f"{role}_token_id") for role in SPECIAL}
    whole = config(**SHAPE, **special, vocab_size=len(tokenizer), **values)
    AutoModelForMaskedLM.from_config(whole).save_pretrained(folder)
    return folder


def unigram_pieces() -> list[tuple[str, float]]:
    """Single letters, rare, with and without a space before them, and whole words."""
    letters = [(piece, -9.0) for letter in LETTERS for piece in (letter, SPACE + letter)]
    return [(SPACE, -6.0), *letters, *((SPACE + word, -4.0) for word in WORDS if len(word) > 1)]


def joined(word: list[str], vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> None:
    """Add the merges that make one piece of ``word``, from left to right."""
    piece = word[0]
    for symbol in word[1:]:
        if piece + symbol not in vocabulary:
            vocabulary[piece + symbol] = len(vocabulary)
            merges.append((piece, symbol))
        piece += symbol


def byte_level_bpe(special: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The 256 bytes as the letters that stand for them, and the words of the corpus behind a space."""
    vocabulary = {token: id for id, token in enumerate([*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    merges: list[tuple[str, str]] = []
    to_letters = pre_tokenizers.ByteLevel(add_prefix_space=True)
    for word in WORDS:
        ((letters, _),) = to_letters.pre_tokenize_str(word)
        joined(list(letters), vocabulary, merges)
    return vocabulary, merges


def save_xlm_roberta(folder: Path) -> Path:
    """XLM-R: Unigram, and positions that begin behind the padding's id."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *unigram_pieces(), ("<mask>", 0.0)]
    tokenizer = XLMRobertaTokenizer(vocab=pieces)
    return save(folder, tokenizer, XLMRobertaConfig, max_position_embeddings=514, type_vocab_size=1)


def save_roberta(folder: Path) -> Path:
    """RoBERTa: BPE over bytes, of which an Arabic letter has two."""
    vocabulary, merges = byte_level_bpe(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer = RobertaTokenizer(vocab=vocabulary, merges=merges)
    return save(folder, tokenizer, RobertaConfig, max_position_embeddings=514, type_vocab_size=1)


def save_electra(folder: Path) -> Path:
    """ELECTRA: WordPiece, and embeddings narrower than the layers."""
    tokenizer = AutoTokenizer.from_pretrained(save_wordpiece_checkpoint(folder))
    return save(folder, tokenizer, ElectraConfig, embedding_size=16, max_position_embeddings=128)


def save_deberta(folder: Path) -> Path:
    """DeBERTa-v3, which Transformers calls v2: Unigram, relative positions, no token types, no pooling layer."""
    pieces = [("[PAD]", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[UNK]", 0.0), *unigram_pieces(), ("[MASK]", 0.0)]
    return save(
        folder,
        DebertaV2Tokenizer(vocab=pieces),
        DebertaV2Config,
        max_position_embeddings=128,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=16,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
    )


def save_modern_bert(folder: Path) -> Path:
    """ModernBERT: BPE over bytes, one layer that sees everything and one that sees four subwords on each side."""
    vocabulary, merges = byte_level_bpe([])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = {"cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "unk": "[UNK]", "mask": "[MASK]"}
    return save(folder, _with_special(tokenizer, special), ModernBertConfig, **LOCAL_ATTENTION)


def save_mm_bert(folder: Path) -> Path:
    """mmBERT: a ModernBERT with the tokenizer of Gemma, BPE that takes a space for a letter."""
    special = {"pad": "<pad>", "eos": "<eos>", "bos": "<bos>", "unk": "<unk>", "mask": "<mask>"}
    known = [*special.values(), *(f"<0x{byte:02X}>" for byte in range(256)), SPACE, *LETTERS]
    vocabulary = {token: id for id, token in enumerate(known)}
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        joined([SPACE, *word], vocabulary, merges)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", SPACE)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    return save(
        folder,
        _with_special(tokenizer, {**special, "cls": "<bos>", "sep": "<eos>"}),
        ModernBertConfig,
        **LOCAL_ATTENTION,
    )


LOCAL_ATTENTION: Mapping[str, Any] = {
    "max_position_embeddings": 8192,
    "layer_types": ["full_attention", "sliding_attention"],
    "local_attention": 8,
}


def _with_special(tokenizer: Tokenizer, special: Mapping[str, str]) -> PreTrainedTokenizerFast:
    tokenizer.add_special_tokens(list(dict.fromkeys(special.values())))
    first, last = special["cls"], special["sep"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (first, last)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{role}_token": token for role, token in special.items()}
    )


ARCHITECTURES: Mapping[str, Callable[[Path], Path]] = {
    "BERT": save_wordpiece_checkpoint,
    "XLM-R": save_xlm_roberta,
    "RoBERTa": save_roberta,
    "ELECTRA": save_electra,
    "DeBERTa-v3": save_deberta,
    "ModernBERT": save_modern_bert,
    "mmBERT": save_mm_bert,
}
