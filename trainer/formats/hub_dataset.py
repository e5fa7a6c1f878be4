"""Folders of Hugging Face datasets with words and tags: ``tokens`` and ``ner_tags``, a sentence a row.

Read are what ``datasets`` saves to disk (one dataset, or several as splits) and folders of ``.parquet`` and ``.jsonl``
files, as repositories on the hub have them; written is what it saves to disk. The library is in the extra ``train``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

import regex
import xxhash

from trainer.documents import Document, Origin
from trainer.formats.hub_rows import (
    DOCUMENT_ID,
    SAVED_SPLITS,
    SAVED_STATE,
    TAG_COLUMNS,
    TOKENS,
    Row,
    column_names,
    rows_by_split,
)
from trainer.formats.iob2_lines import DOCUMENT_MARK, Kind, Line, Problems, Token, token_of, visible
from trainer.formats.tag_schemes import IOB2, OUTSIDE, Scheme, WordSpan, scheme_of, spans_of_tags, split_tag
from trainer.formats.tagged_words import SENTENCES_A_DOCUMENT, document_of_words, tagged_sentences

if TYPE_CHECKING:
    from datasets import Dataset

Report = Callable[[str, str], None]
# What is written of a row: the id of its document, its words and their tags.
_Written = tuple[str, list[str], list[str]]
_SURROGATE = regex.compile(r"\p{Cs}")


def is_hub_dataset(path: str | Path) -> bool:
    """Whether ``path`` is such a folder: by its files, and the names of the columns in one of them."""
    try:
        return any(TOKENS in names and any(name in names for name in TAG_COLUMNS) for names in column_names(Path(path)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def read_hub_dataset(path: str | Path, report: Report) -> list[Document]:
    """Read the documents of all splits (see :func:`read_hub_splits`); ``metadata["split"]`` names their split."""
    splits = read_hub_splits(path, report)
    for split, documents in splits.items():
        for document in documents:
            document.metadata["split"] = split
    return list(chain.from_iterable(splits.values()))


def read_hub_splits(path: str | Path, report: Report) -> dict[str, list[Document]]:
    """Read a folder of words and tags; the words of the documents are the words of the rows.

    A row is a sentence: its words in ``tokens``, and their tags, names of a ``ClassLabel`` or strings, in ``ner_tags``,
    ``tags`` or ``labels``. Rows with one ``document_id`` are a document; in a split without such a column, rows of
    ``-DOCSTART-`` alone begin documents, and without those ``SENTENCES_A_DOCUMENT`` neighbouring rows make one.
    Texts and tags are read as in :func:`trainer.formats.iob2.read_iob2`.

    Parameters
    ----------
    path:
        The folder. A split of a folder of files is what its files are called before ``-00000-of-00001``.
    report:
        Called with a place (folder, split and row, counted from 1; ``file:line`` of JSON Lines), and what is wrong
        there and what was made of it.

    Raises
    ------
    ValueError
        If a file cannot be read or lacks the columns, or its tags are numbers without names.
    FileNotFoundError
        If there is no such folder, or it has no such files.
    """
    path = Path(path)
    rows = rows_by_split(path, report)
    # All splits of a folder were tagged alike, and one may be too small to show how.
    tags = [list(map(visible, row.tags)) for row in chain.from_iterable(rows.values())]
    # A dataset has a column of tags, so even one word shows the scheme; the O stands for that column.
    scheme = scheme_of([*tags, [OUTSIDE]])
    if scheme != IOB2:
        report(str(path), f"the tags of this dataset are {scheme.name}; read as such")
    splits = {
        split: _documents(f"{path}, split {split}", split, of_split, scheme, report) for split, of_split in rows.items()
    }
    ids: set[str] = set()
    for split, documents in splits.items():
        for document in documents:
            if document.id in ids:
                taken, document.id = document.id, f"{split}-{document.id}"
                report(f"{path}, split {split}", f"document {taken!r} is in another split, too; named {document.id!r}")
            ids.add(document.id)
    return splits


def _documents(named: str, split: str, rows: Sequence[Row], scheme: Scheme, report: Report) -> list[Document]:
    """Return the documents of a split, in the order in which they begin; ``named`` is the split for people."""
    problems = Problems()
    sentences_of: dict[str, list[list[Token]]] = {}
    rows_of: dict[str, list[Row]] = {}
    for number, (row, id) in enumerate(zip(rows, _document_ids(split, rows, problems), strict=True)):
        if id is None:
            continue
        if tokens := _tokens(number, row, scheme, problems):
            sentences_of.setdefault(id, []).append(tokens)
            rows_of.setdefault(id, []).append(row)
        else:
            problems.add(number, "no words; the row is left out")
    documents = [
        document_of_words(
            id,
            [([token.word for token in tokens], _spans(tokens, scheme, problems)) for tokens in sentences],
        )
        for id, sentences in sentences_of.items()
    ]
    for document in documents:
        document.origin = _origin(document, rows_of[document.id]) or Origin(named)
    for number, problem in sorted(problems, key=lambda item: item[0]):
        report(rows[number].place, problem)
    return documents


def _origin(document: Document, rows: Sequence[Row]) -> Origin | None:
    """Return the origin of a document of these rows, one a sentence; ``None`` if they are of several files."""
    if len({row.origin.file for row in rows}) > 1:
        return None
    numbers = [number for row in rows for _, number in row.origin.lines]
    starts = [sentence.start for sentence in document.sentences]
    return Origin(rows[0].origin.file, tuple(zip(starts, numbers, strict=True)), rows[0].origin.unit)


def _document_ids(split: str, rows: Sequence[Row], problems: Problems) -> list[str | None]:
    """Return the id of the document of each row; ``None`` for a row that only begins one."""
    if any(row.document_id is not None for row in rows):
        id = f"{split}-0001"
        ids: list[str | None] = []
        for number, row in enumerate(rows):
            if row.document_id is None:
                problems.add(number, f"no {DOCUMENT_ID!r}; read as one of document {id!r}")
            else:
                id = row.document_id
            ids.append(id)
        return ids
    marks = [list(row.words) == [DOCUMENT_MARK] for row in rows]
    if not any(marks):
        return [f"{split}-{number // SENTENCES_A_DOCUMENT + 1:04}" for number in range(len(rows))]
    numbers = accumulate(marks, initial=0 if marks[0] else 1)
    next(numbers)
    return [None if mark else f"{split}-{number:04}" for mark, number in zip(marks, numbers, strict=True)]


def _tokens(number: int, row: Row, scheme: Scheme, problems: Problems) -> list[Token]:
    tokens = []
    for word, tag in zip(row.words, row.tags, strict=True):
        if not visible(word):
            problems.add(number, f"the word {word!r} shows nothing; it is left out")
        elif token := token_of(Line(number, Kind.WORD, (word, tag)), 2, problems, scheme=scheme):
            tokens.append(token)
    return tokens


def _spans(tokens: Sequence[Token], scheme: Scheme, problems: Problems) -> list[WordSpan]:
    def tell(position: int, problem: str) -> None:
        problems.add(tokens[position].line, f"{tokens[position].word!r}: {problem}")

    return list(spans_of_tags([token.tags[0] for token in tokens], scheme, tell))


def write_hub_dataset(
    documents: Iterable[Document] | Mapping[str, Iterable[Document]],
    path: str | Path,
    *,
    scheme: Scheme = IOB2,
    report: Report | None = None,
) -> None:
    """Save documents as a dataset, or splits of documents as several, with the columns of :func:`read_hub_splits`.

    ``ner_tags`` is a ``ClassLabel`` whose names are O and the tags of all labels, in the order of the alphabet. Read
    back, a document has the same id, words, sentences with words, and entities, and single spaces between its words.
    Nothing else of it is written. A dataset that is there already is replaced.

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
        If two documents have one id, for a label or text that cannot be written, and without ``report`` for what tags
        cannot show. Nothing is written then.
    FileExistsError
        If ``path`` exists and is no saved dataset: it would be overwritten.
    """
    path = Path(path)
    if path.exists() and not _may_be_replaced(path):
        raise FileExistsError(f"{path} exists and is no saved dataset; choose another output")
    splits = dict(documents) if isinstance(documents, Mapping) else {"": documents}
    ids: set[str] = set()
    rows: dict[str, list[_Written]] = {}
    for split, of_split in splits.items():
        rows[split] = []
        for document in of_split:
            if document.id in ids:
                raise ValueError(f"two documents have the id {document.id!r}; they would be read as one")
            ids.add(document.id)
            rows[split] += _rows(document, scheme, report)
    tags = {tag for row in chain.from_iterable(rows.values()) for tag in row[2] if tag != OUTSIDE}
    labels = sorted({tag.split("-", 1)[1] for tag in tags})
    names = [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in scheme.prefixes)]
    _save({split: _dataset(of_split, names) for split, of_split in rows.items()}, path)


def _may_be_replaced(path: Path) -> bool:
    return path.is_dir() and (
        not any(path.iterdir()) or (path / SAVED_SPLITS).is_file() or (path / SAVED_STATE).is_file()
    )


def _rows(document: Document, scheme: Scheme, report: Report | None) -> list[_Written]:
    rows = []
    for sentence in tagged_sentences(document, scheme, report):
        words, tags = [word for word, _ in sentence], [tag for _, tag in sentence]
        for tag in tags:
            if tag != OUTSIDE and split_tag(visible(tag), scheme.prefixes) != tuple(tag.split("-", 1)):
                raise ValueError(f"document {document.id!r}: the tag {tag!r} would be read back as another one")
        if _SURROGATE.search("".join([document.id, *words, *tags])):
            raise ValueError(f"document {document.id!r} has a lone surrogate, which no dataset can hold")
        rows.append((document.id, words, tags))
    return rows


def _dataset(rows: Sequence[_Written], names: Sequence[str]) -> Dataset:
    from datasets import ClassLabel, Dataset, Features, Value
    from datasets import Sequence as ListOf

    features = Features(
        {
            DOCUMENT_ID: Value("string"),
            TOKENS: ListOf(Value("string")),
            TAG_COLUMNS[0]: ListOf(ClassLabel(names=list(names))),
        }
    )
    columns = {name: [row[index] for row in rows] for index, name in enumerate(features)}
    dataset = Dataset.from_dict(columns, features=features)
    # As in trainer/data/dataset.py: the content alone gives the fingerprint, so that files reproduce themselves.
    return Dataset(dataset.data, info=dataset.info, fingerprint=xxhash.xxh64(repr(rows).encode()).hexdigest())


def _save(splits: Mapping[str, Dataset], path: Path) -> None:
    from datasets import DatasetDict

    if path.exists():
        shutil.rmtree(path)
    # Without a number a split that has no sentences gets no file, and ``datasets`` cannot load it again.
    if list(splits) == [""]:
        splits[""].save_to_disk(str(path), num_shards=1)
    else:
        DatasetDict(splits).save_to_disk(str(path), num_shards=dict.fromkeys(splits, 1))
