"""IOB2 text: a word and its tag a line, as most corpora of named entities come (``docs/one-file-corpora.md``).

The tags may be those of another scheme, too (:mod:`trainer.formats.tag_schemes`), and a word in nested spans may have
several (:mod:`trainer.formats.nested_columns`).

Such files are rarely clean. Whatever a line lacks or has too much of is reported with its number and with what
was made of it; nothing is left out in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import regex

from trainer.documents import Document, Origin
from trainer.formats.iob2_lines import (
    DOCUMENT_MARK,
    LINE_BREAK_MARK,
    Kind,
    Line,
    Problems,
    Token,
    parse_line,
    token_of,
    visible,
)
from trainer.formats.nested_columns import LeftOut, has_nested_columns, nested_spans, outermost
from trainer.formats.tag_schemes import IOB2, OUTSIDE, Scheme, WordSpan, scheme_of, spans_of_tags
from trainer.formats.tagged_words import SENTENCES_A_DOCUMENT, document_of_words, tagged_sentences
from trainer.formats.utf8_text import read_utf8

Report = Callable[[str, str], None]

SUFFIXES = (".iob2", ".iob", ".conll", ".bio")
# Text and tables may be something else: what stands in them decides.
_SUFFIXES_TO_LOOK_INTO = (".tsv", ".txt")
_LOOKED_AT_BYTES, _LOOKED_AT_LINES = 8192, 20

# Nobody writes longer sentences: where a file has one, a blank line is missing.
WORDS_A_SENTENCE = 500
_LEFT_OUT = {
    Kind.COMMENT: "a comment; comments ({} in this file) are left out",
    Kind.LINE_BREAK: f"a row {LINE_BREAK_MARK}, which is no word; such rows ({{}} in this file) are left out",
}
_UNWRITABLE = regex.compile(r"[\n\p{Cs}]")
_ENDS_SENTENCE = frozenset({".", "!", "؟", "?", "…"})


@dataclass
class _Page:
    """What stands after a document mark, by stretches between blank lines; ``line`` is 0 where the file begins."""

    line: int = 0
    stretches: list[list[Token]] = field(default_factory=lambda: [[]])


@dataclass(frozen=True)
class _Columns:
    """What the lines of a file have in common; ``shown`` is the line that shows it."""

    usual: int
    scheme: Scheme
    nested: bool
    shown: int
    left_out: LeftOut = field(default_factory=LeftOut)

    def tell(self, problems: Problems) -> None:
        """Tell what was found where it is not plain IOB2, before all else that is wrong in the line that shows it."""
        if self.nested:
            found = "words with several tags; read as nested spans, of which the outermost are kept"
            problems.insert(0, (self.shown, "; spans ".join([found, *self.left_out.messages()])))
        elif self.scheme != IOB2:
            problems.insert(0, (self.shown, f"the tags of this file are {self.scheme.name}; read as such"))


def read_iob2(path: str | Path, report: Report) -> list[Document]:
    """Read a file of words and tags, in UTF-8; the words of the documents are the words of the file.

    A line is a word and its tag, separated by a tab or spaces; of more columns the first is the word and the
    last the tag, except where words have several tags because spans lie in others: then the outermost spans are
    kept. The tags show by which scheme they were made, IOB2 where they could be of several; another one, and
    nested spans, are reported with the first line that shows them. Rows ``$#$`` tagged O are left out.

    Blank lines end sentences; in a file without any, and in a stretch of more than ``WORDS_A_SENTENCE`` words, a
    sentence ends after a full stop, exclamation or question mark or ellipsis that is tagged O. Lines
    ``-DOCSTART-`` and ``# newdoc`` begin documents; without them, ``SENTENCES_A_DOCUMENT`` neighbouring sentences
    make one. A document's text is its words with a space between them, and a line break between sentences.

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
    lines = _parsed(_lines(path))
    columns = _columns(lines)
    pages, separated = _pages(lines, columns, problems)
    sentences_of = [_sentences(page, separated, problems) for page in pages]
    if len(pages) == 1:
        (neighbours,) = sentences_of
        starts = range(0, len(neighbours), SENTENCES_A_DOCUMENT)
        sentences_of = [neighbours[start : start + SENTENCES_A_DOCUMENT] for start in starts]
    documents = [
        _document(f"{path.stem}-{number:04}", sentences, columns, problems, path)
        for number, sentences in enumerate(filter(None, sentences_of), start=1)
    ]
    columns.tell(problems)
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
    content = read_utf8(path)
    # Old Macs end lines with a carriage return; beside line feeds it is a character like any other.
    return content.split("\n" if "\n" in content else "\r")


def _parsed(lines: Iterable[str]) -> list[Line]:
    return [parse_line(number, line) for number, line in enumerate(lines, start=1)]


