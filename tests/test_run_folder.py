"""The folder of a run: nothing finished or half finished is lost, and only the same run goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import quick_settings
from killed_processes import kill, kill_before_change, start, was_killed
from transformers import TrainingArguments

from trainer.training.run_folder import (
    AlreadyFinished,
    check_room,
    finish_run,
    locked,
    prepare_run_folder,
    publish,
)
from trainer.training.run_record import RUN_FILE
from trainer.training.settings import RunSettings

FACTS = {"data": {"train": {"sha256": "5d41402abc4b2a76b9719d911017c592"}}}
GB = 10**9


def settings_for(folder: Path, **changes: Any) -> tuple[RunSettings, TrainingArguments]:
    return quick_settings(data="data.yaml", output_dir=folder, encoder="tiny", **changes)


def prepare(
    folder: Path, *, resume: bool = False, overwrite: bool = False, facts: dict[str, Any] = FACTS, **changes: Any
) -> Path | None:
    return prepare_run_folder(*settings_for(folder, **changes), facts, resume=resume, overwrite=overwrite)


def checkpoint(folder: Path, step: int) -> Path:
    """Make what :func:`last_complete_checkpoint` takes for a complete checkpoint."""
    made = folder / "checkpoints" / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "trainer_state.json").write_text("{}", encoding="utf-8")
    return made


def write_model(folder: Path, content: str = "weights") -> None:
    for name in ("model.safetensors", "config.json"):
        (folder / name).write_text(content, encoding="utf-8")


def publish_model(folder: Path, content: str = "weights") -> None:
    publish(folder / "model", lambda partial: write_model(partial, content), folder / "checkpoints")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The folder of a run that was killed after a checkpoint."""
    prepare(tmp_path)
    checkpoint(tmp_path, 40)
    checkpoint(tmp_path, 120)
    return tmp_path


@pytest.fixture
def finished(unfinished: Path) -> Path:
    publish_model(unfinished)
    finish_run(settings_for(unfinished)[0])
    return unfinished


