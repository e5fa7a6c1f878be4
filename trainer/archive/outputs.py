"""Which outputs a run makes, and that none of them lies where its input is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
        writers[path] = writer = writer_for(path, schema)
        for file in (file.resolve() for file in writer.files(path)):
            if file in taken:
                raise ValueError(f"{target} and {taken[file]} are the same output; name another file")
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
    inputs = {Path(source).resolve(): source for source in sources if source != "-" and "://" not in source}
    if file in inputs:
        raise ValueError(f"{target} is the input; name another file for the output")
    for folder in file.parents:
        if folder in inputs:
            raise ValueError(
                f"{target} lies in the input {inputs[folder]} and would be read the next time; "
                "name another place for the output"
            )
