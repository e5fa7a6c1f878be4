"""``marsad crossval``."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trainer.cli.console import errors, output, quiet_libraries
from trainer.cli.task_progress import shown_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trainer.crossval.curve import CurveRun
    from trainer.crossval.plan import Task
    from trainer.data.corpus import Corpus

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def crossval_command(
    context: typer.Context,
    config: str = typer.Argument(help="A YAML file, or the name of a shipped one (quickstart.yaml)."),
    folder: Path | None = typer.Option(
        None, "--output", help="Where predictions and scores go; by default outputs/crossval/NAME OF THE CONFIG."
    ),
    seeds: str = typer.Option("1,2,3", help="One model a fold for each of these seeds."),
    grouping: list[str] = typer.Option(
        [], help="near-duplicates, stories or outside; may be repeated. By default all that there are."
    ),
    outside: Path | None = typer.Option(
        None, help="The file of another corpus to test on as well, with models trained on all articles."
    ),
    without: list[str] = typer.Option([], help="Leave this document out of everything; may be repeated."),
    folds: int | None = typer.Option(None, help="Merge the groups into this many folds; by default one fold a group."),
    random_weights: bool = typer.Option(True, help="Also train the same network from random weights."),
    baselines: bool = typer.Option(True, help="Also score majority, lexicon, CRF and TF-IDF."),
    validation: bool = typer.Option(
        False, help="Keep training articles back to choose checkpoint and threshold on, as a training run does."
    ),
    allow_leaks: bool = typer.Option(
        False, "--allow-leaks", help="Score sentences that repeat one trained on, and mark the scores."
    ),
    jobs: int | None = typer.Option(None, min=1, help="Folds to run side by side; by default one a core."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Drop earlier results in the output folder."),
    report_folder: Path | None = typer.Option(
        None, "--report", help="Write a page with plots and every wrong sentence into this folder."
    ),
    curve: list[Path] = typer.Option(
        [],
        help="Show the report with a learning curve: the output folder of an earlier run that differs in "
        "training_only_share alone; may be repeated.",
    ),
) -> None:
    """Say what a configuration is worth: grouped cross-validation with intervals and baselines.

    Every sentence is predicted once a seed, by a model that saw nothing of its article group. Any
    setting can be overridden (--learning_rate 1e-4). A stopped run goes on where it was.
    """
    quiet_libraries()
    from trainer.cli.crossval_tables import results_tables
    from trainer.crossval.curve import read_curve, with_this_run
    from trainer.crossval.markdown import write_markdown
    from trainer.crossval.plan import CrossvalOptions, crossval_corpus, folds_of, leaks_of, tasks_of
    from trainer.crossval.results import collect_results, write_results
    from trainer.crossval.run import default_jobs, finished
    from trainer.training.settings import parse_overrides
    from trainer.writers.report_folder import check_report_folder

    options = CrossvalOptions(
        config=config,
        overrides=parse_overrides(context.args),
        seeds=_seeds(seeds),
        groupings=tuple(grouping),
        outside=str(outside) if outside else None,
        without=tuple(without),
        folds=folds,
        random_weights=random_weights,
        baselines=baselines,
        validation=validation,
        allow_leaks=allow_leaks,
    )
    if report_folder is not None:
        check_report_folder(report_folder)
    elif curve:
        raise ValueError("--curve is for the page of --report: give the folder that it shall be written into, too")
    target = folder or Path("outputs") / "crossval" / Path(config).stem
    corpus = crossval_corpus(options)
    plan = folds_of(corpus, options)
    earlier = read_curve(curve, options, corpus, plan)
    leaks = leaks_of(plan, corpus, options)
    tasks = tasks_of(plan, options, corpus)
    if overwrite:
        shutil.rmtree(target / "folds", ignore_errors=True)
    _refuse_other_results(tasks, target)
    left = [task for task in tasks if not finished(task, target)]
    started = time.monotonic()
    _run(left, len(tasks), target, jobs or default_jobs())
    results = collect_results(tasks, target, corpus, leaks)
    results["options"] = {
        "config": config,
        "overrides": dict(options.overrides),
        "seeds": list(options.seeds),
        "without": without,
    }
    results["wall_seconds"] = round(time.monotonic() - started, 1)
    results["tasks_run"], results["tasks"] = len(left), len(tasks)
    for table in results_tables(results):
        output.print(table)
    output.print(results["intervals"], markup=False, soft_wrap=True)
    for path in (write_results(results, target), write_markdown(results, target)):
        output.print(f"written: {path}", markup=False, soft_wrap=True)
    if report_folder is not None:
        _write_page(results, tasks, target, corpus, with_this_run(earlier, options, results), report_folder)


def _write_page(
    results: Mapping[str, Any],
    tasks: Sequence[Task],
    target: Path,
    corpus: Corpus,
    curve: Sequence[CurveRun],
    report_folder: Path,
) -> None:
    from trainer.cli.evaluation_page import write_evaluation_page
    from trainer.crossval.report_page import crossval_sections

    sections = crossval_sections(results, tasks, target, corpus, curve)
    title = f"تقييم متقاطع cross-validation: {results['options']['config']}"
    write_evaluation_page(title, sections, corpus.schema, report_folder)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--seeds is {text!r}; give numbers with commas between them, such as 1,2,3") from None
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"--seeds {text} names a seed twice")
    return seeds


def _refuse_other_results(tasks: Sequence[Task], target: Path) -> None:
    from trainer.crossval.run import finished_otherwise

    for task in tasks:
        if finished_otherwise(task, target):
            raise FileExistsError(
                f"{target} holds the results of other settings, data or versions ({task.name}). "
                "Choose another --output, or drop them with --overwrite"
            )


def _run(left: Sequence[Task], total: int, target: Path, jobs: int) -> None:
    """Run the tasks that are left, and show how far they are."""
    from trainer.crossval.run import run_tasks

    if len(left) < total:
        errors.print(f"{total - len(left)} of {total} folds are finished already", markup=False)
    with shown_tasks("folds", total, target, total - len(left)) as done:
        run_tasks(left, target, jobs, done, quiet_libraries)
