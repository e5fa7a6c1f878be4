"""Spans as IOB2 tags over words, and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.data.tags import bio_tags, entity_tags, spans_of_tags, tags_of_spans, trigger_tags
from trainer.documents import Document
from trainer.text.words import word_offsets

SETTINGS = settings(max_examples=100, deadline=None, derandomize=True)
TYPES = ("PER", "ARMED", "GPE")
SENTENCE = "وقُتل 30 عنصراً من تنظيم «داعش» بالحسكة، ليل الخميس."

Words = list[tuple[int, int]]
Spans = list[tuple[int, int, str]]


@st.composite
def words_and_spans(draw: st.DrawFn) -> tuple[Words, Spans]:
    """Offsets of words, and spans ``(first word, last word + 1, type)`` that share no word."""
    words: Words = []
    spans: Spans = []
    place = 0
    for size, label in draw(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, *TYPES])), max_size=8), label="stretches"
    ):
        first = len(words)
        for gap, length in draw(
            st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), min_size=size, max_size=size)
        ):
            words.append((place + gap, place + gap + length))
            place += gap + length
        if label is not None:
            spans.append((first, len(words), label))
    return words, spans


@st.composite
def legal_tags(draw: st.DrawFn) -> list[str]:
    tags: list[str] = []
    for wanted in draw(st.lists(st.sampled_from(["O", "I", *(f"B-{name}" for name in TYPES)]), max_size=12)):
        if wanted != "I":
            tags.append(wanted)
        elif tags and tags[-1] != "O":
            tags.append(f"I-{tags[-1][2:]}")
    return tags


def tags_of(*marked: tuple[str, str]) -> dict[str, str]:
    """Tag the words of ``SENTENCE`` by substrings of it; return what is not outside."""
    words = word_offsets(SENTENCE)
    spans = [(SENTENCE.index(part), SENTENCE.index(part) + len(part), label) for part, label in marked]
    tags = tags_of_spans(words, spans)
    assert len(tags) == len(words)
    return {SENTENCE[start:end]: tag for (start, end), tag in zip(words, tags, strict=True) if tag != "O"}


def test_the_tag_set_is_outside_and_then_b_and_i_of_each_type_in_the_order_of_the_schema() -> None:
    assert bio_tags(["PER", "GPE"]) == ["O", "B-PER", "I-PER", "B-GPE", "I-GPE"]
    assert bio_tags([]) == ["O"]


@pytest.mark.parametrize(
    ("marked", "tags"),
    [
        pytest.param([], {}, id="nothing marked"),
        pytest.param([("بالحسكة", "GPE")], {"بالحسكة": "B-GPE"}, id="one word"),
        pytest.param(
            [("تنظيم «داعش»", "ARMED")],
            {"تنظيم": "B-ARMED", "«": "I-ARMED", "داعش": "I-ARMED", "»": "I-ARMED"},
            id="quotes are words of their own",
        ),
        pytest.param(
            [("بالحسكة", "GPE"), ("تنظيم", "ARMED")],
            {"تنظيم": "B-ARMED", "بالحسكة": "B-GPE"},
            id="the order in which spans are given does not matter",
        ),
        pytest.param(
            [("ليل", "DATE"), ("الخميس", "DATE")],
            {"ليل": "B-DATE", "الخميس": "B-DATE"},
            id="neighbours of one type stay two spans",
        ),
        pytest.param([("حسكة", "GPE")], {"بالحسكة": "B-GPE"}, id="a part of a word marks the whole word"),
        pytest.param(
            [("30 عنصر", "PEOPLE")], {"30": "B-PEOPLE", "عنصراً": "I-PEOPLE"}, id="a span that ends inside a word"
        ),
        pytest.param(
            [("تنظيم «داعش»", "ARMED"), ("داعش", "ORG")],
            {"تنظيم": "B-ARMED", "«": "I-ARMED", "داعش": "I-ARMED", "»": "I-ARMED"},
            id="the first span keeps a word that two touch",
        ),
        pytest.param(
            [("30 عنصراً", "PEOPLE"), ("عنصراً من", "ARMED")],
            {"30": "B-PEOPLE", "عنصراً": "I-PEOPLE"},
            id="the second span goes as a whole, not in part",
        ),
        pytest.param([(" ", "GPE")], {}, id="white space has no word to mark"),
    ],
)
def test_words_are_tagged_by_the_spans_that_touch_them(marked: list[tuple[str, str]], tags: dict[str, str]) -> None:
    assert tags_of(*marked) == tags


@SETTINGS
@given(words_and_spans())
def test_spans_over_whole_words_come_back_from_their_tags(drawn: tuple[Words, Spans]) -> None:
    words, spans = drawn
    by_offset = [(words[first][0], words[last - 1][1], label) for first, last, label in spans]
    assert spans_of_tags(tags_of_spans(words, by_offset)) == spans
    assert spans_of_tags(tags_of_spans(words, reversed(by_offset))) == spans


@SETTINGS
@given(legal_tags())
def test_legal_tags_come_back_from_their_spans(tags: list[str]) -> None:
    words = [(4 * index, 4 * index + 3) for index in range(len(tags))]
    spans = [(words[first][0], words[last - 1][1], label) for first, last, label in spans_of_tags(tags)]
    assert tags_of_spans(words, spans) == tags


@SETTINGS
@given(
    words_and_spans(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from(TYPES)), max_size=10),
)
def test_any_spans_whatever_give_legal_tags_that_only_stand_where_a_span_is(
    drawn: tuple[Words, Spans], anywhere: Spans
) -> None:
    words, _ = drawn
    spans = [(start, start + length, label) for start, length, label in anywhere]
    tags = tags_of_spans(words, spans)
    assert len(tags) == len(words)
    for first, last, label in spans_of_tags(tags):  # raises where a tag is illegal
        covered = (words[first][0], words[last - 1][1])
        assert any(covered[0] < end and start < covered[1] and label == name for start, end, name in spans), (
            f"{covered} is tagged {label} without a span"
        )
    touching = [span for span in sorted(spans) if any(w[0] < span[1] and span[0] < w[1] for w in words)]
    if touching:
        start, end, label = touching[0]
        inside = [tag for (a, b), tag in zip(words, tags, strict=True) if a < end and start < b]
        assert inside == [f"B-{label}", *[f"I-{label}"] * (len(inside) - 1)], "the first span is tagged in full"


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([], []),
        (["O", "O"], []),
        (["B-GPE"], [(0, 1, "GPE")]),
        (["B-GPE", "B-GPE", "I-GPE"], [(0, 1, "GPE"), (1, 3, "GPE")]),
        (["B-ARMED", "I-ARMED", "O", "B-ARMED"], [(0, 2, "ARMED"), (3, 4, "ARMED")]),
        (["B-ARMED", "B-GPE"], [(0, 1, "ARMED"), (1, 2, "GPE")]),
        (["B-NON-STATE", "I-NON-STATE"], [(0, 2, "NON-STATE")]),  # a hyphen in the type's name
    ],
)
def test_tags_are_read_as_spans_of_words(tags: list[str], spans: Spans) -> None:
    assert spans_of_tags(tags) == spans


@pytest.mark.parametrize(
    ("tags", "position"),
    [
        (["I-GPE"], 0),
        (["O", "I-GPE"], 1),
        (["B-GPE", "O", "I-GPE"], 2),
        (["B-GPE", "I-ARMED"], 1),
        (["B-GPE", "I-ARMED", "I-GPE"], 1),
        (["B-GPE", "E-GPE"], 1),
        (["B-GPE", "GPE"], 1),
    ],
)
def test_an_illegal_tag_is_refused_by_name_and_place(tags: list[str], position: int) -> None:
    with pytest.raises(ValueError, match=f"tag {position} is {tags[position]},"):
        spans_of_tags(tags)


def test_a_sentence_has_the_tags_of_its_own_spans_in_two_separate_layers() -> None:
    document = Document.from_text("سقوط قذائف على الحسكة.\nفرّ داعش.")
    document.add_entity(5, 10, "WEAPON")
    document.add_entity(15, 21, "GPE")
    document.add_event(0, 10, "SHELLING")
    document.add_event(23, 26, "WITHDRAW")
    document.add_entity(27, 31, "ARMED")
    first, second = document.sentences
    assert entity_tags(document, first) == ["O", "B-WEAPON", "O", "B-GPE", "O"]
    assert trigger_tags(document, first) == ["B-SHELLING", "I-SHELLING", "O", "O", "O"]
    assert entity_tags(document, second) == ["O", "B-ARMED", "O"]
    assert trigger_tags(document, second) == ["B-WITHDRAW", "O", "O"]


def test_a_span_over_the_end_of_a_sentence_belongs_to_the_sentence_where_it_begins() -> None:
    document = Document.from_text("قصف على الحسكة.\nالسورية هادئة.")
    document.add_entity(8, 23, "GPE")
    first, second = document.sentences
    assert entity_tags(document, first) == ["O", "O", "B-GPE", "I-GPE"]
    assert entity_tags(document, second) == ["O", "O", "O"]
