"""Which outputs a run makes, and that none of them is where its input is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.archive.addresses import require_apart
from trainer.archive.work_folder import rejects_file, work_folder
from trainer.writers.writer import Writer


def writers_for(
    targets: Sequence[str], sources: Sequence[str], writer_for: Callable[[Path], Writer]
) -> dict[Path, Writer]:
    """Return each output with its writer.

    Parameters
    ----------
    writer_for:
        Gives the writer for the name of an output; ``ValueError`` for an ending that it does not know.

    Raises
    ------
    ValueError
        For a name with an unknown ending, the same output twice, or one that is, lies in or holds an input.
    """
    writers: dict[Path, Writer] = {}
    taken: dict[Path, str] = {}
    for target in targets:
        if "://" in target:
            raise ValueError(
                f"{target}: only 'marsad predict --engine ray' writes to an object store; name a file of this machine"
            )
        path = Path(target)
        if not path.name or target == "-":
            raise ValueError(f"{target!r} is no name for an output; name a file or a folder")
        writers[path] = writer = writer_for(path)
        files = writer.files(path)
        if len(writers) == 1:
            files = [*files, rejects_file(path), work_folder(path)]
        for file in files:
            place = file.resolve()
            if place in taken:
                raise ValueError(f"{target} and {taken[place]} would be written to the same place; name another file")
            taken[place] = target
            require_apart(str(file), sources)
    return writers
