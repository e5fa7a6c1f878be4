"""Everything that can be labelled in the user's sources, in a fixed order and a little at a time."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence

from trainer.readers.columns import Columns
from trainer.readers.csv_rows import read_csv
from trainer.readers.input_files import InputFile, OpenFile, why
from trainer.readers.json_lines import read_json_lines
from trainer.readers.parquet_rows import read_parquet
from trainer.readers.records import Item, Place, Reject
from trainer.readers.sources import STANDARD_INPUT, files_of
from trainer.readers.texts import read_text

__all__ = ["Columns", "input_bytes", "read_records"]

_USUAL_COLUMNS = Columns()
_PARQUET = ".parquet"
_READERS: Mapping[str, Callable[[OpenFile, Columns], Iterator[Item]]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_csv,
    ".tsv": read_csv,
}


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
    for source in sources:
        next(files_of(source, _ignore))
    return _records(sources, columns, on_skipped)


def input_bytes(sources: Sequence[str]) -> int | None:
    """Return the size of all files of ``sources`` as they are stored, ``None`` if standard input is among them.

    Raises as :func:`read_records` does.
    """
    if STANDARD_INPUT in sources:
        return None
    return sum(file.size for source in sources for file in files_of(source, _ignore) if isinstance(file, InputFile))


def _records(sources: Sequence[str], columns: Columns, on_skipped: Callable[[str], None]) -> Iterator[Item]:
    before = 0
    for source in sources:
        for file in _files(source, on_skipped):
            if isinstance(file, Reject):
                file.done = before
                yield file
            else:
                yield from _file_records(file, columns, before)
                before += file.size


def _files(source: str, on_skipped: Callable[[str], None]) -> Iterator[InputFile | Reject]:
    try:
        yield from files_of(source, on_skipped)
    except OSError as error:  # it was there when the run began
        yield Reject(Place(source), why(error))


def _file_records(file: InputFile, columns: Columns, before: int) -> Iterator[Item]:
    if file.ending == _PARQUET and file.compression:
        yield Reject(Place(file.name), "Parquet is read as it is; decompress it first", done=before)
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
        try:
            reader = _standard_input_reader(stream) if file.name == STANDARD_INPUT else _READERS.get(file.ending)
            yield from (reader or read_text)(stream, columns)
        except OSError as error:
            reason = f"the file cannot be read from here on, only what stands before: {why(error)}"
            yield stream.reject(reason, stream.line + 1)


def _standard_input_reader(stream: OpenFile) -> Callable[[OpenFile, Columns], Iterator[Item]]:
    if stream.first_line().removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
        return read_json_lines
    stream.id = "stdin"
    return read_text
