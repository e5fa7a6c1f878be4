"""The majority: what a system scores that looks at no word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from trainer.documents import Document


class MajorityBaseline:
    """Marks no span, since most words are outside; gives sentences the most frequent set of types.

    Parameters
    ----------
    training:
        Annotated documents.
    """

    name = "majority"
    # To call every word outside is a prediction, so the spans count as predicted: their F1 is 0.
    layers: tuple[str, ...] = ("entities", "triggers", "event_types")

    def __init__(self, training: Sequence[Document]) -> None:
        sets = Counter(tuple(sorted(s.event_types)) for document in training for s in document.sentences)
        self.types = max(sorted(sets), key=sets.__getitem__) if sets else ()

    def predict(self, documents: Iterable[Document]) -> list[Document]:
        """Return copies of ``documents`` in which every sentence has the same types."""
        labelled = [document.without_annotations() for document in documents]
        for document in labelled:
            for sentence in document.sentences:
                sentence.event_types = dict.fromkeys(self.types, 1.0)
        return labelled
