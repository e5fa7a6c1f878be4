"""``marsad predict`` over an archive: stopped in any way it goes on, and ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import TRAINING, VALIDATION, Marsad, marked_document
from killed_processes import kill_before_change, start, was_killed

from trainer.archive import labelling
from trainer.archive import parts as parts_module
from trainer.cli.app import main
from trainer.documents import Document
from trainer.file_lock import locked_file
from trainer.formats.jsonl import read_jsonl
from trainer.inference.predictor import Predictor

TEXTS = [marked_document([sentence]).text for sentence in (*TRAINING, *VALIDATION)]
DOCUMENTS = 23
BROKEN_LINES = (4, 11)
# Every form of output that there is.
OUTPUTS = ("out.jsonl", "out.parquet", "out.csv", "out.html", "brat")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_ITEMS", 3)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of eight parts with two lines that are broken."""
    lines = [
        "{broken" if number in BROKEN_LINES else json.dumps({"id": f"d{number}", "text": TEXTS[number % len(TEXTS)]})
        for number in range(DOCUMENTS)
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def arguments(model: Path, archive: Path, folder: Path, *more: str) -> list[str]:
    outputs = [argument for name in OUTPUTS for argument in ("--output", str(folder / name))]
    return ["predict", "--model", str(model), "--input", str(archive), *outputs, *more]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below ``folder``, hidden ones, too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def documents_in(path: Path) -> list[Document]:
    with path.open(encoding="utf-8") as lines:
        return list(read_jsonl(lines, path.name))


# ------------------------------------------------------------- what runs in processes of their own


def run(given: list[str]) -> None:
    """Run the command with small parts; rejects are no failure here."""
    parts_module.PART_ITEMS = 3
    try:
        main(given)
    except SystemExit as ended:
        if ended.code not in (0, 3):
            raise


def run_until_change(given: list[str], folder: str, change: int) -> None:
    changes = kill_before_change(change, Path(folder))
    run(given)
    print("changes", changes())


def run_slowly(given: list[str]) -> None:
    """Take a while over each part, so that a signal finds the run at work."""
    predict = Predictor.predict

    def slow(self: Predictor, *texts: Any, **options: Any) -> Any:
        time.sleep(0.1)
        return predict(self, *texts, **options)

    Predictor.predict = slow  # type: ignore[method-assign]
    run(given)


def run_on_a_full_disk(given: list[str], file_size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    try:
        run(given)
    except SystemExit as ended:
        print("ended with", ended.code)


@pytest.fixture
def expected(tiny_model: Path, archive: Path, tmp_path: Path) -> dict[str, bytes]:
    """What a run leaves that nothing stops."""
    (tmp_path / "whole").mkdir()
    log = tmp_path / "whole.log"
    assert not was_killed(start(run, arguments(tiny_model, archive, tmp_path / "whole"), log=log), log)
    return contents(tmp_path / "whole")


class TestWithoutInterruption:
    def test_every_document_is_there_once_in_order_and_every_broken_line_is_listed(
        self, tiny_model: Path, archive: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        result = marsad(*arguments(tiny_model, archive, tmp_path / "new"))
        assert result.code == 3, result.err
        ids = [f"d{number}" for number in range(DOCUMENTS) if number not in BROKEN_LINES]
        documents = documents_in(tmp_path / "new" / "out.jsonl")
        assert [document.id for document in documents] == ids
        assert sum(len(document.entities) for document in documents) > 10
        lines = (tmp_path / "new" / "out.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["line"] for line in lines] == [number + 1 for number in BROKEN_LINES]
        assert list(json.loads(lines[0])) == ["file", "line", "location", "id", "reason"]
        assert f"2 inputs rejected, listed in {tmp_path / 'new' / 'out.jsonl.rejects.jsonl'}" in result.err

    def test_nothing_but_the_results_is_left(self, expected: dict[str, bytes]) -> None:
        assert {name.split("/")[0] for name in expected} == {
            *("out.jsonl", "out.parquet", "out.html", "out.pages", "brat", "out.jsonl.rejects.jsonl"),
            *("out.entities.csv", "out.events.csv", "out.event_types.csv"),
        }

    def test_batches_never_cross_parts(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        sizes: list[int] = []
        predict = Predictor.predict
        monkeypatch.setattr(
            Predictor,
            "predict",
            lambda self, texts, **options: sizes.append(len(texts)) or predict(self, texts, **options),
        )
        marsad("predict", "--model", tiny_model, "--input", archive, "--output", tmp_path / "o.jsonl")
        # Two parts are at work at once, so the order in which their batches come is not given.
        assert sorted(size for size in sizes if size) == [2, 2, 2, 3, 3, 3, 3, 3]

    def test_a_document_that_the_model_fails_on_is_listed_in_its_place_and_the_others_are_not_lost(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        # d3 is in a part with a broken line behind it.
        monkeypatch.setattr(Predictor, "predict", failing_on({"d3", "d7"}))
        result = marsad("predict", "--model", tiny_model, "--input", archive, "--output", tmp_path / "o.jsonl")
        assert result.code == 3
        assert f"rejected {archive}:8: cannot be labelled: RuntimeError: out of memory" in result.err
        lines = (tmp_path / "o.jsonl.rejects.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["line"] for line in lines] == [4, 5, 8, 12]
        kept = [number for number in range(DOCUMENTS) if number not in (*BROKEN_LINES, 3, 7)]
        assert [document.id for document in documents_in(tmp_path / "o.jsonl")] == [f"d{number}" for number in kept]

    def test_a_model_that_fails_on_everything_ends_the_run_and_rejects_nothing(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        given = ("predict", "--model", tiny_model, "--input", archive, "--output", tmp_path / "o.jsonl")
        with monkeypatch.context() as patch:
            patch.setattr(Predictor, "predict", failing_on({f"d{number}" for number in range(9, 99)}, probe=False))
            result = marsad(*given)
        assert result.code == 1
        assert "the model does not work any more (RuntimeError: out of memory)" in result.err
        assert len(list((tmp_path / "o.jsonl.parts").glob("part-*"))) == 3
        assert marsad(*given).code == 3
        assert len(documents_in(tmp_path / "o.jsonl")) == DOCUMENTS - len(BROKEN_LINES)

    def test_rejects_of_an_earlier_run_are_not_left_beside_a_run_without_any(
        self, tiny_model: Path, archive: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        command = ("predict", "--model", tiny_model, "--input", archive, "--output", tmp_path / "o.jsonl")
        assert marsad(*command).code == 3
        archive.write_text(json.dumps({"text": TEXTS[0]}), encoding="utf-8")
        assert marsad(*command).code == 0
        assert not (tmp_path / "o.rejects.jsonl").exists()

    def test_a_mistyped_input_leaves_nothing_that_stands_in_the_way(
        self, tiny_model: Path, archive: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        output = tmp_path / "new" / "o.jsonl"
        assert marsad("predict", "--model", tiny_model, "--input", tmp_path / "no.jsonl", "--output", output).code == 1
        assert list(output.parent.iterdir() if output.parent.exists() else ()) == []
        assert marsad("predict", "--model", tiny_model, "--input", archive, "--output", output).code == 3


class TestKilled:
    def test_before_any_change_on_the_disk_it_goes_on_to_the_same_results(
        self, tiny_model: Path, archive: Path, tmp_path: Path, expected: dict[str, bytes]
    ) -> None:
        given, log = arguments(tiny_model, archive, tmp_path / "counted"), tmp_path / "log"
        assert not was_killed(start(run_until_change, given, str(tmp_path / "counted"), -1, log=log), log)
        # The last are those of the locks, when nothing is left of the run that it could be known by.
        changes = int(log.read_text(encoding="utf-8").split("changes")[-1]) - len(OUTPUTS)
        # Half of the moments of the end, when the outputs are put together and the parts deleted, and some before.
        moments = [*range(0, changes - 40, 13), *range(changes - 40, changes, 2)]
        runs = []
        for moment in moments:
            folder, log = tmp_path / f"run-{moment}", tmp_path / f"{moment}.log"
            given = arguments(tiny_model, archive, folder)
            assert was_killed(start(run_until_change, given, str(folder), moment, log=log), log)
            runs.append((given, folder, log))
        manifests = [folder / "out.jsonl.parts" / "manifest.jsonl" for _, folder, _ in runs]
        states = [path.read_text(encoding="utf-8") if path.exists() else "" for path in manifests]
        assert any("assembling" in state for state in states)
        for given, folder, log in runs:
            assert not was_killed(start(run, given, log=log), log)
            assert contents(folder) == expected, folder.name

    def test_at_ten_random_moments_it_goes_on_to_the_same_results(
        self, tiny_model: Path, archive: Path, tmp_path: Path, expected: dict[str, bytes]
    ) -> None:
        generator = random.Random(7)
        given = arguments(tiny_model, archive, tmp_path / "run")
        log, kills = tmp_path / "log", 0
        while kills < 10:
            process = start(run_slowly, given, log=log)
            process.join(timeout=generator.uniform(0.2, 0.9))
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGKILL)
            if was_killed(process, log):
                kills += 1
            else:
                # It came to its end before: the next one begins anew.
                assert contents(tmp_path / "run") == expected
                shutil.rmtree(tmp_path / "run")
        assert not was_killed(start(run, given, log=log), log)
        assert contents(tmp_path / "run") == expected

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_asked_to_stop_it_says_how_to_go_on(
        self, tiny_model: Path, archive: Path, tmp_path: Path, expected: dict[str, bytes], number: signal.Signals
    ) -> None:
        given, log = arguments(tiny_model, archive, tmp_path / "run"), tmp_path / "log"
        process = start(run_slowly, given, log=log)
        manifest = tmp_path / "run" / "out.jsonl.parts" / "manifest.jsonl"
        wait_for(lambda: manifest.exists() and manifest.read_text(encoding="utf-8").count("\n") > 2)
        os.kill(process.pid or 0, number)
        process.join(timeout=60)
        assert process.exitcode == 130
        assert "stopped; finished parts are kept, and the same command goes on" in log.read_text(encoding="utf-8")
        assert not (tmp_path / "run" / "out.jsonl").exists()
        assert not was_killed(start(run, given, log=log), log)
        assert contents(tmp_path / "run") == expected


class TestFullDisk:
    @pytest.mark.parametrize(
        ("long_text", "others"), [(250, 1), (20, 20)], ids=["in a part", "when parts are put together"]
    )
    def test_it_is_said_what_is_kept_and_the_run_goes_on_when_there_is_room(
        self, tiny_model: Path, tmp_path: Path, long_text: int, others: int
    ) -> None:
        archive = tmp_path / "long.jsonl"
        texts = [" ".join(TEXTS[:2] * (long_text if number == 7 else others)) for number in range(20)]
        archive.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        runs = [arguments(tiny_model, archive, tmp_path / name) for name in ("whole", "run")]
        log = tmp_path / "log"
        assert not was_killed(start(run, runs[0], log=log), log)
        assert not was_killed(start(run_on_a_full_disk, runs[1], 180_000, log=log), log)
        said = " ".join(log.read_text(encoding="utf-8").split())
        assert "could not be written: file too large" in said
        assert f"{2 if long_text > others else 7} finished parts are kept in" in said
        assert "ended with 1" in said
        assert not was_killed(start(run, runs[1], log=log), log)
        assert contents(tmp_path / "run") == contents(tmp_path / "whole")


class TestGoingOn:
    @pytest.fixture
    def interrupted(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> list[str]:
        """Run until the third part and return the command."""
        given = ["predict", "--model", str(tiny_model), "--input", str(archive), "--output", str(tmp_path / "o.jsonl")]
        with monkeypatch.context() as patch:
            patch.setattr(labelling, "label_part", failing_at(2, labelling.label_part))
            assert marsad(*given).code == 130
        assert len(list((tmp_path / "o.jsonl.parts").glob("part-*"))) == 2
        return given

    def test_finished_parts_are_not_labelled_again(
        self, interrupted: list[str], monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        numbers: list[int] = []
        label_part = labelling.label_part

        def noted(predictor: Any, part: Any, options: Any) -> Any:
            numbers.append(part.number)
            return label_part(predictor, part, options)

        monkeypatch.setattr(labelling, "label_part", noted)
        assert marsad(*interrupted).code == 3
        assert numbers == [2, 3, 4, 5, 6, 7]

    @pytest.mark.parametrize(
        ("options", "difference"),
        [
            (["--dial", "0.5"], "dial was 0.0 and is 0.5"),
            (["--clean"], "clean was false and is true"),
            (["--dedupe"], "dedupe was false and is true"),
            (["--threshold", "GPE=0.9"], 'thresholds was {} and is {"GPE": 0.9}'),
            (["--text-column", "body"], 'text_column was "text" and is "body"'),
        ],
    )
    def test_with_other_options_it_is_refused(
        self, interrupted: list[str], options: list[str], difference: str, marsad: Marsad
    ) -> None:
        result = marsad(*interrupted, *options)
        assert result.code == 1
        assert difference in result.err
        assert "--overwrite" in result.err

    def test_with_another_model_it_is_refused(
        self, interrupted: list[str], tiny_model: Path, tmp_path: Path, marsad: Marsad
    ) -> None:
        other = shutil.copytree(tiny_model, tmp_path / "other" / "model")
        (other / "thresholds.json").write_text('{"event_type": 0.31}', encoding="utf-8")
        result = marsad(*[str(other) if argument == str(tiny_model) else argument for argument in interrupted])
        assert result.code == 1
        assert "fingerprint was" in result.err

    def test_a_changed_input_is_refused(self, interrupted: list[str], archive: Path, marsad: Marsad) -> None:
        lines = archive.read_text(encoding="utf-8").splitlines()
        archive.write_text("\n".join([lines[1], lines[0], *lines[2:]]), encoding="utf-8")
        result = marsad(*interrupted)
        assert result.code == 1
        assert f"the input is not what it was when this run began (from {archive}:1 on)" in result.err

    def test_a_shortened_input_is_refused(self, interrupted: list[str], archive: Path, marsad: Marsad) -> None:
        archive.write_text("\n".join(archive.read_text(encoding="utf-8").splitlines()[:3]), encoding="utf-8")
        assert "it is shorter" in marsad(*interrupted).err

    def test_overwriting_begins_anew(self, interrupted: list[str], tmp_path: Path, marsad: Marsad) -> None:
        assert marsad(*interrupted, "--dial", "0.5", "--overwrite").code == 3
        assert len(documents_in(tmp_path / "o.jsonl")) == DOCUMENTS - len(BROKEN_LINES)

    @pytest.mark.parametrize("output", ["o.jsonl", "second.csv"])
    def test_two_runs_into_one_output_do_not_meet(
        self, tiny_model: Path, archive: Path, tmp_path: Path, marsad: Marsad, output: str
    ) -> None:
        outputs = ("--output", tmp_path / "o.jsonl", "--output", tmp_path / "second.csv")
        with locked_file(tmp_path / f".{output}.lock", "busy"):
            result = marsad("predict", "--model", tiny_model, "--input", archive, *outputs)
        assert result.code == 1
        assert f"another process is writing {tmp_path / output}" in result.err

    def test_a_part_that_somebody_deleted_is_labelled_again_with_all_after_it(
        self, interrupted: list[str], tmp_path: Path, marsad: Marsad
    ) -> None:
        shutil.rmtree(tmp_path / "o.jsonl.parts" / "part-00000")
        assert marsad(*interrupted).code == 3
        ids = [f"d{number}" for number in range(DOCUMENTS) if number not in BROKEN_LINES]
        assert [document.id for document in documents_in(tmp_path / "o.jsonl")] == ids

    @pytest.mark.parametrize("damage", ["not json\n", '{"number": 9}\n'])
    def test_finished_parts_are_not_deleted_because_the_manifest_cannot_be_read(
        self, interrupted: list[str], tmp_path: Path, marsad: Marsad, damage: str
    ) -> None:
        manifest = tmp_path / "o.jsonl.parts" / "manifest.jsonl"
        content = manifest.read_text(encoding="utf-8")
        manifest.write_text(content + damage, encoding="utf-8")
        result = marsad(*interrupted)
        assert result.code == 1
        assert "manifest.jsonl is damaged" in result.err
        manifest.write_text(content, encoding="utf-8")
        assert marsad(*interrupted).code == 3

    def test_another_column_of_the_input_is_another_input(
        self, interrupted: list[str], archive: Path, marsad: Marsad
    ) -> None:
        lines = [json.loads(line) if line != "{broken" else line for line in archive.read_text("utf-8").splitlines()]
        lines[0]["date"] = "2015-08-01"
        archive.write_text("\n".join(json.dumps(line) if line != "{broken" else line for line in lines), "utf-8")
        assert "the input is not what it was" in marsad(*interrupted).err


class TestWhatIsNotOurs:
    @pytest.mark.parametrize("options", [[], ["--overwrite"]])
    def test_a_folder_of_the_name_of_the_work_folder_is_left_alone(
        self, tiny_model: Path, archive: Path, tmp_path: Path, marsad: Marsad, options: list[str]
    ) -> None:
        mine = tmp_path / "o.jsonl.parts"
        mine.mkdir()
        (mine / "mine.txt").touch()
        result = marsad(
            "predict", "--model", tiny_model, "--input", archive, "--output", tmp_path / "o.jsonl", *options
        )
        assert result.code == 1
        assert f"{mine} is in the way" in result.err
        assert (mine / "mine.txt").exists()

    @pytest.mark.parametrize(
        ("source", "output"), [("news.jsonl.parts", "news.jsonl"), ("x.jsonl.rejects.jsonl", "x.jsonl")]
    )
    def test_what_would_be_overwritten_beside_the_output_cannot_be_the_input(
        self, tiny_model: Path, tmp_path: Path, marsad: Marsad, source: str, output: str
    ) -> None:
        path = tmp_path / source
        if source.endswith(".parts"):
            path.mkdir()
            path = path / "a.txt"
        path.write_text(TEXTS[0], encoding="utf-8")
        result = marsad("predict", "--model", tiny_model, "--input", tmp_path / source, "--output", tmp_path / output)
        assert result.code == 1
        assert f"{tmp_path / source} is the input; name another place for the output" in result.err
        assert path.read_text(encoding="utf-8") == TEXTS[0]

    def test_brat_files_that_came_to_the_target_meanwhile_do_not_pass_for_ours(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> None:
        given = ["predict", "--model", str(tiny_model), "--input", str(archive), "--output", str(tmp_path / "brat")]
        with monkeypatch.context() as patch:
            patch.setattr(labelling, "label_part", failing_at(7, labelling.label_part))
            assert marsad(*given).code == 130
        (tmp_path / "brat").mkdir()
        (tmp_path / "brat" / "d0.txt").write_text("لشخص آخر", encoding="utf-8")
        for _ in range(2):
            result = marsad(*given)
            assert result.code == 1
            assert "is not empty" in result.err
        shutil.rmtree(tmp_path / "brat")
        assert marsad(*given).code == 3

    def test_names_that_are_no_utf_8_are_read(self, tiny_model: Path, tmp_path: Path, marsad: Marsad) -> None:
        name = os.fsdecode(tmp_path).encode() + b"/" + "خبر".encode("cp1256") + b".txt"
        with open(name, "w", encoding="utf-8") as file:
            file.write(TEXTS[0])
        result = marsad(
            "predict", "--model", tiny_model, "--input", os.fsdecode(name), "--output", tmp_path / "o.jsonl"
        )
        assert result.code == 0, result.err
        assert len(documents_in(tmp_path / "o.jsonl")) == 1


def failing_at(number: int, label_part: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``label_part`` as a user stops it, with Ctrl-C, at a part."""

    def stopped(predictor: Any, part: Any, options: Any) -> Any:
        if part.number == number:
            raise KeyboardInterrupt
        return label_part(predictor, part, options)

    return stopped


def failing_on(ids: set[str], probe: bool = True) -> Callable[..., Any]:
    """Return ``Predictor.predict`` that fails on some documents, and on bare texts if ``probe`` is false."""
    predict = Predictor.predict

    def fail(self: Predictor, texts: Any, **options: Any) -> Any:
        fails = not probe if isinstance(texts, str) else any(document.id in ids for document in texts)
        if fails:
            raise RuntimeError("out of memory")
        return predict(self, texts, **options)

    return fail


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.02)
