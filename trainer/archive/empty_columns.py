"""Tells at the first documents of a run, and not after hours, which columns of the table of events will stay empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from trainer.archive.labelling import LabelledPart
from trainer.archive.parts import Part
from trainer.documents import Document
from trainer.readers.columns import named
from trainer.records.record import EventRecord

if TYPE_CHECKING:
    from trainer.archive.local_engine import Labelling

_DATE_COLUMN = "--date-column"
# Characters of a value that are shown.
_LONGEST_VALUE = 60


class EmptyColumns:
    """Watches labelled documents go by, and says once of each fault that nothing speaks against it.

    Parameters
    ----------
    columns:
        By the option that named it, a column that documents should have; ``None`` where it was not given.
    records:
        Gives the records of a document.
    told:
        Called with a sentence.
    anew:
        Whether a model labels the text, whatever labels came with it.
    """

    def __init__(
        self,
        columns: Mapping[str, str | None],
        records: Callable[[Document], Sequence[EventRecord]],
        told: Callable[[str], None],
        *,
        anew: bool,
    ) -> None:
        self._columns = {option: column for option, column in columns.items() if column is not None}
        self._records = records
        self._first = self._first_with_events = True
        self._told = told
        self._anew = anew

    def watched(self, labelling: Labelling) -> Labelling:
        """Return ``labelling`` whose documents are watched."""

        def watching(parts: Iterable[Part]) -> Iterator[tuple[Part, LabelledPart]]:
            for part, labelled in labelling(parts):
                self._look_at(labelled.documents)
                yield part, labelled

        return watching

    def _look_at(self, documents: Sequence[Document]) -> None:
        if self._first and documents:
            self._first = False
            for fault in self._missing(documents):
                self._told(fault)
        if self._first_with_events and any(document.events for document in documents):
            self._first_with_events = False
            for fault in (*_without_arguments(documents), *self._undated(documents)):
                self._told(fault)

    def _missing(self, documents: Sequence[Document]) -> Iterator[str]:
        if self._anew and all(_labelled_before(document) for document in documents):
            yield (
                f"the first {len(documents)} documents are labelled already, as Marsad writes them, and their text was "
                "labelled anew; --labelled takes the labels that they have"
            )
        if not any("triggers" in document.layers for document in documents):
            yield f"none of the first {len(documents)} documents has triggers of events, which records are made of"
        for option, column in self._columns.items():
            if not any(column in document.metadata for document in documents):
                yield (
                    f"none of the first {len(documents)} documents has the column '{column}' of {option} "
                    f"({_there(documents)})"
                )

    def _undated(self, documents: Sequence[Document]) -> Iterator[str]:
        if any(record.published for document in documents for record in self._records(document)):
            return
        column = self._columns.get(_DATE_COLUMN)
        if column is None:
            yield (
                f"none of the first {len(documents)} documents says when it was published ({_there(documents)}): dates "
                f"like أمس have no day; name the column with {_DATE_COLUMN}"
            )
        elif values := [document.metadata[column] for document in documents if column in document.metadata]:
            yield (
                f"none of the first {len(values)} values in the column '{column}' of {_DATE_COLUMN} is a day such as "
                f"2015-05-30 (the first is {_short(values[0])}): dates like أمس have no day"
            )


def _labelled_before(document: Document) -> bool:
    """Return whether a document has the columns of one that Marsad wrote with events."""
    lists = (document.metadata.get(name) for name in ("sentences", "events"))
    return "metadata" in document.metadata and all(isinstance(value, list) for value in lists)


def _without_arguments(documents: Iterable[Document]) -> Iterator[str]:
    events = [event for document in documents for event in document.events]
    if not any(event.arguments for event in events):
        yield (
            f"none of the first {len(events)} events has an argument: sides, places, weapons and counts stay empty "
            "where a model without an argument head labelled the text; train one anew"
        )


def _there(documents: Iterable[Document]) -> str:
    return named(list(dict.fromkeys(str(key) for document in documents for key in document.metadata)))


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
