"""``marsad data check``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trainer.cli.console import errors, output, quiet_libraries
from trainer.cli.data_report import DEFAULT_CORPUS

if TYPE_CHECKING:
    from trainer.data.check import CorpusReport
    from trainer.diagnosis.findings import Finding

# The window of a model unless its configuration says otherwise.
_WINDOW = 256


def check_command(
    sources: list[Path] = typer.Argument(
        None,
        help="A corpus file (dataset.yaml), a labelled file or folder, or .marked files and folders.",
        show_default=str(DEFAULT_CORPUS),
    ),
    schema: Path = typer.Option(
        None, "--schema", help="The schema of what is no corpus file; Marsad's own for .marked files by default."
    ),
    record: Path = typer.Option(None, "--json", help="Write counts, problems and all findings to this file."),
    encoder: str = typer.Option(
        None, "--encoder", help="The encoder whose window sentences are measured by; the bundled one by default."
    ),
    window: int = typer.Option(_WINDOW, "--window", min=1, help="The window in subwords."),
    label_errors: bool = typer.Option(
        False, "--label-errors", help="Also look for likely label errors: trains on all but a part, minutes."
    ),
) -> None:
    """Validate annotation against texts and schema, count labels, and point at what is odd.

    Problems are broken annotation: they make the command fail. Findings are hints for those who know the guidelines.
    """
    quiet_libraries()
    from trainer.cli.data_tables import corpus_counts, inline_counts
    from trainer.cli.findings_list import findings_lines
    from trainer.data.check import check_sources
    from trainer.diagnosis.record import check_record, write_record

    sources = sources or [DEFAULT_CORPUS]
    report = check_sources(sources, schema)
    title = ", ".join(map(str, sources))
    output.print(inline_counts(title, report.inline) if report.inline else corpus_counts(title, report))
    findings = list(_findings(report, encoder, window, label_errors))
    if record is not None:
        write_record(check_record([str(source) for source in sources], report, findings), record)
    for line in findings_lines(findings, str(record) if record else None):
        output.print(line, markup=False, soft_wrap=True)
    for note in report.notes:
        output.print(f"note: {note}", markup=False, soft_wrap=True)
    for problem in report.problems:
        errors.print(problem, markup=False, soft_wrap=True)
    if report.problems:
        errors.print(f"{len(report.problems)} problem{'s' if len(report.problems) > 1 else ''}")
        raise typer.Exit(1)
    output.print(f"no problems (schema {report.schema.name})", markup=False)


def _findings(report: CorpusReport, encoder: str | None, window: int, label_errors: bool) -> Iterator[Finding]:
    from trainer.diagnosis.corpus import diagnose
    from trainer.diagnosis.subwords import tokenizer_of

    tokenizer, why_not = tokenizer_of(encoder)
    if tokenizer is None:
        report.notes.append(f"long sentences were not looked for: {why_not}")
    yield from diagnose(report.documents, report.schema, groups=report.groups, tokenizer=tokenizer, window=window)
    if label_errors:
        from trainer.diagnosis.label_errors import find_label_errors

        try:
            yield from find_label_errors(
                report.documents,
                encoder=encoder or "bundled",
                progress=lambda done, total: errors.print(f"label errors: {done} of {total}", markup=False),
            )
        except ValueError as error:
            report.notes.append(str(error))  # too little to learn from; all else is worth telling
