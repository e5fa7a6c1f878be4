"""The folder that a run on many machines writes: a Parquet file a part, a manifest, and the list of rejects.

Names that do not belong to the result begin with ``_``; readers of a folder of Parquet files pass over them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from trainer.archive.addresses import inside
from trainer.archive.manifest import FinishedPart, require_same_run
from trainer.archive.parts import Part
from trainer.archive.progress import Totals
from trainer.archive.ray_worker import REJECTS, part_name, rejects_name
from trainer.archive.staging import STAGED, StagedPart, stage, staged_name
from trainer.archive.storage_folder import UNFINISHED, StorageFolder

MANIFEST_FILE = "_manifest.json"
REJECTS_FILE = "_rejects.jsonl"
# What is deleted when the run is complete.
_WORK = (STAGED, REJECTS, UNFINISHED)
_PART = re.compile(r"part-(\d{5,})\.parquet")


def rejects_address(output: str) -> str:
    """Return where a run into ``output`` lists its rejects."""
    return inside(output, REJECTS_FILE)


class RayOutput:
    """The output of one run. Call :meth:`open`, :meth:`stage`, and when all parts are there :meth:`finish`.

    The manifest is written when the whole input is staged; before, there is nothing to go on from.

    Parameters
    ----------
    place:
        A path of this machine or a URI.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.folder = StorageFolder.at(place)
        self.parts: list[StagedPart] = []
        # Numbers of finished parts, each with how many of its items were rejected; and counts over all of them.
        self.finished: dict[int, int] = {}
        self.documents = 0
        self.rejected = 0
        # Set by :meth:`open`: an earlier run of the same identity has done everything.
        self.complete = False
        self._identity: dict[str, Any] = {}

    @property
    def totals(self) -> Totals:
        """What came of the finished parts."""
        return Totals(self.documents, self.rejected, len(self.finished))

    def open(self, identity: Mapping[str, Any], *, overwrite: bool) -> None:
        """Look what an earlier run left; it is thrown away with ``overwrite``, or where it has finished no part.

        Raises
        ------
        ValueError
            If the folder holds something else, or a run of another identity, or a complete one without some of its
            parts.
        """
        # As it comes back from a JSON file.
        self._identity = json.loads(json.dumps(identity))
        names = self.folder.names()
        has_manifest = MANIFEST_FILE in names
        strange = {name for name in names if not _is_ours(name, has_manifest)}
        if strange:
            raise ValueError(
                f"{self.place} holds files that are not of a run of Marsad, such as {min(strange)}; name a new folder"
            )
        manifest = self._read_manifest() if has_manifest else None
        if manifest and manifest["complete"] and not overwrite:
            self._open_complete(manifest, names)
            return
        numbers = sorted(int(match[1]) for match in map(_PART.fullmatch, names) if match)
        if manifest and numbers and not overwrite:
            require_same_run(inside(self.place, MANIFEST_FILE), manifest["run"], self._identity)
            self.parts = [StagedPart(**part) for part in manifest["parts"]]
            rejects = self.folder.names(REJECTS)
            items = {part.number: part.items for part in self.parts}
            for number in numbers:
                rejected = self._count_rejects(number, rejects)
                self.add(number, items[number] - rejected, rejected)
        else:
            # The manifest last: a half cleared folder is still known as ours.
            self._delete([*_WORK, *map(part_name, numbers), REJECTS_FILE, MANIFEST_FILE])

    def _open_complete(self, manifest: Mapping[str, Any], names: set[str]) -> None:
        # There are still some if the run was killed just before its end.
        self._delete(_WORK)
        anew = "name another output, or label everything anew with --overwrite"
        if manifest["run"] != self._identity:
            raise ValueError(f"{self.place} is complete; {anew}")
        for part in manifest["parts"]:
            self.add(part["number"], part["documents"], part["rejects"])
        missing = set(map(part_name, self.finished)) - names
        if missing:
            raise ValueError(f"{self.place} was complete and lacks {min(missing)} now; {anew}")
        self.complete = True

    def stage(self, parts: Callable[[], Iterable[Part]]) -> None:
        """Lay out the input, unless an earlier run has and all of it is there.

        Raises
        ------
        ValueError
            If it must be read again and is not what it was.
        """
        there = {f"{STAGED}/{name}" for name in self.folder.names(STAGED)}
        if self.parts and there.issuperset(map(staged_name, self.unfinished())):
            return
        staged = stage(parts(), self.folder)
        if self.parts and staged != self.parts:
            raise ValueError(
                f"the input is not what it was when the run into {self.place} began; put it back to go on, name "
                "another output, or begin anew with --overwrite"
            )
        self.parts = staged
        self._write_manifest(complete=False, parts=staged)

    def unfinished(self) -> list[int]:
        """Return the numbers of the parts that are still to be labelled."""
        return [part.number for part in self.parts if part.number not in self.finished]

    def add(self, number: int, documents: int, rejected: int) -> None:
        """Note that a part is there."""
        self.finished[number] = rejected
        self.documents += documents
        self.rejected += rejected

    def finish(self) -> None:
        """Put the lists of rejects together, and note in the manifest that all is done.

        Raises
        ------
        OSError
            If a part is missing.
        """
        missing = {part_name(part.number) for part in self.parts} - self.folder.names()
        if missing:
            raise OSError(f"{self.place} lacks {min(missing)} at the end of the run; the same command labels it")
        rejects = [rejects_name(number) for number, count in sorted(self.finished.items()) if count]
        if rejects:
            self.folder.write_pieces(REJECTS_FILE, map(self.folder.read, rejects))
        finished = [
            FinishedPart(
                part.number, part.first, part.items, part.items - rejected, rejects=rejected, digest=part.digest
            )
            for part in self.parts
            for rejected in [self.finished[part.number]]
        ]
        self._write_manifest(complete=True, parts=finished)
        self._delete(_WORK)

    def _count_rejects(self, number: int, names: set[str]) -> int:
        name = rejects_name(number)
        return self.folder.read(name).count(b"\n") if name.rpartition("/")[2] in names else 0

    def _write_manifest(self, *, complete: bool, parts: Sequence[StagedPart | FinishedPart]) -> None:
        content = {"complete": complete, "run": self._identity, "parts": [asdict(part) for part in parts]}
        # In ASCII: names of input files may hold bytes that are no UTF-8.
        self.folder.write(MANIFEST_FILE, (json.dumps(content, indent=1) + "\n").encode())

    def _read_manifest(self) -> dict[str, Any]:
        try:
            content = json.loads(self.folder.read(MANIFEST_FILE))
            return {key: content[key] for key in ("complete", "run", "parts")}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{inside(self.place, MANIFEST_FILE)} is damaged ({error}); delete the folder or name another output"
            ) from error

    def _delete(self, names: Iterable[str]) -> None:
        for name in names:
            self.folder.delete(name)


def _is_ours(name: str, has_manifest: bool) -> bool:
    """Whether a run of Marsad makes such a name; parts without a manifest are another tool's."""
    return name in _WORK or (has_manifest and (name in (MANIFEST_FILE, REJECTS_FILE) or bool(_PART.fullmatch(name))))
