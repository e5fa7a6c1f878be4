"""The engine for many machines: the same documents as on one, each once, whatever dies on the way."""

from __future__ import annotations

import os

# Before Ray reads it: with a token, a process that was started before Ray made one could not join its cluster.
os.environ["RAY_AUTH_MODE"] = "disabled"

import json
import signal
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
from conftest import TRAINING, VALIDATION, Marsad, marked_document
from killed_processes import start
from ray.data import DataContext

from trainer.archive import parts as parts_module
from trainer.archive.labelling import LabelOptions, label_part
from trainer.archive.parts import cut
from trainer.archive.progress import Progress, Totals
from trainer.archive.ray_cluster import Workers, connected, share_out
from trainer.archive.ray_engine import run_on_ray
from trainer.archive.ray_output import RayOutput
from trainer.archive.ray_worker import LabelJob, PackedModel, PartLabeller, PartResult
from trainer.archive.staging import stage
from trainer.archive.storage_folder import StorageFolder
from trainer.cli.app import main
from trainer.inference.api import load
from trainer.inference.predictor import Predictor
from trainer.readers.reading import Columns, read_records
from trainer.readers.records import Place, Reject
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


def run_command_until(given: list[str], address: str, finished: int, how: int) -> None:
    """Run the command in this process, which gets the signal ``how`` as soon as it knows of ``finished`` parts."""
    os.environ["RAY_ADDRESS"] = address
    parts_module.PART_ITEMS = PART_ITEMS
    add = RayOutput.add

    def add_and_stop(self: RayOutput, number: int, documents: int, rejected: int) -> None:
        add(self, number, documents, rejected)
        if len(self.finished) == finished:
            os.kill(os.getpid(), how)

    RayOutput.add = add_and_stop  # type: ignore[method-assign]
    main(given)


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
        steps: list[str] = []
        output = tmp_path / "أخبار labelled.parquet"
        totals = run_on_ray(
            [str(archive)],
            Columns(),
            output.as_uri(),
            tiny_model,
            MODEL_OPTIONS,
            device="cpu",
            report=positions.append,
            on_step=steps.append,
        )
        assert totals == Totals(DOCUMENTS - 2, 2, PARTS)
        assert_complete(output, archive, tiny_model)
        assert rows(output)[6]["text"].endswith(" \ufffd قصف")
        assert steps == ["laying out the input in parts"]
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
        assert killed

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
        steps: list[str] = []
        assert run(report=positions.append, on_step=steps.append) == Totals(DOCUMENTS - 2, 2, PARTS)
        assert finished.isdisjoint(position.part for position in positions)
        assert steps == []
        assert_complete(folder, archive, tiny_model)

    @pytest.mark.usefixtures("cluster")
    @pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)])
    def test_the_same_command_goes_on_after_a_signal_and_then_has_nothing_left_to_do(
        self, archive: Path, tmp_path: Path, tiny_model: Path, marsad: Marsad, how: int, code: int
    ) -> None:
        folder, log = tmp_path / "labelled.parquet", tmp_path / "log"
        files = ("--model", str(tiny_model), "--input", str(archive), "--output", str(folder))
        command = ["predict", "--engine", "ray", *files, "--dial=-0.5", "--device", "cpu"]
        address = ray.get_runtime_context().gcs_address
        process = start(run_command_until, command, address, 2, int(how), log=log)
        process.join(timeout=600)
        assert process.exitcode == code, log.read_text(encoding="utf-8")
        stopped = "stopped; finished parts are kept, and the same command goes on from there"
        assert (stopped in log.read_text(encoding="utf-8")) == (how == signal.SIGTERM)
        assert len(list(folder.glob("part-*.parquet"))) >= 2
        assert not json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))["complete"]

        assert marsad(*command).code == 3
        assert_complete(folder, archive, tiny_model)
        written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        assert marsad(*command).code == 3
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written

    @pytest.mark.usefixtures("cluster")
    def test_a_complete_one_is_told_and_not_labelled_again(self, run: Run) -> None:
        positions: list[Progress] = []
        steps: list[str] = []
        totals = run()
        assert run(report=positions.append, on_step=steps.append) == totals
        assert positions == []
        assert len(steps) == 1
        assert "labelled.parquet is complete already, nothing is labelled; --overwrite" in steps[0]

    def test_an_output_in_the_input_is_refused(self, archive: Path, tmp_path: Path, tiny_model: Path) -> None:
        output = str(tmp_path / "labelled.parquet")
        with pytest.raises(ValueError, match=r"labelled\.parquet lies in the input .* would be read the next time"):
            run_on_ray([tmp_path.as_uri()], Columns(), output, tiny_model, MODEL_OPTIONS, device="cpu")
        assert list(tmp_path.iterdir()) == [archive]


class TestAWorker:
    @pytest.mark.usefixtures("cluster")
    def test_it_tells_why_a_part_cannot_be_read_and_does_not_raise(self, tmp_path: Path, tiny_model: Path) -> None:
        job = LabelJob(str(tmp_path), MODEL_OPTIONS, "torch", "cpu", "fp32")
        labeller = PartLabeller(job, [ray.put(PackedModel.of(tiny_model))])
        result = PartResult.from_batch(labeller({"number": [3]}))
        assert (result.number, result.documents) == (3, 0)
        assert result.failure.startswith(f"{tmp_path}/_staged/part-00003.jsonl.gz cannot be read: ")

    @pytest.mark.usefixtures("cluster")
    def test_it_tells_that_the_model_does_not_work_any_more(
        self, archive: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> list[Any]:
            raise RuntimeError("CUDA error")

        stage(cut(read_records([str(archive)], Columns())), StorageFolder.at(str(tmp_path)))
        job = LabelJob(str(tmp_path), MODEL_OPTIONS, "torch", "cpu", "fp32")
        labeller = PartLabeller(job, [ray.put(PackedModel.of(tiny_model))])
        monkeypatch.setattr(Predictor, "predict", broken)
        result = PartResult.from_batch(labeller({"number": [1]}))
        assert result.failure == "the model does not work any more (RuntimeError: CUDA error)"
        assert list(tmp_path.glob("part-*")) == []

    def test_the_model_arrives_with_all_of_its_files_and_its_name(self, tiny_model: Path) -> None:
        with PackedModel.of(tiny_model).unpacked() as folder:
            assert folder != tiny_model
            assert load(folder, device="cpu").info == load(tiny_model, device="cpu").info
        assert not folder.exists()

    def test_rejects_come_back_as_they_were(self) -> None:
        rejects = [Reject(Place("a\udcff.jsonl", 3, "byte 7"), "سطر مكسور", "٣", 12), Reject(Place("-"), "x")]
        result = PartResult(4, 9, rejects)
        assert PartResult.from_batch(result.to_batch()) == result


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
