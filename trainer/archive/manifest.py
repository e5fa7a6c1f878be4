"""What a run over an archive was started with, and the list of the parts that are finished, as a file of JSON lines.

The first line says what decides the result; a later line is added for each part after the part is on the disk, so that
a part counts when it is in the list. A line that was cut off by a crash is taken away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xxhash

from trainer import __version__
from trainer.archive.labelling import LabelledPart, LabelOptions
from trainer.archive.parts import PART_CHARACTERS, PART_ITEMS, Part
from trainer.inference.predictor import Predictor
from trainer.inference.runtimes import runtime_version
from trainer.readers.reading import Columns
from trainer.resources import resource_path
from trainer.schema import Schema

# The shipped files that decide what event records say.
RECORD_RULES = (
    *("event_records.yaml", "event_codes.yaml", "event_linking.yaml"),
    *("actors.yaml", "places/places.tsv", "clitics.yaml"),
)
_VERSIONS = {"marsad": __version__}
_PARTS = {"part_items": PART_ITEMS, "part_characters": PART_CHARACTERS}


@dataclass(frozen=True, slots=True)
class FinishedPart:
    """A part that needs no more work: its items are those from position ``first`` of the input on."""

    number: int
    first: int
    items: int
    documents: int
    rejects: int
    digest: str

    @classmethod
    def of(cls, part: Part, labelled: LabelledPart) -> FinishedPart:
        """Describe ``part`` with what came of it."""
        counts = len(part.items), len(labelled.documents), len(labelled.rejects)
        return cls(part.number, part.first, *counts, part.digest())


def run_identity(
    predictor: Predictor, options: LabelOptions, sources: Iterable[str], columns: Columns, *, dedupe: bool
) -> dict[str, Any]:
    """Return what decides the result of a run; a run goes on only with the same."""
    return {
        "versions": {**_VERSIONS, predictor.runtime: runtime_version(predictor.runtime)},
        "model": predictor.info["name"],
        "fingerprint": predictor.info["fingerprint"],
        "runtime": predictor.runtime,
        "device": predictor.device.partition(":")[0],
        "precision": predictor.precision,
        **asdict(options),
        "dedupe": dedupe,
        "inputs": list(sources),
        "text_column": columns.text,
        "id_column": columns.id,
        **_PARTS,
    }


def labelled_identity(sources: Iterable[str], schema: Schema, *, dedupe: bool) -> dict[str, Any]:
    """Return what decides the result of a run over input that is labelled already, as :func:`run_identity` does."""
    return {
        "versions": _VERSIONS,
        "labelled": True,
        "schema": _digest(schema.source.encode("utf-8")),
        "dedupe": dedupe,
        "inputs": list(sources),
        **_PARTS,
    }


def records_identity(
    actors: Sequence[Path], places: Sequence[Path], date_column: str | None, source_column: str | None
) -> dict[str, Any]:
    """Return what decides which event records are made of labelled documents: files by name and digest, and options.

    Raises
    ------
    OSError
        If one of the files cannot be read.
    """
    return {
        "makes": "event records",
        "rules": {name: _digest(resource_path(name).read_bytes()) for name in RECORD_RULES},
        "actors": [f"{path.name} {_digest(path.read_bytes())}" for path in actors],
        "places": [f"{path.name} {_digest(path.read_bytes())}" for path in places],
        "date_column": date_column,
        "source_column": source_column,
    }


def require_same_run(manifest: str, started: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with another model, input or options than a run was started with.

    Raises
    ------
    ValueError
        Naming what differs with both values.
    """
    keys = [key for key in {**started, **now} if started.get(key) != now.get(key)]
    if keys:
        told = ", ".join(f"{key} was {_shown(started.get(key))} and is {_shown(now.get(key))}" for key in keys)
        raise ValueError(
            f"{manifest} is of an unfinished run with other settings: {told}. Go on with the same command as before, "
            "name another output, or throw away what is finished with --overwrite"
        )


class Manifest:
    """The manifest of one run on this machine.

    Parameters
    ----------
    path:
        The file; :meth:`open` makes it or goes on with it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: list[FinishedPart] = []
        # Outputs that were being put together when the run stopped.
        self.assembling: set[str] = set()

    def open(self, identity: Mapping[str, Any]) -> None:
        """Start a manifest, or read the one that is there.

        Raises
        ------
        ValueError
            If that is of another run, or no manifest.
        """
        identity = json.loads(json.dumps(identity))
        lines = self._whole_lines()
        if not lines:
            self._append(identity)
            return
        try:
            started, *entries = (json.loads(line) for line in lines)
            for entry in entries:
                if "assembling" in entry:
                    self.assembling.add(entry["assembling"])
                else:
                    part = FinishedPart(**entry)
                    # One that was done again because its folder was gone makes all after it worthless.
                    self.parts[part.number :] = [part]
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.path} is damaged ({error}); begin anew with --overwrite") from error
        require_same_run(str(self.path), started, identity)

    def add(self, part: FinishedPart) -> None:
        """Note that ``part`` is on the disk."""
        self._append(asdict(part))
        self.parts.append(part)

    def add_assembling(self, target: Path) -> None:
        """Note that ``target`` is ours from now on."""
        if str(target) not in self.assembling:
            self._append({"assembling": str(target)})
            self.assembling.add(str(target))

    def _append(self, entry: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            # In ASCII: names of files may hold bytes that are no UTF-8.
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _whole_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(self.path, len(whole))
        return whole.splitlines()


def _digest(content: bytes) -> str:
    return xxhash.xxh64(content).hexdigest()


def _shown(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
