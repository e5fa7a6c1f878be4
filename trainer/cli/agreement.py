"""``marsad data agreement``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from trainer.cli.console import output, quiet_libraries


def agreement_command(
    first: Path = typer.Argument(help="An annotation: a brat folder, a .marked file or a folder of them."),
    second: Path = typer.Argument(help="Another annotation of the same texts."),
    schema: Path = typer.Option(None, "--schema", help="The schema of the labels; Marsad's own by default."),
    differences: bool = typer.Option(False, "--differences", help="Also list every place where the two differ."),
    json_file: Path | None = typer.Option(None, "--output", help="Write the scores to this JSON file."),
) -> None:
    """Say how far two annotations of the same texts agree, and where they do not."""
    quiet_libraries()
    import json

    from trainer.data.labelled_files import read_labelled_file
    from trainer.evaluation.agreement import agreement
    from trainer.evaluation.disagreements import disagreements
    from trainer.schema import load_schema

    one, other = read_labelled_file(first), read_labelled_file(second)
    result = agreement(one, other, load_schema(schema))
    output.print(_scores(result))
    for layer in ("entities", "triggers"):
        output.print(_confusion(f"{layer}: labels of the first (rows) and of the second (columns)", result[layer]))
    output.print(_kappa(result["kappa"]))
    if differences:
        for item in disagreements(one, other):
            output.print(
                f"{item.document}:{item.start} {item.layer}\n  first:  {item.first}\n  second: {item.second}\n"
                f"  in: {item.context}",
                markup=False,
                soft_wrap=True,
            )
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        output.print(f"written: {json_file}", markup=False, soft_wrap=True)


def _scores(result: Mapping[str, Any]) -> Table:
    table = Table(title=f"{result['documents']} documents, {result['sentences']} sentences", title_justify="left")
    for name in ("", "strict F1", "overlap F1", "in first", "in second"):
        table.add_column(name, justify="right" if name else "left")
    for layer in ("entities", "triggers", "arguments"):
        strict, overlap = result[layer]["strict"], result[layer]["overlap"]
        table.add_section()
        table.add_row(layer, f"{strict['f1']:.3f}", f"{overlap['f1']:.3f}", *_sizes(strict), style="bold")
        for label, scores in sorted(result[layer]["per_type"].items(), key=lambda row: -row[1]["support"]):
            table.add_row(f"  {escape(label)}", f"{scores['f1']:.3f}", "", *_sizes(scores))
    shared = result["arguments_of_shared_triggers"]
    table.add_row("  of triggers that both have", f"{shared['f1']:.3f}", "", *_sizes(shared))
    for name, scores in result["attributes"].items():
        table.add_row(f"  {escape(name)}, of those triggers", f"{scores['f1']:.3f}", "", *_sizes(scores))
    return table


def _sizes(scores: Mapping[str, float]) -> tuple[str, str]:
    """Return how many items each side has."""
    return str(scores["support"]), str(scores["predicted"])


def _confusion(title: str, scores: Mapping[str, Any]) -> Table:
    rows = scores["confusion"]
    columns = sorted({column for row in rows.values() for column in row})
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(escape(column), justify="right")
    for name, row in rows.items():
        table.add_row(escape(name), *(str(row.get(column, "")) for column in columns))
    return table


def _kappa(kappa: Mapping[str, Any]) -> Table:
    table = Table(title="Cohen's kappa of sentences' event types", title_justify="left")
    table.add_column("")
    table.add_column("kappa", justify="right")
    table.add_row("pooled", "–" if kappa["pooled"] is None else f"{kappa['pooled']:.3f}", style="bold")
    for label, value in kappa["per_type"].items():
        table.add_row(f"  {escape(label)}", "–" if value is None else f"{value:.3f}")
    return table
