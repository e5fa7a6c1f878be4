"""What the tests of Label Studio share: projects and exports, what is read from them, and what is told of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from conftest import SCHEMA, TRAINING, marked_document

from trainer.documents import Argument, Document
from trainer.formats.label_studio import read_label_studio
from trainer.formats.label_studio_writer import write_label_studio
from trainer.schema import Schema, load_schema

TEXT = "سيطرت قسد على الحسكة. وقُتل خمسة مدنيين."
_ROLES = "roles:\n  - {name: AGENT, arabic: الفاعل}\n  - {name: TARGET, arabic: المستهدف}\n"
_ATTRIBUTES = "attributes:\n  - {name: Disputed, arabic: متنازع عليه}\n"


def project_schema(folder: Path) -> Schema:
    """Return the labels of the tiny corpus with roles and an attribute."""
    path = folder / "schema.yaml"
    path.write_text(SCHEMA + _ROLES + _ATTRIBUTES, encoding="utf-8")
    return load_schema(path)


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))

    def about(self, words: str) -> list[tuple[str, str]]:
        return [(place, problem) for place, problem in self if words in problem]


def write_tasks(path: Path, content: Any) -> Path:
    """Write a file of tasks: as JSON, or a text as it is."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def read(path: Path, content: Any, **options: Any) -> tuple[list[Document], Reports]:
    """Return what is read from a file of tasks, and what is reported."""
    reports = Reports()
    return read_label_studio(write_tasks(path, content), reports, **options), reports


def write(path: Path, written: list[Document], schema: Schema) -> tuple[list[dict[str, Any]], Reports]:
    """Return the tasks of the project that is written, and what is reported."""
    reports = Reports()
    write_label_studio(written, path, schema, reports)
    return json.loads((path / "tasks.json").read_bytes()), reports


def again(path: Path, written: list[Document], schema: Schema, **options: Any) -> tuple[list[Document], Reports]:
    write(path, written, schema)
    reports = Reports()
    return read_label_studio(path, reports, **options), reports


def region(text: str, word: str, label: str, *, id: str = "r1", control: str = "label", **more: Any) -> dict[str, Any]:
    """Return the result for a region over the first ``word``, offsets in code points, as Label Studio has it now."""
    start = text.index(word)
    value = {"start": start, "end": start + len(word), "text": word, "labels": [label]}
    return {"id": id, "from_name": control, "to_name": "text", "type": "labels", "value": value, **more}


def choices(*values: str, of: dict[str, Any] | None = None, control: str = "kind") -> dict[str, Any]:
    """Return the result for choices: for the region ``of``, else for the whole task."""
    value = {key: of["value"][key] for key in ("start", "end", "text")} if of else {}
    id = of["id"] if of else "whole"
    return {
        "id": id,
        "from_name": control,
        "to_name": "text",
        "type": "choices",
        "value": value | {"choices": [*values]},
    }


def relation(source: str, target: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    return {"from_id": source, "to_id": target, "type": "relation", "direction": direction, "labels": [*labels]}


def task(text: str, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"text": text}, "annotations": [{"id": 1, "result": [*results]}], **more}


def entities(document: Document) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for entity in document.entities]


def complete_document() -> Document:
    document = marked_document(TRAINING[:4], id="أخبار/1")
    document.metadata = {"العنوان": "سقوط", "year": 2015}
    document.events[0].arguments = [Argument("AGENT", "T1"), Argument("TARGET", "T2")]
    document.events[0].attributes = ["Disputed"]
    return document


def predicted(document: Document) -> Document:
    """Return a copy as a model would have annotated it, with a score of its own for everything."""
    document = copy.deepcopy(document)
    document.model = {"name": "marsad"}
    for number, item in enumerate((*document.entities, *document.events), start=2):
        item.score = 1 / number
    for sentence in document.sentences:
        sentence.event_types = dict.fromkeys(sentence.event_types, 0.25)
    for event in document.events:
        event.arguments = [Argument(argument.role, argument.entity, 0.125) for argument in event.arguments]
    return document


def in_utf16(text: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the value of a region with offsets as JavaScript counts them."""

    def units(offset: int) -> int:
        return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2

    return value | {"start": units(value["start"]), "end": units(value["end"])}
