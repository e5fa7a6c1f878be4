"""What the tests of Hugging Face datasets folders share: such folders, what is read from them, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from datasets import Sequence as ListOf

from trainer.documents import Document

NAMES = ["O", "B-PERS", "I-PERS", "B-LOC", "I-LOC"]
WORDS = [["وصل", "أحمد", "الخالد", "إلى", "حلب"], ["عاد", "."]]
TAGS = [[0, 1, 2, 0, 3], [0, 0]]
FOUND = [("PERS", "أحمد الخالد"), ("LOC", "حلب")]


class Reports(list[tuple[str, str]]):
    def __call__(self, place: str, problem: str) -> None:
        self.append((place, problem))


def dataset(
    words: list[Any], tags: list[Any], column: str = "ner_tags", names: list[str] | None = NAMES, **more: Any
) -> Dataset:
    """Return a dataset with these rows; without ``names`` the type of the tags is what they are."""
    columns = {"tokens": words, column: tags, **more}
    if names is None:
        return Dataset.from_dict(columns)
    features = {
        name: ListOf(ClassLabel(names=names)) if name == column else ListOf(Value("string")) for name in columns
    }
    features |= {name: Value("string") for name in more}
    return Dataset.from_dict(columns, features=Features(features))


def entities(found: list[Document]) -> list[tuple[str, str]]:
    return [(entity.label, entity.text) for document in found for entity in document.entities]


def words(found: list[Document]) -> list[list[list[str]]]:
    return [[[word.text for word in page.words_of(sentence)] for sentence in page.sentences] for page in found]


def write_rows(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_splits(folder: Path, form: str) -> Path:
    """Write two splits in one of the forms that such folders have."""
    splits = {"train": dataset(WORDS, TAGS), "test": dataset([["إدلب"]], [[3]])}
    if form == "saved":
        DatasetDict(splits).save_to_disk(folder)
        return folder
    for split, rows in splits.items():
        if form == "parquet":
            rows.to_parquet(folder / f"{split}.parquet")
        elif form == "hub":
            (folder / "data").mkdir(parents=True, exist_ok=True)
            rows.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
        else:
            named = [{"tokens": row["tokens"], "ner_tags": [NAMES[tag] for tag in row["ner_tags"]]} for row in rows]
            write_rows(folder / f"{split}.jsonl", *named)
    return folder
