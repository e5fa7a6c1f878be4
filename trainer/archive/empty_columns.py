"""Tells at the first documents of a run, and not after hours, which columns of the table of events will stay empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from trainer.archive.labelling import LabelledPart
from trainer.archive.parts import Part
from trainer.documents import Document
from trainer.readers.columns import named

if TYPE_CHECKING:
    from trainer.archive.local_engine import Labelling


class EmptyColumns:
    """Watches labelled documents go by, and says once of each fault that nothing speaks against it.

    Parameters
    ----------
    columns:
        By the option that named it, a column that documents should have; ``None`` where it was not given.
    told:
        Called with a sentence.
    """

    def __init__(self, columns: Mapping[str, str | None], told: Callable[[str], None]) -> None:
        self._missing = {option: column for option, column in columns.items() if column is not None}
        self._without_arguments = True
        self._told = told

    def watched(self, labelling: Labelling) -> Labelling:
        """Return ``labelling`` whose documents are watched."""

        def watching(parts: Iterable[Part]) -> Iterator[tuple[Part, LabelledPart]]:
            for part, labelled in labelling(parts):
                self._look_at(labelled.documents)
                yield part, labelled

        return watching

    def _look_at(self, documents: Iterable[Document]) -> None:
        documents = list(documents)
        if not documents:
            return
        events = [event for document in documents for event in document.events]
        if self._without_arguments and events:
            self._without_arguments = False
            if not any(event.arguments for event in events):
                self._told(
                    f"none of the first {len(events)} events has an argument: sides, places, weapons and counts stay "
                    "empty where a model without an argument head labelled the text; train one anew"
                )
        for option, column in self._missing.items():
            if not any(column in document.metadata for document in documents):
                there = named(list(dict.fromkeys(str(key) for document in documents for key in document.metadata)))
                self._told(
                    f"none of the first {len(documents)} documents has the column '{column}' of {option} ({there})"
                )
        self._missing = {}
