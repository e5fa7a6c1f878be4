"""The Ray cluster that a run uses, and how its processors are shared out to workers."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

# Ray reads these from the environment when it starts. It would send reports about its use, and print warnings of its
# own parts that mean nothing to a user of Marsad.
_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers there are, and what each has to itself."""

    count: int
    cpus: int
    gpus: int

    @property
    def device(self) -> str:
        """The device that a worker computes on."""
        return "cuda" if self.gpus else "cpu"


@contextmanager
def connected() -> Iterator[None]:
    """Connect to the cluster of ``$RAY_ADDRESS``, or start one of this machine alone, for as long as the context lasts.

    A connection that the program has already is used and left open.

    Raises
    ------
    ValueError
        If Ray is not installed.
    OSError
        If the cluster cannot be reached.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError(
            f"the ray engine needs Ray, which cannot be imported ({error}): pip install 'marsad[ray]'"
        ) from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    # Ray prints news of its workers to standard output, which is for results.
    with redirect_stdout(sys.stderr):
        if ray.is_initialized():
            yield
            return
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        address = os.environ.get("RAY_ADDRESS")
        try:
            with _same_reaction_to_sigterm():
                if address:
                    ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
                else:
                    ray.init("local", log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise OSError(f"no connection to Ray at {address or 'this machine'}: {error}") from error
        try:
            yield
        finally:
            ray.shutdown()


@contextmanager
def _same_reaction_to_sigterm() -> Iterator[None]:
    """Put back how this program ends at SIGTERM; Ray would end it without a word, with 15 as its exit code."""
    earlier = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        # In another thread neither Ray nor anybody can change it.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, earlier)


def share_out(nodes: Sequence[Mapping[str, float]], device: str, wanted: int | None) -> Workers:
    """Decide on the workers of a run.

    On a GPU a worker has one GPU and one processor. Without, workers are as large as the smallest machine, which makes
    one worker a machine where all are alike; ``wanted`` workers share the processors evenly.

    Parameters
    ----------
    nodes:
        The resources of each machine, as Ray names them: ``{"CPU": 16.0, "GPU": 1.0, …}``.
    device:
        ``cpu``, ``cuda``, or ``auto``: GPUs if the cluster has any.
    wanted:
        The number of workers; by default all that fit.

    Raises
    ------
    ValueError
        If the cluster has no such device.
    """
    gpus = sum(int(node.get("GPU", 0)) for node in nodes)
    cpus = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device {device!r}: a worker on Ray sees one GPU at most; give auto, cpu or cuda")
    if device == "cuda" and not gpus:
        raise ValueError("the Ray cluster has no GPU at present; start a machine with one, or give --device cpu")
    if device != "cpu" and gpus:
        return Workers(wanted or gpus, cpus=1, gpus=1)
    if not cpus:
        raise ValueError("the Ray cluster has no processors at present; start a worker machine first")
    each = min(cpus) if wanted is None else max(1, min(*cpus, sum(cpus) // wanted))
    return Workers(wanted or sum(count // each for count in cpus), cpus=each, gpus=0)


def alive_nodes() -> list[Mapping[str, float]]:
    """Return the resources of the machines that are in the cluster now."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]
