"""New environments with the wheel in them, and commands run there as in a user's shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# What leads back to the checkout, or to another model than a test names.
_HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "MARSAD_", "PYTEST")


def finished(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command; return how it ended and what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_HIDDEN)}
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def run(*arguments: str | Path, cwd: Path) -> str:
    """Run a command that must succeed; return what it prints."""
    done = finished(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """Build the checkout's wheel into ``folder``, which is empty, with the build tools of this environment."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def install(environment: Path, *what: str | Path) -> None:
    """Make a virtual environment without pip and install into it; ``what`` are options and names for pip."""
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment.parent)
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python")
    run(*pip, "install", "--no-compile", "--disable-pip-version-check", *what, cwd=environment.parent)
