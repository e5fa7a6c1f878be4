"""The rows of a Hugging Face datasets folder with words and tags, whatever files it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet
import regex

from trainer.documents import Origin

if TYPE_CHECKING:
    from datasets import Dataset

Report = Callable[[str, str], None]

TOKENS, DOCUMENT_ID = "tokens", "document_id"
TAG_COLUMNS = ("ner_tags", "tags", "labels")
# The only split of a dataset without splits, as ``datasets.load_dataset`` names it.
ONLY_SPLIT = "train"
SAVED_SPLITS, SAVED_STATE, _SAVED_INFO = "dataset_dict.json", "state.json", "dataset_info.json"
_SUFFIXES = (".parquet", ".jsonl")
# Where a row stands, and its columns.
_Found = tuple[Origin, dict[str, Any]]
_PART_OF_SPLIT = regex.compile(r"-\d+-of-\d+\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence: where it stands, its words, as many tags, and the id of its document if rows have one."""

    origin: Origin
    words: Sequence[str]
    tags: Sequence[str]
    document_id: str | None = None

    @property
    def place(self) -> str:
        """Where the row stands, as messages say it."""
        return self.origin.place()


def column_names(folder: Path) -> Iterator[list[str]]:
    """Yield the names of the columns of each split or file in ``folder``, from what says them.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If a file cannot be read or holds something else.
    """
    if (folder / SAVED_SPLITS).is_file():
        splits = json.loads((folder / SAVED_SPLITS).read_text(encoding="utf-8"))["splits"]
        saved = [folder / split for split in splits]
    else:
        saved = [folder] if (folder / SAVED_STATE).is_file() else []
    for part in saved:
        yield list(json.loads((part / _SAVED_INFO).read_text(encoding="utf-8"))["features"])
    for file in [] if saved else _data_files(folder):
        if file.suffix == ".parquet":
            yield list(pyarrow.parquet.read_schema(file).names)
        else:
            with file.open(encoding="utf-8-sig") as lines:
                yield list(json.loads(next(lines, "{}")))


def _data_files(folder: Path) -> list[Path]:
    """Return the files in ``folder`` and in its folder ``data``, where the hub puts them."""
    return [file for part in (folder, folder / "data") for file in sorted(part.glob("*")) if file.suffix in _SUFFIXES]


