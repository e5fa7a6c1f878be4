"""Which outputs a run makes, and that none of them lies where its input is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trainer.archive.work_folder import rejects_file, work_folder
from trainer.schema import Schema
from trainer.writers.writer import Writer, writer_for


def writers_for(targets: Sequence[str], sources: Sequence[str], schema: Schema) -> dict[Path, Writer]:
    """Return each output with its writer.

    Raises
    ------
    ValueError
        For a name with an unknown ending, the same output twice, or one that is a part of the input.
    """
    writers: dict[Path, Writer] = {}
    taken: dict[Path, str] = {}
    for target in targets:
        if "://" in target:
            raise ValueError(f"{target}: only --engine ray writes to an object store; name a file of this machine")
        path = Path(target)
        if not path.name or target == "-":
            raise ValueError(f"{target!r} is no name for an output; name a file or a folder")
        writers[path] = writer = writer_for(path, schema)
        files = writer.files(path)
        if len(writers) == 1:
            files = [*files, rejects_file(path), work_folder(path)]
        for file in (file.resolve() for file in files):
            if file in taken:
                raise ValueError(f"{target} and {taken[file]} would be written to the same place; name another file")
            taken[file] = target
            require_outside(file, target, sources)
    return writers


def require_outside(file: Path, target: str, sources: Sequence[str]) -> None:
    """Refuse a ``file`` of the output ``target`` that is one of ``sources`` or lies in a folder of them.

    Raises
    ------
    ValueError
        Naming both.
    """
    inputs = {path: source for source in sources if (path := _local(source)) is not None}
    if file in inputs:
        raise ValueError(f"{target} is the input; name another file for the output")
    for folder in file.parents:
        if folder in inputs:
            raise ValueError(
                f"{target} lies in the input {inputs[folder]} and would be read the next time; "
                "name another place for the output"
            )


def _local(source: str) -> Path | None:
    """Return where ``source`` lies on this machine, if it does."""
    if source.startswith("file://"):
        return Path(unquote(urlsplit(source).path)).resolve()
    return None if source == "-" or "://" in source else Path(source).resolve()
