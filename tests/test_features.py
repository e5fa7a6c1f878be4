"""Sentences as windows of subwords: no word is lost, whatever the text and the tokenizer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from trainer.encoders.loading import load_encoder
from trainer.modeling.features import SentenceEncoder, Window, central_windows, encodable
from trainer.text.words import word_offsets

WINDOW = 20
FRAGMENTS = [
    *("سيطرت", "قوات", "النظام", "على", "حلب", "وقُتِلَ", "٣٠", "عنصراً", "الحســـكة", "ﻗﺘﻞ", "ﷺ", "قسد"),
    *("،", ".", "؟", "«", "»", "”", "(", ")", "…", "PKK", "2022", "😀", "東京", "café"),
    *("</s>", "<s>", "[CLS]", "[SEP]", "<mask>", "[PAD]", "▁", "##ا"),
    *("\u064b", "\u0651\u064e", "ـ", "\u200c", "\u200f", "\ufeff", "\x00", "\ud800", "\udfff", "\U0010ffff"),
    "والاستشهاديين" * 4,
    "ضظ" * 30,
]
TEXTS = st.lists(
    st.tuples(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), st.sampled_from(["", " ", "  "])),
    max_size=40,
).map(lambda parts: "".join(fragment + space for fragment, space in parts))


@pytest.fixture(scope="session", params=["bundled", "tiny WordPiece"])
def encoder(request: pytest.FixtureRequest, bundled_encoder: Path, tiny_checkpoint: Path) -> SentenceEncoder:
    folder = bundled_encoder if request.param == "bundled" else tiny_checkpoint
    return SentenceEncoder(load_encoder(str(folder))[1].backend_tokenizer, WINDOW)


def windows_of(encoder: SentenceEncoder, text: str) -> list[Window]:
    return encoder.windows([text], [word_offsets(text)])


def subword_ranges(window: Window) -> list[tuple[int, int]]:
    return list(zip(window.word_tokens, window.word_ends, strict=True))


def content(encoder: SentenceEncoder, window: Window) -> list[int]:
    """Return the ids between the special tokens, after checking that these are there."""
    assert window.input_ids[: len(encoder.prefix)] == encoder.prefix
    assert window.input_ids[len(window.input_ids) - len(encoder.suffix) :] == encoder.suffix
    return window.input_ids[len(encoder.prefix) : len(window.input_ids) - len(encoder.suffix)]


class TestAnyText:
    @given(TEXTS)
    @example("")
    @example("\u064b")
    @example("\u064b " * 40 + "ضظ" * 30)
    @example("حلب " * 60)
    @example(("حلب " * 15 + "ضظ" * 30 + " ") * 3)
    def test_every_word_stands_in_a_window_and_has_a_subword_there(self, encoder: SentenceEncoder, text: str) -> None:
        words = word_offsets(text)
        covered = set()
        for window in windows_of(encoder, text):
            assert 0 <= window.first_word < window.last_word <= len(words)
            assert len(window.word_tokens) == window.last_word - window.first_word
            positions = range(len(encoder.prefix), len(window.input_ids) - len(encoder.suffix))
            assert all(token in positions for token in window.word_tokens)
            assert window.word_tokens == sorted(window.word_tokens)
            assert all(start < end <= positions.stop for start, end in subword_ranges(window))
            covered.update(range(window.first_word, window.last_word))
        assert covered == set(range(len(words)))

    @given(TEXTS)
    def test_no_window_is_longer_than_the_encoder_takes(self, encoder: SentenceEncoder, text: str) -> None:
        for window in windows_of(encoder, text):
            assert len(window.input_ids) <= WINDOW

    @given(TEXTS)
    @example(("حلب " * 15 + "ضظ" * 30 + " ") * 3)
    def test_windows_go_on_to_new_words_and_overlap_where_words_are_short(
        self, encoder: SentenceEncoder, text: str
    ) -> None:
        whole = windows_of(SentenceEncoder(encoder.tokenizer, 100_000), text)
        edges = [*whole[0].word_tokens, len(whole[0].input_ids) - len(encoder.suffix)] if whole else []
        short = max((end - start for start, end in pairwise(edges)), default=0) <= encoder.budget // 4
        for one, following in pairwise(windows_of(encoder, text)):
            assert one.first_word < following.first_word <= one.last_word < following.last_word
            if short:
                assert following.first_word < one.last_word

    @given(TEXTS)
    def test_a_subword_belongs_to_the_word_that_points_to_it(self, encoder: SentenceEncoder, text: str) -> None:
        wide = SentenceEncoder(encoder.tokenizer, 100_000)
        encoding = encoder.tokenizer.encode(encodable(text), add_special_tokens=False)
        for window in windows_of(wide, text):
            ids = content(wide, window)
            skipped = len(encoding.ids) - len(ids)
            for (start, end), token in zip(word_offsets(text), window.word_tokens, strict=True):
                if not _subwords(wide, text[start:end]):
                    continue  # the normaliser dropped it: any position does
                token_start, token_end = encoding.offsets[token - len(wide.prefix) + skipped]
                assert token_start < end
                assert token_end > start

    def test_the_subwords_of_a_word_are_those_that_it_has_alone(self, encoder: SentenceEncoder) -> None:
        text = "سيطرت قوات النظام على الشدادي"
        (window,) = SentenceEncoder(encoder.tokenizer, 100).windows([text], [word_offsets(text)])
        for (start, end), (first, last) in zip(word_offsets(text), subword_ranges(window), strict=True):
            assert window.input_ids[first:last] == _subwords(encoder, text[start:end])

    @given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(" ".join))
    def test_special_tokens_written_in_a_text_are_text(self, encoder: SentenceEncoder, text: str) -> None:
        special = {*encoder.prefix, *encoder.suffix}
        for window in windows_of(encoder, text):
            assert not special & set(content(encoder, window))

    def test_sentences_are_told_apart(self, encoder: SentenceEncoder) -> None:
        sentences = ["قتل في حلب", "", "\x00", "حلب " * 30]
        windows = encoder.windows(sentences, [word_offsets(text) for text in sentences])
        assert {window.sentence for window in windows} == {0, 3}
        together = [(w.first_word, w.input_ids) for w in windows if w.sentence == 3]
        assert together == [(w.first_word, w.input_ids) for w in windows_of(encoder, sentences[3])]


def _subwords(encoder: SentenceEncoder, text: str) -> list[int]:
    return encoder.tokenizer.encode(encodable(text), add_special_tokens=False).ids


class TestSpecialCharacters:
    @pytest.mark.parametrize(
        "text",
        [
            "\ud800",
            "حلب \udfff حلب",
            "\x00",
            "حلب\x00حلب",
            "\u064b",
            "\u064b\u0651 \u0650",
            "\U0010ffff",
            "\n",
        ],
    )
    def test_surrogates_nul_and_lone_marks_are_taken(self, encoder: SentenceEncoder, text: str) -> None:
        words = word_offsets(text)
        windows = windows_of(encoder, text)
        assert len(windows) == (1 if words else 0)
        assert sum(len(window.word_tokens) for window in windows) == len(words)

    @pytest.mark.parametrize("text", ["</s>", "<s> حلب </s>", "[CLS]", "[SEP] [MASK] [PAD]", "<mask><pad><unk>"])
    def test_a_special_token_in_the_text_is_read_letter_by_letter(self, encoder: SentenceEncoder, text: str) -> None:
        (window,) = SentenceEncoder(encoder.tokenizer, 100).windows([text], [word_offsets(text)])
        inside = set(content(encoder, window))
        names = [encoder.tokenizer.id_to_token(index) for index in inside]
        assert not {"<s>", "</s>", "[CLS]", "[SEP]", "<mask>", "[MASK]", "[PAD]", "<pad>"} & set(names)
        assert len(content(encoder, window)) >= len(word_offsets(text))

    @given(st.text())
    def test_only_surrogates_are_replaced_and_the_length_stays(self, text: str) -> None:
        replaced = encodable(text)
        assert len(replaced) == len(text)
        replaced.encode("utf-8")
        assert all(new == old or "\ud800" <= old <= "\udfff" for new, old in zip(replaced, text, strict=True))

    def test_surrogates_are_replaced(self) -> None:
        assert encodable("حلب \ud83d\n\udfff") == "حلب \ufffd\n\ufffd"


class TestWindowSizes:
    def test_a_sentence_that_fits_is_one_window(self, encoder: SentenceEncoder) -> None:
        (window,) = windows_of(encoder, "قتل في حلب")
        assert (window.first_word, window.last_word) == (0, 3)
        assert window.word_tokens == sorted(set(window.word_tokens))

    def test_words_longer_than_the_window_make_few_windows_not_one_a_word(self, encoder: SentenceEncoder) -> None:
        text = "\u064b " * 300 + "ضظ" * 30 + " حلب"
        assert len(windows_of(encoder, text)) <= 4

    def test_a_word_longer_than_the_window_keeps_its_beginning(self, encoder: SentenceEncoder) -> None:
        text = "ضظ" * 30
        (window,) = windows_of(encoder, text)
        assert content(encoder, window) == _subwords(encoder, text)[: encoder.budget]
        assert window.word_tokens == [len(encoder.prefix)]

    def test_a_window_without_room_for_text_is_refused(self, encoder: SentenceEncoder) -> None:
        with pytest.raises(ValueError, match="window 9 leaves no room for text; use at least 16"):
            SentenceEncoder(encoder.tokenizer, 9)

    def test_a_tokenizer_without_special_tokens_works_and_gives_no_empty_input(self) -> None:
        tokenizer = Tokenizer(models.WordLevel({"حلب": 0, "?": 1}, unk_token="?"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        encoder = SentenceEncoder(tokenizer, 16)
        assert (encoder.prefix, encoder.suffix) == ([], [])
        first, second = encoder.windows(["حلب حلب", ""], [[(0, 3), (4, 7)], [(0, 0)]])
        assert (first.input_ids, first.word_tokens) == ([0, 0], [0, 1])
        assert len(second.input_ids) == 1
        assert second.word_tokens == [0]


def window(first: int, last: int) -> Window:
    return Window(0, first, last, [], [], [])


class TestCentralWindows:
    """Where windows overlap, the one in which a word stands farther from a cut edge is believed."""

    @pytest.mark.parametrize(
        ("spans", "expected"),
        [
            pytest.param([(0, 4)], [0, 0, 0, 0], id="one window"),
            pytest.param([(0, 3), (3, 6)], [0, 0, 0, 1, 1, 1], id="no overlap"),
            pytest.param([(0, 6), (2, 8)], [0, 0, 0, 0, 1, 1, 1, 1], id="the overlap is cut in its middle"),
            pytest.param([(0, 5), (2, 7)], [0, 0, 0, 0, 1, 1, 1], id="the first wins a tie"),
            pytest.param([(0, 4), (2, 6), (4, 8)], [0, 0, 0, 1, 1, 2, 2, 2], id="three windows"),
        ],
    )
    def test_each_word_takes_the_window_in_which_it_is_more_central(
        self, spans: list[tuple[int, int]], expected: list[int]
    ) -> None:
        assert central_windows([window(*span) for span in spans], len(expected)) == expected

    def test_the_beginning_and_the_end_of_the_sentence_are_no_cut(self) -> None:
        # Word 0 is at the edge of the window, and yet nothing of its context is missing.
        assert central_windows([window(0, 3), window(0, 9)], 9)[0] == 1
        assert central_windows([window(0, 9), window(6, 9)], 9)[8] == 0

    @given(TEXTS)
    def test_the_chosen_window_holds_the_word_and_none_holds_it_more_centrally(
        self, encoder: SentenceEncoder, text: str
    ) -> None:
        count = len(word_offsets(text))
        windows = windows_of(encoder, text)

        def distance(candidate: Window, word: int) -> int:
            left = word - candidate.first_word if candidate.first_word else count
            right = candidate.last_word - 1 - word if candidate.last_word < count else count
            return min(left, right)

        for word, position in enumerate(central_windows(windows, count)):
            assert windows[position].first_word <= word < windows[position].last_word
            rivals = [w for w in windows if w.first_word <= word < w.last_word]
            assert distance(windows[position], word) == max(distance(rival, word) for rival in rivals)
