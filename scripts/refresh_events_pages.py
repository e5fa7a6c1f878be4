"""Write today's columns into docs/events.md, and into docs/events-notebook.md what its blocks print.

    python scripts/refresh_events_pages.py

Blocks of R stay as they are where there is no Rscript. tests/test_events_docs.py fails where a page is out of date.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from trainer.records.columns import COLUMNS

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "events.md"
NOTEBOOK = CHECKOUT / "docs" / "events-notebook.md"
_BLOCK = "```{}\n(?P<code>.*?)```\n"
_WITH_OUTPUT = _BLOCK + "\n```text\n(?P<output>.*?)```\n"
_TABLE = re.compile(r"(<!-- columns.*? -->\n).*?(<!-- end of columns -->)", re.DOTALL)
# Printed between the blocks of one language, which run in one process.
_BETWEEN = "=== next block ==="


def columns_table() -> str:
    """Return the table of the columns as the page has it."""
    rows = [f"| `{c.name}` | {c.type} | {'●' if c.acled else ''} | {c.meaning} |" for c in COLUMNS]
    return "\n".join(["| column | type | ACLED | |", "|---|---|---|---|", *rows, ""])


def with_columns(page: str) -> str:
    """Return ``page`` with the table of today's columns."""
    return _TABLE.sub(lambda match: match[1] + columns_table() + match[2], page)


def commands(page: str) -> list[list[str]]:
    """Return the words of the commands that make the files which the blocks read."""
    blocks = re.findall(_BLOCK.format("bash"), page, re.DOTALL)
    return [shlex.split(line) for line in "".join(blocks).splitlines()]


def with_outputs(page: str, language: str, folder: Path) -> str:
    """Run the blocks of ``language`` (python or r) in ``folder``, and return ``page`` with what they print."""
    pattern = re.compile(_WITH_OUTPUT.format(language), re.DOTALL)
    run: Callable[[Sequence[str], Path], list[str]] = {"python": _run_python, "r": _run_r}[language]
    outputs = iter(run([match["code"] for match in pattern.finditer(page)], folder))
    return pattern.sub(lambda match: f"```{language}\n{match['code']}```\n\n```text\n{next(outputs)}```\n", page)


def has_r() -> bool:
    """Whether blocks of R can be run here."""
    return shutil.which("Rscript") is not None


def _run_python(blocks: Sequence[str], folder: Path) -> list[str]:
    return _printed([sys.executable, "-c", f"\nprint({_BETWEEN!r})\n".join(blocks)], folder)


def _run_r(blocks: Sequence[str], folder: Path) -> list[str]:
    return _printed(["Rscript", "--vanilla", "-e", f'\ncat("{_BETWEEN}\\n")\n'.join(blocks)], folder)


def _printed(command: Sequence[str], folder: Path) -> list[str]:
    # Names of places have letters that a terminal without UTF-8 would not show.
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        raise RuntimeError(f"a block of {NOTEBOOK.name} fails:\n{ended.stderr}")
    lines = "".join(f"{line.rstrip()}\n" for line in ended.stdout.splitlines())
    return lines.split(f"{_BETWEEN}\n")


def main() -> None:
    PAGE.write_text(with_columns(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    page = NOTEBOOK.read_text(encoding="utf-8")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "data").symlink_to(CHECKOUT / "data")
        for words in commands(page):
            subprocess.run([sys.executable, "-m", "trainer", *words[1:], "--quiet"], cwd=folder, check=True)
        for language in ("python", "r") if has_r() else ("python",):
            page = with_outputs(page, language, folder)
    NOTEBOOK.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
