"""Validate a corpus against its texts and its schema, and count its labels."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.data.check_inline import check_inline
from trainer.data.corpus import load_corpus, read_corpus_file, split_problems
from trainer.data.document_check import document_problems
from trainer.data.labelled_files import read_labelled_file, schema_of
from trainer.data.near_duplicates import LONG_SHARED, NearDuplicate, SentenceFingerprints
from trainer.data.shared_runs import shared_run_problems
from trainer.documents import Document
from trainer.formats.brat import BratError, read_brat_file
from trainer.formats.inline import is_inline
from trainer.schema import Schema, load_schema
from trainer.text.cleaning import CleanedText, load_cleaner


@dataclass
class CorpusReport:
    """What :func:`check_corpus` found: problems with their place, and counts by layer and split."""

    schema: Schema
    problems: list[str] = field(default_factory=list)
    entities: dict[str, Counter[str]] = field(default_factory=dict)
    events: dict[str, Counter[str]] = field(default_factory=dict)
    # Of sentences without triggers; where there are triggers, the types are theirs.
    event_types: dict[str, Counter[str]] = field(default_factory=dict)
    sentences: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)

    def add(self, place: str, problem: str) -> None:
        """Add a problem of a reader."""
        self.problems.append(f"{place}: {problem}")

    def count(self, split: str, documents: list[Document]) -> None:
        """Add the counts of a split."""
        self.entities[split] = Counter(entity.label for document in documents for entity in document.entities)
        self.events[split] = Counter(event.type for document in documents for event in document.events)
        self.event_types[split] = Counter(type for document in documents for type in _types_without_triggers(document))
        self.sentences[split] = sum(len(document.sentences) for document in documents)
        self.words[split] = sum(len(document.words) for document in documents)


def check_corpus(corpus_file: str | Path) -> CorpusReport:
    """Check every document of the corpus that ``corpus_file`` describes."""
    corpus_file = Path(corpus_file)
    data = read_corpus_file(corpus_file)
    files = {split: corpus_file.parent / ids for split, ids in data["splits"].items() if isinstance(ids, str)}
    if files and len(files) == len(data["splits"]):
        report = check_labelled_files(files, corpus_file.parent / data["schema"] if "schema" in data else None)
        if not report.problems:
            load_corpus(corpus_file)
        return report
    schema = load_schema(corpus_file.parent / data["schema"])
    report = CorpusReport(schema)
    listed = {split: ids for split, ids in data["splits"].items() if split not in files}
    report.problems += [f"{corpus_file}: {problem}" for problem in split_problems(listed, data["groups"])]
    source = corpus_file.parent / data["annotations"]
    read: dict[str, list[Document]] = {}
    marked = check_inline([source], schema) if is_inline(source) else None
    report.problems += marked.problems if marked else []
    in_file = {document.id: document for document in marked.documents} if marked else {}
    for split, file in files.items():
        read[split] = read_labelled_file(file, report.add)
        report.count(split, read[split])
        report.problems += _labelled_file_problems(file, read[split], schema)
    for split, ids in listed.items():
        if marked:
            documents = [in_file[id] for id in ids if id in in_file]
            report.problems += [f"{source}: document {id} is missing" for id in ids if id not in in_file]
        else:
            documents = _brat_documents(corpus_file, data, ids, report)
        read[split] = documents
        report.count(split, documents)
    report.problems += [f"{corpus_file}: {problem}" for problem in near_duplicate_problems(read, data["groups"])]
    if data.get("training_only"):
        written = check_inline([corpus_file.parent / data["training_only"]], schema)
        report.problems += written.problems
        report.problems += shared_run_problems(written.documents, [d for documents in read.values() for d in documents])
        report.count("training only", written.documents)
    if not report.problems:
        load_corpus(corpus_file)  # raises where training could not read what was checked
    return report


def check_labelled_files(files: Mapping[str, Path], schema_file: Path | None = None) -> CorpusReport:
    """Check labelled files (see :mod:`trainer.data.labelled_files`) by the name of their split.

    Parameters
    ----------
    schema_file:
        The labels that there may be; by default those that there are.
    """
    report = CorpusReport(load_schema(schema_file)) if schema_file else None
    problems: list[str] = []
    read = {
        split: read_labelled_file(file, lambda place, problem: problems.append(f"{place}: {problem}"))
        for split, file in files.items()
    }
    everything = [document for documents in read.values() for document in documents]
    if report is None:
        report = CorpusReport(schema_of(", ".join(file.name for file in files.values()), everything))
    report.problems += problems
    for split, documents in read.items():
        report.count(split, documents)
        report.problems += _labelled_file_problems(files[split], documents, report.schema)
    return report


def _labelled_file_problems(file: Path, documents: list[Document], schema: Schema) -> Iterator[str]:
    for document in documents:
        for problem in (*document_problems(document, schema), *_unknown_types(document, schema)):
            yield f"{file}: document {document.id}: {problem}"


def _types_without_triggers(document: Document) -> Iterator[str]:
    """Yield the event types of every sentence, if nothing but the sentence says that it has them."""
    if "triggers" not in document.layers:
        yield from (type for sentence in document.sentences for type in sentence.event_types)


def _unknown_types(document: Document, schema: Schema) -> Iterator[str]:
    for type in sorted(set(_types_without_triggers(document)) - set(schema.event_types)):
        yield f"the schema has no event type {type}"


def _brat_documents(corpus_file: Path, data: dict[str, Any], ids: list[str], report: CorpusReport) -> list[Document]:
    """Read and check the documents of a split; what is wrong with them goes to ``report``."""
    folder = corpus_file.parent / data["annotations"]
    documents = []
    for id in ids:
        path = folder / f"{id}.txt"
        if not path.is_file():
            report.problems.append(f"{path}: document {id} has no text")
            continue
        if not path.with_suffix(".ann").is_file():
            # brat writes an empty file where nothing is annotated; without one the work is lost or not done.
            report.problems.append(f"{path.with_suffix('.ann')}: document {id} has no annotation")
        try:
            document = read_brat_file(path)
        except BratError as error:
            report.problems.append(str(error))
            continue
        documents.append(document)
        place = str(path.with_suffix(".ann"))
        report.problems += [f"{place}: {problem}" for problem in document_problems(document, report.schema)]
        if "raw" in data:
            report.problems += _cleaning_problems(corpus_file.parent / data["raw"] / f"{id}.txt", path)
    return documents


def near_duplicate_problems(splits: dict[str, list[Document]], groups: list[list[str]]) -> Iterator[str]:
    """Yield every two documents that have sentences in common and stand in no group together.

    Where they lie in one split today, whoever splits the corpus anew may tear them apart.
    """
    split_of = {document.id: split for split, documents in splits.items() for document in documents}
    documents = [document for documents in splits.values() for document in documents]
    pairs: dict[tuple[str, str], list[NearDuplicate]] = defaultdict(list)
    for match in SentenceFingerprints.of(documents).matches(documents):
        if match.document < match.training_document:  # both directions are found
            pairs[match.document, match.training_document].append(match)
    for (one, other), matches in sorted(pairs.items()):
        # One short sentence may be a formula (السلام عليكم ورحمة الله وبركاته): it ties no articles together.
        if sum(match.shared for match in matches) < LONG_SHARED or any({one, other} <= set(ids) for ids in groups):
            continue
        closest = max(matches, key=lambda match: (match.similarity, match.shared))
        yield (
            f"{one} ({split_of[one]}) and {other} ({split_of[other]}) repeat each other "
            f"in {len(matches)} sentence{'s' if len(matches) > 1 else ''}: "
            f"sentence {closest.sentence + 1} of {one} is nearly sentence {closest.training_sentence + 1} of {other} "
            f"(similarity {closest.similarity:.2f}). Put them in one group"
        )


def _cleaning_problems(raw_path: Path, text_path: Path) -> Iterator[str]:
    """Yield how a text and its offset map differ from what cleaning makes of the raw page."""
    if not raw_path.is_file():
        yield f"{raw_path}: the raw page is missing"
        return
    try:
        raw = raw_path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{raw_path}: not UTF-8 (byte {error.start})"
        return
    cleaned = load_cleaner().clean(raw, text_path.stem)
    if cleaned.text != text_path.read_bytes().decode("utf-8"):
        yield f"{text_path}: the text is not what cleaning makes of {raw_path}"
    offsets_path = offsets_file(text_path)
    if not offsets_path.is_file():
        yield f"{offsets_path}: the offset map is missing; 'marsad data clean' writes it"
    elif _read_json(offsets_path) != offset_record(cleaned):
        yield f"{offsets_path}: the offset map is out of date; 'marsad data clean' writes it"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None  # a damaged map equals no map


def offsets_file(text_path: Path) -> Path:
    """Return the file beside a cleaned text that leads its offsets back to the raw page."""
    return text_path.with_suffix(".offsets.json")


def offset_record(cleaned: CleanedText) -> dict[str, Any]:
    """Return the content of an offset file: kept spans, and dropped lines with the reason."""
    return {
        "kept": [
            {"text_start": start, "raw_start": raw_start, "length": length}
            for start, raw_start, length in cleaned.offset_map()
        ],
        "dropped": [
            {"raw_start": d.start, "raw_end": d.end, "text": d.text, "rule": d.rule, "reason": d.reason}
            for d in cleaned.dropped
        ],
    }
