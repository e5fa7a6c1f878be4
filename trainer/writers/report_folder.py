"""A page with its plots as a folder: ``index.html``, and every picture as PNG and SVG in ``plots``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.extras import how_to_install, installed
from trainer.safe_writes import told
from trainer.writers.whole_outputs import replacing

if TYPE_CHECKING:
    from trainer.plots.picture import Picture

PAGE_FILE, PLOTS_FOLDER = "index.html", "plots"
_PLOTS = (".png", ".svg")
# Every page of Marsad has it near its beginning (page.html.j2).
_MARK, _MARK_WITHIN = "— مرصد</title>", 4096


def check_report_folder(folder: Path) -> None:
    """Make sure, before any work, that a report can be drawn and that nobody's files lie in its place.

    Raises
    ------
    ImportError
        If matplotlib, which draws the plots, is not installed.
    OSError
        If ``folder`` is a file, or holds what is no report of Marsad.
    """
    if not installed("matplotlib"):
        raise ImportError(
            f"a report has plots, and they need matplotlib, which is not installed: {how_to_install(['matplotlib'])}"
        )
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; a report is a folder, give it another name")
    if stranger := _stranger(folder):
        raise FileExistsError(f"{folder} holds {stranger}, which is no part of a report; choose another folder")


def write_report_folder(folder: Path, page: str, pictures: Iterable[Picture]) -> Path:
    """Write a report, complete or not at all, and return its page; an earlier report is replaced.

    Raises
    ------
    OSError
        As :func:`check_report_folder`, and if the disk does not take it.
    """
    check_report_folder(folder)
    kept = "nothing else is lost: repeat the command with another folder for the report"
    with told(folder, lambda: kept), replacing(folder) as (written,):
        plots = written / PLOTS_FOLDER
        plots.mkdir(parents=True)
        for picture in pictures:
            picture.write(plots)
        (written / PAGE_FILE).write_text(page, encoding="utf-8", newline="\n")
    return folder / PAGE_FILE


def _stranger(folder: Path) -> str | None:
    """Return the name of something in ``folder`` that no report has."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name == PLOTS_FOLDER and path.is_dir():
            others = [plot for plot in sorted(path.iterdir()) if plot.suffix not in _PLOTS or not plot.is_file()]
            if others:
                return f"{PLOTS_FOLDER}/{others[0].name}"
        elif path.name != PAGE_FILE or not _is_page(path):
            return path.name
    return None


def _is_page(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as lines:
        return _MARK in lines.read(_MARK_WITHIN)
