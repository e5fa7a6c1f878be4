"""Ids of an archive are given once: how repeated ones are found and what becomes of their records."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT

from trainer import temporary_database
from trainer.archive.checked_items import checked_items
from trainer.archive.ids import DistinctIds
from trainer.documents import DuplicateOf
from trainer.readers.records import Item, Place, Record, Reject

REPORT = (
    "سيطرت قوات النظام على بلدة المزيريب أمس بعد قصف عنيف، وقُتل خمسة مدنيين وجُرح عشرة آخرون، بينما نزحت عشرات "
    "العائلات إلى درعا خوفاً من المعارك التي استمرت حتى ساعات الصباح الأولى، وفق ما قاله ناشطون وشهود عيان من البلدة "
    "لوكالات الأنباء، مضيفين أن الطرق إلى دمشق ما زالت مقطوعة."
)


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file of this process become larger than 200 kB: a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestDistinctIds:
    def test_a_new_id_has_no_first_place(self) -> None:
        with DistinctIds() as ids:
            assert ids.first_place("17", "news.jsonl:3") is None
            assert ids.first_place("18", "news.jsonl:4") is None

    def test_a_repeated_id_has_that_of_its_first_time(self) -> None:
        with DistinctIds() as ids:
            ids.first_place("17", "news.jsonl:3")
            assert ids.first_place("17", "news.jsonl:9") == "news.jsonl:3"
            assert ids.first_place("17", "أخبار.csv:1") == "news.jsonl:3"

    @pytest.mark.parametrize("other", ["17 ", "017", "17\0", "١٧", "", "17\ud800"])
    def test_ids_that_look_alike_are_different(self, other: str) -> None:
        with DistinctIds() as ids:
            ids.first_place("17", "news.jsonl:3")
            assert ids.first_place(other, "news.jsonl:4") is None

    @given(st.lists(ANY_TEXT, max_size=20), ANY_TEXT)
    def test_any_strings_are_told_apart(self, given_ids: list[str], file: str) -> None:
        first: dict[str, str] = {}
        with DistinctIds() as ids:
            for line, id in enumerate(given_ids):
                place = f"{file}:{line}"
                assert ids.first_place(id, place) == first.get(id)
                first.setdefault(id, place)

    def test_a_full_disk_is_an_error_that_says_where_and_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_files: None
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(temporary_database, "_CACHE_KIB", 16)
        items = (record(line, f"2015-07-21-{line}") for line in range(20_000))
        with pytest.raises(OSError, match="looking for ids given twice needs a temporary file in ") as error:
            list(checked_items(items, dedupe=False))
        assert str(tmp_path) in str(error.value)
        assert str(error.value).endswith("are free); make room there or set TMPDIR to another folder")


def record(line: int, id: str, text: str = REPORT) -> Record:
    return Record(Place("news.jsonl", line), text, id, {"source": "وكالة"}, done=line * 100)


class TestCheckedItems:
    def test_records_and_rejects_pass_in_order(self) -> None:
        items: list[Item] = [record(1, "أ"), Reject(Place("news.jsonl", 2), "broken JSON"), record(3, "ب", "خبر")]
        assert list(checked_items(items, dedupe=False)) == items
        assert [item for item in items if isinstance(item, Record) and item.duplicate_of] == []

    def test_a_record_with_an_earlier_id_is_rejected_with_both_places(self) -> None:
        first, second, third = checked_items([record(3, "17"), record(5, "18"), record(9, "17")], dedupe=False)
        assert (first.id, second.id) == ("17", "18")
        assert third == Reject(
            Place("news.jsonl", 9),
            "the id «17» was given to news.jsonl:3 before; ids must be unique: name another column with --id-column, "
            "or --id-column '' to number the documents",
            "17",
            900,
        )

    def test_a_long_id_is_shortened_in_the_reason_alone(self) -> None:
        _, rejected = checked_items([record(1, "س" * 100_000), record(2, "س" * 100_000)], dedupe=False)
        assert isinstance(rejected, Reject)
        assert len(rejected.reason) < 400
        assert len(rejected.id) == 100_000

    def test_the_ids_of_rejects_are_not_taken(self) -> None:
        items: list[Item] = [Reject(Place("news.jsonl", 1), "no text", "17"), record(2, "17")]
        assert list(checked_items(items, dedupe=False)) == items

    def test_copies_are_marked_where_that_is_asked_for(self) -> None:
        for dedupe, expected in ((False, [None, None]), (True, [None, DuplicateOf("أ", 1.0)])):
            items = list(checked_items([record(1, "أ"), record(2, "ب")], dedupe=dedupe))
            assert [item.duplicate_of for item in items if isinstance(item, Record)] == expected

    def test_a_rejected_record_is_no_original(self) -> None:
        items = [record(1, "17", "خبر آخر"), record(2, "17"), record(3, "18"), record(4, "19")]
        checked = list(checked_items(items, dedupe=True))
        assert [type(item) for item in checked] == [Record, Reject, Record, Record]
        assert [item.duplicate_of for item in checked if isinstance(item, Record)] == [
            None,
            None,
            DuplicateOf("18", 1.0),
        ]

    def test_items_are_read_one_at_a_time(self) -> None:
        read: list[int] = []

        def items() -> Iterator[Record]:
            for number in range(10):
                read.append(number)
                yield record(number, str(number))

        checked = checked_items(items(), dedupe=True)
        assert read == []
        next(checked)
        assert read == [0]
