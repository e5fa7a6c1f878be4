"""``marsad train``."""

from __future__ import annotations

import typer

from trainer.cli.console import output, quiet_libraries

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def train_command(
    context: typer.Context,
    config: str = typer.Argument(help="A YAML file, or the name of a shipped one (quickstart.yaml)."),
) -> None:
    """Fine-tune a model. Any setting can be overridden: --learning_rate 1e-4 --seed 7."""
    quiet_libraries()
    from trainer.cli.tables import scores_table
    from trainer.training.run import train
    from trainer.training.settings import parse_overrides, read_settings

    settings, arguments = read_settings(config, parse_overrides(context.args))
    scores = train(settings, arguments)
    output.print(scores_table(scores, "validation"))
    output.print(f"model: {settings.model_folder}", markup=False, soft_wrap=True)
