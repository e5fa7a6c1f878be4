"""Label an archive on this machine: part by part into a work folder, then the parts together into the outputs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from trainer.archive.labelling import LabelledPart, LabelOptions, label_part
from trainer.archive.manifest import FinishedPart, Manifest
from trainer.archive.parts import Part, cut
from trainer.file_lock import locked_file
from trainer.inference.predictor import Predictor
from trainer.readers.records import Item, Reject
from trainer.safe_writes import explained, partial, put_in_place, repair
from trainer.writers.writer import Writer

_MANIFEST_FILE = "manifest.jsonl"
_REJECTS_FILE = "rejects.jsonl"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a part: ``done`` bytes of the input, and counts of the whole run so far.

    ``earlier_done`` and ``earlier_documents`` are what of it an earlier run had done; ``rejects`` are those of
    this part.
    """

    part: int
    done: int
    documents: int
    rejected: int
    rejects: Sequence[Reject]
    earlier_done: int = 0
    earlier_documents: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What came of a run."""

    documents: int
    rejected: int
    parts: int


class LocalEngine:
    """A run over an archive in this process.

    Parameters
    ----------
    outputs:
        The outputs to make, each with its writer. The first gives the work folder and the file of rejects their names.
    report:
        Called after each part.
    """

    def __init__(
        self,
        predictor: Predictor,
        outputs: Mapping[Path, Writer],
        options: LabelOptions,
        report: Callable[[Progress], None],
    ) -> None:
        self.predictor = predictor
        self.outputs = outputs
        self.options = options
        self.report = report
        first = next(iter(outputs))
        self.folder = work_folder(first)
        self.rejects_file = rejects_file(first)
        self._manifest = Manifest(self.folder / _MANIFEST_FILE)

    def run(self, items: Iterable[Item], identity: Mapping[str, Any], *, overwrite: bool = False) -> Totals:
        """Label ``items``, going on where an earlier run of the same ``identity`` stopped.

        Parameters
        ----------
        identity:
            What decides the result (:func:`trainer.archive.manifest.run_identity`).
        overwrite:
            Throw away what an earlier run left unfinished.

        Raises
        ------
        ValueError
            If an unfinished run had another identity or another input.
        OSError
            If the disk does not take the results; finished parts are kept.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        busy = f"another process is writing {self.folder}: wait for its end, or name another output"
        lock = self.folder.with_name(f".{self.folder.name}.lock")
        with locked_file(lock, busy):
            try:
                return self._run(items, identity, overwrite)
            finally:
                lock.unlink(missing_ok=True)
                if not self._manifest.parts:
                    # Nothing to go on from: a mistyped input must not stand in the way of the right one.
                    shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, items: Iterable[Item], identity: Mapping[str, Any], overwrite: bool) -> Totals:
        if overwrite:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        repair(self.folder)
        self._manifest.open({**identity, "outputs": [str(target) for target in self.outputs]})
        for target, writer in self.outputs.items():
            if str(target) not in self._manifest.assembling:
                writer.check(target)
        earlier = list(self._manifest.parts)
        earlier_documents, earlier_done = sum(part.documents for part in earlier), 0
        for part, finished in zip_longest(cut(items), earlier):
            if finished is not None:
                earlier_done = self._require_same_input(part, finished)
                continue
            labelled = label_part(self.predictor, part, self.options)
            self._write(part, labelled)
            progress = (part.items[-1].done, *self._counts(), labelled.rejects, earlier_done, earlier_documents)
            self.report(Progress(part.number, *progress))
        self._assemble()
        shutil.rmtree(self.folder)
        return Totals(*self._counts(), len(self._manifest.parts))

    def _write(self, part: Part, labelled: LabelledPart) -> None:
        folder = self._part_folder(part.number)
        with explained(folder, self._what_is_kept):
            building = partial(folder)
            building.mkdir(parents=True)
            for writer in self.outputs.values():
                writer.write_part(labelled.documents, building)
            if labelled.rejects:
                (building / _REJECTS_FILE).write_bytes(b"".join(reject.to_line() for reject in labelled.rejects))
            put_in_place(folder)
            self._manifest.add(FinishedPart.of(part, labelled))

    def _assemble(self) -> None:
        """Put the parts together; done twice it gives the same."""
        folders = [self._part_folder(part.number) for part in self._manifest.parts]
        for target, writer in self.outputs.items():
            ours = str(target) in self._manifest.assembling
            # A folder appears whole, so one that was being put together and is there is finished.
            if ours and target.is_dir() and any(target.iterdir()):
                continue
            if not ours:
                self._manifest.add_assembling(target)
            with explained(target, self._what_is_kept):
                writer.assemble(folders, target)
        rejects = [folder / _REJECTS_FILE for folder in folders if (folder / _REJECTS_FILE).exists()]
        if not rejects:
            # One of an earlier run into the same output says nothing of this one.
            self.rejects_file.unlink(missing_ok=True)
            return
        unfinished = self.folder / _REJECTS_FILE
        with unfinished.open("wb") as file:
            for path in rejects:
                file.write(path.read_bytes())
        unfinished.replace(self.rejects_file)

    def _require_same_input(self, part: Part | None, finished: FinishedPart) -> int:
        """Check that ``part`` is the one that was finished, and return how far it reaches."""
        if part is not None and (len(part.items), part.digest()) == (finished.items, finished.digest):
            return part.items[-1].done
        place = f"from {part.items[0].place} on" if part is not None else "it is shorter"
        raise ValueError(
            f"the input is not what it was when this run began ({place}); the parts in {self.folder} are of the "
            "old one. Put it back to go on, or begin anew with --overwrite"
        )

    def _counts(self) -> tuple[int, int]:
        parts = self._manifest.parts
        return sum(part.documents for part in parts), sum(part.rejects for part in parts)

    def _part_folder(self, number: int) -> Path:
        return self.folder / f"part-{number:05}"

    def _what_is_kept(self) -> str:
        return f"{len(self._manifest.parts)} finished parts are kept in {self.folder}, and the same command goes on"


def work_folder(output: Path) -> Path:
    """Return the folder that holds finished parts while ``output`` is not complete."""
    return output.with_name(f"{output.name}.parts")


def rejects_file(output: Path) -> Path:
    """Return the file for what could not be read or labelled.

    It is named after the output: the runs in one folder do not overwrite each other's.

    >>> rejects_file(Path("out/news.2015.jsonl.gz")).name
    'news.2015.rejects.jsonl'
    """
    name = output.name.removesuffix(".gz").removesuffix(".zst")
    return output.with_name(f"{Path(name).stem}.{_REJECTS_FILE}")
