"""The options that all commands over archives have in common, in their words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelFolder = Annotated[
    Path | None, typer.Option(help="A model folder; by default the one that the quickstart trained.")
]
TextColumn = Annotated[str, typer.Option(help="The column of tables and the key of JSON lines with the text.")]
IdColumn = Annotated[
    str | None,
    typer.Option(help="The column with the ids; by default 'id' if there is one. '' numbers the documents."),
]
Clean = Annotated[bool, typer.Option(help="Leave out lines of the page that are not article text.")]
Dedupe = Annotated[bool, typer.Option(help="Mark articles that repeat most of an earlier one (wire copies).")]
LeastScores = Annotated[
    list[str],
    typer.Option("--threshold", help="LABEL=SCORE: leave out what scores less; can be given several times."),
]
Dial = Annotated[float, typer.Option(min=-1.0, max=1.0, help="From -1, find more, to 1, be right more often.")]
RuntimeName = Annotated[
    str, typer.Option(help="torch, openvino or onnx; auto takes the fastest that the model was exported for.")
]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1 …; auto takes a GPU if there is one.")]
Precision = Annotated[str, typer.Option(help="fp32 or bf16; auto takes bf16 where the processor has it.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Begin anew where an unfinished run could be continued.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors alone.")]
JsonLog = Annotated[bool, typer.Option("--json-log", help="Write the progress as JSON lines to standard error.")]
