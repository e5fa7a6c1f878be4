"""``marsad train`` is killed and resumed: the weights are those of a run that nothing stopped, bit for bit."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import QUICK_RUN
from killed_processes import kill, start, was_killed

from trainer.cli.app import main
from trainer.modeling.tagger import Thresholds
from trainer.training import run as run_module
from trainer.training.checkpoints import CompleteCheckpoints, last_complete_checkpoint

# Three batches an epoch, so that two of three checkpoints are within one.
_RUN: Mapping[str, Any] = {
    **QUICK_RUN,
    "dropout": 0.3,
    "eval_strategy": "steps",
    "save_strategy": "steps",
    "eval_steps": 4,
    "save_steps": 4,
}
# Neither ends with the weights of the first checkpoint, which every resumed run has: one takes the last weights. The
# other takes the best, and learns so little in so few steps that the first evaluation, of step 8, is never beaten.
LAST, BEST = "the last weights, batches of rows", "the best average of weights, batches of subwords"
RUNS: Mapping[str, Mapping[str, Any]] = {
    LAST: {**_RUN, "num_train_epochs": 4.5, "load_best_model_at_end": False},
    BEST: {**_RUN, "num_train_epochs": 4, "eval_delay": 5, "batch_tokens": 48, "weight_average": 0.8},
}
LAST_STEP = {LAST: 14, BEST: 12}


def at_step(number: int) -> None:
    """Be killed in the middle of a step, of which there are ``number`` before."""
    step = CompleteCheckpoints.training_step

    def killed(self: Any, *arguments: Any, **options: Any) -> Any:
        loss = step(self, *arguments, **options)
        if self.state.global_step == number:
            kill()
        return loss

    CompleteCheckpoints.training_step = killed  # type: ignore[method-assign]


def before_the_optimizer_of(checkpoint: str) -> None:
    """Be killed while a checkpoint is written: it has the weights, and not yet the optimiser's state."""
    save = torch.save

    def killed(content: Any, path: Any, *arguments: Any, **options: Any) -> None:
        if Path(path).parts[-2:] == (checkpoint, "optimizer.pt"):
            assert (Path(path).parent / "model.safetensors").is_file()
            kill()
        save(content, path, *arguments, **options)

    torch.save = killed


def before_old_ones_are_deleted_for(checkpoint: str) -> None:
    """Be killed when a checkpoint is visible, and the one before is not deleted yet."""
    delete = CompleteCheckpoints._delete_old

    def killed(self: Any, run: Path, last: Path) -> None:
        if last.name == checkpoint:
            assert last.is_dir()
            kill()
        delete(self, run, last)

    CompleteCheckpoints._delete_old = killed  # type: ignore[method-assign]


def after_the_last_step() -> None:
    """Be killed when training is over, and nothing of the model is written."""
    run_module.choose_thresholds = lambda *arguments: kill()  # type: ignore[attr-defined]


def while_the_model_is_written() -> None:
    """Be killed when the model folder has the weights, and not yet the thresholds."""

    def killed(self: Thresholds, path: Path) -> None:
        assert (path.parent / "model.safetensors").is_file()
        kill()

    Thresholds.save = killed  # type: ignore[method-assign]


@dataclass(frozen=True)
class Moment:
    """When a process is killed, and which checkpoint is the last complete one then."""

    prepare: Callable[..., None]
    argument: Any = None
    left: str | None = None


MOMENTS: Mapping[str, Moment] = {
    "before the first checkpoint": Moment(at_step, 2),
    "within an epoch, after a checkpoint": Moment(at_step, 7, "checkpoint-4"),
    "while a checkpoint is written": Moment(before_the_optimizer_of, "checkpoint-8", "checkpoint-4"),
    "before old checkpoints are deleted": Moment(before_old_ones_are_deleted_for, "checkpoint-8", "checkpoint-8"),
    "after the last step": Moment(after_the_last_step, left="last"),
    "while the model is written": Moment(while_the_model_is_written, left="last"),
}


def command(arguments: list[str], moment: Moment | None = None) -> None:
    """Run ``marsad train``, and be killed at a moment."""
    if moment is not None:
        moment.prepare(*([] if moment.argument is None else [moment.argument]))
    main(["train", *arguments])


def command_with_small_files(arguments: list[str], bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, bytes))
    main(["train", *arguments])


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory, tiny_corpus: Path, tiny_checkpoint: Path) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("configs")
    paths = {}
    for number, (name, values) in enumerate(RUNS.items()):
        paths[name] = folder / f"{number}.yaml"
        whole = {**values, "data": str(tiny_corpus), "encoder": str(tiny_checkpoint), "output_dir": str(folder)}
        paths[name].write_text(yaml.safe_dump(whole), encoding="utf-8")
    return paths


def started(config: Path, folder: Path, *options: str, moment: Moment | None = None) -> tuple[Any, Path]:
    log = folder.with_name(f"{folder.name}{''.join(options)}.log")
    return start(command, [str(config), "--output_dir", str(folder), *options], moment, log=log), log


