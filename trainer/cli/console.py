"""Where the command prints: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys

from rich.console import Console

output = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def quiet_libraries() -> None:
    """Turn off progress bars and advice of the libraries below; Marsad shows its own."""
    import datasets
    from transformers.utils import logging

    datasets.disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def use_unicode() -> None:
    """Write UTF-8 whatever the locale says: under LANG=C Arabic would stop the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
