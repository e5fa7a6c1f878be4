"""The folder beside an output that holds finished parts until the output is complete, and who may write there.

In the folder lie the parts and the manifest that lists them. When all outputs are in their places, the manifest is
moved out of the folder, the folder is deleted, and the manifest last. So a run that is killed in between is known to be
complete: the same command deletes the rest and labels nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from trainer.archive.manifest import FinishedPart, Manifest
from trainer.file_lock import locked_file
from trainer.safe_writes import flush, repair

_MANIFEST_FILE = "manifest.jsonl"
REJECTS_FILE = "rejects.jsonl"


class WorkFolder:
    """The work folder of a run, named after its first output."""

    def __init__(self, output: Path) -> None:
        self.path = work_folder(output)
        # Deleting takes a while: what is renamed first is never taken for a run that can go on.
        self._deleted = self.path.with_name(f".{self.path.name}.deleted")
        self._complete = self.path.with_name(f".{self.path.name}.complete")

    @property
    def complete(self) -> bool:
        """Whether all outputs are in their places, so that there is nothing to do but :meth:`finish`."""
        return self._complete.exists()

    @contextmanager
    def opened(
        self, identity: Mapping[str, Any], *, overwrite: bool, outputs_exist: Callable[[], bool]
    ) -> Iterator[Manifest]:
        """Make the folder or take up what an earlier run left, and give its manifest.

        The folder stays where the block fails, unless there is nothing in it to go on from. None is made for a run that
        is :attr:`complete`.

        Parameters
        ----------
        overwrite:
            Throw away what an earlier run left.
        outputs_exist:
            Asked of a complete run: what it says is worth nothing where somebody has taken its outputs away.

        Raises
        ------
        ValueError
            If the folder is not of a run of Marsad, or of another one and ``overwrite`` is not given.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._deleted, ignore_errors=True)
        self._require_ours()
        if overwrite or (self.complete and not outputs_exist()):
            self.delete()
        if self.complete:
            manifest = Manifest(self._complete)
            manifest.open(identity)
            yield manifest
            return
        self.path.mkdir(exist_ok=True)
        repair(self.path)
        manifest = Manifest(self.path / _MANIFEST_FILE)
        manifest.open(identity)
        manifest.parts = self._present(manifest)
        try:
            yield manifest
        finally:
            if not manifest.parts:
                # A mistyped input must not stand in the way of the right one.
                self.delete()

    def part(self, number: int) -> Path:
        """Return the folder of a part."""
        return self.path / f"part-{number:05}"

    def finish(self) -> None:
        """Delete the folder of a run whose outputs are all in their places, or what of it is still there."""
        if not self.complete:
            (self.path / _MANIFEST_FILE).rename(self._complete)
            flush(self.path.parent)
        self.delete()

    def delete(self) -> None:
        """Delete the folder, if it is there; killed at any moment it is as before or gone."""
        if self.path.exists():
            self.path.rename(self._deleted)
            shutil.rmtree(self._deleted, ignore_errors=True)
            # Without the manifest of a complete run the folder would pass for somebody else's.
            flush(self.path.parent)
        self._complete.unlink(missing_ok=True)

    def _present(self, manifest: Manifest) -> list[FinishedPart]:
        """Return the listed parts up to the first whose folder somebody has removed."""
        present = []
        for part in manifest.parts:
            if not self.part(part.number).is_dir():
                break
            present.append(part)
        return present

    def _require_ours(self) -> None:
        if self.path.exists() and not (self.path.is_dir() and self._holds_a_run()):
            raise ValueError(
                f"{self.path} is in the way: finished parts would be kept there, and it is no folder of a run of "
                "Marsad; name another output"
            )

    def _holds_a_run(self) -> bool:
        """Whether nothing is in the folder but a run, or nothing at all."""
        if self.complete and all(path.name.startswith(("part-", ".")) for path in self.path.iterdir()):
            return True
        manifest = self.path / _MANIFEST_FILE
        return not any(self.path.iterdir()) or (manifest.is_file() and _is_manifest(manifest.read_bytes()))


@contextmanager
def locked_outputs(outputs: Iterable[Path]) -> Iterator[None]:
    """Keep other runs from writing the same outputs at the same time; a killed process keeps nothing.

    Raises
    ------
    OSError
        If another process writes one of them.
    """
    with ExitStack() as stack:
        for output in outputs:
            output.parent.mkdir(parents=True, exist_ok=True)
            lock = lock_file(output)
            busy = f"another process is writing {output}: wait for its end, or name another output"
            stack.enter_context(locked_file(lock, busy))
            stack.callback(lock.unlink, missing_ok=True)
        yield


def work_folder(output: Path) -> Path:
    """Return the folder that holds finished parts while ``output`` is not complete."""
    return output.with_name(f"{output.name}.parts")


def lock_file(output: Path) -> Path:
    """Return the file that the process holds that is writing ``output``."""
    return output.with_name(f".{output.name}.lock")


def rejects_file(output: Path) -> Path:
    """Return the file for what could not be read or labelled.

    It has the whole name of the output, so that runs in one folder do not overwrite each other's.

    >>> rejects_file(Path("out/news.jsonl.gz")).name
    'news.jsonl.gz.rejects.jsonl'
    """
    return output.with_name(f"{output.name}.{REJECTS_FILE}")


def _is_manifest(content: bytes) -> bool:
    first, line_end, _ = content.partition(b"\n")
    if not line_end:
        return True  # cut off by a crash in its first line
    try:
        identity = json.loads(first)
    except ValueError:
        return False
    return isinstance(identity, dict) and "marsad" in (identity.get("versions") or ())
