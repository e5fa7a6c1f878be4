"""Label an archive on many machines: the input in parts, a Ray Data job over the parts, a folder of Parquet files.

Ray places, restarts and feeds the workers. Marsad only says which parts are left; a part that is in the output is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from trainer.archive.addresses import require_apart
from trainer.archive.checked_items import checked_items
from trainer.archive.labelling import LabelOptions
from trainer.archive.manifest import run_identity
from trainer.archive.parts import Part, cut
from trainer.archive.progress import Progress, Totals
from trainer.archive.ray_cluster import Workers, alive_nodes, connected, share_out
from trainer.archive.ray_output import RayOutput
from trainer.archive.ray_worker import LabelJob, PackedModel, PartLabeller, PartResult
from trainer.inference.api import load
from trainer.readers.reading import Columns, read_records


def run_on_ray(
    sources: Sequence[str],
    columns: Columns,
    output: str,
    model_folder: Path,
    options: LabelOptions,
    *,
    dedupe: bool = False,
    runtime: str = "auto",
    device: str = "auto",
    precision: str = "auto",
    workers: int | None = None,
    overwrite: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    on_skipped: Callable[[str], None] = lambda reason: None,
    on_step: Callable[[str], None] = lambda sentence: None,
) -> Totals:
    """Label ``sources`` into the folder ``output``, going on where an earlier run of the same stopped.

    If that did not stop, nothing is done.

    Parameters
    ----------
    output:
        A path, which must then be on a disk that all machines share, or a URI such as ``s3://bucket/labelled``.
    runtime, precision:
        As :func:`trainer.load` takes them.
    device:
        ``cpu``, ``cuda``, or ``auto``: GPUs if the cluster has any.
    workers:
        How many models work at once; by default all that fit.
    overwrite:
        Throw away what another run left in ``output``.
    report:
        Called after each part; parts come in any order.
    on_skipped:
        Called with what is passed over in a folder of the input.
    on_step:
        Called with what is done before the first part, or instead of labelling.

    Raises
    ------
    ValueError
        If Ray is not installed, the model has no such label, the cluster no such device, or ``output`` is of another
        run, holds something else, or lies in the input.
    OSError
        If a file cannot be read or written, the cluster cannot be reached, a worker cannot load the model or the model
        fails there, or a part lets worker after worker die. What is finished is kept, and the same command goes on.
    """
    require_apart(output, sources)
    identity = _identity(sources, columns, model_folder, options, dedupe, runtime, device, precision)
    with connected():
        planned = share_out(alive_nodes(), device, workers)
        result = RayOutput(output)
        result.open(identity, overwrite=overwrite)
        if result.complete:
            on_step(f"{output} is complete already, nothing is labelled; --overwrite labels everything anew")
            return result.totals

        def parts() -> Iterator[Part]:
            on_step("laying out the input in parts")
            return cut(checked_items(read_records(sources, columns, on_skipped), dedupe=dedupe))

        result.stage(parts)
        if result.unfinished():
            job = LabelJob(result.place, options, runtime, planned.device, precision)
            _label(result, job, PackedModel.of(model_folder), planned, report)
        result.finish()
    return result.totals


def _identity(
    sources: Sequence[str],
    columns: Columns,
    model_folder: Path,
    options: LabelOptions,
    dedupe: bool,
    runtime: str,
    device: str,
    precision: str,
) -> dict[str, Any]:
    """Return what decides the result; runtime, device and precision as asked for: machines differ in what they have."""
    # The device is the workers': a model on the CPU has the same labels.
    predictor = load(model_folder, runtime=runtime, device="cpu", precision=precision)
    # Asks at once whether the model has such labels; on the workers each document would be rejected for it.
    predictor.predict([], thresholds=options.thresholds, dial=options.dial)
    identity = run_identity(predictor, options, sources, columns, dedupe=dedupe)
    return {**identity, "runtime": runtime, "device": device, "precision": precision, "engine": "ray"}


def _label(
    result: RayOutput, job: LabelJob, model: PackedModel, workers: Workers, report: Callable[[Progress], None]
) -> None:
    """Label the parts that are left, and note each in ``result`` when it is written."""
    sizes = {part.number: part.size for part in result.parts}
    earlier_documents = result.documents
    done = earlier_done = sum(sizes[number] for number in result.finished)
    for labelled in _results(result.unfinished(), job, model, workers):
        if labelled.failure:
            raise OSError(f"{labelled.failure} ({len(result.finished)} of {len(result.parts)} parts are finished)")
        result.add(labelled.number, labelled.documents, len(labelled.rejects))
        done += sizes[labelled.number]
        counts = result.documents, result.rejected
        report(Progress(labelled.number, done, *counts, labelled.rejects, earlier_done, earlier_documents))


def _results(numbers: Sequence[int], job: LabelJob, model: PackedModel, workers: Workers) -> Iterator[PartResult]:
    """Let Ray Data call a :class:`PartLabeller` for each part, and give what it returns as it comes."""
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # Held to the end of the run: a worker that is started anew fetches the model again.
    reference = ray.put(model)
    size = min(workers.count, len(numbers))
    with DataContext.current(context):
        # A block a part: what Ray hands to a worker at a time, and gives to another one when that dies.
        rows = ray.data.from_items([{"number": number} for number in numbers], override_num_blocks=len(numbers))
        labelled = rows.map_batches(
            PartLabeller,
            fn_constructor_args=(job, [reference]),
            batch_size=1,
            # Two parts a worker, the one that it labels and the next: more would leave some idle at the end.
            compute=ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=2),
            num_cpus=workers.cpus,
            num_gpus=workers.gpus,
        )
        try:
            # With prefetching each part would be told when the next one is finished.
            yield from map(PartResult.from_batch, labelled.iter_batches(batch_size=1, prefetch_batches=0))
        except Exception as error:
            raise OSError(
                f"Ray gave up, finished parts are kept, and the same command goes on: {_reason(error)}"
            ) from error


def _reason(error: Exception) -> str:
    """Return the line that says most of what Ray raised."""
    from ray.exceptions import RayError

    lines = str(error).strip().splitlines() or [type(error).__name__]
    if isinstance(error, RayError):
        # It ends with what happened on the worker.
        return lines[-1]
    # Ray starts workers anew without end, so this is how it ends if each of them dies.
    return f"{lines[0]} (Workers that die again and again often have too little memory.)"
