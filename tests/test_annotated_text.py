"""Text in pieces: spans in each other and across each other, each marked on its level and named where it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trainer.documents import Document
from trainer.pages.annotated_text import LEVELS, Piece, blocks

TEXT = "٠١٢٣٤٥٦٧٨٩"


def pieces(*spans: tuple[int, int], text: str = TEXT) -> list[Piece]:
    """Return the pieces of a text with these entities."""
    document = Document.from_text(text)
    for start, end in spans:
        document.add_entity(start, end, "GPE")
    return [piece for block in blocks(document) for piece in block.pieces]


def marked(*spans: tuple[int, int], text: str = TEXT) -> list[tuple[str, str]]:
    """Return the pieces with the indexes of the entities over them, one digit a level, a dash for an empty one."""
    found = []
    for piece in pieces(*spans, text=text):
        levels = ["-"] * LEVELS
        for mark in piece.entities:
            levels[mark.level] = str(mark.span)
        found.append((piece.text, "".join(levels).rstrip("-")))
    return found


class TestLevels:
    def test_a_span_in_another_lies_below_it_whichever_is_first_in_the_list(self) -> None:
        assert marked((0, 10), (2, 4)) == [("٠١", "0"), ("٢٣", "01"), ("٤٥٦٧٨٩", "0")]
        assert marked((2, 4), (0, 10)) == [("٠١", "1"), ("٢٣", "10"), ("٤٥٦٧٨٩", "1")]

    def test_a_span_across_the_end_of_another_stays_where_it_began(self) -> None:
        assert marked((0, 5), (3, 8)) == [("٠١٢", "0"), ("٣٤", "01"), ("٥٦٧", "-1"), ("٨٩", "")]

    def test_a_level_is_free_for_the_next_span_where_the_last_one_ends(self) -> None:
        assert marked((0, 2), (2, 4)) == [("٠١", "0"), ("٢٣", "1"), ("٤٥٦٧٨٩", "")]

    def test_a_span_too_deep_is_marked_from_where_one_around_it_ends(self) -> None:
        assert marked((0, 3), (0, 3), (0, 3), (0, 3), (1, 5)) == [
            *[("٠", "0123"), ("١٢", "0123"), ("٣٤", "4"), ("٥٦٧٨٩", "")]
        ]

    def test_a_span_too_deep_all_along_is_only_named_where_it_ends(self) -> None:
        found = pieces(*[(0, 9)] * LEVELS, (2, 4))
        assert [(piece.text, [(end.span, end.marked) for end in piece.ended_entities]) for piece in found] == [
            ("٠١", []),
            ("٢٣", [(4, False)]),
            ("٤٥٦٧٨", [(3, True), (2, True), (1, True), (0, True)]),
            ("٩", []),
        ]


class TestEnds:
    def test_inner_spans_end_before_outer_ones(self) -> None:
        assert [end.span for piece in pieces((0, 4), (2, 4)) for end in piece.ended_entities] == [1, 0]

    def test_a_span_that_ends_between_sentences_ends_with_the_last_piece_shown(self) -> None:
        found = pieces((0, 7), text="قُتل.\n\n\nعنصر")
        assert [(piece.text.strip(), len(piece.ended_entities)) for piece in found] == [("قُتل.", 1), ("عنصر", 0)]

    def test_a_span_between_sentences_is_not_shown(self) -> None:
        found = pieces((6, 7), text="قُتل.\n\n\nعنصر")
        assert [(len(piece.entities), len(piece.ended_entities)) for piece in found] == [(0, 0)] * len(found)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10)).filter(lambda span: span[0] < span[1]), max_size=12))
def test_every_character_of_a_span_is_marked_and_every_span_begins_and_ends_once(spans: list[tuple[int, int]]) -> None:
    position = 0
    begun: list[int] = []
    ended: list[int] = []
    for piece in pieces(*spans):
        covering = {index for index, (start, end) in enumerate(spans) if start <= position < end}
        assert {mark.span for mark in piece.entities} <= covering
        assert len(piece.entities) == min(len(covering), LEVELS)
        assert [mark.level for mark in piece.entities] == sorted({mark.level for mark in piece.entities})
        assert all((mark.span in begun) != mark.first for mark in piece.entities)
        begun += [mark.span for mark in piece.entities if mark.first]
        position += len(piece.text)
        assert all(spans[end.span][1] == position for end in piece.ended_entities)
        assert all((end.span in begun) == end.marked for end in piece.ended_entities)
        ended += [end.span for end in piece.ended_entities]
    assert len(set(begun)) == len(begun)
    assert sorted(ended) == list(range(len(spans)))
