"""What ``marsad data check`` found, as JSON; the shape is in ``docs/corpus-care.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from trainer.data.check import CorpusReport
from trainer.data.label_counts import event_types_of
from trainer.diagnosis.findings import Finding
from trainer.documents import Document
from trainer.formats.jsonl import strict_json
from trainer.text.surrogates import without_pairs

VERSION = 1


def check_record(sources: Sequence[str], report: CorpusReport, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return counts by split, problems, notes and findings."""
    return {
        "version": VERSION,
        "sources": list(sources),
        "schema": report.schema.name,
        "counts": {split: _counts(documents) for split, documents in report.documents.items()},
        "problems": list(report.problems),
        "notes": list(report.notes),
        "findings": [finding.to_dict() for finding in findings],
    }


def _counts(documents: Sequence[Document]) -> dict[str, Any]:
    types = Counter(type for document in documents for types in event_types_of(document) or () for type in types)
    layers = {
        "entities": Counter(entity.label for document in documents for entity in document.entities),
        "triggers": Counter(event.type for document in documents for event in document.events),
        "event_types": types,
    }
    return {
        "documents": len(documents),
        "sentences": sum(len(document.sentences) for document in documents),
        "words": sum(len(document.words) for document in documents),
        **{layer: dict(sorted(counts.items())) for layer, counts in layers.items()},
    }


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write strict JSON of real Unicode; lone surrogates, which no UTF-8 file can hold, are written as JSON escapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = without_pairs(strict_json(record))
    path.write_bytes(text.encode("utf-8", errors="backslashreplace") + b"\n")
