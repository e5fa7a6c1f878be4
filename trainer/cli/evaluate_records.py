"""``marsad evaluate-records``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trainer.cli.console import output

if TYPE_CHECKING:
    from trainer.evaluation.gold_records import GoldDocument
    from trainer.records.record import EventRecord


def evaluate_records_command(
    events: list[Path] = typer.Argument(
        help="What 'marsad events' wrote as .jsonl. Several files are runs on the same documents, such as one a seed."
    ),
    gold: list[Path] = typer.Option(
        [Path("data/records")],
        help="A folder with records in YAML, one file a document; its subfolders are not read. May be repeated: every "
        "folder is scored by itself.",
    ),
    document: list[str] = typer.Option(
        [], help="Only this document of the gold was run; may be repeated. By default all of them were."
    ),
    groups: Path | None = typer.Option(
        None, help="A corpus file (dataset.yaml) whose 'groups' say which documents copy each other."
    ),
    json_file: Path | None = typer.Option(None, "--json", help="Write the scores to this JSON file."),
) -> None:
    """Score event records against hand-made ones: records found, their fields one by one, and links."""
    import json

    from trainer.cli.record_tables import record_tables
    from trainer.data.corpus import read_corpus_file
    from trainer.evaluation.gold_records import read_gold_folder
    from trainer.evaluation.record_fields import FieldScorer
    from trainer.evaluation.record_names import SameNames
    from trainer.evaluation.record_rules import RecordRules
    from trainer.evaluation.records import evaluate_records
    from trainer.schema import load_schema
    from trainer.writers.event_jsonl import read_event_lines

    rules = RecordRules.load()
    folders = {
        str(folder): read_gold_folder(folder, load_schema(), rules.kinds, rules.precisions)
        for folder in dict.fromkeys(gold)
    }
    folders = _only(folders, document)
    copies = read_corpus_file(groups)["groups"] if groups else []
    runs = {str(path): _each_once(read_event_lines(path), path) for path in events}
    scorer = FieldScorer(rules, SameNames.load())
    report = {"sets": {name: evaluate_records(found, runs, scorer, copies) for name, found in folders.items()}}
    # Before anything is printed: who reads only the beginning (| head) ends the command there.
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, scores in report["sets"].items():
        for table in record_tables(scores, name):
            output.print(table)
        for note in _notes(scores):
            output.print(note, markup=False, soft_wrap=True)
    if json_file is not None:
        output.print(f"written: {json_file}", markup=False, soft_wrap=True)


def _each_once(records: Iterable[EventRecord], path: Path) -> list[EventRecord]:
    """Return the records of a run; ``ValueError`` where one is there twice, as in two runs in one file."""
    found = {}
    for record in records:
        if record.id in found:
            raise ValueError(f"{path}: record {record.id} is there twice; give every run a file of its own")
        found[record.id] = record
    return list(found.values())


def _only(folders: Mapping[str, list[GoldDocument]], ids: Sequence[str]) -> dict[str, list[GoldDocument]]:
    """Return the documents with ``ids``, by folder; all of them if there are none."""
    known = {document.document for documents in folders.values() for document in documents}
    if unknown := [id for id in ids if id not in known]:
        raise ValueError(f"--document {unknown[0]}: {', '.join(folders)} has {', '.join(sorted(known))}")
    kept = {name: [d for d in documents if not ids or d.document in ids] for name, documents in folders.items()}
    return {name: documents for name, documents in kept.items() if documents}


def _notes(scores: Mapping[str, Any]) -> Iterable[str]:
    """Say what the numbers rest on: documents, what counts as one of them, and what a run lacks."""
    units, documents = scores["units"], scores["documents"]
    together = [" and ".join(unit) for unit in units if len(unit) > 1]
    yield (
        f"documents: {len(documents)}; {scores['interval_method']}, of {len(units)} units"
        + (f" ({'; '.join(together)}: copies, drawn together)" if together else "")
        + (f"; means over {len(scores['runs'])} runs" if len(scores["runs"]) > 1 else "")
    )
    for name, run in scores["runs"].items():
        if without := run["without_records"]:
            yield f"{name}: no record of {', '.join(without)}; if they were not run, name the others with --document"
        if others := run["records_of_other_documents"]:
            yield f"{name}: {others} records of documents that are not in this gold, not scored"
        if not run["linked"]:
            yield f"{name}: no record has a happening, so there are no links to score"
