"""``marsad predict`` stopped when all outputs are in their places: the same command only deletes what is left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Marsad
from killed_processes import kill_before_change, start, was_killed
from test_archive_run import TEXTS, contents, run

from trainer.archive import labelling
from trainer.archive import parts as parts_module
from trainer.archive.local_engine import LocalEngine
from trainer.archive.work_folder import WorkFolder


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_ITEMS", 3)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two whole parts, with a line in the second that is broken."""
    lines = [json.dumps({"id": f"d{number}", "text": TEXTS[number]}) for number in range(6)]
    lines[4] = "{broken"
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run_until_deleting(given: list[str], folder: str, change: int) -> None:
    """Be killed before the ``change``-th change of the disk after the outputs are put together; -1 counts them."""
    assemble, counts = LocalEngine._assemble, []

    def then_watched(engine: LocalEngine, manifest: Any) -> None:
        assemble(engine, manifest)
        counts.append(kill_before_change(change, Path(folder)))

    LocalEngine._assemble = then_watched  # type: ignore[method-assign]
    run(given)
    print("changes", counts[0]())


def nothing_to_label(*_: Any) -> Any:
    pytest.fail("what is complete is labelled again")


@pytest.mark.parametrize("output", ["out.jsonl", "brat"])
class TestKilledWhileThePartsAreDeleted:
    def test_before_any_change_on_the_disk_the_rest_is_deleted_and_nothing_labelled(
        self,
        tiny_model: Path,
        archive: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        marsad: Marsad,
        output: str,
    ) -> None:
        def killed_before(change: int, folder: Path) -> tuple[bool, list[str]]:
            given = ["predict", "--model", tiny_model, "--input", archive, "--output", folder / output]
            arguments = [str(argument) for argument in given]
            process = start(run_until_deleting, arguments, str(folder), change, log=log)
            return was_killed(process, log), arguments

        log = tmp_path / "log"
        assert not killed_before(-1, tmp_path / "whole")[0]
        expected = contents(tmp_path / "whole")
        assert not [name for name in expected if ".parts" in name]
        changes = int(log.read_text(encoding="utf-8").split("changes")[-1])
        assert changes > 8
        monkeypatch.setattr(labelling, "label_part", nothing_to_label)
        # After the very last, the lock's, nothing is left of the run that it could be known by.
        for change in range(changes - 1):
            folder = tmp_path / f"run-{change}"
            killed, given = killed_before(change, folder)
            assert killed
            assert contents(folder).items() >= expected.items()
            result = marsad(*given)
            assert (result.code, contents(folder)) == (3, expected), (change, result.err)
            assert "5 documents labelled" in result.out
            assert "1 inputs rejected" in result.err
            assert not [path.name for path in folder.iterdir() if ".parts" in path.name]


class TestCompleteButNotDeleted:
    @pytest.fixture
    def left(
        self, tiny_model: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marsad: Marsad
    ) -> list[str]:
        """Stop a run when it begins to delete its parts, and return the command."""

        def stopped(folder: WorkFolder) -> None:
            raise KeyboardInterrupt

        given = ["predict", "--model", str(tiny_model), "--input", str(archive), "--output", str(tmp_path / "o.jsonl")]
        with monkeypatch.context() as patch:
            patch.setattr(WorkFolder, "delete", stopped)
            assert marsad(*given).code == 130
        assert len(list((tmp_path / "o.jsonl.parts").iterdir())) == 2
        return given

    def left_over(self, folder: Path) -> list[str]:
        return [path.name for path in folder.iterdir() if ".parts" in path.name]

    @pytest.mark.parametrize("change", ["longer", "shorter", "other"])
    def test_another_input_is_refused_until_it_is_put_back(
        self, left: list[str], archive: Path, tmp_path: Path, marsad: Marsad, change: str
    ) -> None:
        content, output = archive.read_text(encoding="utf-8"), (tmp_path / "o.jsonl").read_bytes()
        lines = content.splitlines()
        changed = {"longer": [*lines, lines[0]], "shorter": lines[:3], "other": [lines[1], lines[0], *lines[2:]]}
        archive.write_text("\n".join(changed[change]), encoding="utf-8")
        result = marsad(*left)
        assert result.code == 1
        place = {"longer": f"from {archive}:7 on", "shorter": "it is shorter", "other": f"from {archive}:1 on"}[change]
        assert f"the input is not what it was when this run began ({place})" in result.err
        assert (tmp_path / "o.jsonl").read_bytes() == output
        archive.write_text(content, encoding="utf-8")
        assert marsad(*left).code == 3
        assert (self.left_over(tmp_path), (tmp_path / "o.jsonl").read_bytes()) == ([], output)

    def test_other_options_are_refused_and_overwriting_begins_anew(
        self, left: list[str], tmp_path: Path, marsad: Marsad
    ) -> None:
        result = marsad(*left, "--dial", "0.5")
        assert result.code == 1
        assert "dial was 0.0 and is 0.5" in result.err
        output = (tmp_path / "o.jsonl").read_bytes()
        assert marsad(*left, "--dial", "0.9", "--overwrite").code == 3
        assert (tmp_path / "o.jsonl").read_bytes() != output
        assert self.left_over(tmp_path) == []

    def test_an_output_that_was_taken_away_is_made_anew(self, left: list[str], tmp_path: Path, marsad: Marsad) -> None:
        output = shutil.move(tmp_path / "o.jsonl", tmp_path / "mine.jsonl")
        assert marsad(*left).code == 3
        assert (tmp_path / "o.jsonl").read_bytes() == output.read_bytes()
        assert self.left_over(tmp_path) == []

    def test_what_somebody_put_into_the_folder_is_not_deleted_with_it(
        self, left: list[str], tmp_path: Path, marsad: Marsad
    ) -> None:
        mine = tmp_path / "o.jsonl.parts" / "mine.txt"
        mine.touch()
        result = marsad(*left, "--overwrite")
        assert result.code == 1
        assert f"{mine.parent} is in the way" in result.err
        assert mine.exists()
        mine.unlink()
        assert marsad(*left).code == 3
        assert self.left_over(tmp_path) == []
