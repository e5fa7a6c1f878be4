"""How an archive is cut into parts, and the list of the parts that are finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.archive import parts as parts_module
from trainer.archive.manifest import FinishedPart, Manifest
from trainer.archive.parts import PART_CHARACTERS, PART_ITEMS, Part, cut
from trainer.readers.records import Item, Place, Record, Reject


def record(number: int, text: str = "قُتل خمسة مدنيين في حلب.") -> Record:
    return Record(Place("news.jsonl", number + 1), text, str(number))


def reject(number: int) -> Reject:
    return Reject(Place("news.jsonl", number + 1), "broken JSON")


ITEMS = st.lists(st.booleans(), max_size=40).map(
    lambda kinds: [record(number) if kind else reject(number) for number, kind in enumerate(kinds)]
)


class TestCutting:
    @given(ITEMS, st.integers(1, 10))
    def test_parts_hold_every_item_once_in_order_and_know_where_they_begin(self, items: list[Item], size: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts_module, "PART_ITEMS", size)
            parts = list(cut(items))
        assert [item for part in parts for item in part.items] == items
        assert [part.number for part in parts] == list(range(len(parts)))
        assert [items.index(part.items[0]) for part in parts] == [part.first for part in parts]
        assert all(len(part.items) == size for part in parts[:-1])

    def test_a_part_is_closed_when_its_texts_are_long(self) -> None:
        long = "ا" * (PART_CHARACTERS // 2)
        parts = list(cut([record(0), record(1, long), record(2, long), record(3), record(4, long * 3), record(5)]))
        assert [[item.id for item in part.items] for part in parts] == [["0", "1", "2"], ["3", "4"], ["5"]]

    def test_short_texts_fill_a_part(self) -> None:
        sizes = [len(part.items) for part in cut(record(number) for number in range(PART_ITEMS * 2 + 1))]
        assert sizes == [PART_ITEMS, PART_ITEMS, 1]

    def test_items_are_not_read_ahead_of_the_part(self) -> None:
        taken: list[int] = []

        def endless() -> Any:
            for number in range(10**9):
                taken.append(number)
                yield record(number)

        next(cut(endless()))
        assert len(taken) == PART_ITEMS


class TestDigests:
    def digest(self, *items: Item) -> str:
        return Part(0, 0, list(items)).digest()

    def test_it_is_the_same_for_the_same_content_wherever_it_stands(self) -> None:
        moved = Record(Place("elsewhere.csv", 5), record(1).text, "1")
        assert self.digest(record(1)) == self.digest(moved)

    @pytest.mark.parametrize(
        "other",
        [record(2), record(1, "نص آخر"), reject(1), Record(Place("x"), "\ud800", "1")],
        ids=["another id", "another text", "a reject", "a lone surrogate"],
    )
    def test_it_tells_other_content(self, other: Item) -> None:
        assert self.digest(record(1)) != self.digest(other)

    def test_ids_and_texts_do_not_run_together(self) -> None:
        assert self.digest(Record(Place("x"), "b", "a")) != self.digest(Record(Place("x"), "", "ab"))


IDENTITY = {"model": "quickstart", "dial": 0.0, "inputs": ["news.jsonl"]}
PART = FinishedPart(0, 0, 256, 250, 6, "a" * 16)


class TestManifest:
    def opened(self, path: Path, **changes: object) -> Manifest:
        manifest = Manifest(path)
        manifest.open({**IDENTITY, **changes})
        return manifest

    def test_it_is_read_back(self, tmp_path: Path) -> None:
        manifest = self.opened(tmp_path / "m.jsonl")
        manifest.add(PART)
        manifest.add_assembling(Path("o.jsonl"))
        again = self.opened(tmp_path / "m.jsonl")
        assert (again.parts, again.assembling) == ([PART], {"o.jsonl"})

    @pytest.mark.parametrize("cut_off", [1, 20, 60])
    def test_a_line_that_was_cut_off_does_not_count(self, tmp_path: Path, cut_off: int) -> None:
        path = tmp_path / "m.jsonl"
        self.opened(path).add(PART)
        path.write_bytes(path.read_bytes()[:-cut_off])
        manifest = self.opened(path)
        assert manifest.parts == []
        manifest.add(PART)
        assert self.opened(path).parts == [PART]

    def test_one_cut_off_in_its_first_line_is_begun_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "m.jsonl"
        path.write_text('{"model": "qui', encoding="utf-8")
        self.opened(path)
        assert json.loads(path.read_text(encoding="utf-8")) == IDENTITY

    def test_other_settings_are_refused_by_name(self, tmp_path: Path) -> None:
        self.opened(tmp_path / "m.jsonl")
        with pytest.raises(ValueError, match=r'm\.jsonl is of an unfinished run .*: model was "quickstart" and is "x"'):
            self.opened(tmp_path / "m.jsonl", model="x")
        with pytest.raises(ValueError, match=r"thresholds was not set and is \{\}"):
            self.opened(tmp_path / "m.jsonl", thresholds={})

    def test_a_damaged_one_is_no_reason_to_start_over_silently(self, tmp_path: Path) -> None:
        path = tmp_path / "m.jsonl"
        self.opened(path)
        with path.open("a", encoding="utf-8") as file:
            file.write("?\n")
        with pytest.raises(ValueError, match=r"m\.jsonl is damaged .*--overwrite"):
            self.opened(path)