def rows_by_split(path: Path, report: Report) -> dict[str, list[Row]]:
    """Return the rows that are sentences; the others are reported with their place.

    Raises
    ------
    ValueError
        If a file cannot be read or lacks the columns, or tags are numbers without names.
    FileNotFoundError
        If there is no such folder, or it has no such files.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path}")
    if (path / SAVED_SPLITS).is_file() or (path / SAVED_STATE).is_file():
        return {split: list(_sentences(rows, report)) for split, rows in _saved_rows(path, report)}
    files: dict[str, list[Path]] = {}
    for file in _data_files(path):
        files.setdefault(_PART_OF_SPLIT.sub("", file.stem), []).append(file)
    if not files:
        raise FileNotFoundError(f"{path} has neither a saved dataset nor {' or '.join(_SUFFIXES)} files")
    for split, parts in files.items():
        if len({(part.parent, part.suffix) for part in parts}) > 1:
            named = " and ".join(str(part.relative_to(path)) for part in parts)
            raise ValueError(f"{path} has the split {split!r} twice, in {named}; take one of them away")
    return {
        split: [row for file in parts for row in _sentences(_rows_of_file(file, report), report)]
        for split, parts in files.items()
    }


def _saved_rows(path: Path, report: Report) -> Iterator[tuple[str, Iterator[_Found]]]:
    from datasets import Dataset, load_from_disk

    try:
        saved = load_from_disk(str(path))
    # What 'datasets' raises for a broken folder is whatever it stumbles over.
    except Exception as error:
        raise ValueError(f"{path} is no whole dataset as 'save_to_disk' writes it ({error}); save it again") from error
    splits = {str(saved.split or ONLY_SPLIT): saved} if isinstance(saved, Dataset) else saved
    for split, dataset in splits.items():
        yield str(split), _named_rows(dataset, f"{path}, split {split}", report)


def _rows_of_file(file: Path, report: Report) -> Iterator[_Found]:
    if file.suffix == ".jsonl":
        return _json_rows(file, report)
    from datasets import Dataset
    from datasets.table import InMemoryTable

    try:
        table = pyarrow.parquet.read_table(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{file} cannot be read as Parquet: {error}") from error
    return _named_rows(Dataset(InMemoryTable(table)), str(file), report)


def _named_rows(dataset: Dataset, named: str, report: Report) -> Iterator[_Found]:
    """Yield the origin and the columns of each row, with the names of tags in place of their numbers."""
    column = _tag_column(dataset.column_names, named, report)
    feature = getattr(dataset.features[column], "feature", None)
    names = getattr(feature, "names", None)
    if names is None and str(getattr(feature, "dtype", "")).startswith(("int", "uint")):
        raise ValueError(f"{named}: {_without_names(column)}")
    for number, row in enumerate(dataset, start=1):
        tags = row[column]
        if names is not None and tags is not None:
            tags = [names[tag] if tag is not None and 0 <= tag < len(names) else str(tag) for tag in tags]
        origin = Origin(named, ((0, number),), "row")
        yield origin, {TOKENS: row[TOKENS], column: tags, DOCUMENT_ID: row.get(DOCUMENT_ID)}


def _json_rows(file: Path, report: Report) -> Iterator[_Found]:
    told: set[str] = set()

    def once(place: str, problem: str) -> None:
        if problem not in told:
            told.add(problem)
            report(place, problem)

    # Bytes that are no UTF-8 break the JSON of their line alone; U+2028 and the like do not end a line.
    for number, line in enumerate(file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        origin = Origin(str(file), ((0, number),))
        place = origin.place()
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            report(place, "not UTF-8; the row is left out")
        except (json.JSONDecodeError, RecursionError) as error:
            report(place, f"broken JSON ({getattr(error, 'msg', 'nested too deeply')}); the row is left out")
        else:
            if not isinstance(row, dict):
                report(place, f"expected a JSON object, found {type(row).__name__}; the row is left out")
                continue
            column = _tag_column(list(row), place, once)
            if isinstance(row[column], list) and any(type(tag) is int for tag in row[column]):
                raise ValueError(f"{place}: {_without_names(column)}")
            yield origin, row


def _without_names(column: str) -> str:
    return (
        f"{column!r} holds numbers without names; save the dataset with 'save_to_disk' or as Parquet, with a "
        "ClassLabel feature, or with the tags as strings"
    )


def _tag_column(names: Sequence[str], place: str, report: Report) -> str:
    found = [name for name in TAG_COLUMNS if name in names]
    if TOKENS not in names or not found:
        raise ValueError(
            f"{place} has the columns {', '.join(map(repr, names)) or 'nothing'}; it needs {TOKENS!r} and one of "
            f"{', '.join(map(repr, TAG_COLUMNS))}"
        )
    if len(found) > 1:
        report(place, f"several columns of tags ({', '.join(found)}); {found[0]} is read")
    return found[0]


def _sentences(rows: Iterable[_Found], report: Report) -> Iterator[Row]:
    for origin, row in rows:
        place = origin.place()
        words, tags = row[TOKENS], row[next(name for name in TAG_COLUMNS if name in row)]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            report(place, f"{TOKENS!r} is no list of strings; the row is left out")
        elif not isinstance(tags, list):
            report(place, "the tags are no list; the row is left out")
        elif len(words) != len(tags):
            report(place, f"{len(words)} words and {len(tags)} tags; the row is left out")
        else:
            id = row.get(DOCUMENT_ID)
            yield Row(origin, words, [str(tag) for tag in tags], None if id is None else str(id))
