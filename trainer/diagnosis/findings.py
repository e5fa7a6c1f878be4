"""What a diagnosis says: one odd place of a corpus, for people and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainer.documents import Document

# Every kind of finding and what it is called for people, in the order in which they are shown: first what is most
# often an error.
KINDS = {
    "half-word": "half words",
    "boundary": "odd boundaries",
    "inconsistent-label": "same words, different labels",
    "missed-mention": "likely missed mentions",
    "label-error": "likely label errors",
    "near-duplicate": "near-duplicates",
    "rare-label": "rare labels",
    "long-sentence": "sentences longer than the window",
}


@dataclass(frozen=True)
class Finding:
    """One odd place. It is a hint: whoever knows the guidelines decides.

    ``kind`` is a key of :data:`KINDS`; ``place`` is the file and line as messages say it, ``file`` and ``line`` the
    same apart (``line`` counts what the file's reader counts: lines, tasks or rows). ``start`` and ``end`` are offsets
    in the text of the document with the id ``document``, ``text`` is what stands there; of what has no span, such as a
    label that never occurs, they are 0, 0 and ``""``. ``label`` is the label that it has, ``suggested`` the label or
    the text that it might have instead, ``""`` where there is none. ``score``, 0 to 1, is how sure that is, where there
    is a measure.
    """

    kind: str
    place: str
    document: str
    start: int
    end: int
    text: str
    message: str
    label: str = ""
    suggested: str = ""
    score: float | None = None
    file: str = ""
    line: int | None = None

    @classmethod
    def at(
        cls,
        kind: str,
        document: Document,
        start: int,
        end: int,
        message: str,
        *,
        label: str = "",
        suggested: str = "",
        score: float | None = None,
    ) -> Finding:
        """Return a finding over ``document.text[start:end]``; its place is that of ``start`` in the file."""
        origin = document.origin
        return cls(
            kind=kind,
            # A document that no file was read for, such as one made in Python, has its name alone.
            place=origin.place(start) if origin else f"document {document.id}",
            document=document.id,
            start=start,
            end=end,
            text=document.text[start:end],
            message=message,
            label=label,
            suggested=suggested,
            score=score,
            file=origin.file if origin else "",
            line=origin.line(start) if origin else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON says it; see ``docs/corpus-care.md``."""
        return {
            "kind": self.kind,
            "place": self.place,
            "file": self.file,
            "line": self.line,
            "document": self.document,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "label": self.label,
            "suggested": self.suggested,
            "score": self.score,
            "message": self.message,
        }
