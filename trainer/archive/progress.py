"""How far a run over an archive has come, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.readers.records import Reject


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a part: ``done`` bytes of the input, and counts of the whole run so far.

    ``earlier_done`` and ``earlier_documents`` are what of it an earlier run had done; ``rejects`` are those of
    this part.
    """

    part: int
    done: int
    documents: int
    rejected: int
    rejects: Sequence[Reject]
    earlier_done: int = 0
    earlier_documents: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What came of a run."""

    documents: int
    rejected: int
    parts: int
