"""Ids of entities and events: who gives none gets one that is free, whatever ids there are already."""

from __future__ import annotations

import copy
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from strategies import assert_linear

from trainer.documents import Document, Entity
from trainer.formats.brat import read_brat_file


def test_ids_are_new_ones_whatever_ids_the_annotation_before_them_was_given() -> None:
    document = Document.from_text("قُتل عنصر من داعش في الحسكة")
    for id in ("T2", "T5", None, None, None, "T9", None, None):
        document.add_entity(13, 17, "ARMED", id=id)
    assert [entity.id for entity in document.entities] == ["T2", "T5", "T3", "T4", "T6", "T9", "T7", "T8"]
    for id in ("E2", None, None):
        document.add_event(0, 4, "KILL", id=id)
    assert [event.id for event in document.events] == ["E2", "E3", "E4"]


def test_what_brat_read_can_be_added_to(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("وصل أحمد إلى حلب ثم إدلب", encoding="utf-8")
    (tmp_path / "a.ann").write_text("T4\tPER 4 8\tأحمد\nT3\tGPE 13 16\tحلب\n", encoding="utf-8")
    document = read_brat_file(tmp_path / "a.txt")
    added = [document.add_entity(20, 24, "GPE").id for _ in range(3)]
    assert added == ["T5", "T6", "T7"]


ENTITY_IDS = st.one_of(st.none(), st.sampled_from([f"T{number}" for number in range(1, 12)]))


@given(st.lists(st.tuples(st.sampled_from(["add", "append", "replace", "drop", "copy"]), ENTITY_IDS), max_size=25))
def test_a_default_id_is_free_whatever_was_done_to_the_list_before(changes: list[tuple[str, str | None]]) -> None:
    document = Document.from_text("قُتل عنصر")
    for change, id in changes:
        taken = [entity.id for entity in document.entities]
        if change == "add" and id not in taken:
            assert document.add_entity(0, 4, "PER", id=id).id not in taken
        elif change == "append" and id and id not in taken:
            document.entities.append(Entity(id, 0, 4, "PER", "قُتل", "قُتل"))
        elif change == "replace":
            document.entities = document.entities[::-1]
        elif change == "drop" and taken:
            document.entities.pop(0)
        elif change == "copy":
            document = copy.deepcopy(document)
    assert len({entity.id for entity in document.entities}) == len(document.entities)


def test_adding_to_a_long_list_takes_no_longer_than_to_a_short_one() -> None:
    def annotate(text: str) -> None:
        document = Document(text)
        for position in range(len(text)):
            # The ids that are given are those that come next by number.
            document.add_entity(position, position + 1, "X", id=f"T{position + 2}" if position % 3 == 0 else None)

    assert_linear(annotate, "ق", 2_000)
