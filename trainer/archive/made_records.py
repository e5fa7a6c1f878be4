"""Event records made once a document, however many tables they go into; a document that fails is put aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from trainer.archive.labelling import LabelledPart
from trainer.archive.parts import Part
from trainer.documents import Document
from trainer.readers.records import Record, Reject
from trainer.records.record import EventRecord
from trainer.writers.event_rows import MakesRecords

if TYPE_CHECKING:
    from trainer.archive.local_engine import Labelling


class MadeRecords:
    """Makes the records of a part before its writers ask for them.

    Parameters
    ----------
    maker:
        Makes the records of any document. Should it fail on one all the same, that document is a reject: an archive of
        hours does not stop at it again and again.
    """

    def __init__(self, maker: MakesRecords) -> None:
        self._maker = maker
        self._made: dict[str, tuple[Document, list[EventRecord]]] = {}

    def records(self, document: Document) -> list[EventRecord]:
        """Return the records of ``document``, as they were made if it is of the part that came last."""
        made, records = self._made.get(document.id, (None, []))
        # A writer may ask for a copy with another text.
        return records if made is document else self._maker.records(document)

    def made(self, labelling: Labelling) -> Labelling:
        """Return ``labelling`` that gives the documents of which records could be made, and rejects for the others."""

        def making(parts: Iterable[Part]) -> Iterator[tuple[Part, LabelledPart]]:
            for part, labelled in labelling(parts):
                yield part, self._make(part, labelled)

        return making

    def _make(self, part: Part, labelled: LabelledPart) -> LabelledPart:
        self._made = {}
        items = {item.id: item for item in part.items if isinstance(item, Record)}
        rejects = list(labelled.rejects)
        for document in labelled.documents:
            try:
                self._made[document.id] = document, self._maker.records(document)
            except Exception as error:  # noqa: BLE001 - whatever it is, the archive goes on
                reason = f"no event records can be made of it: {type(error).__name__}: {error}"
                item = items[document.id]
                rejects.append(Reject(item.place, reason, item.id, item.done))
        if len(rejects) == len(labelled.rejects):
            return labelled
        documents = [document for document in labelled.documents if document.id in self._made]
        in_order = {item.place: number for number, item in enumerate(part.items)}
        rejects.sort(key=lambda reject: in_order[reject.place])
        return replace(labelled, documents=documents, rejects=rejects)
