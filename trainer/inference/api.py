"""``load`` and ``predict``, the functions that users import."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Unpack, overload

import torch

from trainer.documents import Document
from trainer.inference.predictor import PredictOptions, Predictor
from trainer.modeling.hardware import resolve_device, resolve_precision

_QUICKSTART_MODEL = Path("outputs") / "quickstart" / "model"
_CHECKOUT = Path(__file__).resolve().parents[2]
RUNTIMES = ("auto", "torch")

_loaded: dict[tuple[str, torch.device, torch.dtype], Predictor] = {}
_loading = threading.Lock()


def load(
    path: str | Path | None = None, *, runtime: str = "auto", device: str = "auto", precision: str = "auto"
) -> Predictor:
    """Load a trained model, once per process: the same folder and options give the same object, in all threads.

    Parameters
    ----------
    path:
        A model folder that ``marsad train`` wrote. Without it: the folder in ``$MARSAD_MODEL``, or
        the model that the quickstart trained, in the working directory or in the checkout.
    runtime:
        What computes: ``torch``, which ``auto`` takes.
    device:
        ``cpu``, ``cuda``, ``cuda:1`` and so on; ``auto`` takes CUDA if there is one, else the CPU.
    precision:
        The type of the weights: ``fp32`` or ``bf16``; ``auto`` takes bf16 where the device multiplies it natively.

    Raises
    ------
    FileNotFoundError
        If there is no model; the message says how to get one.
    ValueError
        For a runtime, device or precision that there is not.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"there is no runtime {runtime!r}; give {' or '.join(RUNTIMES)}")
    place = resolve_device(device)
    dtype = resolve_precision(precision, place)
    folder = str(Path(path if path is not None else default_model()).resolve())
    with _loading:
        key = (folder, place, dtype)
        if key not in _loaded:
            _loaded[key] = Predictor(folder, device=place, dtype=dtype)
        return _loaded[key]


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
def predict(texts: str | Document, **options: Unpack[PredictOptions]) -> Document: ...


@overload
def predict(texts: list[str] | list[Document], **options: Unpack[PredictOptions]) -> list[Document]: ...


@overload
def predict(texts: Iterator[str] | Iterator[Document], **options: Unpack[PredictOptions]) -> Iterator[Document]: ...


def predict(
    texts: str | Document | list[str] | list[Document] | Iterator[str] | Iterator[Document],
    *,
    clean: bool = False,
    thresholds: Mapping[str, float] | None = None,
    dial: float = 0.0,
) -> Document | list[Document] | Iterator[Document]:
    """Label a text, a list of texts or an iterator of texts with the default model.

    The arguments are those of :meth:`trainer.inference.predictor.Predictor.predict`.

    Examples
    --------
    >>> from trainer import predict                                     # doctest: +SKIP
    >>> document = predict("سيطرت قوات النظام على مدينة الشدادي أمس.")   # doctest: +SKIP
    >>> [(e.label, e.name) for e in document.entities]                  # doctest: +SKIP
    """
    return load().predict(texts, clean=clean, thresholds=thresholds, dial=dial)
