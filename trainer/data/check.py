"""Validate a corpus against its texts and its schema, and count its labels."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.data.corpus import load_corpus, read_corpus_file, split_problems
from trainer.data.near_duplicates import LONG_SHARED, NearDuplicate, SentenceFingerprints
from trainer.documents import Document, Event
from trainer.formats.brat import BratError, read_brat_file
from trainer.schema import Schema, load_schema
from trainer.text.cleaning import CleanedText, load_cleaner
from trainer.text.words import is_word_character


@dataclass
class CorpusReport:
    """What :func:`check_corpus` found: problems with their place, and counts by layer and split."""

    schema: Schema
    problems: list[str] = field(default_factory=list)
    entities: dict[str, Counter[str]] = field(default_factory=dict)
    events: dict[str, Counter[str]] = field(default_factory=dict)
    sentences: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)


def check_corpus(corpus_file: str | Path) -> CorpusReport:
    """Check every document of the corpus that ``corpus_file`` describes."""
    corpus_file = Path(corpus_file)
    data = read_corpus_file(corpus_file)
    schema = load_schema(corpus_file.parent / data["schema"])
    report = CorpusReport(schema)
    report.problems += [f"{corpus_file}: {problem}" for problem in split_problems(data["splits"], data["groups"])]
    folder = corpus_file.parent / data["annotations"]
    read: dict[str, list[Document]] = {}
    for split, ids in data["splits"].items():
        documents = read[split] = []
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
            report.problems += [f"{place}: {problem}" for problem in document_problems(document, schema)]
            if "raw" in data:
                report.problems += _cleaning_problems(corpus_file.parent / data["raw"] / f"{id}.txt", path)
        report.entities[split] = Counter(e.label for d in documents for e in d.entities)
        report.events[split] = Counter(e.type for d in documents for e in d.events)
        report.sentences[split] = sum(len(d.sentences) for d in documents)
        report.words[split] = sum(len(d.words) for d in documents)
    report.problems += [f"{corpus_file}: {problem}" for problem in near_duplicate_problems(read, data["groups"])]
    if not report.problems:
        load_corpus(corpus_file)  # raises where training could not read what was checked
    return report


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


def document_problems(document: Document, schema: Schema) -> Iterator[str]:
    """Yield what is wrong with the annotation of ``document``."""
    entities = [(e.id, e.label, e.start, e.end) for e in document.entities]
    triggers = [(e.id, e.type, e.trigger.start, e.trigger.end) for e in document.events]
    for layer, known in ((entities, schema.entity_types), (triggers, schema.event_types)):
        for id, label, start, end in layer:
            named = f"{id} {label} {document.text[start:end]!r} ({start}..{end})"
            if label not in known:
                yield f"{named}: the schema has no label {label}"
            yield from (f"{named}: {problem}" for problem in _span_problems(document, start, end))
        yield from _overlaps(layer)
    for event in document.events:
        named = f"{event.id} {event.type} {event.trigger.text!r}"
        yield from (f"{named}: {problem}" for problem in _argument_problems(document, event, schema))
        for attribute in event.attributes:
            if attribute not in schema.attribute_names:
                yield f"{named}: the schema has no attribute {attribute}"


def _argument_problems(document: Document, event: Event, schema: Schema) -> Iterator[str]:
    entities = {entity.id: entity for entity in document.entities}
    fillers: dict[str, list[str]] = {role.name: role.details.get("fillers") or [] for role in schema.roles}
    given = [(argument.role, argument.entity) for argument in event.arguments]
    for role, id in sorted({pair for pair in given if given.count(pair) > 1}):
        yield f"{role} {entities[id].text if id in entities else id!r} is given twice"
    for role, id in given:
        if role not in schema.role_names:
            yield f"the schema has no role {role}"
        elif id not in entities:
            yield f"{role} points to {id}, which does not exist"
        elif fillers[role] and entities[id].label not in fillers[role]:
            filler = entities[id]
            yield f"{role} is filled by {filler.label} {filler.text!r}; the schema takes {', '.join(fillers[role])}"


def _span_problems(document: Document, start: int, end: int) -> Iterator[str]:
    text = document.text
    if text[start].isspace() or text[end - 1].isspace():
        yield "begins or ends with white space"
    for edge in (start, end):
        if 0 < edge < len(text) and is_word_character(text[edge - 1]) and is_word_character(text[edge]):
            yield f"cuts a word in two at {edge}"
    sentence = document.sentence_index(start)
    if sentence is None or end > document.sentences[sentence].end:
        yield "runs over the end of its sentence"


def _overlaps(layer: Iterable[tuple[str, str, int, int]]) -> Iterator[str]:
    widest, reached = "", 0
    for id, _, start, end in sorted(layer, key=lambda span: (span[2], span[3])):
        if start < reached:
            yield f"{widest} and {id} overlap at {start}"
        if end > reached:
            widest, reached = id, end


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
