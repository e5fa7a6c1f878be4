"""``marsad annotate``: what to annotate next, the corrections that come back, and whether choosing helps."""

from __future__ import annotations

import typer

from trainer.cli import annotate_ingest, annotate_simulate, annotate_suggest

app = typer.Typer(help="Annotate more: choose sentences, take corrections back, simulate.", no_args_is_help=True)
app.command("suggest")(annotate_suggest.suggest_command)
app.command("ingest")(annotate_ingest.ingest_command)
app.command("simulate", context_settings=annotate_simulate.CONTEXT)(annotate_simulate.simulate_command)
