"""Validate labelled text against its texts and its schema, and count its labels.

What readers report is a problem where a line or an annotation is not what it should be, and a note where the file is
sound and the reader says how it read it (see :mod:`trainer.data.reader_notes`). Only problems make the command
``marsad data check`` fail.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.data.check_inline import InlineReport, check_inline
from trainer.data.corpus import TRAINING_ONLY, load_corpus, read_corpus_file, split_problems
from trainer.data.document_check import document_problems
from trainer.data.labelled_files import read_labelled_file, schema_of
from trainer.data.labelled_sources import WHOLE, load_labelled
from trainer.data.near_duplicates import LONG_SHARED, NearDuplicate, SentenceFingerprints
from trainer.data.reader_notes import is_note
from trainer.data.shared_runs import shared_run_problems
from trainer.documents import Document
from trainer.formats.brat import BratError, read_brat_file
from trainer.formats.inline import is_inline
from trainer.schema import Schema, load_schema
from trainer.text.cleaning import CleanedText, load_cleaner


@dataclass
class CorpusReport:
    """What the checks of this module found.

    ``problems`` and ``notes`` have their place; counts are by layer and split. ``documents`` are those that could be
    read, by split, and ``groups`` the ids of documents that are known to copy each other. ``inline`` is there if all is
    ``.marked`` files outside of a corpus.
    """

    schema: Schema
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    documents: dict[str, list[Document]] = field(default_factory=dict)
    groups: list[list[str]] = field(default_factory=list)
    inline: InlineReport | None = None
    entities: dict[str, Counter[str]] = field(default_factory=dict)
    events: dict[str, Counter[str]] = field(default_factory=dict)
    # Of sentences without triggers; where there are triggers, the types are theirs.
    event_types: dict[str, Counter[str]] = field(default_factory=dict)
    sentences: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)

    def add(self, place: str, problem: str) -> None:
        """Add what a reader reports."""
        (self.notes if is_note(problem) else self.problems).append(f"{place}: {problem}")

    def count(self, split: str, documents: list[Document]) -> None:
        """Add the counts of a split."""
        self.entities[split] = Counter(entity.label for document in documents for entity in document.entities)
        self.events[split] = Counter(event.type for document in documents for event in document.events)
        self.event_types[split] = Counter(type for document in documents for type in _types_without_triggers(document))
        self.sentences[split] = sum(len(document.sentences) for document in documents)
        self.words[split] = sum(len(document.words) for document in documents)


def check_sources(sources: Sequence[Path], schema_file: Path | None = None) -> CorpusReport:
    """Check whatever :func:`trainer.data.labelled_sources.load_labelled` reads.

    In brat folders of corpus files and in ``.marked`` files one document that cannot be read does not hide the next.

    Parameters
    ----------
    schema_file:
        The labels of what is no corpus file, which names its own.

    Raises
    ------
    FileNotFoundError
        If a source is not there.
    ValueError
        If a source is nothing of the kind, or there are several of which one has to be checked alone.
    """
    if any(source.suffix in (".yaml", ".yml") for source in sources):
        if len(sources) > 1:
            raise ValueError("a corpus file is checked alone; give it, or .marked files and folders of them")
        return check_corpus(sources[0])
    if all(is_inline(source) for source in sources):
        return _check_marked(sources, load_schema(schema_file))
    told: list[tuple[str, str]] = []
    corpus = load_labelled(sources, schema_file, lambda place, problem: told.append((place, problem)))
    files = dict.fromkeys(corpus.splits, sources[0])
    return _checked_splits(corpus.splits, files, corpus.schema, told)


def _check_marked(sources: Sequence[Path], schema: Schema) -> CorpusReport:
    marked = check_inline(sources, schema)
    report = CorpusReport(schema, marked.problems, documents={WHOLE: marked.documents}, inline=marked)
    report.count(WHOLE, marked.documents)
    return report


def check_corpus(corpus_file: str | Path) -> CorpusReport:
    """Check every document of the corpus that ``corpus_file`` describes."""
    report = _check_corpus_parts(Path(corpus_file))
    if not report.problems:
        corpus = load_corpus(corpus_file)  # raises where training could not read what was checked
        report.documents = dict(corpus.splits)
        if corpus.training_only:
            report.documents[TRAINING_ONLY] = corpus.training_only
    return report


def _check_corpus_parts(corpus_file: Path) -> CorpusReport:
    data = read_corpus_file(corpus_file)
    files = {split: corpus_file.parent / ids for split, ids in data["splits"].items() if isinstance(ids, str)}
    if files and len(files) == len(data["splits"]):
        report = check_labelled_files(files, corpus_file.parent / data["schema"] if "schema" in data else None)
        report.groups = data["groups"]
        return report
    schema = load_schema(corpus_file.parent / data["schema"])
    report = CorpusReport(schema, groups=data["groups"])
    listed = {split: ids for split, ids in data["splits"].items() if split not in files}
    report.problems += [f"{corpus_file}: {problem}" for problem in split_problems(listed, data["groups"])]
    source = corpus_file.parent / data["annotations"]
    read = report.documents
    marked = check_inline([source], schema) if is_inline(source) else None
    report.problems += marked.problems if marked else []
    in_file = {document.id: document for document in marked.documents} if marked else {}
    for split, file in files.items():
        read[split] = read_labelled_file(file, report.add, schema)
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
        report.documents = {**read, TRAINING_ONLY: written.documents}
    return report


def check_labelled_files(files: Mapping[str, Path], schema_file: Path | None = None) -> CorpusReport:
    """Check labelled files (see :mod:`trainer.data.labelled_files`) by the name of their split.

    Parameters
    ----------
    schema_file:
        The labels that there may be; by default those that there are.
    """
    told: list[tuple[str, str]] = []
    schema = load_schema(schema_file) if schema_file else None
    read = {
        split: read_labelled_file(file, lambda place, problem: told.append((place, problem)), schema)
        for split, file in files.items()
    }
    everything = [document for documents in read.values() for document in documents]
    schema = schema or schema_of(", ".join(file.name for file in files.values()), everything)
    return _checked_splits(read, files, schema, told)


def _checked_splits(
    splits: dict[str, list[Document]], files: Mapping[str, Path], schema: Schema, told: Iterable[tuple[str, str]]
) -> CorpusReport:
    """Check annotation that was read whole; ``told`` is what its readers reported."""
    report = CorpusReport(schema, documents=splits)
    for place, problem in told:
        report.add(place, problem)
    for split, documents in splits.items():
        report.count(split, documents)
        report.problems += _labelled_file_problems(files[split], documents, schema)
    return report


def _labelled_file_problems(file: Path, documents: Sequence[Document], schema: Schema) -> Iterator[str]:
    for document in documents:
        starts = {e.id: e.start for e in document.entities} | {e.id: e.trigger.start for e in document.events}
        for problem in (*document_problems(document, schema), *_unknown_types(document, schema)):
            start = starts.get(problem.partition(" ")[0], 0)
            place = document.origin.place(start) if document.origin else str(file)
            yield f"{place}: document {document.id}: {problem}"


def _types_without_triggers(document: Document) -> Iterator[str]:
    """Yield the event types of every sentence, if nothing but the sentence says that it has them."""
    if "triggers" not in document.layers:
        yield from (type for sentence in document.sentences for type in sentence.event_types)


def _unknown_types(document: Document, schema: Schema) -> Iterator[str]:
    types = {type for sentence in document.sentences for type in sentence.event_types}
    # Those of triggers are told where the triggers stand.
    for type in sorted(types - {event.type for event in document.events} - set(schema.event_types)):
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
