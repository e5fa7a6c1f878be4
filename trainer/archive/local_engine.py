"""Label an archive on this machine: part by part into a work folder, then the parts together into the outputs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from trainer.archive.labelling import LabelledPart
from trainer.archive.manifest import FinishedPart, Manifest
from trainer.archive.parts import Part, cut
from trainer.archive.progress import Progress, Totals
from trainer.archive.work_folder import REJECTS_FILE, WorkFolder, locked_outputs, rejects_file
from trainer.process_memory import give_back_freed_memory
from trainer.readers.records import Item
from trainer.safe_writes import explained, partial, put_in_place, told
from trainer.writers.whole_outputs import replacing
from trainer.writers.writer import Writer

# Gives parts back in their order, each with its labelled documents.
Labelling = Callable[[Iterable[Part]], Iterator[tuple[Part, LabelledPart]]]


class LocalEngine:
    """A run over an archive in this process.

    Parameters
    ----------
    labelling:
        What a model does (:func:`trainer.archive.labelling.labelled_parts`), or, for input that is labelled,
        :func:`trainer.archive.labelled_input.parts_as_read`.
    outputs:
        The outputs to make, each with its writer. The first gives the work folder and the file of rejects their names.
    report:
        Called after each part.
    """

    def __init__(
        self,
        labelling: Labelling,
        outputs: Mapping[Path, Writer],
        report: Callable[[Progress], None],
    ) -> None:
        self.labelling = labelling
        self.outputs = outputs
        self.report = report
        first = next(iter(outputs))
        self.folder = WorkFolder(first)
        self.rejects_file = rejects_file(first)

    def run(self, items: Iterable[Item], identity: Mapping[str, Any], *, overwrite: bool = False) -> Totals:
        """Label ``items``, going on where an earlier run of the same ``identity`` stopped.

        One that was killed when all outputs were in their places needs nothing but its parts deleted: ``items`` are
        compared with those that it labelled, and the outputs stay as they are.

        Parameters
        ----------
        identity:
            What decides the result (:func:`trainer.archive.manifest.run_identity`).
        overwrite:
            Throw away what an earlier run left.

        Raises
        ------
        ValueError
            If an unfinished run had another identity or another input.
        OSError
            If the disk does not take the results, or the model does not work any more; finished parts are kept.
        """
        identity = {**identity, "outputs": [str(target) for target in self.outputs]}
        opened = self.folder.opened(identity, overwrite=overwrite, outputs_exist=self._outputs_exist)
        with locked_outputs(self.outputs), opened as manifest:
            if self.folder.complete:
                for part, finished in zip_longest(cut(items), manifest.parts):
                    _require_same_input(part, finished)
            else:
                for target, writer in self.outputs.items():
                    if str(target) not in manifest.assembling:
                        writer.check(target)
                self._label(items, manifest)
                self._assemble(manifest)
            self.folder.finish()
        return Totals(*_counts(manifest), len(manifest.parts))

    def _outputs_exist(self) -> bool:
        # Some files of an output are there only if something is to go into them.
        return all(any(file.exists() for file in writer.files(target)) for target, writer in self.outputs.items())

    def _label(self, items: Iterable[Item], manifest: Manifest) -> None:
        earlier = list(manifest.parts)
        earlier_documents, earlier_done = sum(part.documents for part in earlier), 0
        parts = cut(items)
        for finished in earlier:
            earlier_done = _require_same_input(next(parts, None), finished).items[-1].done
        for part, labelled in self.labelling(parts):
            with explained(self.folder.part(part.number), lambda: _what_is_kept(manifest)):
                self._write(part, labelled)
                manifest.add(FinishedPart.of(part, labelled))
            progress = (part.items[-1].done, *_counts(manifest), labelled.rejects, earlier_done, earlier_documents)
            self.report(Progress(part.number, *progress))
            give_back_freed_memory()

    def _write(self, part: Part, labelled: LabelledPart) -> None:
        folder = self.folder.part(part.number)
        building = partial(folder)
        building.mkdir(parents=True)
        for writer in self.outputs.values():
            writer.write_part(labelled.documents, building)
        if labelled.rejects:
            (building / REJECTS_FILE).write_bytes(b"".join(reject.to_line() for reject in labelled.rejects))
        put_in_place(folder)

    def _assemble(self, manifest: Manifest) -> None:
        """Put the parts together; done twice it gives the same."""
        folders = [self.folder.part(part.number) for part in manifest.parts]
        for target, writer in self.outputs.items():
            if str(target) not in manifest.assembling:
                # Hours may have gone by since it was looked at.
                writer.check(target)
            with told(target, lambda: _what_is_kept(manifest)):
                manifest.add_assembling(target)
                writer.assemble(folders, target)
        rejects = [folder / REJECTS_FILE for folder in folders if (folder / REJECTS_FILE).exists()]
        with told(self.rejects_file, lambda: _what_is_kept(manifest)):
            if rejects:
                _join(rejects, self.rejects_file)
            else:
                # One of an earlier run into the same output says nothing of this one.
                self.rejects_file.unlink(missing_ok=True)


def _require_same_input(part: Part | None, finished: FinishedPart | None) -> Part:
    """Check that ``part`` of the input is the one that was finished; ``None`` is what one of them has no more."""
    if part and finished and (len(part.items), part.digest()) == (finished.items, finished.digest):
        return part
    place = f"from {part.items[0].place} on" if part else "it is shorter"
    raise ValueError(
        f"the input is not what it was when this run began ({place}); what is finished is of the old one. Put it back "
        "to go on, or begin anew with --overwrite"
    )


def _join(files: Sequence[Path], target: Path) -> None:
    with replacing(target) as (path,), path.open("wb") as whole:
        for file in files:
            with file.open("rb") as lines:
                shutil.copyfileobj(lines, whole)


def _counts(manifest: Manifest) -> tuple[int, int]:
    return sum(part.documents for part in manifest.parts), sum(part.rejects for part in manifest.parts)


def _what_is_kept(manifest: Manifest) -> str:
    folder = manifest.path.parent
    return f"{len(manifest.parts)} finished parts are kept in {folder}, and the same command goes on"