def _columns(lines: Sequence[Line]) -> _Columns:
    lengths: Counter[int] = Counter()
    tags: list[list[str]] = [[]]
    tagged = several = 0  # the first lines with a tag but O, and with several
    for line in lines:
        if line.kind is Kind.WORD:
            lengths[len(line.columns)] += 1
            tags[-1].append(visible(line.columns[-1]) if len(line.columns) > 1 else OUTSIDE)
            tagged = tagged or (line.number if tags[-1][-1] != OUTSIDE else 0)
            several = several or (line.number if line.has_several_tags else 0)
        elif line.kind is Kind.DOCUMENT:
            tags += [[OUTSIDE], []]  # its line has a tag, too: see scheme_of
        elif tags[-1]:
            tags.append([])
    if has_nested_columns(lines):
        return _Columns(2, IOB2, nested=True, shown=several)
    usual = lengths.most_common(1)[0][0] if lengths else 0
    return _Columns(usual, scheme_of(tags), nested=False, shown=tagged)


def _pages(lines: Iterable[Line], columns: _Columns, problems: Problems) -> tuple[list[_Page], bool]:
    """Return the pages of a file, and whether blank lines separate its sentences."""
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
        elif line.kind is Kind.WORD and (
            token := token_of(line, columns.usual, problems, scheme=columns.scheme, nested=columns.nested)
        ):
            pages[-1].stretches[-1].append(token)
            separated, begun = separated or blank, True
    for kind, named in _LEFT_OUT.items():
        if numbers := [line.number for line in lines if line.kind is kind]:
            problems.add(numbers[0], named.format(len(numbers)))
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
        if token.outside and visible(token.word) in _ENDS_SENTENCE:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _document(
    id: str, sentences: Sequence[Sequence[Token]], columns: _Columns, problems: Problems, path: Path
) -> Document:
    document = document_of_words(
        id, [([token.word for token in tokens], _spans(tokens, columns, problems)) for tokens in sentences]
    )
    lines = (token.line for tokens in sentences for token in tokens)
    document.origin = Origin(str(path), tuple(zip((word.start for word in document.words), lines, strict=True)))
    return document


def _spans(tokens: Sequence[Token], columns: _Columns, problems: Problems) -> list[WordSpan]:
    """Return the spans of a sentence; nested ones that are not kept are counted in ``columns.left_out``."""

    def tell(position: int, problem: str) -> None:
        problems.add(tokens[position].line, problem)

    if columns.nested:
        return outermost(nested_spans([token.tags for token in tokens], tell), columns.left_out)
    return list(spans_of_tags([token.tags[0] for token in tokens], columns.scheme, tell))


def write_iob2(
    documents: Iterable[Document], path: str | Path, *, scheme: Scheme = IOB2, report: Report | None = None
) -> None:
    """Write the entities of ``documents``: word, tab, tag; a blank line after every sentence.

    A line ``-DOCSTART-`` begins every document, the first too, so that :func:`read_iob2` finds them again: the
    same words, sentences (of up to ``WORDS_A_SENTENCE`` words) and entities, under new ids and with single spaces
    between the words. Nothing else of a document is written.

    Parameters
    ----------
    scheme:
        How the tags show the spans.
    report:
        Called with the document and with what tags cannot show of it, which is then left out as
        :func:`~trainer.formats.tagged_words.tagged_sentences` says. Without it that is an error.

    Raises
    ------
    ValueError
        For a word or label that cannot stand in such a file; without ``report`` also for a document that was not
        annotated for entities or has no words, or an entity that tags of words cannot show: it cuts a word, overlaps
        another, or leaves its sentence. Nothing is written then.
    """
    pages = []
    for document in documents:
        sentences = tagged_sentences(document, scheme, report)
        rows = [f"{DOCUMENT_MARK}\t{OUTSIDE}", ""] if sentences else []
        for words in sentences:
            rows += [_row(document, word, tag, scheme) for word, tag in words]
            rows.append("")
        pages.append("".join(row + "\n" for row in rows).encode("utf-8"))
    Path(path).write_bytes(b"".join(pages))


def _row(document: Document, word: str, tag: str, scheme: Scheme) -> str:
    row = f"{word}\t{tag}"
    line = parse_line(0, row)
    token = token_of(line, 2, Problems(), scheme=scheme) if line.kind is Kind.WORD else None
    parts = (OUTSIDE, "") if tag == OUTSIDE else tuple(tag.split("-", 1))
    if token is None or (token.word, token.tags) != (word, (parts,)) or _UNWRITABLE.search(row):
        raise ValueError(f"document {document.id!r}: the word {word!r} with the tag {tag} cannot stand in an IOB2 file")
    return row
