"""The folder that a run on many machines writes: what is in it, and how a run finds its way back."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.fs import LocalFileSystem, _MockFileSystem

from trainer.archive import parts as parts_module
from trainer.archive.parts import Part, cut
from trainer.archive.progress import Totals
from trainer.archive.ray_output import RayOutput
from trainer.archive.staging import StagedPart, read_staged, stage
from trainer.archive.storage_folder import StorageFolder
from trainer.documents import DuplicateOf
from trainer.readers.records import Item, Place, Record, Reject


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_ITEMS", 3)


def items(count: int) -> list[Item]:
    return [Record(Place("a.jsonl", number + 1), "خبر", str(number), done=10 * number) for number in range(count)]


class TestTheOutputFolder:
    def opened(self, folder: Path, *, overwrite: bool = False, **changes: Any) -> RayOutput:
        output = RayOutput(str(folder))
        output.open({"model": "a", "dial": 0.0, **changes}, overwrite=overwrite)
        return output

    @pytest.fixture
    def stopped(self, tmp_path: Path) -> Path:
        """A run over seven items in three parts that stopped after the second."""
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        output.folder.write("part-00001.parquet", b"")
        output.folder.write("_rejects/part-00001.jsonl", b"{}\n")
        return tmp_path

    def test_it_says_what_is_left(self, stopped: Path) -> None:
        output = self.opened(stopped)
        assert (output.unfinished(), output.documents, output.rejected) == ([0, 2], 2, 1)

    def test_another_run_is_refused_and_what_differs_is_named(self, stopped: Path) -> None:
        with pytest.raises(ValueError, match=r'_manifest\.json is of an unfinished run .*: model was "a" and is "b"\.'):
            self.opened(stopped, model="b")
        assert self.opened(stopped).unfinished() == [0, 2]

    def test_it_goes_on_with_the_input_of_its_beginning(self, stopped: Path) -> None:
        output = self.opened(stopped)
        output.stage(lambda: pytest.fail("the input is read again"))
        assert [item.id for item in read_staged(output.folder, 2).items] == ["6"]

    def test_where_the_input_must_be_read_again_it_must_be_the_same(self, stopped: Path) -> None:
        (stopped / "_staged" / "part-00002.jsonl.gz").unlink()
        output = self.opened(stopped)
        with pytest.raises(ValueError, match=r"the input is not what it was when the run into .* began"):
            output.stage(lambda: cut(items(8)))
        output.stage(lambda: cut(items(7)))
        assert output.unfinished() == [0, 2]

    def test_a_complete_one_of_another_run_is_not_touched(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        self.finish(output)
        with pytest.raises(ValueError, match=r"is complete; name another output, or .* with --overwrite"):
            self.opened(tmp_path, model="b")
        assert len(list(tmp_path.glob("part-*.parquet"))) == 3

    def test_one_that_was_killed_while_it_cleared_its_work_away_is_complete(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        delete = StorageFolder.delete

        def dies(folder: StorageFolder, name: str) -> None:
            delete(folder, f"{name}/part-00000.jsonl.gz")
            raise KeyboardInterrupt

        monkeypatch.setattr(StorageFolder, "delete", dies)
        with pytest.raises(KeyboardInterrupt):
            self.finish(output)
        monkeypatch.undo()
        assert len(list((tmp_path / "_staged").iterdir())) == 2
        output = self.opened(tmp_path)
        assert (output.complete, output.totals) == (True, Totals(7, 0, 3))
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            *["_manifest.json", "part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
        ]

    def test_a_complete_one_that_lacks_a_part_is_not_taken_for_whole(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        self.finish(output)
        (tmp_path / "part-00001.parquet").unlink()
        with pytest.raises(ValueError, match=r"was complete and lacks part-00001\.parquet now; .* with --overwrite"):
            self.opened(tmp_path)

    def test_names_of_inputs_may_be_no_utf_8(self, tmp_path: Path) -> None:
        name = os.fsdecode(b"\xc7\xce.txt")
        output = self.opened(tmp_path, inputs=[name])
        output.stage(lambda: cut(items(7)))
        output.folder.write("part-00001.parquet", b"")
        assert self.opened(tmp_path, inputs=[name]).unfinished() == [0, 2]

    def test_its_end_needs_memory_for_the_rejects_of_one_part_alone(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(60)))
        for number in output.unfinished():
            output.folder.write(f"part-{number:05}.parquet", b"")
            output.folder.write(f"_rejects/part-{number:05}.jsonl", b"%d" % number * 200_000)
            output.add(number, 2, 1)
        tracemalloc.start()
        output.finish()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (tmp_path / "_rejects.jsonl").read_bytes() == b"".join(b"%d" % number * 200_000 for number in range(20))
        assert peak < 2_000_000

    def finish(self, output: RayOutput) -> None:
        for number in output.unfinished():
            output.folder.write(f"part-{number:05}.parquet", b"")
            output.add(number, 3, 0)
        output.finish()

    def test_a_run_that_finished_no_part_stands_in_nobodys_way(self, tmp_path: Path) -> None:
        self.opened(tmp_path).stage(lambda: cut(items(7)))
        output = self.opened(tmp_path, model="b")
        assert (output.parts, sorted(path.name for path in tmp_path.iterdir())) == ([], [])

    def test_a_killed_staging_starts_anew(self, tmp_path: Path) -> None:
        def dies() -> Iterator[Part]:
            yield next(cut(items(7)))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.opened(tmp_path).stage(dies)
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(5)))
        assert output.unfinished() == [0, 1]
        assert [item.id for number in (0, 1) for item in read_staged(output.folder, number).items] == list("01234")

    def test_a_folder_with_other_files_is_refused_and_left_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "part-00000.parquet").write_bytes(b"of another tool")
        for overwrite in (False, True):
            with pytest.raises(ValueError, match=r"files that are not of a run of Marsad, such as part-00000\.parquet"):
                self.opened(tmp_path, overwrite=overwrite)
        assert (tmp_path / "part-00000.parquet").read_bytes() == b"of another tool"

    def test_overwriting_deletes_what_marsad_wrote(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        self.finish(output)
        assert sorted(path.name for path in tmp_path.glob("*")) == [
            *["_manifest.json", "part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
        ]
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(ValueError, match=r"such as notes\.txt"):
            self.opened(tmp_path, overwrite=True)
        (tmp_path / "notes.txt").unlink()
        self.opened(tmp_path, overwrite=True)
        assert list(tmp_path.iterdir()) == []

    def test_a_run_cannot_end_without_all_of_its_parts(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        output.folder.write("part-00000.parquet", b"")
        with pytest.raises(OSError, match=r"lacks part-00001\.parquet at the end of the run"):
            output.finish()

    def test_a_damaged_manifest_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "_manifest.json").write_text("{")
        with pytest.raises(ValueError, match=r"_manifest\.json is damaged"):
            self.opened(tmp_path)


class TestStaging:
    @given(
        texts=st.lists(st.text(st.characters(exclude_categories=())), max_size=4),
        id=st.text(st.characters(exclude_categories=())),
        similarity=st.floats(0, 1),
    )
    def test_whatever_was_read_comes_back_character_by_character(
        self, texts: list[str], id: str, similarity: float
    ) -> None:
        awkward = ["\ud83d\ude00"[0] + "\ude00", "a\u2028b\x85c\nd\0", "\ufeff", *texts]
        metadata = {"source": id, "tags": [1, None, {"عنوان": 2.5}]}
        found: list[Item] = [
            Record(Place(f"{id}.csv", 3), text, id, metadata, DuplicateOf(id, similarity), done=7) for text in awkward
        ]
        found.append(Reject(Place("b\udcff.txt", detail="byte 3"), "no UTF-8", id, done=9))
        folder = StorageFolder(_MockFileSystem(), "work")
        part = Part(2, 17, found)
        assert stage([part], folder) == [StagedPart(2, 17, len(found), 9, part.digest())]
        assert read_staged(folder, 2) == part

    def test_the_sizes_of_parts_add_up_to_the_input(self, tmp_path: Path) -> None:
        staged = stage(cut(items(8)), StorageFolder.at(str(tmp_path)))
        assert [part.size for part in staged] == [20, 30, 20]


class TestAStorageFolder:
    @pytest.fixture(params=["path", "uri", "other file system"])
    def folder(self, request: pytest.FixtureRequest, tmp_path: Path) -> StorageFolder:
        if request.param == "other file system":
            return StorageFolder(_MockFileSystem(), "bucket/labelled/")
        place = tmp_path / "نتائج 1"
        return StorageFolder.at(str(place) if request.param == "path" else place.as_uri())

    def test_files_are_written_listed_read_replaced_and_deleted(self, folder: StorageFolder) -> None:
        assert folder.names() == set()
        folder.delete("a.gz")
        folder.write("a.gz", b"not compressed")
        folder.write("inner/b", b"2")
        folder.write("inner/b", b"3")
        assert (folder.read("a.gz"), folder.read("inner/b")) == (b"not compressed", b"3")
        assert (folder.names() - {"_unfinished"}, folder.names("inner")) == ({"a.gz", "inner"}, {"b"})
        for name in ("a.gz", "inner", "_unfinished"):
            folder.delete(name)
        assert folder.names() == set()

    def test_a_write_that_breaks_off_leaves_the_old_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = StorageFolder.at(str(tmp_path))
        folder.write("part", b"old")
        put = StorageFolder._put

        def half(self: StorageFolder, place: str, pieces: list[bytes]) -> None:
            put(self, place, [piece[:1] for piece in pieces])
            raise OSError("No space left on device")

        monkeypatch.setattr(StorageFolder, "_put", half)
        with pytest.raises(OSError, match="part cannot be written: No space left on device"):
            folder.write("part", b"new")
        assert folder.read("part") == b"old"

    def test_an_object_store_is_written_to_in_one_request_and_nothing_is_renamed(self, tmp_path: Path) -> None:
        (tmp_path / "inner").mkdir()

        class Store:
            """Has no folders to make and no names to change."""

            type_name = "s3"

            def open_output_stream(self, path: str, compression: str | None) -> Any:
                return LocalFileSystem().open_output_stream(path, compression=compression)

        StorageFolder(Store(), str(tmp_path)).write("inner/a.gz", b"whole")
        assert (tmp_path / "inner" / "a.gz").read_bytes() == b"whole"

    def test_an_unknown_kind_of_address_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ftp://host/folder is no folder that can be written to"):
            StorageFolder.at("ftp://host/folder")
