"""The engine for many machines: the same documents as on one, each once, whatever dies on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet
import pytest
import ray
from conftest import TRAINING, VALIDATION, marked_document
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.fs import LocalFileSystem, _MockFileSystem
from ray.data import DataContext

from trainer.archive import parts as parts_module
from trainer.archive.labelling import LabelOptions, label_part
from trainer.archive.local_engine import Progress, Totals
from trainer.archive.parts import Part, cut
from trainer.archive.ray_cluster import Workers, connected, share_out
from trainer.archive.ray_engine import run_on_ray
from trainer.archive.ray_output import RayOutput
from trainer.archive.ray_worker import LabelJob, PackedModel, PartLabeller, PartResult
from trainer.archive.staging import StagedPart, read_staged, stage
from trainer.archive.storage_folder import StorageFolder
from trainer.documents import DuplicateOf
from trainer.inference.api import load
from trainer.readers.reading import Columns, read_records
from trainer.readers.records import Item, Place, Record, Reject
from trainer.writers.document_table import documents_table

TEXTS = [marked_document([sentence]).text for sentence in (*TRAINING, *VALIDATION)]
DOCUMENTS = 36
BROKEN_LINES = (4, 11)
PART_ITEMS = 3
PARTS = DOCUMENTS // PART_ITEMS
MODEL_OPTIONS = LabelOptions(dial=-0.5)
Run = Callable[..., Totals]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_ITEMS", PART_ITEMS)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of twelve parts with two broken lines, and a text that no UTF-8 file can hold as it is."""
    return write_archive(tmp_path / "news.jsonl", DOCUMENTS)


