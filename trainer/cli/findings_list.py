"""Findings on the screen: by kind, the first of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trainer.diagnosis.corpus import by_kind
from trainer.diagnosis.findings import KINDS, Finding

# How many of a kind are shown; a person who has worked through them runs the check anew.
SHOWN = 10


def findings_lines(findings: Sequence[Finding], record: str | None) -> Iterator[str]:
    """Yield the lines that tell ``findings``; ``record`` is the file that has all of them, if there is one."""
    for kind, found in by_kind(findings).items():
        yield f"{KINDS[kind]} ({kind}): {len(found)}"
        for finding in found[:SHOWN]:
            yield f"  {finding.place}: {finding.message}"
        if len(found) > SHOWN:
            where = f"all are in {record}" if record else "--json FILE writes all of them"
            yield f"  … and {len(found) - SHOWN} more; {where}"
    if findings:
        yield f"{len(findings)} finding{'s' if len(findings) > 1 else ''} to look at (hints, not errors)"
