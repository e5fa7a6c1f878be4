"""Records of one small text, as a person writes them down and as a program finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from trainer.annotations import Span
from trainer.evaluation.gold_records import GoldRecord
from trainer.records.record import Claim, EventRecord, Mention, Side, When, Where
from trainer.values.actors import Actor
from trainer.values.dates import DateValue
from trainer.values.quantities import Quantity

TEXT = (
    "قُتل 12 شخصاً في اشتباكات بين تنظيم داعش وقوات النظام في مدينة الحسكة الخميس الماضي. "
    "وقصفت المدفعية حي غويران بعد سيطرة التنظيم عليه."
)


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words), words)


def offsets(words: str) -> list[int]:
    return [span(words).start, span(words).end]


def written(id: str = "خبر-01", **changes: Any) -> dict[str, Any]:
    """Return the clash of ``TEXT`` as YAML has it, with ``changes``."""
    return {
        "id": id,
        "type": "CLASH",
        "mentions": [mention("قُتل", "KILL"), mention("اشتباكات", "CLASH")],
        "sentences": [0],
        "date": {
            "start": "2015-07-16",
            "end": "2015-07-16",
            "precision": "day",
            "span": offsets("الخميس الماضي"),
            "anchor": "2015-07-20",
        },
        "place": {"name": "مدينة الحسكة", "span": offsets("مدينة الحسكة"), "within": None},
        "side_a": [{"name": "تنظيم داعش", "span": offsets("تنظيم داعش"), "kind": "rebel group"}],
        "side_b": [{"name": "قوات النظام", "span": offsets("وقوات النظام"), "kind": "state forces"}],
        "fatalities": [
            {"low": 12, "high": 12, "approximate": False, "span": offsets("12"), "who": None, "source": None}
        ],
        "injured": [],
        "weapon": None,
        "disputed": False,
        "same_as": [],
        **changes,
    }


def mention(words: str, type: str) -> dict[str, Any]:
    start, end = offsets(words)
    return {"start": start, "end": end, "type": type}


def gold(id: str = "خبر-01", **changes: Any) -> GoldRecord:
    return GoldRecord.model_validate(written(id, **changes))


def found(id: str = "خبر-01", **changes: Any) -> EventRecord:
    """Return the clash of ``TEXT`` as a program finds it, with ``changes``."""
    record = EventRecord(
        id=id,
        document=id.rpartition("-")[0],
        type="CLASH",
        mentions=(Mention("E1", "KILL", span("قُتل"), 0.9), Mention("E2", "CLASH", span("اشتباكات"), 0.8)),
        sentences=(0,),
        when=When(span("الخميس الماضي"), DateValue("2015-07-16", "2015-07-16", "day", "2015-07-20")),
        where=Where("مدينة الحسكة", span("مدينة الحسكة")),
        side_a=(side("تنظيم داعش", "Rebel Group", "تنظيم الدولة الإسلامية"),),
        side_b=(side("وقوات النظام", "State Forces", "الجيش السوري"),),
        outcomes={"fatalities": (claim("12", 12, 12),), "injured": ()},
    )
    return replace(record, **changes)


def side(words: str, kind: str | None = None, name: str | None = None) -> Side:
    return Side(words, span(words), "ORG", Actor(kind, 1, name) if kind else None)


def claim(words: str, low: int | None, high: int | None) -> Claim:
    return Claim(span(words), Quantity(low, high))


def write_gold(folder: Path, documents: Mapping[str, list[dict[str, Any]]], **changes: Any) -> Path:
    """Write a file for each document with its records; ``changes`` are keys of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for id, records in documents.items():
        content = {
            "document": id,
            "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
            "published": None,
            "records": records,
            "left_out": [],
            **changes,
        }
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / f"{id}.yaml").write_text(text, encoding="utf-8")
    return folder
