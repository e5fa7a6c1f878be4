"""Normalisation of Arabic for encoders, as a ``tokenizers`` normalizer.

It lives inside the tokenizer and is saved with it, so training and inference cannot differ, and the
tokenizer's offsets still point into the text as it was written.
"""

from __future__ import annotations

from tokenizers import Regex, normalizers

# Zero-width characters, bidi controls, soft hyphen, Arabic letter mark, byte order mark.
_INVISIBLE = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
# Short vowels, Quranic marks, superscript alef, tatweel. Hamza and madda above a letter are not
# lost: NFKC runs first and composes them with their letter.
_MARKS = "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff]"


def arabic_normalizer() -> normalizers.Normalizer:
    """Return the normalizer: visible, undiacritised text in compatible forms with ASCII digits.

    In order: drop invisible characters; NFKC (presentation forms, ligatures, full width); drop
    diacritics and tatweel; Arabic-Indic and Persian digits to 0-9; lone surrogates cannot reach it
    (``tokenizers`` takes no such strings; see :func:`trainer.text.surrogates.encodable`).

    >>> arabic_normalizer().normalize_str("ﻗُﺘِﻞَ ٣٠ عنصـــراً")
    'قتل 30 عنصرا'
    """
    steps: list[normalizers.Normalizer] = [
        normalizers.Replace(Regex(_INVISIBLE), ""),
        normalizers.NFKC(),
        normalizers.Replace(Regex(_MARKS), ""),
    ]
    for zero in ("\u0660", "\u06f0"):
        steps += [normalizers.Replace(chr(ord(zero) + digit), str(digit)) for digit in range(10)]
    return normalizers.Sequence(steps)


def with_arabic_normalizer(existing: normalizers.Normalizer | None) -> normalizers.Normalizer:
    """Put Marsad's normalizer before a checkpoint's own one."""
    return normalizers.Sequence([arabic_normalizer(), *([existing] if existing is not None else [])])
