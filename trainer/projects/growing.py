"""A corpus that grows: documents that people have confirmed, put into a split that is Marsad's JSON Lines.

The corpus file names the split's file (``splits: {train: train.jsonl}``); the first documents make both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from trainer.data.corpus import TRAINING_ONLY, annotated_documents, read_corpus_file, training_only_documents
from trainer.data.labelled_files import read_labelled_file
from trainer.data.near_duplicates import NearDuplicate, SentenceFingerprints
from trainer.documents import Document
from trainer.formats.jsonl import read_jsonl, write_jsonl
from trainer.projects.confirmed import unknown_labels
from trainer.projects.project import SCHEMA_FILE
from trainer.schema import Schema, load_schema
from trainer.writers.file_names import safe_name
from trainer.writers.whole_outputs import replacing, require_no_folder

SUFFIX = ".jsonl"
_NAMED_IDS = 5


@dataclass(frozen=True)
class Growth:
    """What was added to a corpus.

    ``added`` are the ids of the documents that are new, by split, ``already`` of those that were there, ``elsewhere``
    of those that went to another split than the one named, because the rest of their article stands there. ``repeats``
    are new sentences that are, or nearly are, sentences that the corpus had. ``made`` says that the corpus is new.
    """

    corpus: Path
    made: bool
    added: dict[str, list[str]]
    already: list[str]
    elsewhere: list[str]
    repeats: list[NearDuplicate]


def grow_corpus(
    corpus_file: str | Path, documents: Sequence[Document], schema: Schema, notes: Sequence[str], split: str = "train"
) -> Growth:
    """Add ``documents`` to a corpus, all that are new or none.

    Sentences of one article (the fact ``article`` of their metadata) stay together: those of an article that the corpus
    has in another split go there.

    Parameters
    ----------
    corpus_file:
        A ``dataset.yaml``. Where there is none it is made, in a folder with the schema and the documents.
    schema, notes:
        Of a corpus that is made: its labels, and what the card of a model that learns from it should tell.
    split:
        Where the documents belong; of a corpus that is there, one whose documents are Marsad's JSON Lines.

    Raises
    ------
    ValueError
        If the corpus has no such split, has other labels, or has one of the ids with other content.
    OSError
        If a file cannot be read or written; the corpus is as it was.
    """
    corpus_file = Path(corpus_file)
    require_no_folder(corpus_file)
    made = not corpus_file.is_file()
    data = _new_corpus(corpus_file, schema, notes, split) if made else read_corpus_file(corpus_file)
    if not made:
        _require_labels(corpus_file, data, documents)
    files = _growing_files(corpus_file, data, split)
    there = {name: _documents_of(corpus_file, data, name, split) for name in data["splits"]}
    known = [*chain(*there.values()), *([] if made else training_only_documents(corpus_file, data))]
    new, already = _without_known(corpus_file, documents, known)
    split_of = {_article(document): name for name, group in there.items() for document in group}
    parts: dict[str, list[Document]] = {}
    for document in new:
        target = split_of.get(_article(document), split)
        if target not in files:
            raise ValueError(
                f"{corpus_file}: document {document.id} is of article {_article(document)}, which stands in "
                f"'{target}', and an article stays in one split; name documents of '{target}' in a {SUFFIX} file"
            )
        if target != split and target not in parts:
            _marsad_documents(files[target])  # an error where it is JSON Lines of another format
        parts.setdefault(target, []).append(document)
    repeats = SentenceFingerprints.of(known).find(new)
    if new or made:
        _write({files[name]: group for name, group in parts.items()}, corpus_file, data if made else None, schema)
    added = {name: [document.id for document in group] for name, group in parts.items()}
    elsewhere = [id for name, ids in added.items() if name != split for id in ids]
    return Growth(corpus_file, made, added, already, elsewhere, repeats)


def _new_corpus(corpus_file: Path, schema: Schema, notes: Sequence[str], split: str) -> dict[str, Any]:
    if corpus_file.suffix not in (".yaml", ".yml"):
        raise ValueError(f"{corpus_file} is no corpus file; name the dataset.yaml that is to be made")
    if split == TRAINING_ONLY:
        raise ValueError(f"no split can be called '{split}'; that is a key of corpus files")
    if split != safe_name(split):
        raise ValueError(f"no split can be called '{split}', which names no file; '{safe_name(split)}' could be one")
    beside = corpus_file.parent / SCHEMA_FILE
    if beside.is_file() and load_schema(beside).source != schema.source:
        raise ValueError(f"{beside} has other labels than the project; name a corpus in another folder")
    return {
        "name": corpus_file.absolute().parent.name,
        "schema": SCHEMA_FILE,
        "notes": list(notes),
        "splits": {split: f"{split}{SUFFIX}"},
    }


def _require_labels(corpus_file: Path, data: Mapping[str, Any], documents: Sequence[Document]) -> None:
    if "schema" not in data:
        return
    if unknown := unknown_labels(documents, load_schema(corpus_file.parent / data["schema"])):
        raise ValueError(
            f"the schema of {corpus_file} has no label {', '.join(unknown)}; add it there, or put the documents into a "
            "corpus of their own"
        )


def _growing_files(corpus_file: Path, data: Mapping[str, Any], split: str) -> dict[str, Path]:
    """Return the files of the splits that can grow; ``ValueError`` if ``split`` is none of them."""
    files = {
        name: corpus_file.parent / file
        for name, file in data["splits"].items()
        if isinstance(file, str) and file.endswith(SUFFIX)
    }
    if split in data["splits"] and split not in files:
        raise ValueError(
            f"{corpus_file}: the split '{split}' is no {SUFFIX} file, so it cannot grow; name another corpus, which is "
            "made if it is not there, and train on both"
        )
    if split not in files:
        has = ", ".join(files) or "none"
        raise ValueError(
            f"{corpus_file} has no split '{split}' that can grow (such splits: {has}); write "
            f"'{split}: {split}{SUFFIX}' under 'splits', or name another corpus, which is made if it is not there"
        )
    return files


def _documents_of(corpus_file: Path, data: Mapping[str, Any], name: str, growing: str) -> list[Document]:
    """Return what the corpus has in the split ``name``; the split ``growing`` must be Marsad's JSON Lines."""
    listed = data["splits"][name]
    if isinstance(listed, list):
        return list(annotated_documents(corpus_file.parent / data["annotations"], listed).values())
    file = corpus_file.parent / listed
    if file.suffix == SUFFIX and not file.is_file():
        return []  # its first documents make it
    return _marsad_documents(file) if name == growing else read_labelled_file(file)


