"""What a word is: offsets that hold for any string, and Arabic spelling kept whole."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANY_TEXT, assert_linear

from trainer.text.words import is_word_character, word_offsets


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_offsets(text)]


SPLITS = {
    "punctuation stands alone": ("قُتل 30 عنصراً، بالحسكة.", ["قُتل", "30", "عنصراً", "،", "بالحسكة", "."]),
    "every mark of a run stands alone": ("نعم!؟..", ["نعم", "!", "؟", ".", "."]),
    "attached clitics stay in the word": ("وبالحسكة للتنظيم", ["وبالحسكة", "للتنظيم"]),
    "diacritics belong to their letter": ("وقُتِلَ مُحَمَّدٌ", ["وقُتِلَ", "مُحَمَّدٌ"]),
    "tatweel belongs to the word": ("الحســـكة لـ 30", ["الحســـكة", "لـ", "30"]),
    "quotes are words of their own": (
        "بـ”داعش” و«قسد»",
        ["بـ", "”", "داعش", "”", "و", "«", "قسد", "»"],
    ),
    "a zero-width non-joiner inside does not cut the word": ("لا\u200cیزال", ["لا\u200cیزال"]),
    "a zero-width joiner inside does not cut the word": ("قس\u200dد", ["قس\u200dد"]),
    "a zero-width joiner at the end is outside": ("هـ\u200d و", ["هـ", "و"]),
    "direction marks and controls belong to no word": ("\u202bقسد\u202c\u200f \ufeffحلب\0", ["قسد", "حلب"]),
    "a direction mark cuts, as white space does": ("قسد\u200fحلب", ["قسد", "حلب"]),
    "a decimal is three words": ("3.5 و ٣٫٥", ["3", ".", "5", "و", "٣", "٫", "٥"]),
    "letters and digits run together": ("PKK2 ق5", ["PKK2", "ق5"]),
    "a hyphen separates": ("تل-أبيض 2022-01-22", ["تل", "-", "أبيض", "2022", "-", "01", "-", "22"]),
    "emoji stand alone, also in a joined sequence": ("👨\u200d👩 قتيل😀", ["👨", "👩", "قتيل", "😀"]),
    "letters outside the basic plane are letters": ("𞺀𞺁 𝟗", ["𞺀𞺁", "𝟗"]),
    "a lone surrogate is no word": ("قسد\ud800حلب", ["قسد", "حلب"]),
    "every kind of space separates": ("أ\u00a0ب\tج\u3000د\nه\r\nو\u2028ز", ["أ", "ب", "ج", "د", "ه", "و", "ز"]),
    "nothing comes of nothing": ("", []),
    "nothing comes of white space": (" \n\t\u00a0", []),
}


@pytest.mark.parametrize(("text", "expected"), SPLITS.values(), ids=SPLITS)
def test_a_text_splits_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(ANY_TEXT)
@settings(max_examples=200)
def test_words_of_any_string_are_in_range_in_order_and_apart(text: str) -> None:
    position = 0
    for start, end in word_offsets(text):
        assert position <= start < end <= len(text)
        position = end


@given(ANY_TEXT)
@settings(max_examples=200)
def test_words_of_any_string_hold_no_white_space_and_no_control(text: str) -> None:
    for word in words(text):
        assert not any(character.isspace() for character in word)
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in word)


@given(ANY_TEXT)
@settings(max_examples=200)
def test_every_letter_digit_mark_and_symbol_of_any_string_lies_in_a_word(text: str) -> None:
    covered = {offset for start, end in word_offsets(text) for offset in range(start, end)}
    visible = {offset for offset, character in enumerate(text) if unicodedata.category(character)[0] in "LNMPS"}
    assert visible <= covered


@given(ANY_TEXT)
def test_no_word_edge_lies_between_two_word_characters(text: str) -> None:
    for start, end in word_offsets(text):
        for edge in (start, end):
            if 0 < edge < len(text):
                assert not (is_word_character(text[edge - 1]) and is_word_character(text[edge]))


@given(ANY_TEXT, st.integers(0, 40), st.integers(0, 40))
def test_the_words_of_a_stretch_are_those_of_the_stretch_alone_with_offsets_into_the_text(
    text: str, start: int, length: int
) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    alone = [(start + s, start + e) for s, e in word_offsets(text[start:end])]
    assert word_offsets(text, start, end) == alone


def test_offsets_count_code_points() -> None:
    text = "😀 قُتِل 𞺀"
    assert word_offsets(text) == [(0, 1), (2, 7), (8, 9)]


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        *(("ق", True), ("ـ", True), ("\u0651", True), ("٣", True), ("9", True), ("A", True), ("𞺀", True)),
        *((" ", False), ("،", False), ("”", False), ("\u200c", False), ("\ud800", False), ("😀", False), ("\0", False)),
    ],
)
def test_word_characters_are_letters_digits_and_marks(character: str, expected: bool) -> None:
    assert is_word_character(character) is expected


@pytest.mark.parametrize("pattern", ["قُتل ", "ق", "\u0651", "ق\u200c", "\u200d", "،", " "])
def test_time_grows_with_the_length_of_the_text_and_not_faster(pattern: str) -> None:
    assert_linear(word_offsets, pattern, 20_000)
