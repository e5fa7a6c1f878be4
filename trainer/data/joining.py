"""Join annotation that is kept without text to the archive that has the texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml
from datasets import load_dataset

from trainer.data.corpus import read_corpus_file
from trainer.documents import Document
from trainer.formats.inline_writer import write_inline_file
from trainer.formats.standoff import Row, attach, detach, read_standoff, sentence_hash
from trainer.schema import Schema

# How archives call the text of an article: our own tables, and SaudiNewsNet as it is published.
_TEXT_COLUMNS = ("text", "content")
_ID_COLUMN = "id"
CORPUS_NAME = "out-of-domain"


@dataclass
class Joined:
    """The annotated documents that were found, and the ids of articles that the archive has not."""

    documents: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def detached_rows(documents: Iterable[Document]) -> list[Row]:
    """Return the rows of excerpts, each of which tells in its metadata where it ``start``s in its article.

    Raises
    ------
    ValueError
        If one does not tell.
    """
    rows: list[Row] = []
    ids: set[str] = set()
    for document in documents:
        if document.id in ids:
            raise ValueError(f"document {document.id} stands twice; put the excerpts of an article into one document")
        ids.add(document.id)
        facts = dict(document.metadata)
        start = str(facts.pop("start", ""))
        if not start.isdecimal():
            raise ValueError(f"document {document.id} does not say where it begins in its article (start=OFFSET)")
        rows += detach(replace(document, metadata=facts), int(start))
    return rows


def archive_articles(path: str | Path) -> Iterator[tuple[str, str]]:
    """Yield id and text of every article of a Parquet or JSON-lines file, or of a folder of them.

    An archive without a column ``id`` gives empty ids; articles are then found by their sentences.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it has no column of texts.
    """
    path = Path(path)
    files = (
        sorted(f for f in path.rglob("*") if f.suffix in (".parquet", ".jsonl", ".json")) if path.is_dir() else [path]
    )
    if not files or not files[0].is_file():
        raise FileNotFoundError(f"{path} does not exist, or is a folder without .parquet, .jsonl or .json files")
    for file in files:
        kind = "parquet" if file.suffix == ".parquet" else "json"
        for row in load_dataset(kind, data_files=str(file), split="train", streaming=True):
            column = next((name for name in _TEXT_COLUMNS if name in row), None)
            if column is None:
                raise ValueError(f"{file} has none of the columns {', '.join(_TEXT_COLUMNS)}; it has {', '.join(row)}")
            id = row.get(_ID_COLUMN)
            yield "" if id is None else str(id), str(row[column] or "")


def join(rows_file: str | Path, articles: Iterable[tuple[str, str]]) -> Joined:
    """Put every annotated article to its text.

    An article is the one with the same id if its sentences are the annotated ones, else any that has them all.

    Raises
    ------
    ValueError
        If the rows cannot be read.
    """
    wanted = read_standoff(rows_file)
    first_hash: dict[str, list[str]] = {}
    for id, rows in wanted.items():
        first_hash.setdefault(rows[0]["sha256"], []).append(id)
    found: dict[str, Document] = {}
    for id, text in articles:
        annotated = wanted.get(id)
        if annotated and id not in found and _same(annotated, text):
            found[id] = attach(annotated, text)
        elif len(found) < len(wanted):
            found |= _by_sentence(text, first_hash, wanted, found)
    return Joined(
        [found[id] for id in wanted if id in found],
        [id for id in wanted if id not in found],
    )


def _same(rows: list[Row], text: str) -> bool:
    return all(sentence_hash(text[row["start"] : row["end"]]) == row["sha256"] for row in rows)


def _by_sentence(
    text: str, first_hash: Mapping[str, list[str]], wanted: Mapping[str, list[Row]], found: Mapping[str, Document]
) -> dict[str, Document]:
    """Return the annotated article that ``text`` is, found by the hash of its first annotated sentence."""
    for sentence in Document.from_text(text).sentences:
        for id in first_hash.get(sentence_hash(text[sentence.start : sentence.end]), []):
            if id in found:
                continue
            moved = sentence.start - wanted[id][0]["start"]
            placed = [{**row, "start": row["start"] + moved, "end": row["end"] + moved} for row in wanted[id]]
            if _same(placed, text):
                return {id: attach(placed, text)}
    return {}


def write_joined(documents: list[Document], schema: Schema, folder: str | Path) -> Path:
    """Write documents as a corpus of one split, ``test``, and return its corpus file.

    Raises
    ------
    FileExistsError
        If the folder holds another corpus.
    """
    folder = Path(folder)
    path = folder / "dataset.yaml"
    if path.is_file() and read_corpus_file(path).get("name") != CORPUS_NAME:
        raise FileExistsError(f"{path} is another corpus and would be overwritten; choose another --output")
    folder.mkdir(parents=True, exist_ok=True)
    write_inline_file(documents, folder / f"{CORPUS_NAME}.marked")
    schema.save(folder / "schema.yaml")
    corpus = {
        "name": CORPUS_NAME,
        "schema": "schema.yaml",
        "annotations": f"{CORPUS_NAME}.marked",
        "splits": {"test": [document.id for document in documents]},
    }
    path.write_text(yaml.safe_dump(corpus, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
