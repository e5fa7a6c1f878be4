"""The format that the name of an output asks for."""

from __future__ import annotations

from pathlib import Path

import regex

from trainer.formats.catalogue import EVERY_COLUMN_SUFFIX, FORMATS, SCHEME_OF_SUFFIX, Found, format_named, recognise
from trainer.formats.inline import SUFFIX as MARKED_SUFFIX
from trainer.formats.tag_schemes import IOB2, Scheme

_FORMAT_OF_SUFFIX = {
    MARKED_SUFFIX: "marked",
    ".jsonl": "marsad",
    ".json": "label-studio",
    ".csv": "sentence-labels",
    ".tsv": "sentence-labels",
    **dict.fromkeys(EVERY_COLUMN_SUFFIX, "conll"),
}
# Words of a name that say what a folder, or doccano's .jsonl, is to be.
_SPOKEN = {
    "label-studio": regex.compile(r"label[-_. ]?studio", regex.IGNORECASE),
    "doccano": regex.compile(r"doccano", regex.IGNORECASE),
    "hub": regex.compile(r"\b(hub|hf|hugging[-_. ]?face)\b", regex.IGNORECASE),
    "brat": regex.compile(r"\bbrat\b", regex.IGNORECASE),
}
_ENDING = regex.compile(r"\.[A-Za-z]\w*")


def target_format(path: str | Path) -> Found:
    """Return the format in which to write ``path``: by its ending, what is there already, or a word of its name.

    A name without an ending that says none of these is a folder for brat.

    Raises
    ------
    ValueError
        For an ending that is of no format.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    words = path.name.replace("_", "-")
    if not path.is_dir():
        if suffix in (".jsonl", ".json") and _SPOKEN["doccano"].search(words):
            return Found(format_named("doccano"), f"a {suffix} file whose name says it")
        if suffix in _FORMAT_OF_SUFFIX:
            return Found(format_named(_FORMAT_OF_SUFFIX[suffix]), f"its ending is {suffix}")
    elif found := recognise(path):
        if found.format.folder:
            return Found(found.format, f"{found.reason}, as it is now")
        raise ValueError(f"{path} is {found.reason}; name another output")
    for format in FORMATS:
        if format.folder and format.name in _SPOKEN and _SPOKEN[format.name].search(words):
            return Found(format, "a folder whose name says it")
    if _ENDING.fullmatch(path.suffix) and not path.is_dir():
        raise ValueError(
            f"{path}: no format is written with the ending {path.suffix}; give another "
            f"({', '.join(_FORMAT_OF_SUFFIX)}), or say the format with --to {', '.join(f.name for f in FORMATS)}"
        )
    return Found(format_named("brat"), "a folder")


def scheme_of_target(path: str | Path) -> Scheme:
    """Return the scheme of tags that the ending of an output names: IOB2, unless it names another."""
    return SCHEME_OF_SUFFIX.get(Path(path).suffix.lower(), IOB2)
