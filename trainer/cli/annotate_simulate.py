"""``marsad annotate simulate``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape
from rich.table import Table

from trainer.cli.console import output, quiet_libraries
from trainer.cli.task_progress import shown_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trainer.selection.simulation import Material, Run, SimulationOptions

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def simulate_command(
    context: typer.Context,
    config: str = typer.Argument(help="A YAML file, or the name of a shipped one (quickstart.yaml)."),
    pool: str = typer.Option("training_only", help="What to take for not annotated: training_only, or a split."),
    test: list[str] = typer.Option([], help="A split to test on; may be repeated. By default all but the pool."),
    without: list[str] = typer.Option([], help="Leave this document out of everything; may be repeated."),
    steps: str = typer.Option("50,100,200,400", help="How many sentences are annotated at each step."),
    seeds: str = typer.Option("1,2,3", help="Each decides what is drawn at random, and the training."),
    folder: Path | None = typer.Option(
        None, "--output", help="Where runs, figures and page go; by default outputs/simulation/NAME OF THE CONFIG."
    ),
    jobs: int | None = typer.Option(None, min=1, help="Runs side by side; by default one a core."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Drop earlier results in the output folder."),
) -> None:
    """Find out whether choosing what to annotate beats drawing at random, on text that is annotated already.

    Both begin with the same sentences; after each step a model is trained anew and tested. Any setting can be
    overridden (--num_train_epochs 6). A stopped simulation goes on where it was.
    """
    quiet_libraries()
    from trainer.crossval.run import default_jobs
    from trainer.selection.simulation import SimulationOptions, check_options, load_material
    from trainer.selection.simulation_page import write_page, write_results
    from trainer.selection.simulation_runs import RUNS_FOLDER, optimiser_steps
    from trainer.selection.simulation_scores import collect_results, outcome_sentence
    from trainer.training.settings import parse_overrides

    options = SimulationOptions(
        config=config,
        overrides=parse_overrides(context.args),
        steps=_numbers("--steps", steps),
        seeds=_numbers("--seeds", seeds),
        pool=pool,
        test=tuple(test),
        without=tuple(without),
    )
    check_options(options)
    target = folder or Path("outputs") / "simulation" / Path(config).stem
    material = load_material(options)
    max_steps = optimiser_steps(options, material)
    if overwrite:
        shutil.rmtree(target / RUNS_FOLDER, ignore_errors=True)
    runs = _simulate(options, material, max_steps, target, jobs or default_jobs())
    results = collect_results(runs, options, material, target, max_steps)
    output.print(_table(results))
    output.print(outcome_sentence(results), markup=False, soft_wrap=True)
    output.print(results["intervals"], markup=False, soft_wrap=True)
    for path in (write_results(results, target), write_page(results, target)):
        output.print(f"written: {path}", markup=False, soft_wrap=True)


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{option} is {text!r}; give numbers with commas between them") from None
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"{option} {text} names a number twice")
    return numbers


def _simulate(options: SimulationOptions, material: Material, max_steps: int, target: Path, jobs: int) -> list[Run]:
    """Do the runs, and show how far they are."""
    from trainer.selection.simulation import STRATEGIES
    from trainer.selection.simulation_runs import simulate

    total = len(options.seeds) * (1 + len(STRATEGIES) * (len(options.steps) - 1))
    with shown_tasks("runs", total, target) as done:
        return simulate(options, material, max_steps, target, jobs=jobs, done=done, prepare=quiet_libraries)


def _table(results: Mapping[str, Any]) -> Table:
    """Return F1 of both strategies at every step, and the difference."""
    from trainer.selection.simulation import CHOSEN, RANDOM
    from trainer.selection.simulation_scores import MEAN

    layers = [*results["layers"], MEAN]
    table = Table(
        title="F1 of sentences drawn at random → chosen, difference [95% interval]; mean over seeds",
        title_justify="left",
    )
    table.add_column("sentences", justify="right")
    for layer in layers:
        table.add_column(escape(layer.replace("_", " ")), justify="right")
    rows = [(str(step["sentences"]), step) for step in results["steps"]]
    if results["area"]:
        rows.append(("curve", results["area"]))
    for name, row in rows:
        cells = []
        for layer in layers:
            scores, difference = row["scores"], row["difference"][layer]
            cell = f"{scores[RANDOM][layer]['mean']:.3f}"
            if difference is not None:
                cell += f" → {scores[CHOSEN][layer]['mean']:.3f}\n"
                cell += f"{difference['mean']:+.3f} [{difference['low']:+.3f} {difference['high']:+.3f}]"
            cells.append(escape(cell))
        table.add_row(name, *cells)
    return table
