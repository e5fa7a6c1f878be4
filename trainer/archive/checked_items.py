"""Items checked against all earlier ones of a run: ids that came before are refused, copies are marked."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack

from trainer.archive.copies import ArticleCopies
from trainer.archive.ids import DistinctIds
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
                yield Reject(item.place, _reason(item.id, first), item.id, item.done)
            else:
                if copies is not None:
                    item.duplicate_of = copies.check(item.id, item.text)
                yield item


def _reason(id: str, first: str) -> str:
    shown = id if len(id) <= _SHOWN_ID else id[:_SHOWN_ID] + "…"
    return (
        f"the id «{shown}» was given to {first} before; ids must be unique: name another column with --id-column, "
        "or --id-column '' to number the documents"
    )
