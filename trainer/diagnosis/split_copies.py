"""Sentences of one split that nearly stand in another, and documents that stand twice in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trainer.data.corpus import TRAINING_ONLY
from trainer.data.near_duplicates import MINIMUM_WORDS, SentenceFingerprints, folded_words
from trainer.diagnosis.findings import Finding
from trainer.diagnosis.marks import Splits
from trainer.documents import Document, Sentence

# What models learn from comes first: a sentence is told where it is tested, not where it was learnt.
_LEARNT_FIRST = ("train", TRAINING_ONLY, "validation")
# A document of which so many sentences stand in one other is its copy; so many may be quotations.
COPIED_SHARE = 0.5
_Words = tuple[str, ...]
# Split, document and index of a sentence.
_Place = tuple[str, Document, int]


def split_copies(splits: Splits, groups: Sequence[Sequence[str]] = ()) -> Iterator[Finding]:
    """Yield every sentence that repeats one of another split, and every document that repeats one of its own split.

    Parameters
    ----------
    splits:
        The corpus; a sentence is told in the split that comes later of train, training only, validation and the rest.
    groups:
        Ids of documents that are known to copy each other; of these nothing is told inside a split.
    """
    order = sorted(splits, key=lambda name: _LEARNT_FIRST.index(name) if name in _LEARNT_FIRST else len(_LEARNT_FIRST))
    first_of: dict[_Words, _Place] = {}
    # Of every split before, what stood for the first time: a sentence that stands a thousand times would be compared
    # with itself a million times.
    earlier: list[tuple[str, dict[str, Document], SentenceFingerprints]] = []
    for split in order:
        own: dict[_Words, _Place] = {}
        new: list[Document] = []
        copied = _CopiedDocuments(split, groups)
        for document in splits[split]:
            kept: list[Sentence] = []
            long: list[_Words] = []
            for index, sentence in enumerate(document.sentences):
                words = tuple(folded_words(document.text[sentence.start : sentence.end]))
                if len(words) < MINIMUM_WORDS:
                    continue
                long.append(words)
                if words in first_of:
                    yield _sentence(document, index, split, *first_of[words], 1.0)
                elif words not in own:
                    own[words] = (split, document, index)
                    kept.append(sentence)
            yield from copied.find(document, long)
            if kept:
                # Other words and annotation play no part in the comparison.
                new.append(Document(document.text, document.id, sentences=kept, origin=document.origin))
        yield from _near(new, split, earlier)
        first_of.update(own)
        if split != order[-1]:
            earlier.append((split, {document.id: document for document in new}, SentenceFingerprints.of(new)))


def _near(
    documents: Iterable[Document],
    split: str,
    earlier: Iterable[tuple[str, Mapping[str, Document], SentenceFingerprints]],
) -> Iterator[Finding]:
    """Yield the sentences of ``documents`` that nearly are one of an earlier split, once each."""
    told: set[tuple[str, int]] = set()
    for other, sources, fingerprints in earlier:
        for document in documents:
            for match in fingerprints.find([document]):
                if (document.id, match.sentence) in told:
                    continue
                told.add((document.id, match.sentence))
                source = sources[match.training_document]
                place = (other, source, match.training_sentence)
                yield _sentence(document, match.sentence, split, *place, match.similarity)


def _sentence(
    document: Document, index: int, split: str, other: str, source: Document, number: int, similarity: float
) -> Finding:
    sentence, there = document.sentences[index], source.sentences[number]
    place = source.origin.place(there.start) if source.origin else f"document {source.id}"
    how = "is" if similarity == 1.0 else "is nearly"
    message = (
        f"this sentence of {split} {how} one of {other} ({place}): {_beginning(document, sentence)}; "
        f"a score on it measures memory"
    )
    return Finding.at("near-duplicate", document, sentence.start, sentence.end, message, score=similarity)


def _beginning(document: Document, sentence: Sentence) -> str:
    words = document.text[sentence.start : sentence.end].split()
    return f"'{' '.join(words[:6])}{' …' if len(words) > 6 else ''}'"


class _CopiedDocuments:
    """Finds documents of which most sentences stand, word for word but for spelling, in one before it."""

    def __init__(self, split: str, groups: Sequence[Sequence[str]]) -> None:
        self._split = split
        self._groups = [set(group) for group in groups]
        self._first_of: dict[_Words, Document] = {}

    def find(self, document: Document, sentences: Sequence[_Words]) -> Iterator[Finding]:
        """Yield what is to be said of ``document``; ``sentences`` are the words of those that are long enough."""
        sources = [self._first_of[words] for words in sentences if words in self._first_of]
        for words in sentences:
            self._first_of.setdefault(words, document)
        if not sources:
            return
        by_id = {source.id: source for source in sources}
        id, shared = Counter(source.id for source in sources).most_common(1)[0]
        known = any({id, document.id} <= group for group in self._groups)
        if known or shared < COPIED_SHARE * len(sentences):
            return
        source = by_id[id]
        place = source.origin.place() if source.origin else f"document {id}"
        message = (
            f"document {document.id} of {self._split} repeats document {id} ({place}): {shared} of its "
            f"{len(sentences)} sentences of {MINIMUM_WORDS} words and more; what is annotated twice counts twice"
        )
        first = document.sentences[0]
        yield Finding.at("near-duplicate", document, first.start, first.end, message, score=shared / len(sentences))
