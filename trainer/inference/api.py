"""``load`` and ``predict``, the functions that users import."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import overload

from trainer.documents import Document
from trainer.inference.predictor import Predictor

_QUICKSTART_MODEL = Path("outputs") / "quickstart" / "model"
_CHECKOUT = Path(__file__).resolve().parents[2]


def load(path: str | Path | None = None) -> Predictor:
    """Load a trained model, once per process.

    Parameters
    ----------
    path:
        A model folder that ``marsad train`` wrote. Without it: the folder in ``$MARSAD_MODEL``, or
        the model that the quickstart trained, in the working directory or in the checkout.

    Raises
    ------
    FileNotFoundError
        If there is no model; the message says how to get one.
    """
    return _load(str(Path(path if path is not None else default_model()).resolve()))


@lru_cache(maxsize=4)
def _load(path: str) -> Predictor:
    return Predictor(path)


def default_model() -> Path:
    """Return the folder of the model to use when none is named."""
    if named := os.environ.get("MARSAD_MODEL"):
        return Path(named)
    for base in (Path.cwd(), _CHECKOUT):
        if (base / _QUICKSTART_MODEL / "config.json").is_file():
            return base / _QUICKSTART_MODEL
    raise FileNotFoundError(
        "no trained model: run 'bash scripts/quickstart.sh' in a checkout of Marsad, which trains one in "
        f"{_QUICKSTART_MODEL}, or name a model folder (load('path/to/model'), --model, or $MARSAD_MODEL)"
    )


@overload
def predict(texts: str | Document) -> Document: ...


@overload
def predict(texts: list[str] | list[Document]) -> list[Document]: ...


@overload
def predict(texts: Iterator[str] | Iterator[Document]) -> Iterator[Document]: ...


def predict(
    texts: str | Document | list[str] | list[Document] | Iterator[str] | Iterator[Document],
) -> Document | list[Document] | Iterator[Document]:
    """Label a text, a list of texts or an iterator of texts with the default model.

    Examples
    --------
    >>> from trainer import predict                                     # doctest: +SKIP
    >>> document = predict("سيطرت قوات النظام على مدينة الشدادي أمس.")   # doctest: +SKIP
    >>> [(e.label, e.name) for e in document.entities]                  # doctest: +SKIP
    """
    return load().predict(texts)