@dataclass(frozen=True)
class Killed:
    """A run that was killed and resumed: its last checkpoint at its death, and what that knew to be the best."""

    left: str | None
    best: str | None
    folder: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, configs: dict[str, Path]) -> dict[tuple[str, str | None], Killed]:
    """Every run, killed at every moment and resumed, and once left alone (``None``); as many at once as there are."""
    parent = tmp_path_factory.mktemp("runs")
    places = {
        (name, moment): parent / f"{number}-{(moment or 'never').replace(' ', '-')}"
        for number, name in enumerate(configs)
        for moment in (*MOMENTS, None)
    }
    processes = {
        key: started(configs[key[0]], folder, moment=MOMENTS[key[1]] if key[1] else None)
        for key, folder in places.items()
    }
    for (_, moment), (process, log) in processes.items():
        assert was_killed(process, log) == (moment is not None), f"{moment}: {log.read_text(encoding='utf-8')}"
    killed = {key: Killed(*last_and_best(folder / "checkpoints"), folder) for key, folder in places.items()}
    again = [started(configs[key[0]], folder, "--resume") for key, folder in places.items() if key[1] is not None]
    for process, log in again:
        assert not was_killed(process, log)
    return killed


def last_and_best(checkpoints: Path) -> tuple[str | None, str | None]:
    last = last_complete_checkpoint(checkpoints)
    if last is None:
        return None, None
    best = json.loads((last / "trainer_state.json").read_text(encoding="utf-8"))["best_model_checkpoint"]
    return last.name, best and Path(best).name


@pytest.mark.parametrize("name", RUNS)
class TestAKilledRun:
    @pytest.mark.parametrize("moment", MOMENTS)
    def test_resumed_it_has_the_weights_of_a_run_that_was_not(
        self, runs: dict[tuple[str, str | None], Killed], name: str, moment: str
    ) -> None:
        killed, whole = runs[name, moment], runs[name, None]
        expected = MOMENTS[moment].left
        assert killed.left == (f"checkpoint-{LAST_STEP[name]}" if expected == "last" else expected)
        for file in ("model.safetensors", "thresholds.json", "metrics.json", "training_history.json"):
            assert (killed.folder / "model" / file).read_bytes() == (whole.folder / "model" / file).read_bytes(), file

    @pytest.mark.parametrize("moment", [*MOMENTS, None])
    def test_nothing_but_the_model_its_page_and_the_record_is_left(
        self, runs: dict[tuple[str, str | None], Killed], name: str, moment: str | None
    ) -> None:
        assert {path.name for path in runs[name, moment].folder.iterdir()} == {"model", "run.json", "training.html"}


def test_the_best_weights_were_not_those_of_the_first_checkpoint(
    runs: dict[tuple[str, str | None], Killed],
) -> None:
    assert runs[BEST, "after the last step"].best == "checkpoint-8"


class TestTheCommand:
    @pytest.fixture
    def finished(self, runs: dict[tuple[str, str | None], Killed]) -> Path:
        return runs[LAST, None].folder

    def marsad(self, config: Path, folder: Path, *options: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["train", str(config), "--output_dir", str(folder), *options])
        return int(end.value.code or 0)

    def test_a_finished_run_is_not_overwritten_unless_asked(
        self, finished: Path, configs: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = (finished / "model" / "model.safetensors").stat()
        assert self.marsad(configs[LAST], finished) == 1
        assert "is a finished model; --overwrite trains anew" in capsys.readouterr().err
        assert (finished / "model" / "model.safetensors").stat() == before

    def test_resuming_a_finished_run_ends_well_so_that_a_job_is_not_restarted_again(
        self, finished: Path, configs: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.marsad(configs[LAST], finished, "--resume") == 0
        assert "the run is finished" in capsys.readouterr().out

    def test_resuming_another_run_is_refused_with_what_differs(
        self, finished: Path, configs: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.marsad(configs[LAST], finished, "--resume", "--seed", "4") == 1
        assert "was started as another run: seed was 3 and is 4;" in capsys.readouterr().err

    def test_overwriting_replaces_the_model(
        self, tmp_path: Path, configs: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "old").touch()
        assert self.marsad(configs[LAST], tmp_path, "--overwrite", "--num_train_epochs", "1") == 0
        assert "model.safetensors" in {path.name for path in (tmp_path / "model").iterdir()}
        assert not (tmp_path / "model" / "old").exists()
        assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["finished"] is True

    def test_a_full_disk_is_reported_with_what_is_kept(self, tmp_path: Path, configs: dict[str, Path]) -> None:
        folder, log = tmp_path / "run", tmp_path / "log"
        # The tiny model takes more than 100 kB.
        arguments = [str(configs[LAST]), "--output_dir", str(folder)]
        process = start(command_with_small_files, arguments, 100_000, log=log)
        process.join(timeout=600)
        assert process.exitcode == 1
        said = log.read_text(encoding="utf-8")
        assert f"error: {folder / 'checkpoints' / 'checkpoint-4'} could not be written: file too large (" in said
        assert "no checkpoint was complete before, so nothing is kept: put this right and start the run again" in said
        assert "Traceback" not in said

    def test_a_folder_that_cannot_be_written_is_refused_before_training(
        self, configs: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.marsad(configs[LAST], Path("/proc/run")) == 1
        said = capsys.readouterr().err
        assert "output_dir /proc/run cannot be written: " in said
        assert "epoch" not in said
