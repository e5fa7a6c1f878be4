"""Where sentences end in Arabic news, and what only looks like an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from strategies import ANY_TEXT, assert_linear

from trainer.text.sentences import sentence_offsets

GOLD = Path(__file__).parents[1] / "data" / "annotations" / "gold"


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_offsets(text)]


# Sentences are written with | between them; the | is no part of the text.
ENDS = {
    "a full stop": "دخلت القوات المدينة. |انسحب التنظيم.",
    "the Arabic question mark": "هل سقطت المدينة؟ |نعم سقطت.",
    "the Latin question mark": "هل سقطت المدينة? |نعم سقطت.",
    "the exclamation mark": "سقطت المدينة! |فر السكان.",
    "the Urdu full stop": "دخلت القوات المدينة۔ |انسحب التنظيم۔",
    "several marks together": "سقطت المدينة!؟ |نعم.",
    "a question mark without a space after it": "هل سقطت المدينة؟|نعم سقطت.",
    "a question mark before a guillemet": "سأل: «هل سقطت؟» |وأجاب.",
    "a full stop after a number": "بلغ عدد القتلى 30. |وفر الباقون.",
    "a full stop after a decimal": "بلغت النسبة 3.5. |وفر الباقون.",
    "a full stop after a year with its unit": "وقع ذلك عام 2015 م. |وبعد ذلك انسحبوا.",
    "a full stop without a space between Arabic words": "اعتدى على حقوق الآخرين.|في البداية انسحبوا.",
    "the end of a line, with or without a mark": "معركة سجن الصناعة في الحسكة\n|تواصلت الاشتباكات.\n|الحسكة مشتعلة",
    "an ellipsis at the end of a line": "لم يعد أحد...\n|وصلت القوات…\n|انتهى",
    "two dots at the end of a line": "خوفاً من نفوذ الأكراد ..\n|الله يرحم الشهداء",
}
ENDS |= {f"a full stop before {mark}": f"قال: انتهى الأمر.{mark} |ثم خرج." for mark in "\"'”’»›)]}"}
ENDS |= {"a full stop before two closers": "(قال: «انتهى الأمر.») |ثم خرج."}
ENDS |= {
    f"the line break {name}": f"عنوان الخبر{mark}|تواصلت الاشتباكات"
    for name, mark in {
        **{"line feed": "\n", "carriage return": "\r", "both": "\r\n", "vertical tab": "\v", "form feed": "\f"},
        **{"next line": "\x85", "line separator": "\u2028", "paragraph separator": "\u2029", "empty lines": "\n\n \n"},
    }.items()
}

NO_ENDS = {
    "the dot of a decimal": "زنة القنبلة 3.5 طن تقريباً",
    "the dot of a decimal in Arabic digits": "زنة القنبلة ٣.٥ طن",
    "the Arabic decimal sign": "زنة القنبلة ٣٫٥ طن",
    "the abbreviation د.": "قال د. أحمد الخالد للصحفيين",
    "the abbreviation أ.": "قال أ. محمد العلي للصحفيين",
    "the abbreviation م.": "قال م. خالد العبد الله للصحفيين",
    "a double title": "قال أ.د. محمد العلي للصحفيين",
    "a title with a diacritic": "قال دُ. محمد للصحفيين",
    "U.S.": "وصلت قوات U.S. إلى المدينة",
    "Dr. and Gen.": "قال Dr. Smith و Gen. Clark ذلك",
    "the number of a list item": "1. انسحاب المقاتلين من الحي",
    "the Arabic number of a list item": "٢. تسليم الأسلحة",
    "a page number": "كما ورد في ص. 5 من التقرير",
    "an era with both letters": "بنيت عام 50 ق.م. وهدمت",
    "spelled-out letter names": "نقلت سي.إن.إن عن قذيفة آر.بي.جي قولها",
    "the dot of an address": "نشر موقع cnn.com الخبر",
    "a dot between a Latin and an Arabic word": "نقل موقع news.العربية الخبر",
    "two dots, the dash of newspapers": "مذبحة في عدن.. والمقاومة تزحف",
    "an ellipsis inside a line": "وقال... ثم سكت طويلاً",
    "the one-character ellipsis": "وقال… ثم سكت طويلاً",
    "an ellipsis in brackets": "بينها جنسيات أجنبية (صينية، عراقية...) وغيرها",
    "the Arabic comma and semicolon": "دخلت القوات، وانسحب التنظيم؛ وفر السكان",
    "a colon": "وقال المرصد: تدور اشتباكات",
    "a quotation that goes on after its dot": 'قال: "انتهى."ثم خرج',
}


@pytest.mark.parametrize("marked", ENDS.values(), ids=ENDS)
def test_a_sentence_ends_at(marked: str) -> None:
    assert sentences(marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


@pytest.mark.parametrize("text", NO_ENDS.values(), ids=NO_ENDS)
def test_a_sentence_goes_on_after(text: str) -> None:
    assert sentences(text) == [text]


def test_a_straight_quote_after_a_space_opens_the_next_sentence() -> None:
    assert sentences('انسحب التنظيم. "قسد" دخلت.') == ["انسحب التنظيم.", '"قسد" دخلت.']


def test_an_abbreviation_at_the_end_of_the_line_ends_the_sentence() -> None:
    assert sentences("قاله د.\nأحمد") == ["قاله د.", "أحمد"]


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t\u00a0\u2028"])
def test_a_text_without_visible_characters_has_no_sentence(text: str) -> None:
    assert sentence_offsets(text) == []


@pytest.mark.parametrize("text", [".", "...", "؟؟؟", "»", "😀", "\ud800", "\0", "\u202e"])
def test_marks_and_odd_characters_alone_are_a_sentence(text: str) -> None:
    assert sentences(text) == [text]


@given(ANY_TEXT)
@settings(max_examples=200)
def test_sentences_of_any_string_are_in_range_in_order_and_apart(text: str) -> None:
    position = 0
    for start, end in sentence_offsets(text):
        assert position <= start < end <= len(text)
        position = end


@given(ANY_TEXT)
@settings(max_examples=200)
def test_sentences_of_any_string_cover_every_visible_character_and_no_edge_is_white_space(text: str) -> None:
    position = 0
    for start, end in sentence_offsets(text):
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(ANY_TEXT)
def test_no_sentence_of_any_string_runs_over_a_line_break(text: str) -> None:
    for sentence in sentences(text):
        assert not set(sentence) & set("\n\r\v\f\x85\u2028\u2029")


@given(ANY_TEXT)
def test_lines_are_split_each_on_its_own(text: str) -> None:
    assert sentences(text + "\n" + text) == sentences(text) * 2


@pytest.mark.parametrize(("id", "count"), [("000", 3), ("001", 7), ("002", 12), ("003", 17), ("004", 17)])
def test_the_gold_articles_have_so_many_sentences(id: str, count: int) -> None:
    assert len(sentence_offsets((GOLD / f"{id}.txt").read_bytes().decode("utf-8"))) == count


PATTERNS = {
    "no end at all": "ق",
    "spaces": " ",
    "words": "قُتل ",
    "sentences": "قُتل عنصر. ",
    "missing spaces": "كتبنا.",
    "Urdu full stops": "كتب۔",
    "abbreviations": "د. ",
    "decimals": "3.",
    "spelled-out letters": "آر.بي.",
    "dots": ".",
    "dots and spaces": ". ",
    "ellipses": "ا… ",
    "exclamations": "!نعم",
    "closers": '."',
    "marks": "\u0651",
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_time_grows_with_the_length_of_a_line_and_not_faster(pattern: str) -> None:
    assert_linear(sentence_offsets, pattern, 10_000)


def test_a_line_of_a_megabyte_is_split_in_linear_time() -> None:
    pattern = "دخلت القوات المدينة عام 2015 وقال د. أحمد إن النسبة 3.5.. انسحب التنظيم. "
    assert_linear(sentence_offsets, pattern, 250_000)
