"""``load`` and ``predict``, the functions that users import."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Unpack, overload

from trainer.documents import Document
from trainer.inference.model_files import ModelFiles
from trainer.inference.predictor import PredictOptions, Predictor
from trainer.inference.runtimes import Choice, choose

_QUICKSTART_MODEL = Path("outputs") / "quickstart" / "model"
_CHECKOUT = Path(__file__).resolve().parents[2]

# By folder and what was asked for, and by folder and what that came to.
_asked: dict[tuple[str, str, str, str], Predictor] = {}
_loaded: dict[tuple[str, Choice], Predictor] = {}
_loading = threading.Lock()


def load(
    path: str | Path | None = None, *, runtime: str = "auto", device: str = "auto", precision: str = "auto"
) -> Predictor:
    """Load a trained model, once per process: the same folder and options give the same object, in all threads.

    Parameters
    ----------
    path:
        A model folder that ``marsad train`` or ``marsad export --to`` wrote. Without it: the folder in
        ``$MARSAD_MODEL``, or the model that the quickstart trained, in the working directory or in the checkout.
    runtime:
        What computes: ``torch``, ``openvino``, ``onnx``. ``auto`` takes, on the CPU, what was exported into the model's
        folder and is installed, OpenVINO first; otherwise PyTorch. PyTorch in ``bf16`` comes before ONNX Runtime.
    device:
        ``cpu``, ``cuda``, ``cuda:1`` and so on; ``auto`` takes CUDA if there is one, else the CPU.
    precision:
        In what it computes: ``fp32`` or ``bf16``; ``auto`` takes bf16 where the device multiplies it natively.

    Raises
    ------
    FileNotFoundError
        If there is no model; the message says how to get one.
    ValueError
        For a runtime, device or precision that there is not.
    ImportError
        If the runtime is not installed.
    """
    folder = str(Path(path if path is not None else default_model()).resolve())
    asked = (folder, runtime, device, precision)
    with _loading:
        if asked not in _asked:
            choice = choose(ModelFiles.of(Path(folder)), runtime, device, precision)
            if (folder, choice) not in _loaded:
                _loaded[folder, choice] = Predictor(folder, choice)
            _asked[asked] = _loaded[folder, choice]
        return _asked[asked]


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