class TestANewRun:
    def test_it_begins_and_writes_down_what_decides_its_result(self, tmp_path: Path) -> None:
        assert prepare(tmp_path / "run", num_train_epochs=3) is None
        record = json.loads((tmp_path / "run" / RUN_FILE).read_text(encoding="utf-8"))
        assert record["finished"] is False
        assert record["facts"] == FACTS
        assert record["settings"]["window"] == 48
        assert (record["arguments"]["num_train_epochs"], record["arguments"]["seed"]) == (3, 3)
        assert record["processes"]["world_size"] == 1
        assert record["versions"].keys() == {"marsad", "torch", "transformers"}

    def test_where_things_lie_and_what_is_logged_is_no_part_of_it(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        record = json.loads((tmp_path / RUN_FILE).read_text(encoding="utf-8"))
        names = {*record["settings"], *record["arguments"]}
        assert not names & {"data", "output_dir", "logging_steps", "run_name", "report_to", "save_total_limit"}

    def test_resuming_a_run_that_has_nothing_yet_begins_it(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert prepare(tmp_path, resume=True) is None
        assert "has no complete checkpoint: starting from the beginning" in caplog.text
        assert (tmp_path / RUN_FILE).is_file()

    def test_a_run_that_was_killed_before_its_first_checkpoint_may_begin_as_another(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        (tmp_path / "checkpoints" / ".partial" / "checkpoint-40").mkdir(parents=True)
        assert prepare(tmp_path, seed=8) is None
        assert names(tmp_path) == [RUN_FILE]

    def test_resuming_and_overwriting_at_once_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="give one of them"):
            prepare(tmp_path, resume=True, overwrite=True)


class TestAnUnfinishedRun:
    def test_it_is_not_touched_unless_an_option_says_what_to_do(self, unfinished: Path) -> None:
        with pytest.raises(FileExistsError, match=r"checkpoint-120 is of an unfinished run; --resume .* --overwrite"):
            prepare(unfinished)
        assert names(unfinished / "checkpoints") == ["checkpoint-120", "checkpoint-40"]

    def test_it_is_resumed_from_the_last_complete_checkpoint(self, unfinished: Path) -> None:
        (unfinished / "checkpoints" / ".partial" / "checkpoint-200").mkdir(parents=True)
        before = (unfinished / RUN_FILE).read_bytes()
        assert prepare(unfinished, resume=True) == unfinished / "checkpoints" / "checkpoint-120"
        assert names(unfinished / "checkpoints") == ["checkpoint-120", "checkpoint-40"]
        assert (unfinished / RUN_FILE).read_bytes() == before

    def test_overwritten_it_begins_anew_without_its_checkpoints(self, unfinished: Path) -> None:
        assert prepare(unfinished, overwrite=True, seed=9) is None
        assert names(unfinished) == [RUN_FILE]
        assert json.loads((unfinished / RUN_FILE).read_text(encoding="utf-8"))["arguments"]["seed"] == 9

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            # The schedule of learning rates depends on the number of epochs.
            ({"num_train_epochs": 30}, "num_train_epochs was 24.0 and is 30.0;"),
            ({"seed": 4}, "seed was 3 and is 4;"),
            ({"window": 32}, "window was 48 and is 32;"),
            ({"batch_tokens": 64}, "batch_tokens was not set and is 64;"),
            ({"seed": 4, "window": 32}, "window was 48 and is 32, seed was 3 and is 4;"),
            ({"facts": {"data": {"train": {"sha256": "x"}}}}, 'data.train.sha256 was "5d41402abc4b2a7… and is "x";'),
            ({"facts": {**FACTS, "encoder": "y"}}, 'encoder was not set and is "y";'),
        ],
    )
    def test_resumed_as_another_run_it_is_refused_with_what_differs(
        self, unfinished: Path, changes: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(ValueError, match="was started as another run") as error:
            prepare(unfinished, resume=True, **changes)
        assert f"{unfinished} was started as another run: {told}" in str(error.value)
        assert "--overwrite" in str(error.value)

    def test_of_many_differences_three_are_told(self, unfinished: Path) -> None:
        with pytest.raises(ValueError, match=", and 2 more differences;"):
            prepare(unfinished, resume=True, seed=9, window=8, dropout=0.5, weight_decay=0.5, max_grad_norm=2.0)

    def test_it_is_resumed_from_another_place_with_another_log(self, unfinished: Path, tmp_path: Path) -> None:
        moved = unfinished.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
        changes = {"logging_steps": 7, "save_total_limit": 4, "dataloader_num_workers": 1, "disable_tqdm": False}
        assert prepare(moved, resume=True, **changes) == moved / "checkpoints" / "checkpoint-120"

    def test_without_a_record_it_cannot_be_told_what_it_was(self, unfinished: Path) -> None:
        (unfinished / RUN_FILE).unlink()
        with pytest.raises(ValueError, match=r"has no run\.json"):
            prepare(unfinished, resume=True)

    def test_a_damaged_record_is_told(self, unfinished: Path) -> None:
        (unfinished / RUN_FILE).write_text('{"finished": fal', encoding="utf-8")
        with pytest.raises(ValueError, match=r"run\.json is damaged"):
            prepare(unfinished, resume=True)

    def test_without_the_optimisers_state_it_cannot_be_resumed(self, tmp_path: Path) -> None:
        prepare(tmp_path, save_only_model=True)
        checkpoint(tmp_path, 40)
        with pytest.raises(ValueError, match="save_only_model: true"):
            prepare(tmp_path, save_only_model=True, resume=True)


class TestAFinishedRun:
    def test_it_has_a_model_and_no_checkpoints(self, finished: Path) -> None:
        assert names(finished) == ["model", RUN_FILE]
        assert json.loads((finished / RUN_FILE).read_text(encoding="utf-8"))["finished"] is True

    @pytest.mark.parametrize("record", [True, False], ids=["with a record", "of an older version"])
    def test_it_is_not_overwritten_unless_asked(self, finished: Path, record: bool) -> None:
        if not record:
            (finished / RUN_FILE).unlink()
        with pytest.raises(FileExistsError, match=r"model is a finished model; --overwrite trains anew"):
            prepare(finished)

    def test_resuming_it_says_that_nothing_is_left_to_do(self, finished: Path) -> None:
        with pytest.raises(AlreadyFinished, match="the run is finished, and its model is"):
            prepare(finished, resume=True)
        assert names(finished) == ["model", RUN_FILE]

    def test_resuming_it_as_another_run_is_refused(self, finished: Path) -> None:
        with pytest.raises(ValueError, match="seed was 3 and is 4") as error:
            prepare(finished, resume=True, seed=4)
        assert not isinstance(error.value, AlreadyFinished)

    def test_overwritten_it_keeps_its_model_until_there_is_another(self, finished: Path) -> None:
        assert prepare(finished, overwrite=True, seed=4) is None
        assert (finished / "model" / "config.json").read_text(encoding="utf-8") == "weights"
        # Killed now, it goes on as the new run and does not take the old model for its own.
        with pytest.raises(FileExistsError, match=r"is of an unfinished run; --resume .* --overwrite"):
            prepare(finished, seed=4)
        assert prepare(finished, resume=True, seed=4) is None
        last = checkpoint(finished, 40)
        assert prepare(finished, resume=True, seed=4) == last
        publish_model(finished, "new weights")
        finish_run(settings_for(finished)[0])
        assert (finished / "model" / "config.json").read_text(encoding="utf-8") == "new weights"
        with pytest.raises(AlreadyFinished):
            prepare(finished, resume=True, seed=4)

    def test_checkpoints_that_were_not_deleted_yet_are_no_unfinished_run(self, finished: Path) -> None:
        checkpoint(finished, 120)
        with pytest.raises(AlreadyFinished):
            prepare(finished, resume=True)


def end_run(folder: Path, change: int) -> None:
    kill_before_change(change, folder)
    publish_model(folder, "new weights")
    finish_run(settings_for(folder)[0])


# More often than the end of a run changes the disk.
CHANGES = 30
EITHER = ({"old weights"}, {"new weights"})


class TestTheEndOfARun:
    def test_killed_at_any_moment_it_is_resumed_or_finished(self, tmp_path: Path) -> None:
        """A run that replaces an older model is killed while it publishes its own."""
        runs = []
        for change in range(CHANGES):
            folder, log = tmp_path / str(change), tmp_path / f"{change}.log"
            prepare(folder)
            checkpoint(folder, 120)
            (folder / "model").mkdir()
            write_model(folder / "model", "old weights")
            runs.append((folder, log, start(end_run, folder, change, log=log)))
        killed = [was_killed(run, log) for _, log, run in runs]
        assert killed[0]
        assert not killed[-1]
        ends = []
        for folder, _, _ in runs:
            try:
                assert prepare(folder, resume=True) == folder / "checkpoints" / "checkpoint-120"
                ends.append("resumed")
            except AlreadyFinished:
                ends.append("finished")
            contents = {path.name: path.read_text(encoding="utf-8") for path in (folder / "model").iterdir()}
            assert contents.keys() == {"model.safetensors", "config.json"}
            assert set(contents.values()) in ([{"new weights"}] if ends[-1] == "finished" else EITHER)
            assert not {".partial", ".replaced"} & set(names(folder))
        assert ends == sorted(ends, reverse=True)
        assert set(ends) == {"resumed", "finished"}

    def test_a_model_that_cannot_be_written_leaves_the_old_one_and_the_checkpoints(self, finished: Path) -> None:
        kept = checkpoint(finished, 120)

        def write(folder: Path) -> None:
            write_model(folder)
            raise OSError(28, "No space left on device", str(folder))

        with pytest.raises(OSError, match="could not be written: no space left on device") as error:
            publish(finished / "model", write, finished / "checkpoints")
        assert f"{kept} is kept: put this right, and --resume goes on from there" in str(error.value)
        assert names(finished) == ["checkpoints", "model", RUN_FILE]
        assert names(finished / "model") == ["config.json", "model.safetensors"]


class TestRoom:
    @pytest.fixture
    def free(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
        """How much the disk has free, as the tests wish."""
        wished = {"bytes": 0}
        monkeypatch.setattr("trainer.training.run_folder.free_space", lambda folder: wished["bytes"])
        return wished

    def test_the_model_and_one_checkpoint_more_than_are_kept_must_fit(
        self, tmp_path: Path, free: dict[str, int]
    ) -> None:
        # A quarter of a GB of parameters: 1 GB of model, and three checkpoints of 3 GB.
        free["bytes"] = 10 * GB
        check_room(tmp_path, GB // 4, 2)
        free["bytes"] = 10 * GB - 1
        with pytest.raises(OSError, match=r"has 10\.0 GB free, and the run needs 10\.0 GB") as error:
            check_room(tmp_path, GB // 4, 2)
        assert "(the model 1.0 GB, each of 3 checkpoints 3.0 GB): make room" in str(error.value)

    def test_an_average_of_the_weights_needs_more(self, tmp_path: Path, free: dict[str, int]) -> None:
        free["bytes"] = 10 * GB
        with pytest.raises(OSError, match=r"needs 13\.0 GB"):
            check_room(tmp_path, GB // 4, 2, weight_average=True)

    def test_what_lies_there_already_is_not_needed_again(self, tmp_path: Path, free: dict[str, int]) -> None:
        (checkpoint(tmp_path, 40) / "optimizer.pt").write_bytes(bytes(1000))
        free["bytes"] = 27 + 4 - 2
        with pytest.raises(OSError, match="free, and the run needs"):
            check_room(tmp_path, 100, 1)
        free["bytes"] = 4 * 100 + 2 * 12 * 100 - 1000
        check_room(tmp_path, 100, 1)

    def test_a_folder_that_is_not_there_is_made(self, tmp_path: Path) -> None:
        check_room(tmp_path / "outputs" / "run", 10, 1)
        assert names(tmp_path / "outputs" / "run") == []

    @pytest.mark.parametrize("place", ["below a file", "where nobody can write"])
    def test_a_folder_that_cannot_be_written_is_refused(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file").touch()
        folder = {"below a file": tmp_path / "file" / "run", "where nobody can write": Path("/proc/run")}[place]
        with pytest.raises(OSError, match=rf"output_dir {folder} cannot be written: .*; choose another"):
            check_room(folder, 10, 1)


def hold(folder: Path, then_kill: bool) -> None:
    with locked(*settings_for(folder)):
        (folder / "held").touch()
        if then_kill:
            kill()
        while not (folder / "enough").exists():
            pass


class TestTheLock:
    def test_two_processes_do_not_train_into_one_folder(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        process = start(hold, tmp_path / "run", False, log=log)
        while not (tmp_path / "run" / "held").exists():
            assert process.is_alive()
        with pytest.raises(OSError, match="another process is training into"), locked(*settings_for(tmp_path / "run")):
            pytest.fail("locked twice")
        (tmp_path / "run" / "enough").touch()
        assert not was_killed(process, log)
        with locked(*settings_for(tmp_path / "run")):
            pass

    def test_a_killed_process_holds_nothing(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        assert was_killed(start(hold, tmp_path / "run", True, log=log), log)
        with locked(*settings_for(tmp_path / "run")):
            pass

    def test_it_leaves_nothing_behind(self, tmp_path: Path) -> None:
        with locked(*settings_for(tmp_path)):
            assert names(tmp_path) == [".lock"]
        assert names(tmp_path) == []

    def test_other_processes_of_the_same_run_need_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings, arguments = settings_for(tmp_path)
        monkeypatch.setattr(TrainingArguments, "process_index", 1)
        with locked(settings, arguments):
            assert names(tmp_path) == []

    def test_a_folder_that_cannot_be_written_is_refused(self, tmp_path: Path) -> None:
        shutil.rmtree(tmp_path)
        tmp_path.touch()
        with pytest.raises(OSError, match=r"cannot be written: .*; choose another"), locked(*settings_for(tmp_path)):
            pytest.fail("locked a file")
        tmp_path.unlink()
