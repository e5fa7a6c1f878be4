"""More text to train on: copies of documents in which other names of the same label stand.

A tagger with little to learn from learns the names that it saw. In a copy another name of the same label
takes the place of one, and the sentence around it has to tell what it is.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain

from trainer.documents import Document, Entity, Event, Sentence, Span, in_order
from trainer.text.words import word_offsets

_LAYER = "entities"
_LAM, _ARTICLE = "ل", "ال"


@dataclass(frozen=True)
class _Mention:
    """A mention that can be replaced: where it stands, its label, and its text as clitics and name."""

    start: int
    end: int
    label: str
    clitics: str
    name: str

    def renamed(self, name: str) -> _Edit:
        """Return the edit that puts ``name`` behind the clitics."""
        return _Edit(self.start, self.end, _joined(self.clitics, name), name)


@dataclass(frozen=True)
class _Edit:
    """New text for ``start`` to ``end``, and the name in it."""

    start: int
    end: int
    text: str
    name: str


def replace_mentions(documents: Sequence[Document], share: float, seed: int) -> list[Document]:
    """Return a copy of every document in which other names stand for some of the mentions.

    A mention gets any other name that a mention of its label has in ``documents``, each with the same
    chance. Clitics stay where they are: only the name behind them changes. Triggers, event types,
    arguments and ids are those of the original, and offsets move with the text.

    Left alone are mentions that share text with a trigger or another mention, that begin or end inside a
    word, or whose clitics cannot be told from the name; nor do their names stand for others.

    Parameters
    ----------
    share:
        The probability, 0 to 1, that a mention is replaced.
    seed:
        Decides what is replaced, and by what. A copy's id is that of its document, ``~`` and the seed.

    Returns
    -------
    list[Document]
        In the order of ``documents``. One in which entities were not annotated is no copy but itself.

    Raises
    ------
    ValueError
        If ``share`` is no probability.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of mentions to replace lies between 0 and 1, not at {share}")
    mentions = [list(_replaceable(document)) for document in documents]
    found: dict[str, set[str]] = defaultdict(set)
    for mention in chain.from_iterable(mentions):
        found[mention.label].add(mention.name)
    names = {label: sorted(group) for label, group in found.items()}
    generator = random.Random(seed)
    copies = []
    for document, candidates in zip(documents, mentions, strict=True):
        if _LAYER not in document.layers:
            copies.append(document)
            continue
        edits = [
            mention.renamed(_other(names[mention.label], mention.name, generator))
            for mention in candidates
            if len(names[mention.label]) > 1 and generator.random() < share
        ]
        copies.append(_edited(document, _harmless(edits, document), f"{document.id}~{seed}"))
    return copies


def _replaceable(document: Document) -> Iterator[_Mention]:
    """Yield, in order, the mentions that stand free in a sentence, from word to word, as clitics and a name."""
    if _LAYER not in document.layers:
        return
    covered = Counter(offset for entity in document.entities for offset in range(entity.start, entity.end))
    covered.update(offset for event in document.events for offset in range(event.trigger.start, event.trigger.end))
    starts, ends = {word.start for word in document.words}, {word.end for word in document.words}
    for entity in in_order(document.entities):
        clitics = _clitics(entity)
        sentence = document.sentence_index(entity.start)
        if (
            clitics is not None
            and sentence is not None
            and entity.end <= document.sentences[sentence].end
            and entity.start in starts
            and entity.end in ends
            and all(covered[offset] == 1 for offset in range(entity.start, entity.end))
        ):
            yield _Mention(entity.start, entity.end, entity.label, clitics, entity.name)


def _clitics(entity: Entity) -> str | None:
    """Return what stands before the name, or ``None`` if the mention is not some clitics and its name."""
    if entity.name and entity.text.endswith(entity.name):
        return entity.text.removesuffix(entity.name)
    # للمدينة is ل and المدينة.
    clitics = entity.text[: entity.text.find(_LAM) + 1]
    return clitics if clitics and _joined(clitics, entity.name) == entity.text else None