def write_archive(path: Path, documents: int) -> Path:
    lines = []
    for number in range(documents):
        text = TEXTS[number % len(TEXTS)] + (" \ud800 قصف" if number == 7 else "")
        lines.append("{broken" if number in BROKEN_LINES else json.dumps({"id": f"d{number}", "text": text, "n": 1}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray of this machine with two processors, and with a GPU that is not there."""
    ray.init("local", num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def run(archive: Path, tmp_path: Path, tiny_model: Path) -> Run:
    """Label the archive into ``labelled.parquet``."""

    def start(**changes: Any) -> Totals:
        options = changes.pop("options", MODEL_OPTIONS)
        return run_on_ray(
            [str(archive)],
            Columns(),
            str(tmp_path / "labelled.parquet"),
            tiny_model,
            options,
            **{"device": "cpu", **changes},
        )

    return start


def rows(folder: Path) -> list[dict[str, Any]]:
    """Return the documents of a folder as whoever reads Parquet sees them, in the order of its files."""
    return pyarrow.parquet.read_table(folder).to_pylist()


def expected_rows(archive: Path, model: Path) -> list[dict[str, Any]]:
    """Return what the model says of each part in this process."""
    predictor = load(model, device="cpu")
    labelled = [label_part(predictor, part, MODEL_OPTIONS) for part in cut(read_records([str(archive)], Columns()))]
    return documents_table(document for part in labelled for document in part.documents).to_pylist()


def without_scores(value: Any, scores: list[float]) -> Any:
    """Return rows without their floats, which go to ``scores``: threads may add numbers in another order."""
    if isinstance(value, float):
        scores.append(value)
        return None
    if isinstance(value, dict):
        return {key: without_scores(part, scores) for key, part in value.items()}
    return [without_scores(part, scores) for part in value] if isinstance(value, list) else value


def assert_complete(folder: Path, archive: Path, model: Path) -> None:
    """Check that every document is there once and in order, with the spans it must have, and nothing else."""
    found_scores: list[float] = []
    scores: list[float] = []
    expected = without_scores(expected_rows(archive, model), scores)
    assert without_scores(rows(folder), found_scores) == expected
    assert found_scores == pytest.approx(scores, abs=1e-2)
    count = len(expected) + len(BROKEN_LINES)
    assert [row["id"] for row in expected] == [f"d{n}" for n in range(count) if n not in BROKEN_LINES]
    assert any(row["entities"] for row in expected)
    parts = [f"part-{number:05}.parquet" for number in range(count // PART_ITEMS)]
    assert sorted(path.name for path in folder.iterdir()) == ["_manifest.json", "_rejects.jsonl", *parts]
    rejects = [json.loads(line) for line in (folder / "_rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(reject["file"], reject["line"]) for reject in rejects] == [(str(archive), n + 1) for n in BROKEN_LINES]
    manifest = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))
    assert (manifest["complete"], manifest["run"]["engine"], len(manifest["parts"])) == (True, "ray", len(parts))
    assert [part["documents"] for part in manifest["parts"]] == [3, 2, 3, 2, *[3] * (len(parts) - 4)]


def workers() -> list[psutil.Process]:
    """Return the processes of this Ray that hold a model."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "MapWorker" in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
    ]


# Before the others: here the engine itself starts Ray and ends it.
class TestARun:
    def test_into_a_uri_it_gives_the_documents_of_the_local_engine_and_leaves_no_ray_behind(
        self, archive: Path, tmp_path: Path, tiny_model: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        positions: list[Progress] = []
        output = tmp_path / "أخبار labelled.parquet"
        totals = run_on_ray(
            [str(archive)], Columns(), output.as_uri(), tiny_model, MODEL_OPTIONS, device="cpu", report=positions.append
        )
        assert totals == Totals(DOCUMENTS - 2, 2, PARTS)
        assert_complete(output, archive, tiny_model)
        assert rows(output)[6]["text"].endswith(" \ufffd قصف")
        assert not ray.is_initialized()
        assert capfd.readouterr().out == ""

        assert sorted(position.part for position in positions) == list(range(PARTS))
        assert (positions[-1].documents, positions[-1].rejected) == (DOCUMENTS - 2, 2)
        assert positions[-1].done == archive.stat().st_size
        assert [reject.place.line for position in positions for reject in position.rejects] == [5, 12]

    @pytest.mark.usefixtures("cluster")
    def test_it_survives_a_worker_that_is_killed_at_work(
        self, run: Run, archive: Path, tmp_path: Path, tiny_model: Path
    ) -> None:
        # Longer, so that it is not over before the worker is found.
        write_archive(archive, 5 * DOCUMENTS)
        folder = tmp_path / "labelled.parquet"
        left: list[int] = []

        def kill_workers(_: Progress) -> None:
            if not left:
                for worker in workers():
                    worker.kill()
                    worker.wait()
                    left.append(5 * PARTS - len(list(folder.glob("part-*.parquet"))))

        assert run(report=kill_workers) == Totals(5 * DOCUMENTS - 2, 2, 5 * PARTS)
        assert left[0] > 0
        assert_complete(folder, archive, tiny_model)

    @pytest.mark.usefixtures("cluster")
    def test_one_whose_workers_are_all_killed_ends_with_a_sentence(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(DataContext.get_current(), "execution_no_progress_timeout_s", 4)
        over = threading.Event()
        killed: set[int] = set()

        def kill_workers() -> None:
            while not over.wait(0.05):
                for worker in workers():
                    killed.add(worker.pid)
                    worker.kill()

        killer = threading.Thread(target=kill_workers)
        killer.start()
        try:
            with pytest.raises(OSError, match=r"Ray gave up, finished parts are kept.* made no progress"):
                run()
        finally:
            over.set()
            killer.join()
        assert len(killed) > 1

    @pytest.mark.usefixtures("cluster")
    def test_one_whose_workers_cannot_load_the_model_ends_with_a_sentence(self, run: Run) -> None:
        message = r"the model cannot be loaded on a worker: device 'cuda' is not there.* \(0 of 12 parts are finished\)"
        with pytest.raises(OSError, match=message):
            run(device="cuda")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"options": LabelOptions(thresholds={"PLANET": 0.5})}, "PLANET"),
            ({"precision": "fp8"}, "there is no precision 'fp8'"),
        ],
    )
    def test_what_the_model_cannot_do_is_refused_before_anything_is_read(
        self, run: Run, tmp_path: Path, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            run(**changes)
        assert not (tmp_path / "labelled.parquet").exists()

    @pytest.mark.usefixtures("cluster")
    def test_one_that_was_stopped_goes_on_with_what_is_left_and_the_result_is_the_same(
        self, run: Run, archive: Path, tmp_path: Path, tiny_model: Path
    ) -> None:
        folder = tmp_path / "labelled.parquet"

        def stop(position: Progress) -> None:
            if position.documents + position.rejected >= 4 * PART_ITEMS:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(report=stop)
        # Its worker may still be at a part; what two runs do at once, they do alike.
        finished = {int(path.stem.removeprefix("part-")) for path in folder.glob("part-*.parquet")}
        assert len(finished) >= 4
        with pytest.raises(ValueError, match=r"_manifest\.json is of an unfinished run .* dial was -0\.5 and is 0\.0"):
            run(options=LabelOptions())
        positions: list[Progress] = []
        assert run(report=positions.append) == Totals(DOCUMENTS - 2, 2, PARTS)
        assert finished.isdisjoint(position.part for position in positions)
        assert_complete(folder, archive, tiny_model)


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

    def test_a_complete_one_is_not_touched(self, tmp_path: Path) -> None:
        output = self.opened(tmp_path)
        output.stage(lambda: cut(items(7)))
        self.finish(output)
        with pytest.raises(ValueError, match=r"is complete; name another output, or .* with --overwrite"):
            self.opened(tmp_path)
        assert len(list(tmp_path.glob("part-*.parquet"))) == 3

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


class TestAWorker:
    @pytest.mark.usefixtures("cluster")
    def test_it_tells_why_a_part_cannot_be_read_and_does_not_raise(self, tmp_path: Path, tiny_model: Path) -> None:
        job = LabelJob(str(tmp_path), MODEL_OPTIONS, "cpu", "fp32")
        labeller = PartLabeller(job, [ray.put(PackedModel.of(tiny_model))])
        result = PartResult.from_batch(labeller({"number": [3]}))
        assert (result.number, result.documents) == (3, 0)
        assert result.failure.startswith(f"{tmp_path}/_staged/part-00003.jsonl.gz cannot be read: ")

    def test_the_model_arrives_with_all_of_its_files_and_its_name(self, tiny_model: Path) -> None:
        with PackedModel.of(tiny_model).unpacked() as folder:
            assert folder != tiny_model
            assert load(folder, device="cpu").info == load(tiny_model, device="cpu").info
        assert not folder.exists()

    def test_rejects_come_back_as_they_were(self) -> None:
        rejects = [Reject(Place("a\udcff.jsonl", 3, "byte 7"), "سطر مكسور", "٣", 12), Reject(Place("-"), "x")]
        result = PartResult(4, 9, rejects)
        assert PartResult.from_batch(result.to_batch()) == result


def items(count: int) -> list[Item]:
    return [Record(Place("a.jsonl", number + 1), "خبر", str(number), done=10 * number) for number in range(count)]


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

        def half(self: StorageFolder, place: str, content: bytes) -> None:
            put(self, place, content[:1])
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


LARGE = {"CPU": 16.0, "memory": 1e9}


class TestTheCluster:
    def test_machines_that_are_alike_get_a_worker_each_with_all_processors(self) -> None:
        assert share_out([LARGE] * 3, "auto", None) == Workers(3, cpus=16, gpus=0)

    def test_workers_are_as_large_as_the_smallest_machine_and_fill_the_others(self) -> None:
        assert share_out([{"CPU": 4.0}, LARGE, {"memory": 1e9}], "cpu", None) == Workers(5, cpus=4, gpus=0)

    def test_a_number_of_workers_shares_the_processors(self) -> None:
        assert share_out([{"CPU": 8.0}], "cpu", 3) == Workers(3, cpus=2, gpus=0)
        assert share_out([{"CPU": 2.0}], "cpu", 9) == Workers(9, cpus=1, gpus=0)
        assert share_out([LARGE] * 2, "cpu", 1) == Workers(1, cpus=16, gpus=0)

    def test_each_gpu_gets_a_worker_unless_processors_are_asked_for(self) -> None:
        nodes = [LARGE, {"CPU": 8.0, "GPU": 4.0}]
        assert share_out(nodes, "auto", None) == share_out(nodes, "cuda", None) == Workers(4, cpus=1, gpus=1)
        assert share_out(nodes, "cuda", 2).device == "cuda"
        assert share_out(nodes, "cpu", None) == Workers(3, cpus=8, gpus=0)

    @pytest.mark.parametrize(
        ("nodes", "device", "message"),
        [
            ([LARGE], "cuda", "no GPU at present"),
            ([{"memory": 1e9}], "auto", "no processors at present"),
            ([LARGE], "cuda:1", "a worker on Ray sees one GPU at most"),
        ],
    )
    def test_what_the_cluster_does_not_have_is_said_at_once(
        self, nodes: list[dict[str, float]], device: str, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            share_out(nodes, device, None)

    def test_a_missing_ray_is_named_with_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)
        with pytest.raises(ValueError, match=r"needs Ray.*pip install 'marsad\[ray\]'"), connected():
            pass

    def test_nothing_imports_ray_before_a_run(self) -> None:
        code = "import sys, trainer.cli.app, trainer.archive.ray_engine; sys.exit('ray' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
