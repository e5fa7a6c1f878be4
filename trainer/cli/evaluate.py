"""``marsad evaluate``."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.console import errors, output, quiet_libraries


def evaluate_command(
    model: Path = typer.Argument(help="A model folder that 'marsad train' wrote."),
    data: Path = typer.Argument(help="A dataset folder, a dataset.yaml, or an IOB2 file or table of sentences."),
    split: str = typer.Option("test", help="The split to score on."),
    baselines: bool = typer.Option(
        False,
        help="Score majority, lexicon, CRF, TF-IDF and, for arguments, the nearest entity, fitted on 'train', too.",
    ),
    allow_leaks: bool = typer.Option(
        False, "--allow-leaks", help="Score sentences that the model was trained or chosen on, and mark the scores."
    ),
    json_file: Path | None = typer.Option(None, "--output", help="Write the scores to this JSON file."),
    report_folder: Path | None = typer.Option(
        None, "--report", help="Write a page with plots and every wrong sentence into this folder."
    ),
) -> None:
    """Score a model on labelled data: strict entities and triggers, event types of sentences, arguments of events."""
    quiet_libraries()
    from trainer.cli.crossval_tables import text_table
    from trainer.cli.evaluation_page import write_evaluation_page
    from trainer.cli.tables import LAYER_NAMES, comparison_table, scores_table
    from trainer.evaluation.argument_tables import argument_table, role_tables
    from trainer.evaluation.leaks import leak_mark
    from trainer.evaluation.report import evaluate_split, write_report
    from trainer.writers.report_folder import check_report_folder

    if report_folder is not None:
        check_report_folder(report_folder)
    evaluation = evaluate_split(model, data, split, baselines=baselines, allow_leaks=allow_leaks)
    report = evaluation.report
    if report["leaks"] is None:
        errors.print(f"warning: {report['leaks_note']}", markup=False, soft_wrap=True)
    where = split + leak_mark(report)
    output.print(scores_table(report["scores"], f"{report['model']['name']} on {where}"))
    intervals = ", ".join(
        f"{LAYER_NAMES[layer]} {value['mean']:.3f} [{value['low']:.3f} {value['high']:.3f}]"
        for layer, value in report["intervals"].items()
    )
    output.print(f"micro F1: {intervals}; {report['interval_method']}", markup=False, soft_wrap=True)
    for source, layers in report["in_training"].items():
        shares = ", ".join(f"{share['share']:.2f} of {share['of']} {name}" for name, share in layers.items())
        if layers:
            output.print(f"in the training data ({source}): {shares}", markup=False, soft_wrap=True)
    if baselines:
        others = {name: baseline["scores"] for name, baseline in report["baselines"].items()}
        systems = {report["model"]["name"]: report["scores"], **others}
        output.print(comparison_table(systems, f"the model and its baselines on {where}"))
    if "arguments" in report:
        for table in (*role_tables(report["arguments"], where), argument_table(report["arguments"], where)):
            output.print(text_table(table))
    if json_file is not None:
        write_report(report, json_file)
        output.print(f"written: {json_file}", markup=False, soft_wrap=True)
    if report_folder is not None:
        from trainer.evaluation.report_page import evaluation_section

        section = evaluation_section(evaluation, model)
        write_evaluation_page(f"تقييم {section.title}", [section], evaluation.schema, report_folder)
