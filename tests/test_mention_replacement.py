"""Copies of documents with other names: what is replaced, by what, and that every offset still tells the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from conftest import TRAINING, marked_document
from hypothesis import given
from hypothesis import strategies as st
from strategies import assert_linear, documents

from trainer.data.mention_replacement import replace_mentions
from trainer.documents import Argument, Document, Sentence, Span
from trainer.text.sentences import sentence_offsets
from trainer.text.words import word_offsets


def pool(*names: str, label: str = "GPE") -> Document:
    """Return a document that mentions ``names``, each in a sentence of its own."""
    return marked_document([f"الأخبار من [{name}|{label}]." for name in names], "pool")


def replaced(sentence: str, *names: str, label: str = "GPE") -> Document:
    """Return the sentence with its one mention replaced by one of ``names``."""
    return replace_mentions([marked_document([sentence], "d"), pool(*names, label=label)], 1.0, 1)[0]


def mentions(found: Sequence[Document]) -> list[tuple[str, str]]:
    return [(entity.label, entity.name) for document in found for entity in document.entities]


def assert_spans_are_true(document: Document) -> None:
    spans: list[Any] = [*document.words, *document.entities, *(event.trigger for event in document.events)]
    for span in spans:
        assert document.text[span.start : span.end] == span.text


class TestWhatIsReplaced:
    def test_another_mention_of_the_label_takes_the_place(self) -> None:
        document = replaced("{سيطرت|CAPTURE} القوات على [حلب|GPE] أمس.", "دير الزور")
        assert document.text == "سيطرت القوات على دير الزور أمس."
        (entity,) = document.entities
        assert (entity.label, entity.text, entity.name) == ("GPE", "دير الزور", "دير الزور")
        assert [word.text for word in document.words] == ["سيطرت", "القوات", "على", "دير", "الزور", "أمس", "."]

    def test_a_name_never_replaces_one_of_another_label(self) -> None:
        training = [marked_document(TRAINING[:5], "a"), marked_document(TRAINING[5:], "b")]
        names: dict[str, set[str]] = {}
        for label, name in mentions(training):
            names.setdefault(label, set()).add(name)
        for seed in range(10):
            found = mentions(replace_mentions(training, 1.0, seed))
            assert all(name in names[label] for label, name in found)
            assert [label for label, _ in found] == [label for label, _ in mentions(training)]

    def test_every_mention_changes_its_name_at_a_share_of_1_and_none_at_0(self) -> None:
        training = [marked_document(TRAINING, "a")]
        before = mentions(training)
        assert all(new != old for new, old in zip(mentions(replace_mentions(training, 1.0, 1)), before, strict=True))
        (same,) = replace_mentions(training, 0.0, 1)
        assert replace(same, id="a") == training[0]

    def test_the_share_is_that_of_the_mentions_that_change(self) -> None:
        training = [pool(*(f"قرية {number}" for number in range(1000)))]
        found = mentions(replace_mentions(training, 0.3, 1))
        assert sum(new != old for new, old in zip(found, mentions(training), strict=True)) == pytest.approx(300, abs=50)

    def test_each_other_name_has_the_same_chance_however_often_it_stands_in_the_text(self) -> None:
        training = [pool("حلب"), pool("إدلب", *["دمشق"] * 9)]
        drawn = [replace_mentions(training, 1.0, seed)[0].entities[0].name for seed in range(200)]
        assert set(drawn) == {"إدلب", "دمشق"}
        assert drawn.count("إدلب") == pytest.approx(100, abs=30)

    def test_a_label_with_one_name_keeps_it(self) -> None:
        assert replaced("وصل إلى [حلب|GPE].", "حلب").text == "وصل إلى حلب."

    @pytest.mark.parametrize("share", [-0.1, 1.1])
    def test_a_share_that_is_no_probability_is_refused(self, share: float) -> None:
        with pytest.raises(ValueError, match=f"lies between 0 and 1, not at {share}"):
            replace_mentions([], share, 1)


class TestClitics:
    @pytest.mark.parametrize(
        ("sentence", "name", "text"),
        [
            ("قصف [بحلب|GPE].", "الحسكة", "قصف بالحسكة."),
            ("قصف [وبدمشق|GPE].", "الرقة", "قصف وبالرقة."),
            ("وصل [لدمشق|GPE].", "الحسكة", "وصل للحسكة."),
            ("وصل [للحسكة|GPE].", "دمشق", "وصل لدمشق."),
            ("وصل [للحسكة|GPE].", "اللاذقية", "وصل للاذقية."),
            ("وصل [وللحسكة|GPE].", "الرقة", "وصل وللرقة."),
            ("قصف [بـحلب|GPE].", "الحسكة", "قصف بـالحسكة."),
        ],
    )
    def test_they_stay_and_join_the_new_name_as_it_is_spelt(self, sentence: str, name: str, text: str) -> None:
        document = replaced(sentence, name)
        assert document.text == text
        assert document.entities[0].name == name
        assert_spans_are_true(document)

    def test_a_name_is_taken_over_without_its_own(self) -> None:
        assert replaced("وصل إلى [حلب|GPE].", "بالحسكة").text == "وصل إلى الحسكة."

    @pytest.mark.parametrize("mention", ["لـ«قسد»", "و”قسد”"])
    def test_a_mention_that_is_more_than_clitics_and_name_is_left_alone(self, mention: str) -> None:
        sentence = f"بيان [{mention}|ARMED]."
        assert replaced(sentence, "داعش", "النصرة", label="ARMED").text == f"بيان {mention}."


class TestWhatIsLeftAlone:
    def test_a_mention_with_a_trigger_inside_stays_and_gives_its_name_to_none(self) -> None:
        training = [marked_document(["وصل [ضحايا القصف|GPE] إلى [حلب|GPE].", "عاد إلى [إدلب|GPE]."], "d")]
        training[0].add_event(10, 15, "SHELLING")
        assert training[0].events[0].trigger.text == "القصف"
        for seed in range(5):
            (document,) = replace_mentions(training, 1.0, seed)
            assert [entity.name for entity in document.entities] == ["ضحايا القصف", "إدلب", "حلب"]
            assert document.events[0].trigger == training[0].events[0].trigger

    def test_mentions_that_overlap_stay(self) -> None:
        training = [marked_document(["قيادة [جيش لبنان|GPE] في [حلب|GPE] ثم [إدلب|GPE]."], "d")]
        training[0].add_entity(10, 15, "GPE")
        (document,) = replace_mentions(training, 1.0, 1)
        assert document.text == "قيادة جيش لبنان في إدلب ثم حلب."
        assert [entity.name for entity in document.entities] == ["جيش لبنان", "إدلب", "حلب", "لبنان"]

    @pytest.mark.parametrize(("start", "end"), [(4, 8), (5, 9)])
    def test_a_mention_that_cuts_a_word_stays(self, start: int, end: int) -> None:
        cut = Document.from_text("وصل دمشقي.", id="d")
        cut.add_entity(start, end, "GPE")
        assert replace_mentions([cut, pool("حلب", "إدلب")], 1.0, 1)[0].text == cut.text

    def test_a_mention_stays_where_the_new_name_would_grow_together_with_a_neighbour(self) -> None:
        glued = Document.from_text("ارتفع 50%من السكان.", id="d")
        glued.add_entity(6, 9, "GPE")
        assert replace_mentions([glued, pool("حلب", "إدلب")], 1.0, 1)[0].text == glued.text

    @pytest.mark.parametrize("sentences", [[], [(0, 11), (12, 18)]])
    def test_a_mention_that_is_not_within_one_sentence_stays(self, sentences: list[tuple[int, int]]) -> None:
        document = marked_document(["وصل إلى [دير الزور|GPE]."], "d")
        document.sentences = [Sentence(start, end) for start, end in sentences]
        assert replace_mentions([document, pool("حلب", "إدلب")], 1.0, 1)[0].text == document.text

    def test_a_document_in_which_entities_were_not_annotated_is_passed_through(self) -> None:
        silent = replace(marked_document(["وصل إلى [حلب|GPE]."], "silent"), layers=("triggers",))
        found = replace_mentions([silent, pool("دمشق", "إدلب")], 1.0, 1)
        assert found[0] is silent
        assert "حلب" not in found[1].text


class TestCopies:
    def test_ids_tell_the_seed_and_the_originals_stay_as_they_are(self) -> None:
        training, untouched = [marked_document(TRAINING, "a")], [marked_document(TRAINING, "a")]
        assert [document.id for document in replace_mentions(training, 1.0, 7)] == ["a~7"]
        assert training == untouched

    def test_the_same_seed_gives_the_same_copies_and_another_one_others(self) -> None:
        training = [marked_document(TRAINING, "a")]
        assert replace_mentions(training, 0.5, 1) == replace_mentions(training, 0.5, 1)
        assert replace_mentions(training, 0.5, 1)[0].text != replace_mentions(training, 0.5, 2)[0].text

    def test_events_and_event_types_are_those_of_the_original(self) -> None:
        original = marked_document(TRAINING, "a")
        original.metadata = {"source": "invented"}
        original.events[0].arguments = [Argument("AGENT", "T1")]
        (copy,) = replace_mentions([original], 1.0, 1)
        assert [(e.id, e.type, e.trigger.text, e.arguments) for e in copy.events] == [
            (e.id, e.type, e.trigger.text, e.arguments) for e in original.events
        ]
        assert [s.event_types for s in copy.sentences] == [s.event_types for s in original.sentences]
        assert [e.id for e in copy.entities] == [e.id for e in original.entities]
        assert copy.metadata == original.metadata

    def test_a_copy_shares_nothing_that_can_be_changed_with_its_original(self) -> None:
        original = marked_document(TRAINING, "a")
        (copy,) = replace_mentions([original], 0.0, 1)
        copy.sentences[0].event_types["X"] = 1.0
        copy.entities[0].label = "X"
        copy.events[0].arguments.append(Argument("AGENT", "T1"))
        copy.metadata["x"] = 1
        copy.words.clear()
        assert original == marked_document(TRAINING, "a")


# Words, marks that stand beside mentions, and names that begin or end in every way a name can.
_WORDS = st.sampled_from(["وصل", "إلى", "من", "قال", "30", "،", "«", "»", "-", "(", "كان"])
_NAMES = st.sampled_from(
    ["حلب", "بالحسكة", "للرقة", "لدمشق", "دير الزور", "قسد»", "«داعش", "50%", "%", "لـ«قسد»", "U.S"]
)
_GAPS = st.sampled_from([" ", " ", " ", "", "\u200d", "  "])


@st.composite
def annotated(draw: Any) -> Document:
    """Draw a document whose mentions and triggers are glued to their neighbours in every way."""
    text, spans = "", []
    for _ in range(draw(st.integers(1, 3))):
        for _ in range(draw(st.integers(1, 6))):
            kind = draw(st.sampled_from(["word", "mention", "mention", "trigger"]))
            piece = draw(_NAMES if kind == "mention" else _WORDS)
            spans.append((kind, len(text), len(text) + len(piece)))
            text += piece + draw(_GAPS)
        text += ".\n"
    document = Document.from_text(text, id="d")
    for kind, start, end in spans:
        if kind == "mention":
            document.add_entity(start, end, draw(st.sampled_from(["GPE", "ARMED"])))
        elif kind == "trigger":
            document.add_event(start, end, "KILL")
    document.set_event_types_from_triggers()
    return document


class TestOffsets:
    @given(st.lists(annotated(), min_size=1, max_size=3), st.sampled_from([0.5, 1.0]), st.integers(0, 99))
    def test_words_and_spans_are_what_the_new_text_says(
        self, originals: list[Document], share: float, seed: int
    ) -> None:
        for original, copy in zip(originals, replace_mentions(originals, share, seed), strict=True):
            assert_spans_are_true(copy)
            assert [(word.start, word.end) for word in copy.words] == word_offsets(copy.text)
            assert [event.trigger.text for event in copy.events] == [event.trigger.text for event in original.events]

    @given(st.lists(annotated(), min_size=1, max_size=3), st.integers(0, 99))
    def test_what_is_not_a_mention_stays_in_its_place(self, originals: list[Document], seed: int) -> None:
        def without_mentions(document: Document) -> list[tuple[str, dict[str, float]]]:
            sentences = []
            for sentence in document.sentences:
                inside = [e for e in document.entities if sentence.start <= e.start < sentence.end]
                edges = [sentence.start, *(edge for e in inside for edge in (e.start, e.end)), sentence.end]
                text = "_".join(document.text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2))
                sentences.append((text, sentence.event_types))
            return sentences

        for original, copy in zip(originals, replace_mentions(originals, 1.0, seed), strict=True):
            assert without_mentions(copy) == without_mentions(original)

    @given(st.lists(documents(), min_size=1, max_size=3))
    def test_any_document_has_a_copy(self, originals: list[Document]) -> None:
        for original, copy in zip(originals, replace_mentions(originals, 1.0, 1), strict=True):
            assert_spans_are_true(copy)
            assert [entity.label for entity in copy.entities] == [entity.label for entity in original.entities]

    def test_news_text_has_the_sentences_that_it_had(self) -> None:
        original = marked_document(TRAINING, "a")
        for seed in range(20):
            (copy,) = replace_mentions([original], 1.0, seed)
            assert [(s.start, s.end) for s in copy.sentences] == sentence_offsets(copy.text)
            assert [Span(*word, copy.text[slice(*word)]) for word in word_offsets(copy.text)] == copy.words

    def test_time_grows_with_the_length_of_a_document(self) -> None:
        def copied(text: str) -> list[Document]:
            document = Document.from_text(text, id="d")
            for number, word in enumerate(document.words):
                if number % 3 == 0:
                    document.add_entity(word.start, word.end, "GPE")
            return replace_mentions([document], 1.0, 1)

        assert_linear(copied, "حلب وصل إلى دمشق كان في ", 5_000)
