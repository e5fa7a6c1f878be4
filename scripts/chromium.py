"""Find and start the Chromium that the tests and make_screenshots.py drive; no browser is ever downloaded.

    python scripts/chromium.py      # prints where it is, or an error that says what to install

MARSAD_CHROMIUM names the program where it is not on PATH, or where another one is to be taken.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """Return the path of Chromium.

    Raises
    ------
    FileNotFoundError
        If there is none; the message says what to install.
    """
    named = os.environ.get("MARSAD_CHROMIUM")
    if named:
        if path := shutil.which(named):
            return path
        raise FileNotFoundError(f"MARSAD_CHROMIUM is {named!r}, which is no program; give the path of Chromium")
    for program in PROGRAMS:
        if path := shutil.which(program):
            return path
    raise FileNotFoundError(
        "no Chromium found; install it (Debian: sudo apt-get install chromium), or name one with "
        "MARSAD_CHROMIUM=/path/to/chromium"
    )


def launch_chromium(playwright: Playwright) -> Browser:
    """Start Chromium without a window; raises as :func:`find_chromium` does."""
    # Chromium refuses to run as root with its sandbox. What it opens here are files that Marsad wrote.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=find_chromium(), args=arguments)


if __name__ == "__main__":
    try:
        print(find_chromium())
    except FileNotFoundError as error:
        sys.exit(f"error: {error}")
