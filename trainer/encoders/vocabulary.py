"""Choose the SentencePiece pieces that Arabic text needs, and build their tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

import regex
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from trainer.encoders.normalizer import arabic_normalizer

SPACE = "▁"
_WORD = r"[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}\p{C}]"
_WHOLE_WORD = regex.compile(_WORD)
_ARABIC = regex.compile(r"\p{Script=Arabic}")
_DIGITS = regex.compile(r"[0-9]+")
_LATIN = regex.compile(r"\p{Script=Latin}+")
_SINGLE = regex.compile(r"[\p{P}\p{S}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}]")
# Pieces are stored from frequent to rare; of several thousand Latin ones the first are enough for
# the names and abbreviations (PKK, BBC) inside Arabic news.
_FREQUENT = 2_000


def pieces_for_arabic(pieces: Sequence[str], special_ids: Sequence[int]) -> list[int]:
    """Return the ids of the pieces to keep: ``special_ids`` first, then the others by id.

    Kept are pieces with Arabic letters, digits, punctuation and single letters of the scripts that
    stand in Arabic news, and the frequent Latin pieces. A piece that the normaliser or the split
    into words makes unreachable (with diacritics, Arabic-Indic digits, two punctuation marks) is
    not kept.
    """
    normalize = arabic_normalizer().normalize_str
    special = set(special_ids)
    kept = list(special_ids)
    for index, piece in enumerate(pieces):
        if index in special:
            continue
        core = piece.removeprefix(SPACE)
        wanted = (
            not core
            or _ARABIC.search(core)
            or _DIGITS.fullmatch(core)
            or _SINGLE.fullmatch(core)
            or (index < _FREQUENT and _LATIN.fullmatch(core))
        )
        if wanted and (not core or (_WHOLE_WORD.fullmatch(core) and normalize(core) == core)):
            kept.append(index)
    return kept


def unigram_tokenizer(
    vocabulary: Sequence[tuple[str, float]], *, bos: str, pad: str, eos: str, unk: str, mask: str, max_length: int
) -> PreTrainedTokenizerFast:
    """Build a unigram tokenizer that normalises Arabic and never joins two words in one piece.

    Text is split into words (as in :mod:`trainer.text.words`) and every word, also one that follows
    a quote or bracket, begins with ``▁``: "قسد" has the same pieces with and without quotes.

    Parameters
    ----------
    vocabulary:
        Pieces with their log probabilities, in the order of the embedding rows.
    """
    ids = {piece: index for index, (piece, _) in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.Unigram(list(vocabulary), unk_id=ids[unk]))
    tokenizer.normalizer = arabic_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True),
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, ids[bos]), (eos, ids[eos])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        cls_token=bos,
        eos_token=eos,
        sep_token=eos,
        pad_token=pad,
        unk_token=unk,
        mask_token=mask,
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
    )
