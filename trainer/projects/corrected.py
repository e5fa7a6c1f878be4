"""Projects that come back from people: every document found again among the suggestions, and checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from trainer.data.document_check import document_problems
from trainer.diagnosis.boundaries import odd_boundaries
from trainer.documents import Document
from trainer.formats.brat import BratError, read_brat_file
from trainer.formats.label_studio import read_label_studio
from trainer.formats.label_studio_config import CONFIG_FILE
from trainer.formats.label_studio_files import SUFFIXES, TASKS_FILE
from trainer.projects.confirmed import confirmed, unknown_labels, with_types_of_triggers
from trainer.projects.project import SCHEMA_FILE, read_suggestions
from trainer.schema import Schema, load_schema

# How much of two texts is shown where they begin to differ.
_SHOWN_CHARACTERS = 20


@dataclass(frozen=True)
class Correction:
    """A document as people saw it (``seen``), as they left it, and as a corpus should have it (``confirmed``).

    The last two differ in the event types of sentences: a corpus should have those of the triggers.
    """

    seen: Document
    left: Document
    confirmed: Document


@dataclass
class Corrections:
    """What came back of a project.

    ``taken`` are in the order of the suggestions. ``waiting`` are the ids of documents that did not come back, or that
    nobody has annotated. ``left_out`` says of every other document where it stands and what is wrong with it, ``notes``
    what the reader of the files could not take over, ``warnings`` what is odd in the documents that were taken.
    ``by_brat`` says that they came as files of brat.
    """

    schema: Schema
    by_brat: bool
    taken: list[Correction] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[Document, Document]]:
        """The documents as people saw them, and as they left them."""
        return [(correction.seen, correction.left) for correction in self.taken]

    @property
    def documents(self) -> list[Document]:
        """The documents as a corpus should have them."""
        return [correction.confirmed for correction in self.taken]

    @property
    def retyped(self) -> int:
        """How many sentences a corpus should have with other event types than people left them."""
        pairs = (zip(one.left.sentences, one.confirmed.sentences, strict=True) for one in self.taken)
        return sum(left.event_types.keys() != now.event_types.keys() for left, now in chain.from_iterable(pairs))

    @property
    def models(self) -> list[str]:
        """The names of the models that suggested them."""
        return sorted({seen.model.get("name", "") for seen, _ in self.pairs if seen.model})


def read_corrections(corrected: str | Path, project: str | Path) -> Corrections:
    """Read what people made of the suggestions of a project.

    A document that cannot be taken (its text was changed, it is none of the project, its file is broken, the schema
    has not its labels) is left out, and the others go on.

    Parameters
    ----------
    corrected:
        An export of Label Studio (JSON, JSON-MIN, or a task a line), or a folder of brat files, often the project's.
    project:
        The folder that was written for people: it has the suggestions and the schema of their labels.

    Raises
    ------
    ValueError
        If ``corrected`` is none of these, or no JSON.
    OSError
        If a file is missing, or cannot be read.
    """
    corrected, project = Path(corrected), Path(project)
    given = read_suggestions(project)
    schema = load_schema(project / SCHEMA_FILE)
    result = Corrections(schema, by_brat=_is_brat(corrected))
    search = _Given(given)
    taken: dict[str, Correction] = {}
    documents = _read_brat(corrected, result, search) if result.by_brat else _read_tasks(corrected, project, result)
    for document in documents:
        place = document.origin.place() if document.origin else f"document {document.id}"
        try:
            suggested = search.find(document)
            correction = _correction(document, suggested, schema, result.by_brat)
        except ValueError as error:
            result.left_out.append(f"{place}: {error}; the document is left out")
            continue
        taken[suggested.id] = correction
        result.warnings += [f"{place}: {problem}" for problem in _oddities(correction.confirmed, schema)]
    result.taken = [taken[document.id] for document in given if document.id in taken]
    result.waiting = [document.id for document in given if document.id not in search.returned]
    return result


def _correction(read: Document, suggested: Document, schema: Schema, by_brat: bool) -> Correction:
    """Say what became of ``suggested``; ``ValueError`` for labels that no model of the schema could learn."""
    left = confirmed(read, suggested, schema, types_shown=not by_brat)
    if unknown := unknown_labels([left], schema):
        raise ValueError(f"the schema of the project has no label {', '.join(unknown)}")
    if not by_brat:
        return Correction(suggested, left, with_types_of_triggers(left, suggested))
    # brat shows no event types of sentences: nobody saw those that were suggested.
    shown = tuple(layer for layer in suggested.layers if layer != "event_types")
    return Correction(replace(suggested, layers=shown), left, left)


def _is_brat(path: Path) -> bool:
    """Whether ``path`` is a folder of brat files, not tasks of Label Studio; ``ValueError`` if it is neither."""
    if path.is_dir() and not (path / TASKS_FILE).is_file():
        if any(path.glob("*.ann")):
            return True
        raise ValueError(
            f"{path} has no .ann files; name a folder of brat files, or the file that Label Studio exported"
        )
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"{path} is no export of Label Studio: export JSON, JSON-MIN, or name the folder of brat files"
        )
    return False


def _read_brat(folder: Path, result: Corrections, given: _Given) -> Iterator[Document]:
    """Yield the documents that have annotation; one without an ``.ann`` file is not annotated yet."""
    for annotation in sorted(folder.glob("*.ann")):
        text = annotation.with_suffix(".txt")
        if not text.is_file():
            result.left_out.append(f"{annotation}: {text.name} is missing; the document is left out")
            given.returned.add(annotation.stem)
            continue
        try:
            yield read_brat_file(text, _noting(result))
        except BratError as error:
            result.left_out.append(f"{error}; the document is left out")
            given.returned.add(annotation.stem)


def _read_tasks(path: Path, project: Path, result: Corrections) -> list[Document]:
    config = project / CONFIG_FILE
    return read_label_studio(
        path,
        _noting(result),
        config=config if config.is_file() else None,
        trigger_labels=result.schema.event_types,
    )


def _noting(result: Corrections) -> Callable[[str, str], None]:
    return lambda place, problem: result.notes.append(f"{place}: {problem}")


class _Given:
    """The documents that people were given; ``returned`` are the ids of those that came back, also of broken ones."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._by_id = {document.id: document for document in documents}
        self._by_text: defaultdict[str, list[Document]] = defaultdict(list)
        for document in documents:
            self._by_text[document.text].append(document)
        self.returned: set[str] = set()

    def find(self, read: Document) -> Document:
        """Return the document that ``read`` was: by its id, else by its text, as JSON-MIN has ids of its own.

        Raises
        ------
        ValueError
            If there is none, it came back before, or its text was changed.
        """
        found = self._by_id.get(read.id)
        if found is None:
            alike = self._by_text.get(read.text, [])
            if not alike:
                raise ValueError(f"the project has no document {read.id}, and none with this text")
            # Several have the same text: each that comes back is the next of them.
            found = next((document for document in alike if document.id not in self.returned), alike[-1])
        if found.id in self.returned:
            raise ValueError(f"document {found.id} stands here twice; the first is read")
        self.returned.add(found.id)
        if read.text != found.text:
            raise ValueError(f"the text of document {found.id} was changed, {_first_difference(found.text, read.text)}")
        return found


def _first_difference(given: str, read: str) -> str:
    pairs = enumerate(zip(given, read, strict=False))
    place = next((index for index, (one, other) in pairs if one != other), min(len(given), len(read)))
    one, other = (text[place : place + _SHOWN_CHARACTERS] for text in (given, read))
    return f"from character {place} on: {one!r} was given, {other!r} came back"


def _oddities(document: Document, schema: Schema) -> Iterator[str]:
    """Yield what whoever annotated ``document`` should look at again."""
    yield from document_problems(document, schema)
    for finding in odd_boundaries({"": [document]}):
        # Half words are among the problems.
        if finding.kind == "boundary":
            yield finding.message
    if "triggers" in document.layers:
        triggers = replace(document, sentences=[replace(sentence) for sentence in document.sentences])
        triggers.set_event_types_from_triggers()
        for told, own in zip(document.sentences, triggers.sentences, strict=True):
            for type in sorted(told.event_types.keys() - own.event_types.keys()):
                yield f"a sentence has the event type {type} and no trigger of it"
            for type in sorted(own.event_types.keys() - told.event_types.keys()):
                yield f"a sentence has a trigger of {type} and not the event type"
