"""Where encoders that were converted are kept."""

from __future__ import annotations

import os
from pathlib import Path

from trainer.encoders.e5_file import SOURCE_SHA256

RECIPE = "v1"  # part of the bundled encoder's folder: raise it when the conversion changes its result


def cache_folder() -> Path:
    """Return Marsad's cache: ``$MARSAD_CACHE``, or ``marsad`` in the user's cache folder."""
    if "MARSAD_CACHE" in os.environ:
        return Path(os.environ["MARSAD_CACHE"]).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "marsad"


def bundled_encoder_folder() -> Path:
    """Return the folder of the bundled encoder in the cache, whether or not it is built yet."""
    return cache_folder() / "encoders" / f"bundled-{SOURCE_SHA256[:12]}-{RECIPE}"
