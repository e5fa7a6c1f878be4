"""Folders appear whole or not at all, whenever the process that writes them is killed."""

from __future__ import annotations

import errno
import json
import resource
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
import torch
from killed_processes import kill_before_change, start, was_killed
from safetensors.torch import save_file
from tokenizers import Tokenizer, models

from trainer.safe_writes import explained, free_space, partial, put_in_place, remove, repair, size


def fill(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    for name in ("one", "two", "three"):
        (folder / name).write_text(content, encoding="utf-8")


def contents(folder: Path) -> set[str]:
    """Return the different contents of the three files; a folder that is not there has none."""
    if not folder.exists():
        return set()
    files = list(folder.iterdir())
    assert len(files) == 3, f"{folder} is not whole"
    return {file.read_text(encoding="utf-8") for file in files}


def write(folder: Path) -> None:
    fill(partial(folder), "new")
    put_in_place(folder)


def write_until_killed(folder: Path, change: int) -> None:
    kill_before_change(change, folder.parent)
    write(folder)


def remove_until_killed(folder: Path, change: int) -> None:
    kill_before_change(change, folder.parent)
    remove(folder)


# Libraries have errors and messages of their own for a disk that takes no more.
WRITERS: dict[str, Callable[[Path], object]] = {
    "python": lambda path: path.write_text("a" * 50_000, encoding="utf-8"),
    "torch": lambda path: torch.save({"a": torch.zeros(50_000)}, path),
    "safetensors": lambda path: save_file({"a": torch.zeros(50_000)}, path),
    "tokenizers": lambda path: Tokenizer(models.WordLevel({str(id): id for id in range(9999)}, unk_token="0")).save(
        str(path)
    ),
}


def write_more_than_allowed(folder: Path) -> None:
    """Let every library write into ``folder``, with files limited to 20 kB; keep what it is said to have failed of."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    said = {}
    for library, write_file in WRITERS.items():
        partial(folder).mkdir(parents=True)
        try:
            with explained(folder, lambda: "all is kept"):
                write_file(partial(folder) / "file")
        except OSError as error:
            said[library] = str(error)
    (folder.parent / "said.json").write_text(json.dumps(said), encoding="utf-8")


class TestAFolderThatIsWritten:
    def test_it_is_visible_when_it_is_put_in_place(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        fill(partial(folder), "new")
        assert not folder.exists()
        put_in_place(folder)
        assert contents(folder) == {"new"}
        assert list(tmp_path.iterdir()) == [folder]

    def test_it_replaces_an_old_one_as_a_whole(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        fill(folder, "old")
        (folder / "one").unlink()
        write(folder)
        assert contents(folder) == {"new"}
        assert list(tmp_path.iterdir()) == [folder]

    @pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)])
    def test_its_files_can_be_read_by_those_who_can_read_the_folder(
        self, tmp_path: Path, folder_mode: int, file_mode: int
    ) -> None:
        written = partial(tmp_path / "model")
        written.mkdir(parents=True)
        written.chmod(folder_mode)
        # safetensors lets nobody else read its files, Python lets all.
        save_file({"a": torch.zeros(3)}, written / "model.safetensors")
        (written / "config.json").touch()
        put_in_place(tmp_path / "model")
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "model").iterdir()}
        assert modes == {"model.safetensors": file_mode, "config.json": file_mode}

    @pytest.mark.parametrize("before", [set(), {"old"}], ids=["a new folder", "an old folder"])
    def test_killed_at_any_moment_it_is_as_before_or_whole(self, tmp_path: Path, before: set[str]) -> None:
        found = set()
        for change in count():
            folder = tmp_path / str(change) / "model"
            fill(folder, "old") if before else folder.parent.mkdir()
            log = tmp_path / "log"
            killed = was_killed(start(write_until_killed, folder, change, log=log), log)
            repair(folder.parent)
            now = contents(folder)
            assert now in (before, {"new"})
            assert {path.name for path in folder.parent.iterdir()} <= {"model"}
            found.add(frozenset(now))
            if not killed:
                break
        assert change > 5
        assert found == {frozenset(before), frozenset({"new"})}


class TestAFolderThatIsRemoved:
    def test_nothing_of_it_is_left(self, tmp_path: Path) -> None:
        fill(tmp_path / "checkpoints", "old")
        remove(tmp_path / "checkpoints")
        remove(tmp_path / "checkpoints")
        assert list(tmp_path.iterdir()) == []

    def test_killed_at_any_moment_it_is_there_whole_or_not_at_all(self, tmp_path: Path) -> None:
        found = set()
        for change in count():
            folder = tmp_path / str(change) / "checkpoints"
            fill(folder, "old")
            log = tmp_path / "log"
            killed = was_killed(start(remove_until_killed, folder, change, log=log), log)
            found.add(frozenset(contents(folder)))
            if not killed:
                break
        assert found == {frozenset({"old"}), frozenset()}


class TestFailedWrites:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        partial(tmp_path / "model").mkdir(parents=True)
        return tmp_path / "model"

    def sentence(self, folder: Path, error: Exception) -> str:
        with pytest.raises(OSError, match="could not be written") as found, explained(folder, lambda: "all is kept"):
            raise error
        assert found.value.__cause__ is error
        return str(found.value)

    def test_the_sentence_says_what_why_how_much_is_free_and_what_is_kept(self, folder: Path) -> None:
        said = self.sentence(folder, OSError(errno.ENOSPC, "No space left on device", "some/file"))
        assert said.startswith(f"{folder} could not be written: no space left on device (")
        assert said.endswith(" are free on its disk); all is kept")

    def test_what_was_written_is_deleted_and_what_was_there_is_not(self, folder: Path) -> None:
        fill(folder, "old")
        self.sentence(folder, OSError(errno.EDQUOT, "Disk quota exceeded"))
        assert contents(folder) == {"old"}
        assert list(folder.parent.iterdir()) == [folder]

    def test_the_errors_of_all_libraries_that_write_are_understood(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        process = start(write_more_than_allowed, tmp_path / "model", log=log)
        assert not was_killed(process, log)
        # PyTorch tells no reason.
        reasons = {"torch": "the disk did not take all of a file"}
        said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
        assert said.keys() == WRITERS.keys()
        for library, sentence in said.items():
            assert f"model could not be written: {reasons.get(library, 'file too large')} (" in sentence, library

    @pytest.mark.parametrize("error", [ValueError("a bug"), RuntimeError("CUDA out of memory"), KeyError("x")])
    def test_other_errors_pass_as_they_are(self, folder: Path, error: Exception) -> None:
        with pytest.raises(type(error)) as found, explained(folder, lambda: ""):
            raise error
        assert found.value is error


class TestRoom:
    def test_a_folder_has_the_room_of_the_disk_that_it_will_be_on(self, tmp_path: Path) -> None:
        free = shutil.disk_usage(tmp_path).free
        assert free_space(tmp_path / "not" / "yet" / "there") == pytest.approx(free, rel=0.05)

    @pytest.mark.parametrize(("count", "words"), [(0, "0.0 MB"), (450_000_000, "450.0 MB"), (2_340_000_000, "2.3 GB")])
    def test_a_size_is_read_in_megabytes_and_gigabytes(self, count: int, words: str) -> None:
        assert size(count) == words
