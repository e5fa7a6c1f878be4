"""Normalisation before the subwords: what is made equal, what stays apart, and where offsets point."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from trainer.encoders.normalizer import arabic_normalizer, with_arabic_normalizer

NORMALIZE = arabic_normalizer().normalize_str
ARABIC_TEXT = st.text(
    st.one_of(
        st.characters(min_codepoint=0x0600, max_codepoint=0x06FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF, exclude_categories=("Cs", "Cn")),
        st.sampled_from("\u200c\u200d\u200e\u200f\u00ad ABC123«»،.ﷲＡ１"),
    )
)


@pytest.mark.parametrize(
    ("written", "normalized"),
    {
        "diacritics go": ("قُتِلَ مُحَمَّدٌ", "قتل محمد"),
        "tanwin goes": ("عنصراً", "عنصرا"),
        "superscript alef goes": ("هٰذا", "هذا"),
        "tatweel goes": ("الحســـكة", "الحسكة"),
        "Arabic-Indic digits become ASCII": ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        "Persian digits become ASCII": ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        "full width digits become ASCII": ("１２", "12"),
        "presentation forms become letters": ("ﻗﺘﻞ ﻓﻲ ﺣﻠﺐ", "قتل في حلب"),
        "the lam-alef ligature becomes two letters": ("ﻻ ﻷن", "لا لأن"),
        "the name of God as one character becomes four letters": ("ﷲ", "الله"),
        "direction marks go": ("\u200fقسد\u200e \u202bحلب\u202c", "قسد حلب"),
        "zero-width characters go": ("كر\u200cد\u200dستان\ufeff", "كردستان"),
        "the soft hyphen goes": ("Has\u00adakah", "Hasakah"),
        "hamza written as a mark joins its letter": ("ا\u0654حمد", "أحمد"),
        "madda written as a mark joins its letter": ("ا\u0653ب", "آب"),
        "hamza on waw joins its letter": ("مو\u0654تمر", "مؤتمر"),
    }.values(),
)
def test_spellings_of_one_word_become_one(written: str, normalized: str) -> None:
    assert NORMALIZE(written) == normalized


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("أحمد إدلب آب", id="hamza and madda on alef"),
        pytest.param("على علي", id="alef maqsura and ya"),
        pytest.param("مدرسة مدرسه", id="ta marbuta and ha"),
        pytest.param("مسؤول مسئول", id="hamza on waw and on ya"),
        pytest.param("گوران چيا ڤيينا پارتي", id="letters of Kurdish and Persian names"),
        pytest.param("PKK pkk", id="upper and lower case"),
        pytest.param("«قسد»، قال: ”نعم“؟", id="punctuation"),
        pytest.param("قتل\nجرح", id="line ends"),
    ],
)
def test_what_tells_words_apart_is_kept(text: str) -> None:
    assert NORMALIZE(text) == text


@given(ARABIC_TEXT)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert NORMALIZE(NORMALIZE(text)) == NORMALIZE(text)


@given(ARABIC_TEXT)
def test_no_short_vowel_tatweel_or_foreign_digit_is_left(text: str) -> None:
    assert not regex.search(r"[\u0640\u064b-\u0652\u0670\u0660-\u0669\u06f0-\u06f9\u200b-\u200f]", NORMALIZE(text))


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_can_be_normalised(text: str) -> None:
    assert isinstance(NORMALIZE(text), str)


def test_offsets_of_a_tokenizer_still_point_into_the_text_as_written() -> None:
    tokenizer = Tokenizer(models.WordLevel({"قتل": 0, "30": 1, "عنصرا": 2, "?": 3}, unk_token="?"))
    tokenizer.normalizer = arabic_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    written = "\u200fقُتِلَ ٣٠ عنصـــراً"
    encoding = tokenizer.encode(written)
    assert encoding.tokens == ["قتل", "30", "عنصرا"]
    covered = [written[start:end] for start, end in encoding.offsets]
    assert [NORMALIZE(text) for text in covered] == ["قتل", "30", "عنصرا"]
    assert covered[1] == "٣٠"


def test_a_tokenizers_own_normalizer_still_works_after_it() -> None:
    both = with_arabic_normalizer(normalizers.Lowercase())
    assert both.normalize_str("قُتِل PKK") == "قتل pkk"
    assert with_arabic_normalizer(None).normalize_str("قُتِل PKK") == "قتل PKK"
