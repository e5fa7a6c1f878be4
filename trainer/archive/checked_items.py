"""Items checked against all earlier ones of a run: ids that came before are refused, copies are marked."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack

from trainer.archive.copies import ArticleCopies
from trainer.archive.ids import DistinctIds
from trainer.readers.labelled_records import LabelledRecord
from trainer.readers.records import Item, Record, Reject

_SHOWN_ID = 80


def checked_items(items: Iterable[Item], dedupe: bool) -> Generator[Item, None, None]:
    """Pass ``items`` on, a record whose id came before as a reject.

    Parameters
    ----------
    dedupe:
        Set ``duplicate_of`` of records that mostly stand in an earlier one. Rejects are not compared.

    Raises
    ------
    OSError
        If there is no room for the temporary files.
    """
    with ExitStack() as stack:
        ids = stack.enter_context(DistinctIds())
        copies = stack.enter_context(ArticleCopies()) if dedupe else None
        for item in items:
            if not isinstance(item, Record):
                yield item
            elif first := ids.first_place(item.id, str(item.place)):
                yield Reject(item.place, _reason(item, first), item.id, item.done)
            else:
                if copies is not None:
                    item.duplicate_of = copies.check(item.id, item.text)
                yield item


def _reason(item: Record, first: str) -> str:
    shown = item.id if len(item.id) <= _SHOWN_ID else item.id[:_SHOWN_ID] + "…"
    told = f"the id «{shown}» was given to {first} before; ids must be unique"
    if isinstance(item, LabelledRecord):
        return f"{told}: give one of the two documents another"
    return f"{told}: name another column with --id-column, or --id-column '' to number the documents"
