"""A lexicon of what the training articles mark: what a system scores that only remembers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from trainer.documents import Document, Sentence
from trainer.encoders.normalizer import arabic_normalizer

Spans = list[tuple[int, int, str]]
_normalize = arabic_normalizer().normalize_str


class LexiconBaseline:
    """Marks every word sequence that the training articles mark at least half of the times they have it.

    Longer sequences first; a sentence has the types of its triggers. Sequences are compared after
    the encoder's normalisation.

    Parameters
    ----------
    training:
        Annotated documents.
    """

    name = "lexicon"
    layers: tuple[str, ...] = ("entities", "triggers", "event_types")

    def __init__(self, training: Sequence[Document]) -> None:
        self.entities = _lexicon(training, lambda d: [(e.start, e.end, e.label) for e in d.entities])
        self.triggers = _lexicon(training, lambda d: [(e.trigger.start, e.trigger.end, e.type) for e in d.events])

    def predict(self, documents: Iterable[Document]) -> list[Document]:
        """Return copies of ``documents`` with what the lexicon finds."""
        labelled = [document.without_annotations() for document in documents]
        for document in labelled:
            for sentence in document.sentences:
                for start, end, label in _find(document, sentence, self.entities):
                    document.add_entity(start, end, label)
                for start, end, type in _find(document, sentence, self.triggers):
                    document.add_event(start, end, type)
            document.set_event_types_from_triggers()
        return labelled


def _lexicon(documents: Sequence[Document], spans_of: Callable[[Document], Spans]) -> dict[tuple[str, ...], str]:
    labels: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for document in documents:
        for start, end, label in spans_of(document):
            labels[tuple(_normalize(w.text) for w in document.words if start <= w.start < end)][label] += 1
    longest = max((len(key) for key in labels), default=0)
    occurrences: Counter[tuple[str, ...]] = Counter()
    for document in documents:
        for sentence in document.sentences:
            words = [_normalize(word.text) for word in document.words_of(sentence)]
            for first in range(len(words)):
                for last in range(first + 1, min(len(words), first + longest) + 1):
                    occurrences[tuple(words[first:last])] += 1
    return {
        key: max(sorted(counts), key=counts.__getitem__)
        for key, counts in labels.items()
        if 2 * sum(counts.values()) >= occurrences[key]
    }


def _find(document: Document, sentence: Sentence, lexicon: dict[tuple[str, ...], str]) -> Spans:
    longest = max((len(key) for key in lexicon), default=0)
    words = document.words_of(sentence)
    normalized = [_normalize(word.text) for word in words]
    found: Spans = []
    first = 0
    while first < len(words):
        for last in range(min(len(words), first + longest), first, -1):
            label = lexicon.get(tuple(normalized[first:last]))
            if label is not None:
                found.append((words[first].start, words[last - 1].end, label))
                first = last
                break
        else:
            first += 1
    return found
