"""Marsad (مرصد, "observatory"): Arabic conflict news as data.

>>> from trainer import predict, load   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.documents import Document
    from trainer.inference.api import load, predict

__version__ = "0.1.0"
__all__ = ["Document", "__version__", "load", "predict"]

_HOME = {"Document": "trainer.documents", "load": "trainer.inference.api", "predict": "trainer.inference.api"}


def __getattr__(name: str) -> Any:
    """Import the public names on first use: ``import trainer`` alone does not load torch."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'trainer' has no attribute {name!r}")
