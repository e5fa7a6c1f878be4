"""What is told of a project that came back: as JSON, and to readers of the cards of models that learn from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trainer.projects.corrected import Corrections
from trainer.projects.differences import Differences
from trainer.projects.growing import Growth

_VERSION = 1


def corpus_notes(corrections: Corrections) -> list[str]:
    """Return the notes of a corpus that begins with these documents."""
    models = " and ".join(corrections.models)
    suggested = f"Its annotation was suggested by {models} and corrected" if models else "It was annotated"
    return [f"{suggested} in annotation projects; who did that is not recorded."]


def write_report(path: Path, corrections: Corrections, growth: Growth) -> None:
    """Write everything that is known of an ingestion as one JSON object (see ``docs/annotation.md``)."""
    report: dict[str, Any] = {
        "version": _VERSION,
        "models": corrections.models,
        "documents": {
            "corrected": [document.id for document in corrections.documents],
            "waiting": corrections.waiting,
            "left_out": corrections.left_out,
        },
        "retyped_sentences": corrections.retyped,
        "notes": corrections.notes,
        "warnings": corrections.warnings,
        "differences": Differences.of(corrections.pairs).to_dict(),
        "corpus": {
            "file": str(growth.corpus),
            "made": growth.made,
            "added": growth.added,
            "already": growth.already,
            "elsewhere": growth.elsewhere,
            "repeats": [
                {
                    "document": match.document,
                    "sentence": match.sentence,
                    "repeated_document": match.training_document,
                    "repeated_sentence": match.training_sentence,
                    "similarity": match.similarity,
                }
                for match in growth.repeats
            ],
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(report, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    # What no UTF-8 file can hold, lone surrogates, is escaped as JSON has it.
    path.write_bytes(content.encode("utf-8", errors="backslashreplace"))