def _joined(clitics: str, name: str) -> str:
    """Write ``name`` behind ``clitics``: ل swallows the alef of an article, and before a ل all of it.

    >>> _joined("ب", "الحسكة"), _joined("ول", "الحسكة"), _joined("ل", "اللاذقية"), _joined("ل", "دمشق")
    ('بالحسكة', 'وللحسكة', 'للاذقية', 'لدمشق')
    """
    if clitics.endswith(_LAM) and name.startswith(_ARTICLE):
        return clitics + name.removeprefix(_ARTICLE if name.startswith(_ARTICLE + _LAM) else _ARTICLE[0])
    return clitics + name


def _other(names: list[str], own: str, generator: random.Random) -> str:
    """Draw one of the sorted ``names`` that is not ``own``."""
    index = generator.randrange(len(names) - 1)
    return names[index + 1] if index >= bisect_left(names, own) else names[index]


def _harmless(edits: Sequence[_Edit], document: Document) -> list[_Edit]:
    """Return the edits, which stand in order, whose words do not grow together with those around them."""
    kept: list[_Edit] = []
    for edit in edits:
        before = kept[-1].text + document.text[kept[-1].end : edit.start] if kept else document.text[: edit.start]
        following = bisect_left(document.words, edit.end, key=lambda word: word.start)
        end = document.words[following].end if following < len(document.words) else len(document.text)
        words = word_offsets(before + edit.text + document.text[edit.end : end])
        first, last = len(before), len(before) + len(edit.text)
        if any(start == first for start, _ in words) and any(end == last for _, end in words):
            kept.append(edit)
    return kept


def _edited(document: Document, edits: Sequence[_Edit], id: str) -> Document:
    """Return a copy of ``document`` with ``edits``, which stand in order; all spans move with the text."""
    starts, ends = [edit.start for edit in edits], [edit.end for edit in edits]
    # By how much the text behind each edit has moved, beginning with the text before the first.
    moves = list(accumulate((len(edit.text) - (edit.end - edit.start) for edit in edits), initial=0))
    gaps = list(zip([0, *ends], [*starts, len(document.text)], strict=True))
    pieces = zip(gaps, [*(edit.text for edit in edits), ""], strict=True)
    text = "".join(document.text[first:last] + new for (first, last), new in pieces)
    names = {edit.start: edit.name for edit in edits}

    def moved(offset: int) -> int:
        return offset + moves[bisect_right(ends, offset)]

    def span(old: Span) -> Span:
        start, end = moved(old.start), moved(old.end)
        return Span(start, end, text[start:end])

    def sentence(old: Sentence) -> Sentence:
        return Sentence(moved(old.start), moved(old.end), dict(old.event_types), dict(old.type_scores))

    def entity(old: Entity) -> Entity:
        start, end = moved(old.start), moved(old.end)
        return replace(old, start=start, end=end, text=text[start:end], name=names.get(old.start, old.name))

    def event(old: Event) -> Event:
        arguments = [replace(argument) for argument in old.arguments]
        return replace(old, trigger=span(old.trigger), arguments=arguments, attributes=list(old.attributes))

    words = [span(word) for first, last in gaps for word in _words_between(document, first, last)]
    for edit in edits:
        words += [Span(*word, text[slice(*word)]) for word in word_offsets(text, moved(edit.start), moved(edit.end))]
    return replace(
        document,
        text=text,
        id=id,
        metadata=dict(document.metadata),
        words=sorted(words, key=lambda word: word.start),
        sentences=[sentence(old) for old in document.sentences],
        entities=[entity(old) for old in document.entities],
        events=[event(old) for old in document.events],
        # Other words than those of the file, which has no lines for them.
        origin=replace(document.origin, lines=()) if document.origin else None,
    )


def _words_between(document: Document, start: int, end: int) -> list[Span]:
    first = bisect_left(document.words, start, key=lambda word: word.start)
    return document.words[first : bisect_left(document.words, end, key=lambda word: word.start)]
