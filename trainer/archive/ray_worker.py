"""What a worker of the Ray engine does: it loads the model once, and labels one staged part after another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet

from trainer.archive.labelling import LabelOptions, label_part
from trainer.archive.staging import read_staged
from trainer.archive.storage_folder import StorageFolder
from trainer.inference.api import load
from trainer.inference.predictor import Predictor
from trainer.process_memory import give_back_freed_memory, prepare_to_label_for_hours
from trainer.readers.records import Place, Reject
from trainer.writers.document_table import documents_table

if TYPE_CHECKING:
    from ray import ObjectRef

REJECTS = "_rejects"


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A model folder that travels with a job, so that machines need no disk in common.

    ``name`` is the last two parts of its path, from which a model has its name in the results.
    """

    name: str
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, folder: Path) -> PackedModel:
        """Read all files of ``folder``."""
        resolved = folder.resolve()
        files = {str(path.relative_to(resolved)): path.read_bytes() for path in resolved.rglob("*") if path.is_file()}
        return cls(f"{resolved.parent.name}/{resolved.name}", files)

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Write the files to a temporary folder, which is deleted at the end."""
        with TemporaryDirectory(prefix="marsad-model-") as temporary:
            folder = Path(temporary, self.name)
            for name, content in self.files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            yield folder


@dataclass(frozen=True, slots=True)
class LabelJob:
    """What all workers of a run are told; ``output`` is a path or URI."""

    output: str
    options: LabelOptions
    runtime: str
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a worker says of a part: counts, what was rejected, or in ``failure`` why the run cannot go on."""

    number: int
    documents: int = 0
    rejects: Sequence[Reject] = ()
    failure: str = ""

    def to_batch(self) -> dict[str, list[str]]:
        """Return it as a batch of one row, which Ray Data carries to the driver."""
        return {"result": [json.dumps(asdict(self))]}

    @classmethod
    def from_batch(cls, batch: Mapping[str, Any]) -> PartResult:
        """Return what :meth:`to_batch` was called on."""
        fields = json.loads(batch["result"][0])
        rejects = [Reject(Place(**reject.pop("place")), **reject) for reject in fields.pop("rejects")]
        return cls(**fields, rejects=rejects)


class PartLabeller:
    """A model in a process of its own; Ray Data makes one and calls it for each part.

    Errors that end the run are told as results: Ray would wrap them in its own, and start the worker again and again.

    Parameters
    ----------
    model:
        A list with the reference to a :class:`PackedModel`: a bare one would be fetched for each worker before it
        starts.
    """

    def __init__(self, job: LabelJob, model: Sequence[ObjectRef]) -> None:
        import ray

        self.job = job
        self._predictor: Predictor | None = None
        self._failure = ""
        # The process is ours alone.
        prepare_to_label_for_hours()
        try:
            with ray.get(model[0]).unpacked() as folder:
                self._predictor = load(folder, runtime=job.runtime, device=job.device, precision=job.precision)
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver ends the run and says it
            self._failure = f"the model cannot be loaded on a worker: {error}"

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[str]]:
        """Label the part whose number is the one row of ``batch``, and return what came of it."""
        number = int(batch["number"][0])
        if self._predictor is None:
            return PartResult(number, failure=self._failure).to_batch()
        try:
            return self._label(self._predictor, number).to_batch()
        except OSError as error:
            return PartResult(number, failure=str(error)).to_batch()

    def _label(self, predictor: Predictor, number: int) -> PartResult:
        folder = StorageFolder.at(self.job.output)
        labelled = label_part(predictor, read_staged(folder, number), self.job.options)
        # First the rejects: a part that is there says that all of it is done.
        if labelled.rejects:
            folder.write(rejects_name(number), b"".join(reject.to_line() for reject in labelled.rejects))
        else:
            folder.delete(rejects_name(number))
        table = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(documents_table(labelled.documents), table, compression="zstd")
        folder.write(part_name(number), table.getvalue())
        give_back_freed_memory()
        return PartResult(number, len(labelled.documents), labelled.rejects)


def part_name(number: int) -> str:
    """Return the file with the documents of a part."""
    return f"part-{number:05}.parquet"


def rejects_name(number: int) -> str:
    """Return the file with the rejects of a part; there is none where there are no rejects."""
    return f"{REJECTS}/part-{number:05}.jsonl"
