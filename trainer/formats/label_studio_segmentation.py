"""What Marsad writes into the data of its own Label Studio tasks: the layers, and words and sentences of other corpora.

Label Studio keeps data as it is. Words and sentences stand there only where they are not those that
:meth:`trainer.documents.Document.from_text` finds, as in a document from IOB2 text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from trainer.documents import Document, Sentence, Span

OWN = "marsad"


def own_data(document: Document, text: str) -> dict[str, Any]:
    """Return what is to stand under ``OWN`` in the data of the task; ``text`` is the document's as it is written."""
    data: dict[str, Any] = {"layers": list(document.layers)}
    found = Document.from_text(text)
    for key, spans, usual in (
        ("words", _offsets(document.words), _offsets(found.words)),
        ("sentences", _offsets(document.sentences), _offsets(found.sentences)),
    ):
        if spans != usual:
            data[key] = spans
    return data


def _offsets(spans: Sequence[Span] | Sequence[Sentence]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def restore_segmentation(document: Document, own: Any, tell: Callable[[str], None]) -> None:
    """Give ``document`` the words and sentences that its task names, if they can be some of its text."""
    own = own if isinstance(own, dict) else {}
    for key in ("words", "sentences"):
        if key not in own:
            continue
        spans = own[key]
        if not _lie_in(len(document.text), spans):
            tell(f"the {key} in '{OWN}' are no offsets of this text; the text is divided anew")
        elif key == "words":
            document.words = [Span(start, end, document.text[start:end]) for start, end in spans]
        else:
            document.sentences = [Sentence(start, end) for start, end in spans]


def _lie_in(length: int, spans: Any) -> bool:
    """Whether ``spans`` are pairs of offsets, in order and without overlaps, of a text of that length."""
    if not isinstance(spans, list):
        return False
    if not all(isinstance(span, list) and [type(offset) for offset in span] == [int, int] for span in spans):
        return False
    offsets = [offset for span in spans for offset in span]
    in_order = all(before <= after for before, after in pairwise([0, *offsets, length]))
    return in_order and all(start < end for start, end in spans)
