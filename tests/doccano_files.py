"""A text and a schema that the tests of doccano's JSON Lines share, its files, and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trainer.schema import schema_of_labels

TEXT = "قُتل عنصر من داعش في الحسكة"
SCHEMA = schema_of_labels("events", ["PER", "GPE", "ARMED"], ["KILL", "CLASH"])


class Told(list[str]):
    """What a reader or writer reports, without the folder."""

    def __call__(self, place: str, problem: str) -> None:
        self.append(f"{Path(place).name}: {problem}")


def write_lines(path: Path, *records: Any) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="")
    return path
