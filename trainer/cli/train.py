"""``marsad train``."""

from __future__ import annotations

import typer

from trainer.cli.console import output, quiet_libraries

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def train_command(
    context: typer.Context,
    config: str = typer.Argument(help="A YAML file, or the name of a shipped one (quickstart.yaml)."),
    resume: bool = typer.Option(False, "--resume", help="Go on with an interrupted run from its last checkpoint."),
    overwrite: bool = typer.Option(False, "--overwrite", help="Begin anew where there is a run or a model already."),
) -> None:
    """Fine-tune a model. Any setting can be overridden: --learning_rate 1e-4 --seed 7."""
    quiet_libraries()
    from trainer.cli.tables import scores_table
    from trainer.training.run import train
    from trainer.training.run_folder import AlreadyFinished
    from trainer.training.settings import parse_overrides, read_settings

    settings, arguments = read_settings(config, parse_overrides(context.args))
    try:
        scores = train(settings, arguments, resume=resume, overwrite=overwrite)
    except AlreadyFinished as finished:
        # A job that is restarted until it succeeds has succeeded.
        if arguments.process_index == 0:
            output.print(str(finished), markup=False, soft_wrap=True)
        return
    if arguments.process_index != 0:
        return
    output.print(scores_table(scores, "validation"))
    output.print(f"model: {settings.model_folder}", markup=False, soft_wrap=True)
