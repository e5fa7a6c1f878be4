"""All formats of annotated text that Marsad reads and writes: what they are called and how they are told apart.

Each is one object among ``FORMATS``, whatever functions do the work (:mod:`trainer.formats.reading`,
:mod:`trainer.formats.writing`). ``docs/formats.md`` describes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.documents import LAYERS, Document
from trainer.formats import reading, writing
from trainer.formats.doccano import is_doccano
from trainer.formats.doccano_lines import is_marsads_own
from trainer.formats.inline import SUFFIX as MARKED_SUFFIX
from trainer.formats.inline import is_inline
from trainer.formats.iob2 import SUFFIXES as COLUMN_SUFFIXES
from trainer.formats.iob2 import is_iob2
from trainer.formats.label_studio_files import is_label_studio
from trainer.formats.sentence_labels import is_sentence_labels
from trainer.formats.tag_schemes import BILOU, BIOES, IOB1, Scheme
from trainer.formats.unknown_files import why_unknown
from trainer.schema import Schema

Report = Callable[[str, str], None]
Reader = Callable[[Path, Report, Schema | None], list[Document]]
Writer = Callable[[Sequence[Document], Path, Schema, Report, Scheme], None]

# Endings of files of columns that name the scheme of their tags.
SCHEME_OF_SUFFIX = {".iob1": IOB1, ".bioes": BIOES, ".bilou": BILOU}
EVERY_COLUMN_SUFFIX = (*COLUMN_SUFFIXES, *SCHEME_OF_SUFFIX)


@dataclass(frozen=True)
class Format:
    """A form of annotated text on disk.

    Attributes
    ----------
    name:
        What ``--from`` and ``--to`` call it.
    title:
        What people call it.
    recognise:
        Says by what a file or folder can be told to be of this format; "" if it is not.
    read:
        Reads all documents; the report gets a place, and what is wrong there or, as a
        :class:`~trainer.formats.notes.Note`, how the file was read. The schema tells triggers from entities where the
        format does not.
    write:
        Writes documents to a path where nothing is yet.
    layers:
        The layers of annotation that it holds.
    folder:
        Whether it is written as a folder.
    file_ending:
        With this ending of its name an output is a file even so; "" if there is none such.
    joins:
        Whether an output may join an earlier one in a folder.
    """

    name: str
    title: str
    recognise: Callable[[Path], str]
    read: Reader
    write: Writer
    layers: tuple[str, ...] = LAYERS
    folder: bool = False
    file_ending: str = ""
    joins: bool = False

    def is_folder_at(self, path: Path) -> bool:
        """Whether this format is written as a folder under the name ``path``."""
        return self.folder and not (self.file_ending and path.suffix.lower() == self.file_ending)


@dataclass(frozen=True)
class Found:
    """The format of a file or folder, and why it is taken for one of that."""

    format: Format
    reason: str


def _marked(path: Path) -> str:
    if path.is_dir():
        return f"a folder with {MARKED_SUFFIX} files" if is_inline(path) else ""
    return f"its ending is {MARKED_SUFFIX}" if path.is_file() and is_inline(path) else ""


def _marsad(path: Path) -> str:
    if path.suffix.lower() != ".jsonl" or not path.is_file():
        return ""
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        first = next((line for line in lines if line.strip()), "")
    try:
        own = is_marsads_own(json.loads(first))
    except (ValueError, RecursionError):
        return ""
    return "JSON Lines with Marsad's version, text and sentences" if own else ""


def _label_studio(path: Path) -> str:
    if not is_label_studio(path):
        return ""
    return "a folder with tasks.json" if path.is_dir() else "JSON tasks with data and annotations"


def _doccano(path: Path) -> str:
    return "JSON Lines whose labels are spans" if is_doccano(path) else ""


def _columns(path: Path) -> str:
    suffix = path.suffix.lower()
    if not path.is_file():
        return ""
    if suffix in EVERY_COLUMN_SUFFIX:
        return f"its ending is {suffix}"
    return "its lines are words and tags" if is_iob2(path) else ""


def _rows(path: Path) -> str:
    if not is_sentence_labels(path):
        return ""
    form = "JSON Lines" if path.suffix.lower() == ".jsonl" else "a table"
    return f"{form} with a text and its labels in each row"


def _hub(path: Path) -> str:
    if not path.is_dir():
        return ""
    from trainer.formats.hub_dataset import is_hub_dataset  # see trainer.formats.reading

    return "a folder of rows with tokens and their tags" if is_hub_dataset(path) else ""


def _brat(path: Path) -> str:
    texts = path.is_dir() and any(path.glob("*.txt")) and any(path.glob("*.ann"))
    return "a folder with .txt and .ann files" if texts else ""


# In the order in which they are asked. Formats that other formats' files could be taken for come first: JSON-MIN of
# Label Studio before doccano's lines, which both have spans under "label", and both before sentence labels.
FORMATS = (
    Format("marked", "inline markup", _marked, reading.read_marked, writing.write_marked),
    Format("marsad", "Marsad's JSON Lines", _marsad, reading.read_marsad, writing.write_marsad),
    Format(
        "label-studio",
        "Label Studio",
        _label_studio,
        reading.read_tasks,
        writing.write_tasks,
        folder=True,
        file_ending=writing.TASKS_ENDING,
        joins=True,
    ),
    Format("doccano", "doccano", _doccano, reading.read_doccano_lines, writing.write_doccano_lines),
    Format("conll", "columns of words and tags", _columns, reading.read_columns, writing.write_columns, ("entities",)),
    Format("sentence-labels", "labelled sentences", _rows, reading.read_rows, writing.write_rows, ("event_types",)),
    Format("hub", "a Hugging Face dataset", _hub, reading.read_hub, writing.write_hub, ("entities",), folder=True),
    Format("brat", "brat standoff", _brat, reading.read_brat, writing.write_brat, folder=True, joins=True),
)
_BY_NAME = {format.name: format for format in FORMATS}


def format_named(name: str) -> Format:
    """Return the format that is called ``name``; ``ValueError`` with all names if there is none."""
    if name not in _BY_NAME:
        raise ValueError(f"there is no format {name!r}; formats are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def recognise(path: str | Path) -> Found | None:
    """Return the format of a file or folder, ``None`` if it is of none that Marsad knows."""
    path = Path(path)
    for format in FORMATS:
        if reason := format.recognise(path):
            return Found(format, reason)
    return None


def recognised(path: str | Path) -> Found:
    """Do as :func:`recognise`.

    Raises
    ------
    FileNotFoundError
        If there is nothing at ``path``.
    ValueError
        If it is of no format that Marsad knows; the message says which there are.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}")
    if found := recognise(path):
        return found
    raise ValueError(f"{path} is of no format that Marsad knows{unknown(path)}")


def unknown(path: Path) -> str:
    """Return the end of a message about a path that is of no format: why it may be, and which formats there are."""
    why = why_unknown(path)
    formats = ", ".join(f"{format.title} ({format.name})" for format in FORMATS)
    return f"{f' ({why})' if why else ''}; formats are {formats}"
