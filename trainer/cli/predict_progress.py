"""What ``marsad predict`` shows while it works: a bar, JSON lines for a log, or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from trainer.cli.console import errors

if TYPE_CHECKING:
    from trainer.archive.progress import Progress as Position
    from trainer.readers.records import Reject

    Report = Callable[[Position], None]

# Rejects that are printed; the file has all of them.
_PRINTED_REJECTS = 20


@contextmanager
def shown_progress(total: int | None, *, quiet: bool, json_log: bool) -> Iterator[Report]:
    """Give a function to call after each part.

    Parameters
    ----------
    total:
        Bytes of the whole input, ``None`` where nobody knows.
    quiet:
        Show nothing.
    json_log:
        Write a JSON object a part to standard error.
    """
    if json_log:
        yield _json_log(total)
    elif quiet:
        yield lambda position: None
    else:
        with _bar(total) as report:
            yield report


def log_line(event: str, **values: Any) -> None:
    """Write a line of the JSON log."""
    entry = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **values}
    errors.file.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
    errors.file.flush()


def _json_log(total: int | None) -> Report:
    started = time.monotonic()

    def report(position: Position) -> None:
        for reject in position.rejects:
            log_line("rejected", **reject.to_dict())
        log_line(
            "part",
            part=position.part,
            documents=position.documents,
            rejected=position.rejected,
            documents_per_second=round(speed(position, time.monotonic() - started), 1),
            share=round(position.done / total, 4) if total else None,
        )

    return report


@contextmanager
def _bar(total: int | None) -> Iterator[Report]:
    columns: tuple[ProgressColumn, ...] = (
        SpinnerColumn(),
        BarColumn(),
        TextColumn("{task.fields[documents]:,} documents"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    printed = 0
    started = time.monotonic()
    # Into a file a bar would only write an empty line.
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("predict", total=total or None, documents=0, speed="", left="")

        def report(position: Position) -> None:
            nonlocal printed
            for reject in position.rejects:
                printed += 1
                if printed <= _PRINTED_REJECTS:
                    print_reject(reject)
                elif printed == _PRINTED_REJECTS + 1:
                    errors.print("further rejects are only listed in the file")
            seconds = time.monotonic() - started
            progress.update(
                task,
                completed=position.done,
                documents=position.documents,
                speed=f"{speed(position, seconds):.1f} documents/s",
                left=time_left(position, seconds, total),
            )

        yield report


def speed(position: Position, seconds: float) -> float:
    """Return the documents a second that this process labelled."""
    return (position.documents - position.earlier_documents) / max(seconds, 1e-9)


def time_left(position: Position, seconds: float, total: int | None) -> str:
    """Return «1:02:03 left», from the bytes of input that took ``seconds``; empty where nobody knows."""
    read = position.done - position.earlier_done
    if not total or read <= 0:
        return ""
    minutes, rest = divmod(round(seconds * max(total - position.done, 0) / read), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} left"


def print_reject(reject: Reject) -> None:
    """Print one line for something that could not be read or labelled."""
    errors.print(f"rejected {reject.place}: {reject.reason}", markup=False, soft_wrap=True)
