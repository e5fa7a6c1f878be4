"""Input that is labelled already: documents of an earlier run, or a labelled corpus in any format that Marsad reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trainer.archive.labelling import LabelledPart
from trainer.archive.parts import Part
from trainer.data.corpus import Corpus
from trainer.data.labelled_sources import load_labelled
from trainer.data.reader_notes import is_note
from trainer.formats.catalogue import Format, recognise
from trainer.readers.labelled_records import LabelledRecord, read_labelled_records
from trainer.readers.reading import input_bytes
from trainer.readers.records import Item, Place, Record, Reject
from trainer.schema import Schema, load_schema

# Marsad's own JSON Lines are read line by line, like its tables: an archive may be larger than the memory.
_OWN_FORMAT = "marsad"
_CORPUS_FILES = (".yaml", ".yml")
_READ_BY_LINE = (".gz", ".zst", ".parquet")
# Files that may hold labelled documents, and that no format of several files but a dataset of the hub has.
_ON_THEIR_OWN = (*_READ_BY_LINE, ".jsonl", ".ndjson", ".csv", ".tsv")
_HUB_FORMAT = "hub"
# Of what a reader says of a sound corpus, every relation of a brat folder is a note; and of files passed over.
_NOTES_TOLD = 5


@dataclass(frozen=True)
class _Source:
    """One source: a corpus that is in memory with what its readers said of it, or, without one, files to be read."""

    name: str
    corpus: Corpus | None = None
    told: list[tuple[str, str]] = field(default_factory=list)
    skipped: str = ""

    def size(self) -> int | None:
        """Return bytes of files, or characters of a corpus: either only measures progress."""
        if self.corpus is None:
            return input_bytes([self.name])
        return sum(len(document.text) for document in self.corpus.documents)

    def items(self, on_skipped: Callable[[str], None]) -> Iterator[Item]:
        if self.corpus is None:
            yield from read_labelled_records([self.name], on_skipped)
            return
        if self.skipped:
            on_skipped(self.skipped)
        notes = [f"{place}: {problem}" for place, problem in self.told if is_note(problem)]
        for note in notes[:_NOTES_TOLD]:
            on_skipped(note)
        if (more := len(notes) - _NOTES_TOLD) > 0:
            on_skipped(f"{self.name}: {more} more notes like these; 'marsad data check' lists all")
        for place, problem in self.told:
            if not is_note(problem):
                yield Reject(_place(place), problem)
        if left_out := len(self.corpus.training_only):
            on_skipped(f"{self.name}: {left_out} documents for training only are left out")
        done = 0
        for document in self.corpus.documents:
            done += len(document.text)
            place = document.origin.place() if document.origin else self.name
            yield LabelledRecord.of(document, _place(place), done)


class LabelledInput:
    """The documents of ``sources``; corpora are read at once, so that what is wrong with them is told before any work.

    Parameters
    ----------
    sources:
        What ``marsad predict`` wrote as ``.jsonl`` (``.gz``, ``.zst``) or ``.parquet``, a folder of such files, an
        address of one in a store, ``-`` for JSON lines from standard input, a ``dataset.yaml``, or labelled text in any
        format of :mod:`trainer.formats.catalogue`.

    Attributes
    ----------
    schema:
        That of the corpus file among the sources; without one Marsad's own.

    Raises
    ------
    FileNotFoundError
        If a source is not there, or is a folder with nothing to read.
    ValueError
        If a corpus cannot be read, or two corpus files have different schemas.
    OSError
        If a store does not answer.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = [_source(name) for name in sources]
        sizes = [source.size() for source in self._sources]
        self.size = None if None in sizes else sum(size or 0 for size in sizes)
        self.schema = _schema(self._sources)

    def items(self, on_skipped: Callable[[str], None]) -> Iterator[Item]:
        """Yield every document as a record, and a reject for what is none.

        Parameters
        ----------
        on_skipped:
            Told in a sentence what is not read, and how a corpus was read.
        """
        before = 0
        for source in self._sources:
            for item in source.items(on_skipped):
                item.done += before
                yield item
            before += source.size() or 0


def parts_as_read(parts: Iterable[Part]) -> Iterator[tuple[Part, LabelledPart]]:
    """Give the labelled documents of ``parts``, as :func:`trainer.archive.labelling.labelled_parts` does a model's."""
    for part in parts:
        documents = [item.to_document() for item in part.items if isinstance(item, Record)]
        yield part, LabelledPart(documents, [item for item in part.items if isinstance(item, Reject)])


def is_corpus_file(name: str) -> bool:
    """Whether a source is a ``dataset.yaml``, by the ending of its name."""
    return Path(name).suffix.lower() in _CORPUS_FILES


def _source(name: str) -> _Source:
    path = Path(name)
    if name == "-" or not path.exists() or (path.is_file() and path.name.lower().endswith(_READ_BY_LINE)):
        return _Source(name)
    skipped = ""
    if not is_corpus_file(name):
        found = recognise(path)
        if found is None or found.format.name == _OWN_FORMAT:
            return _Source(name)
        skipped = _skipped(path, found.format)
    told: list[tuple[str, str]] = []
    corpus = load_labelled([path], report=lambda place, problem: told.append((place, problem)))
    return _Source(name, corpus, told, skipped)


def _skipped(path: Path, format: Format) -> str:
    """Say which files of a folder that is read in one format may hold labels in another; nothing if none does."""
    if not path.is_dir() or format.name == _HUB_FORMAT:
        return ""
    others = sorted(file.name for file in path.iterdir() if file.suffix.lower() in _ON_THEIR_OWN)
    more = f" and {len(others) - _NOTES_TOLD} more" if len(others) > _NOTES_TOLD else ""
    names = f"{', '.join(others[:_NOTES_TOLD])}{more}"
    return f"skipped in {path}: {names}; the folder is read as {format.title} alone" if others else ""


def _schema(sources: Sequence[_Source]) -> Schema:
    named = [
        (source.name, source.corpus.schema)
        for source in sources
        if source.corpus is not None and is_corpus_file(source.name)
    ]
    for name, schema in named[1:]:
        if schema.source != named[0][1].source:
            raise ValueError(f"{named[0][0]} and {name} have different schemas; give each a run of its own")
    return named[0][1] if named else load_schema()


def _place(told: str) -> Place:
    """Return a place that a reader told as ``FILE:LINE`` or in words."""
    file, _, line = told.rpartition(":")
    return Place(file, int(line)) if file and line.isdecimal() else Place(told)