def _marsad_documents(file: Path) -> list[Document]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        return list(read_jsonl(lines, str(file)))


def _without_known(
    corpus_file: Path, documents: Sequence[Document], there: Sequence[Document]
) -> tuple[list[Document], list[str]]:
    """Return the documents that the corpus has not, and the ids of those that it has.

    Raises
    ------
    ValueError
        If it has an id with other text or other annotation.
    """
    known = {document.id: document for document in there}
    new, already, other_text, other_labels = [], [], [], []
    for document in documents:
        found = known.get(document.id)
        if found is None:
            new.append(document)
        elif found.text != document.text:
            other_text.append(document.id)
        elif found.to_dict() != document.to_dict():
            other_labels.append(document.id)
        else:
            already.append(document.id)
    if other_text:
        raise ValueError(
            f"{corpus_file} has other texts with the ids {_named(other_text)}, perhaps of another archive that numbers "
            "its articles alike; nothing was added. Name a corpus of its own for this project"
        )
    if other_labels:
        raise ValueError(
            f"{corpus_file} has the documents {_named(other_labels)} with other annotation; nothing was added. If the "
            f"new one is right, take their lines out of the corpus' {SUFFIX} file and ingest again"
        )
    return new, already


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED_IDS} more" if len(ids) > _NAMED_IDS else ""
    return ", ".join(ids[:_NAMED_IDS]) + more


def _article(document: Document) -> str:
    """Return the article that a document is a sentence of; a document that does not say so is its own."""
    return str(document.metadata.get("article", document.id))


def _write(
    parts: Mapping[Path, Sequence[Document]], corpus_file: Path, made: Mapping[str, Any] | None, schema: Schema
) -> None:
    """Add to the files of documents; of a corpus that is made also write the schema, and last the corpus file."""
    targets = [*parts, *([corpus_file.parent / SCHEMA_FILE, corpus_file] if made else [])]
    with replacing(*targets) as written:
        for path, (file, documents) in zip(written, parts.items(), strict=False):
            path.write_bytes(b"".join(_lines(file, documents)))
        if made:
            schema.save(written[-2])
            content = yaml.safe_dump(dict(made), allow_unicode=True, sort_keys=False, width=120)
            written[-1].write_text(content, encoding="utf-8")


def _lines(file: Path, documents: Sequence[Document]) -> Iterator[bytes]:
    """Yield what the file holds, byte for byte, and a line for each document."""
    if file.is_file():
        held = file.read_bytes()
        yield held if held.endswith(b"\n") or not held else held + b"\n"
    lines = io.StringIO()
    write_jsonl(documents, lines)
    yield lines.getvalue().encode("utf-8")
