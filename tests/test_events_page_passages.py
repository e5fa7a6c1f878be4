"""The sentences of a record: all of what it was made from is in them, and no more than is needed of endless ones."""

from __future__ import annotations

from itertools import pairwise

from events_page_samples import TEXT, bare, battle
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import JSON_TEXT

from trainer.annotations import Span
from trainer.documents import Document
from trainer.pages.events_passages import Passage, fields, marked, passages
from trainer.records.record import EventRecord, Mention, Side


def told_in(text: str, *triggers: str) -> tuple[Document, EventRecord]:
    """Return a document and a record with these triggers, each where it stands first."""
    spans = [Span(text.index(trigger), text.index(trigger) + len(trigger), trigger) for trigger in triggers]
    mentions = tuple(Mention(f"E{number}", "CLASH", span) for number, span in enumerate(spans, start=1))
    return Document.from_text(text), bare(1, mentions=mentions)


class TestPassages:
    def test_are_whole_sentences_in_the_order_of_the_text(self) -> None:
        document = Document.from_text(TEXT)
        first, second = (document.text[s.start : s.end] for s in document.sentences[1:3])
        assert [(p.text, p.cut_before, p.cut_after) for p in passages(document, battle())] == [
            (first, False, False),
            (second, False, False),
        ]

    def test_of_a_sentence_without_end_are_the_words_around_what_is_told(self) -> None:
        document, record = told_in(f"{'كلمة ' * 2000}غارة {'كلمة ' * 2000}قصف {'كلمة ' * 2000}", "غارة", "قصف")
        first, second = passages(document, record)
        for passage, word in ((first, "غارة"), (second, "قصف")):
            assert word in passage.text
            assert len(passage.text) < 700
            assert set(passage.text.split()) == {"كلمة", word}
            assert (passage.cut_before, passage.cut_after) == (True, True)

    def test_that_touch_are_one(self) -> None:
        document, record = told_in(f"{'كلمة ' * 2000}غارة كلمة قصف {'كلمة ' * 2000}", "غارة", "قصف")
        assert len(passages(document, record)) == 1

    def test_outside_every_sentence_are_what_is_told_alone(self) -> None:
        document, record = told_in("وقعت غارة هنا", "غارة")
        document.sentences = []
        assert passages(document, record) == [Passage(5, "غارة", True, True)]

    @given(JSON_TEXT.filter(bool), st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30)), min_size=1, max_size=5))
    @settings(max_examples=80)
    def test_are_slices_of_the_text_that_hold_every_span(self, text: str, places: list[tuple[int, int]]) -> None:
        document = Document.from_text(text)
        spans = []
        for start, length in places:
            start %= len(text)
            end = min(len(text), start + length)
            spans.append(Span(start, end, text[start:end]))
        record = bare(
            1,
            mentions=(Mention("E1", "CLASH", spans[0]),),
            side_a=tuple(Side(span.text, span, "ARMED") for span in spans[1:]),
        )
        found = passages(document, record)
        assert all(document.text[p.start : p.start + len(p.text)] == p.text for p in found)
        assert all(p.start + len(p.text) <= q.start for p, q in pairwise(found))
        for span in spans:
            assert any(p.start <= span.start and span.end <= p.start + len(p.text) for p in found)

    @given(st.integers(0, len(TEXT) - 1), st.integers(1, 40))
    def test_have_exactly_the_characters_of_a_span_marked(self, start: int, length: int) -> None:
        end = min(len(TEXT), start + length)
        record = bare(1, side_a=(Side("x", Span(start, end, TEXT[start:end]), "ARMED"),))
        document = Document.from_text(TEXT)
        pieces = [piece for one in marked(passages(document, record), record) for piece in one.block.pieces]
        assert "".join(piece.text for piece in pieces if piece.entities) == TEXT[start:end]


def test_fields_name_every_span_but_the_triggers() -> None:
    names = [name for name, _ in fields(battle())]
    assert names == ["when", "where", "where", "side_a", "side_b", "fatalities", "fatalities", "injured", "weapon"]
