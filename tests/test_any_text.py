"""Any Unicode string can be labelled: offsets index the caller's string, and time grows as its length does."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TEST, TRAINING, VALIDATION, marked_document
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import ANY_TEXT, assert_linear, in_json, read_strictly

from trainer.documents import Document
from trainer.formats.jsonl import document_to_json
from trainer.inference.api import load
from trainer.inference.predictor import Predictor

TEXT = "سيطرت قوات النظام على مدينة حلب أمس. قُتل خمسة مدنيين في قصف على إدلب.\nوصل أحمد الخالد إلى دمشق."
SENTENCES = [marked_document([sentence]).text for sentence in (*TRAINING, *VALIDATION, *TEST)]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})
MIXED = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from([" ", "\n", ".", "؟", "\ud800", "\ud83d\ude00", "\x00", "ُ", "«", "</s>"]),
    ),
    max_size=30,
).map(" ".join)
# Texts as nobody writes them; every one is repeated to some length.
ODD = {
    "words without a full stop": "سيطرت قوات النظام على مدينة حلب أمس ",
    "one word": "سيطرتقواتالنظام",
    "one letter": "ا",
    "line ends": "\n",
    "spaces": " ",
    "straight quotes": '"',
    "nested brackets": "(«",
    "full stops": ".",
    "initials": "د. ",
    "Arabic-Indic digits": "٣",
    "diacritics": "سَيْطَرَتْ ",
    "diacritics without letters": "ُ ",
    "tatweel": "ـ ",
    "NUL": "قتل\x00حلب ",
    "lone surrogates": "قتل\ud800 ",
    "emoji of several characters": "👨\u200d👩\u200d👧 ",
    "a ligature of eighteen letters": "ﷺ ",
    "mixed direction": "\u202eقُتل\u202c in \u2067حلب\u2069 ",
    "HTML": '<p class="خبر">قُتل &nbsp;خمسة</p>\n',
}


@pytest.fixture(scope="module")
def predictor(tiny_model: Path) -> Predictor:
    return load(tiny_model, device="cpu", precision="fp32")


def check(document: Document, text: str) -> None:
    """Check what holds of every labelled document."""
    assert document.text == text
    plain = Document.from_text(text)
    assert document.words == plain.words
    assert [(s.start, s.end) for s in document.sentences] == [(s.start, s.end) for s in plain.sentences]
    starts, ends = {word.start for word in document.words}, {word.end for word in document.words}
    spans = [(e.start, e.end, e.text, e.score) for e in document.entities]
    spans += [(e.trigger.start, e.trigger.end, e.trigger.text, e.score) for e in document.events]
    for start, end, covered, score in spans:
        assert text[start:end] == covered
        assert covered
        assert start in starts
        assert end in ends
        assert score is not None
        assert 0.0 <= score <= 1.0
        assert document.sentence_index(start) == document.sentence_index(end - 1) is not None
    for sentence in document.sentences:
        assert all(0.0 <= score <= 1.0 for score in sentence.event_types.values())


class TestEveryString:
    @given(st.one_of(MIXED, ANY_TEXT))
    @example("")
    @example(" \n\t")
    @example("\ud800")
    @example("سيطرت \ud800قوات النظام على\x00 حلب")
    @example("ُ ُ ُ")
    @example("سيطرت قوات النظام على مدينة حلب " * 20)
    @example(TEXT)
    def test_every_span_is_the_text_at_its_offsets(self, predictor: Predictor, text: str) -> None:
        check(predictor.predict(text), text)

    @given(st.one_of(MIXED, ANY_TEXT))
    def test_every_document_can_be_written_as_json_and_read_back(self, predictor: Predictor, text: str) -> None:
        document = predictor.predict(text)
        line = document_to_json(document)
        line.encode("utf-8")
        found = Document.from_dict(read_strictly(line))
        assert found.text == in_json(text)
        assert found.sentences == document.sentences
        spans = [[(e.start, e.end, e.label, e.score) for e in d.entities] for d in (found, document)]
        triggers = [[(e.trigger.start, e.trigger.end, e.type, e.score) for e in d.events] for d in (found, document)]
        assert spans[0] == spans[1]
        assert triggers[0] == triggers[1]

    @pytest.mark.parametrize(("text", "found"), [('"', 0), ('"داعش"', 2)])
    def test_a_quote_mark_alone_is_no_mention(
        self, predictor: Predictor, text: str, found: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The model says that the whole text is one span, once an entity and once a trigger.
        for layer, label in (
            ("entity", predictor.schema.entity_types[0]),
            ("trigger", predictor.schema.event_types[0]),
        ):
            decoder = getattr(predictor._tagger, f"_{layer}_decoder")
            monkeypatch.setattr(decoder, "decode", lambda scores, label=label: [(0, len(scores), label, 0.9)])
        document = predictor.predict(text)
        assert len(document.entities) + len(document.events) == found

    @pytest.mark.parametrize("text", ["", " ", "\n\n"])
    def test_a_text_without_words_has_no_labels(self, predictor: Predictor, text: str) -> None:
        document = predictor.predict(text)
        assert (document.entities, document.events, document.sentences) == ([], [], [])

    @given(st.lists(st.one_of(MIXED, ANY_TEXT), max_size=6))
    def test_a_list_of_any_strings_gives_one_document_each_in_order(
        self, predictor: Predictor, texts: list[str]
    ) -> None:
        assert [document.text for document in predictor.predict(texts)] == texts

    def test_spans_lie_where_they_are_among_bidi_controls_and_emoji(self, predictor: Predictor) -> None:
        text = "👨\u200d👩\u200d👧 \u202b\ud800سيطرت قوات النظام\u202c على <b>الرقة</b>\x00."
        document = predictor.predict(text)
        check(document, text)
        found = {(text[e.start : e.end], e.label) for e in document.entities}
        assert {("قوات النظام", "ARMED"), ("الرقة", "GPE")} <= found


class TestLongStrings:
    @pytest.mark.parametrize("pattern", ODD.values(), ids=ODD)
    def test_offsets_hold_in_odd_texts_of_several_windows(self, predictor: Predictor, pattern: str) -> None:
        text = (pattern * 1500)[:1500]
        check(predictor.predict(text), text)
        assert predictor.predict(text, clean=True).text == text

    @pytest.mark.parametrize("pattern", ["ا", "\n", "\x00"], ids=["one word", "line ends", "NUL"])
    def test_a_megabyte_in_one_piece_is_labelled(self, predictor: Predictor, pattern: str) -> None:
        text = pattern * 1_000_000
        document = predictor.predict(text, clean=True)
        assert len(document.text) == 1_000_000
        assert len(document.words) == (pattern == "ا")

    @pytest.mark.parametrize("name", ["words without a full stop", "diacritics without letters"])
    def test_the_way_to_the_model_is_linear_in_the_length(self, predictor: Predictor, name: str) -> None:
        encoder = predictor._tagger.scorer.encoder

        def windows(text: str) -> None:
            document = Document.from_text(text)
            words = [[(w.start, w.end) for w in document.words_of(sentence)] for sentence in document.sentences]
            encoder.windows([text[sentence.start : sentence.end] for sentence in document.sentences], words)

        assert_linear(windows, ODD[name], 20_000)

    def test_words_that_the_normaliser_drops_do_not_all_come_into_one_window(self, predictor: Predictor) -> None:
        text = "ُ " * 5000
        document = Document.from_text(text)
        words = [(word.start, word.end) for word in document.words]
        windows = predictor._tagger.scorer.encoder.windows([text], [words])
        assert len(words) == 5000
        assert max(len(window.word_tokens) for window in windows) < 2000
        assert {i for window in windows for i in range(window.first_word, window.last_word)} == set(range(5000))
