"""All runs of a simulation, step after step; a stopped one goes on where it was."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from trainer.data.dataset import documents_to_dataset
from trainer.selection.simulation import START, Material, Run, SimulationOptions, make_run, run_settings
from trainer.selection.simulation_run import first_sentences, run_simulated
from trainer.side_by_side import run_side_by_side
from trainer.training.run import build_trainer

RUNS_FOLDER = "runs"


def optimiser_steps(options: SimulationOptions, material: Material) -> int:
    """Return how many steps of the optimiser every run takes.

    These are ``max_steps`` of the config or, without it, as many as its epochs take over the last step's number of
    sentences. They are the same for all runs: with the same number of epochs a run on few sentences would end before
    it has learnt anything, and the curve would show the length of training and not what sentences are worth. Sentences
    that a model chooses are longer, too, and would make more batches than drawn ones.
    """
    with tempfile.TemporaryDirectory(prefix="marsad-simulation-") as folder:
        _, configured = run_settings(options, options.seeds[0], None, Path(folder))
        if configured.max_steps > 0:
            return configured.max_steps
        rows = documents_to_dataset(material.pool.values(), material.schema)
        settings, arguments = run_settings(options, options.seeds[0], 1, Path(folder))
        trainer = build_trainer(rows, [], material.schema, settings, arguments)
        batches = len(trainer.get_train_dataloader()) / arguments.gradient_accumulation_steps
    return max(1, round(configured.num_train_epochs * batches * options.steps[-1] / len(material.pool)))


def simulate(
    options: SimulationOptions,
    material: Material,
    max_steps: int,
    output: Path,
    *,
    jobs: int,
    done: Callable[[Run], None],
    prepare: Callable[[], None],
) -> list[Run]:
    """Do all runs that are not done yet, and return all; their files lie in ``output``.

    Parameters
    ----------
    max_steps:
        Steps of the optimiser of every run, such as :func:`optimiser_steps` gives.
    jobs, prepare:
        As for :func:`trainer.side_by_side.run_side_by_side`.
    done:
        Called with every run that is done, also where it was done before.

    Raises
    ------
    FileExistsError
        If results of other settings, data or versions lie in ``output``.
    ChildProcessError, ValueError
        If a run's process was killed, or a run failed.
    """
    everything: list[Run] = []
    runs = [
        make_run(
            *(options, material, max_steps),
            seed=seed,
            strategy=START,
            step=0,
            annotated=first_sentences(seed, material, options.steps[0]),
        )
        for seed in options.seeds
    ]
    while runs:
        left = [run for run in runs if not _finished(run, output)]
        for run in runs:
            if run not in left:
                done(run)
        run_side_by_side(
            partial(run_simulated, material), left, output, kind="run", jobs=jobs, done=done, prepare=prepare
        )
        everything += runs
        runs = [following for run in runs for following in _following(run, material, output)]
    return everything


def stored(run: Run, output: Path) -> Mapping[str, Any]:
    """Return the content of the file of a run that is done."""
    content: Mapping[str, Any] = json.loads(run.path(output).read_text(encoding="utf-8"))
    return content


def _finished(run: Run, output: Path) -> bool:
    try:
        key = stored(run, output)["key"]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return False  # no file, or a damaged one
    if key != run.key:
        raise FileExistsError(
            f"{output} holds the results of other settings, data or versions ({run.name}). Choose another --output, or "
            "drop them with --overwrite"
        )
    return True


def _following(run: Run, material: Material, output: Path) -> list[Run]:
    chosen: Mapping[str, Sequence[str]] = stored(run, output)["next"]
    return [
        make_run(
            *(run.options, material, run.max_steps),
            seed=run.seed,
            strategy=strategy,
            step=run.step + 1,
            annotated=[*run.annotated, *ids],
        )
        for strategy, ids in chosen.items()
    ]
