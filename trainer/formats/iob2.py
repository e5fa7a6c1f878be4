"""IOB2 text: a word and its tag a line, as most corpora of named entities come (``docs/one-file-corpora.md``).

Such files are rarely clean. Whatever a line lacks or has too much of is reported with its number and with what
was made of it; nothing is left out in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import regex

from trainer.documents import Document, Sentence, Span
from trainer.formats.iob2_lines import (
    DOCUMENT_MARK,
    OUTSIDE,
    Kind,
    Line,
    Problems,
    Token,
    parse_line,
    token_of,
    visible,
)

Report = Callable[[str, str], None]

SUFFIXES = (".iob2", ".iob", ".conll", ".bio")
# Text and tables may be something else: what stands in them decides.
_SUFFIXES_TO_LOOK_INTO = (".tsv", ".txt")
_LOOKED_AT_BYTES, _LOOKED_AT_LINES = 8192, 20

SENTENCES_A_DOCUMENT = 50
# Nobody writes longer sentences: where a file has one, a blank line is missing.
WORDS_A_SENTENCE = 500
_UNWRITABLE = regex.compile(r"[\n\p{Cs}]")
_ENDS_SENTENCE = frozenset({".", "!", "؟", "?", "…"})


@dataclass
class _Page:
    """What stands after a document mark, by stretches between blank lines; ``line`` is 0 where the file begins."""

    line: int = 0
    stretches: list[list[Token]] = field(default_factory=lambda: [[]])


def read_iob2(path: str | Path, report: Report) -> list[Document]:
    """Read a file of words and tags, in UTF-8; the words of the documents are the words of the file.

    A line is a word and its tag, separated by a tab or spaces; of more columns the first is the word and the
    last the tag. Blank lines end sentences; in a file without any, and in a stretch of more than
    ``WORDS_A_SENTENCE`` words, a sentence ends after a full stop, exclamation or question mark or ellipsis that
    is tagged O. Lines ``-DOCSTART-`` and ``# newdoc`` begin documents; without them, ``SENTENCES_A_DOCUMENT``
    neighbouring sentences make one. A document's text is its words with a space between them, and a line break
    between sentences.

    Parameters
    ----------
    path:
        The file; its stem and a number are the ids of the documents (``stem-0001``).
    report:
        Called, in the order of the lines, with a place (``file:line``), and what is wrong there and what was
        made of it.

    Raises
    ------
    ValueError
        If the file is no UTF-8; the message names the line.
    """
    path = Path(path)
    problems = Problems()
    pages, separated = _pages(_lines(path), problems)
    sentences_of = [_sentences(page, separated, problems) for page in pages]
    if len(pages) == 1:
        (neighbours,) = sentences_of
        starts = range(0, len(neighbours), SENTENCES_A_DOCUMENT)
        sentences_of = [neighbours[start : start + SENTENCES_A_DOCUMENT] for start in starts]
    documents = [
        _document(f"{path.stem}-{number:04}", sentences, problems)
        for number, sentences in enumerate(filter(None, sentences_of), start=1)
    ]
    for line, problem in sorted(problems, key=lambda item: item[0]):
        report(f"{path}:{line}", problem)
    return documents


def is_iob2(path: str | Path) -> bool:
    """Whether ``path`` is IOB2 text: by its suffix, or for ``.txt`` and ``.tsv`` by its first lines."""
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES_TO_LOOK_INTO or not path.is_file():
        return path.suffix.lower() in SUFFIXES
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT_BYTES)
    lines = head.decode("utf-8-sig", errors="replace").split("\n")
    if len(head) == _LOOKED_AT_BYTES:
        lines.pop()  # may be cut
    words = [line for line in _parsed(lines) if line.kind is Kind.WORD][:_LOOKED_AT_LINES]
    # Most, not all: the first line may be a broken one.
    return 2 * sum(len(line.columns) > 1 and line.ends_with_tag for line in words) > len(words)


def _lines(path: Path) -> list[str]:
    data = path.read_bytes()
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
    # Old Macs end lines with a carriage return; beside line feeds it is a character like any other.
    return content.split("\n" if "\n" in content else "\r")


def _parsed(lines: Iterable[str]) -> list[Line]:
    return [parse_line(number, line) for number, line in enumerate(lines, start=1)]


def _pages(contents: Iterable[str], problems: Problems) -> tuple[list[_Page], bool]:
    """Return the pages of a file, and whether blank lines separate its sentences."""
    lines = _parsed(contents)
    words = [line for line in lines if line.kind is Kind.WORD]
    usual_columns = Counter(len(line.columns) for line in words).most_common(1)[0][0] if words else 0
    pages = [_Page()]
    separated = blank = begun = False
    for line in lines:
        if line.kind is Kind.BLANK:
            if line.marks.strip():
                problems.add(line.number, f"only invisible marks ({line.marks!r}); read as a blank line")
            blank = begun  # blank lines above everything separate nothing
            if pages[-1].stretches[-1]:
                pages[-1].stretches.append([])
        elif line.kind is Kind.DOCUMENT:
            pages.append(_Page(line.number))
            blank, begun = False, True
        elif line.kind is Kind.WORD and (token := token_of(line, usual_columns, problems)):
            pages[-1].stretches[-1].append(token)
            separated, begun = separated or blank, True
    if comments := [line.number for line in lines if line.kind is Kind.COMMENT]:
        problems.add(comments[0], f"a comment; comments ({len(comments)} in this file) are left out")
    for page in pages[1:]:
        if not page.stretches[0]:
            problems.add(page.line, "a document without words; it is left out")
    return pages, separated


def _sentences(page: _Page, separated: bool, problems: Problems) -> list[list[Token]]:
    """Return the sentences of a page; what blank lines do not separate is cut at the ends of sentences."""
    sentences: list[list[Token]] = []
    for stretch in filter(None, page.stretches):
        if separated and len(stretch) <= WORDS_A_SENTENCE:
            sentences.append(stretch)
            continue
        cut = list(_cut(stretch))
        if separated:
            made = f"{len(cut)} sentence{'s' if len(cut) > 1 else ''}"
            problems.add(stretch[0].line, f"{len(stretch)} words without a blank line; read as {made}, by full stops")
        sentences += cut
    return sentences


def _cut(stretch: Iterable[Token]) -> Iterator[list[Token]]:
    sentence: list[Token] = []
    for token in stretch:
        sentence.append(token)
        if token.prefix == OUTSIDE and visible(token.word) in _ENDS_SENTENCE:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _document(id: str, sentences: Sequence[Sequence[Token]], problems: Problems) -> Document:
    text = "\n".join(" ".join(token.word for token in sentence) for sentence in sentences)
    document = Document(text, id, layers=("entities",))
    offset = 0
    for sentence in sentences:
        words = []
        for token in sentence:
            words.append(Span(offset, offset + len(token.word), token.word))
            offset += len(token.word) + 1
        document.words += words
        document.sentences.append(Sentence(words[0].start, words[-1].end))
        for first, last, label in _spans(sentence, problems):
            document.add_entity(words[first].start, words[last - 1].end, label)
    return document


def _spans(sentence: Sequence[Token], problems: Problems) -> Iterator[tuple[int, int, str]]:
    """Yield ``(first word, last word + 1, label)`` of each span; an I tag that continues none begins one."""
    first, label = 0, ""  # of the span that is open
    for position, token in enumerate(sentence):
        if token.prefix == "I" and token.label == label:
            continue
        if label:
            yield first, position, label
        if token.prefix == "I":
            problems.add(token.line, f"I-{token.label} continues no {token.label}; read as B-{token.label}")
        first, label = position, token.label
    if label:
        yield first, len(sentence), label


def write_iob2(documents: Iterable[Document], path: str | Path) -> None:
    """Write the entities of ``documents``: word, tab, tag; a blank line after every sentence.

    A line ``-DOCSTART-`` begins every document, the first too, so that :func:`read_iob2` finds them again: the
    same words, sentences (of up to ``WORDS_A_SENTENCE`` words) and entities, under new ids and with single spaces
    between the words. Nothing else of a document is written.

    Raises
    ------
    ValueError
        For a document that was not annotated for entities, has no words, a word or label that cannot stand in
        such a file, or an entity that tags of words cannot show: it cuts a word, overlaps another, or leaves its
        sentence. Nothing is written then.
    """
    pages = []
    for document in documents:
        tags = _tags_by_start(document)
        sentences = [words for words in map(document.words_of, document.sentences) if words]
        if not sentences or sum(map(len, sentences)) != len(document.words):
            raise ValueError(f"document {document.id!r} has no words, or words outside its sentences")
        rows = [f"{DOCUMENT_MARK}\t{OUTSIDE}", ""]
        for words in sentences:
            rows += [_row(document, word.text, tags.get(word.start, OUTSIDE)) for word in words]
            rows.append("")
        pages.append("".join(row + "\n" for row in rows).encode("utf-8"))
    Path(path).write_bytes(b"".join(pages))


def _tags_by_start(document: Document) -> dict[int, str]:
    """Return the tag of every word inside an entity, by where the word begins."""
    if "entities" not in document.layers:
        raise ValueError(f"document {document.id!r} was not annotated for entities")
    tags: dict[int, str] = {}
    starts = {word.start: index for index, word in enumerate(document.words)}
    ends = {word.end: index for index, word in enumerate(document.words)}
    for entity in document.entities:
        named = f"document {document.id!r}: {entity.label} {entity.text!r} ({entity.start}..{entity.end})"
        if entity.start not in starts or entity.end not in ends:
            raise ValueError(f"{named} does not begin and end with a word")
        if document.sentence_index(entity.start) != document.sentence_index(entity.end - 1):
            raise ValueError(f"{named} runs over the end of its sentence")
        for word in document.words[starts[entity.start] : ends[entity.end] + 1]:
            if word.start in tags:
                raise ValueError(f"{named} overlaps another entity")
            tags[word.start] = f"{'B' if word.start == entity.start else 'I'}-{entity.label}"
    return tags


def _row(document: Document, word: str, tag: str) -> str:
    row = f"{word}\t{tag}"
    line = parse_line(0, row)
    token = token_of(line, 2, Problems()) if line.kind is Kind.WORD else None
    as_it_is = token is not None and (token.word, token.prefix, token.label) == (word, tag[0], tag[2:])
    if not as_it_is or _UNWRITABLE.search(row):
        raise ValueError(f"document {document.id!r}: the word {word!r} with the tag {tag} cannot stand in an IOB2 file")
    return row
