"""Everything that can be labelled in the user's sources, in a fixed order and a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from trainer.readers.columns import Columns
from trainer.readers.csv_rows import read_csv
from trainer.readers.folders import Folder
from trainer.readers.input_files import LONGEST_TEXT, InputFile, OpenFile, why
from trainer.readers.json_lines import read_json_lines
from trainer.readers.parquet_rows import read_parquet
from trainer.readers.records import Item, Place, Record, Reject
from trainer.readers.sources import STANDARD_INPUT, TEXT_FROM_STANDARD_INPUT, files_of, find
from trainer.readers.texts import read_text

__all__ = ["Columns", "input_bytes", "read_records"]

_USUAL_COLUMNS = Columns()
_READERS: Mapping[str, Callable[[OpenFile, Columns], Iterator[Item]]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_csv,
    ".tsv": read_csv,
}
_PARQUET, _JSON = ".parquet", ".json"
_TEXT_TOO_LONG = f"the text is longer than {LONGEST_TEXT // 1_000_000} million characters"


def _ignore(_: str) -> None:
    """Tell nobody."""


def read_records(
    sources: Sequence[str], columns: Columns = _USUAL_COLUMNS, on_skipped: Callable[[str], None] = _ignore
) -> Iterator[Item]:
    """Return the records of ``sources``, and of everything that cannot be read its place and the reason.

    Parameters
    ----------
    sources:
        ``-`` is standard input: JSON Lines if it begins with ``{``, else one text. Files are what their endings
        say, ``.txt`` and any other one text; of a folder all files with a known ending are read.
    on_skipped:
        Told in a sentence, once a folder, which other files there are.

    Raises
    ------
    FileNotFoundError
        Before anything is read, if one of ``sources`` does not exist or is a folder with nothing to read.
    ValueError
        If one is an address of an unknown kind.
    OSError
        If a store does not answer.
    """
    found = find(sources)
    for source in found:
        next(files_of(source, _ignore))
    return _records(found, columns, on_skipped)


def input_bytes(sources: Sequence[str]) -> int | None:
    """Return the size of all files of ``sources`` as they are stored, ``None`` if standard input is among them.

    Raises as :func:`read_records` does.
    """
    if STANDARD_INPUT in sources:
        return None
    files = (file for source in find(sources) for file in files_of(source, _ignore))
    return sum(file.size for file in files if isinstance(file, InputFile))


def _records(
    found: Sequence[InputFile | Folder], columns: Columns, on_skipped: Callable[[str], None]
) -> Iterator[Item]:
    before = 0
    for source in found:
        for file in _files(source, on_skipped):
            if isinstance(file, Reject):
                file.done = before
                yield file
                continue
            for item in _file_records(file, columns, before):
                if isinstance(item, Record) and len(item.text) > LONGEST_TEXT:
                    yield Reject(item.place, _TEXT_TOO_LONG, item.id, item.done)
                else:
                    yield item
            before += file.size


def _files(source: InputFile | Folder, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    try:
        yield from files_of(source, on_skipped)
    except OSError as error:  # it had files when the run began
        yield Reject(Place(source.name), why(error))


def _file_records(file: InputFile, columns: Columns, before: int) -> Iterator[Item]:
    if file.ending == _PARQUET and file.compression:
        yield Reject(Place(file.name), "Parquet is read as it is; decompress it first", done=before)
        return
    if file.ending == _JSON:
        reason = "JSON is read as JSON lines: write one object a line and name the file .jsonl"
        yield Reject(Place(file.name), reason, done=before)
        return
    try:
        handle = file.open()
    except OSError as error:
        yield Reject(Place(file.name), f"it cannot be opened: {why(error)}", done=before)
        return
    with handle as opened:
        if file.ending == _PARQUET:
            yield from read_parquet(file, opened, columns, before)
            return
        stream = OpenFile(file, opened, before)
        reader = _read_standard_input if file.name == STANDARD_INPUT else _READERS.get(file.ending, read_text)
        try:
            yield from reader(stream, columns)
        except OSError as error:
            yield stream.damaged(error, stream.line + 1)


def _read_standard_input(stream: OpenFile, columns: Columns) -> Iterator[Item]:
    """Yield what its first filled line says it is: JSON Lines or one text; of no bytes nothing."""
    if stream.first_filled_line().lstrip().startswith(b"{"):
        yield from read_json_lines(stream, columns)
    elif not stream.is_empty():
        stream.id = TEXT_FROM_STANDARD_INPUT
        yield from read_text(stream, columns)
