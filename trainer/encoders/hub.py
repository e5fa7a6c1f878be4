"""Ask the model hub, once and briefly, whether it has an encoder.

The library that downloads a checkpoint tries five times, up to eight seconds apart, and reports every
try: half a minute of noise where there is no network.
"""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url, try_to_load_from_cache

# HTTPError belongs to the HTTP client below, whichever that is: the base of what it raises where nobody answers.
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    GatedRepoError,
    HFValidationError,
    HTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)

_CONFIG = "config.json"
_PATIENCE = 5.0  # seconds


def checkpoint_on_hub(name: str) -> str:
    """Return what Transformers can load for the hub name ``name``.

    That is the name itself, or, where the hub does not give it, the folder of the hub's cache that an
    earlier run has filled.

    Raises
    ------
    OSError
        If there is neither; the message is one sentence that says what to do.
    """
    try:
        get_hf_file_metadata(hf_hub_url(name, _CONFIG), timeout=_PATIENCE)
    except HFValidationError as error:
        raise OSError(f"encoder {name!r} is no folder here and cannot be a name on the model hub") from error
    except (HTTPError, OSError) as error:
        cached = try_to_load_from_cache(name, _CONFIG)
        if not isinstance(cached, str):
            raise OSError(_why_not(name, error)) from error
        return str(Path(cached).parent)
    return name


def _why_not(name: str, error: Exception) -> str:
    if isinstance(error, GatedRepoError):
        return (
            f"encoder {name!r} is given only to those who accept its terms: accept them on its page on the model hub, "
            "log in with 'hf auth login' and run again"
        )
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"encoder {name!r} is neither a folder here nor a model on the model hub; check the name, and if the "
            "model is private, log in with 'hf auth login'"
        )
    if isinstance(error, RemoteEntryNotFoundError):
        return f"encoder {name!r} is no Transformers checkpoint: it has no {_CONFIG} on the model hub"
    reason = "HF_HUB_OFFLINE is set" if constants.is_offline_mode() else str(error).partition("\n")[0] or "no answer"
    return (
        f"encoder {name!r} is neither a folder here nor reachable on the model hub ({reason}). "
        "Check the name and the network, or use 'encoder: bundled', which needs no hub"
    )
